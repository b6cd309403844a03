/* SPDX-License-Identifier: MIT */
/* A script does all that can fail before its first write, because Redis does not roll back. Times
 * come from Redis' clock, so that they grow with seq whatever the brokers' clocks say. Lua prints
 * numbers below 10^14 without an exponent. */
#include "broker/layer/redis/scripts.h"

#define BEGIN                                                                         \
	"local function begin(epoch)\n"                                               \
	"  local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)\n"     \
	"  local seq = last[1] and tonumber(string.match(last[1][1], '^%d+')) or 0\n" \
	"  redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', seq, 'base', seq)\n"    \
	"  if seq == 0 then redis.call('EXPIRE', KEYS[1], 86400) end\n"               \
	"  return seq\n"                                                              \
	"end\n"

struct script redis_script_head = {
	.text = BEGIN
	"local room = redis.call('HMGET', KEYS[1], 'epoch', 'seq', 'base')\n"
	"local epoch, seq, base = room[1], tonumber(room[2] or 0), tonumber(room[3] or 0)\n"
	"if not epoch then\n"
	"  epoch, seq = ARGV[3], begin(ARGV[3])\n"
	"  base = seq\n"
	"elseif epoch == ARGV[1] and seq < tonumber(ARGV[2]) then\n"
	"  epoch, base = ARGV[3], seq\n"
	"  redis.call('HSET', KEYS[1], 'epoch', epoch, 'base', base)\n"
	"end\n"
	"return { epoch, base, seq }\n",
};

struct script redis_script_append = {
	.text = BEGIN
	"local room = redis.call('HMGET', KEYS[1], 'epoch', 'seq', 'time')\n"
	"local epoch, seq = room[1], tonumber(room[2] or 0)\n"
	"local known = redis.call('GET', KEYS[3])\n"
	"if known then return { 1, tonumber(known), 0, epoch or '' } end\n"
	"if not epoch then\n"
	"  epoch, seq = ARGV[1], begin(ARGV[1])\n"
	"elseif epoch == ARGV[6] and seq < tonumber(ARGV[7]) then\n"
	"  epoch = ARGV[1]\n"
	"  redis.call('HSET', KEYS[1], 'epoch', epoch, 'base', seq)\n"
	"end\n"
	"local now = redis.call('TIME')\n"
	"local time = math.max(now[1] * 1000 + math.floor(now[2] / 1000), tonumber(room[3] or 0))\n"
	"seq = seq + 1\n"
	"redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], seq .. '-0',\n"
	"  't', time, unpack(ARGV, 8))\n"
	"redis.call('HSET', KEYS[1], 'seq', seq, 'time', time)\n"
	"if seq == 1 then redis.call('PERSIST', KEYS[1]) end\n"
	"redis.call('SET', KEYS[3], seq, 'EX', ARGV[3])\n"
	"redis.call('PUBLISH', ARGV[4], '{\"seq\":\"' .. seq ..\n"
	"  '\",\"time\":\"' .. time .. '\",\"epoch\":\"' .. epoch .. '\",' .. ARGV[5])\n"
	"return { 0, seq, time, epoch }\n",
};

struct script redis_script_rows = {
	.text = "return { redis.call('HGET', KEYS[1], 'epoch') or '',\n"
		"  redis.call(ARGV[1], KEYS[2], ARGV[2], ARGV[3], 'COUNT', ARGV[4]) }\n",
};

struct script redis_script_probe = {
	.text = "redis.call('XADD', KEYS[1], 'MAXLEN', '1', '*', 't', '0')\n"
		"redis.call('EXPIRE', KEYS[1], 60)\n"
		"return 1\n",
};
