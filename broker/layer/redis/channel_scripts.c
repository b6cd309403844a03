/* SPDX-License-Identifier: MIT */
/* Do what the scripts and commands of channels_redis do (core.py: send, group_send), but by Redis'
 * clock, and in one step where channels_redis needs several. */
#include "broker/layer/redis/channel_scripts.h"

#include <inttypes.h>

#include "broker/layer/redis/channels.h"

#define NOW                                 \
	"local time = redis.call('TIME')\n" \
	"local now = time[1] + time[2] / 1000000\n"

/* A double holds seconds since 1970 with six decimals. No two messages of a channel have the same
 * score. */
#define PUT                                                                                        \
	NOW "local function put(key, message, capacity, expiry)\n"                                 \
	    "  redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.6f', now - expiry))\n" \
	    "  if redis.call('ZCARD', key) >= tonumber(capacity) then return false end\n"          \
	    "  local last = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]\n"                  \
	    "  local score = now\n"                                                                \
	    "  if last and tonumber(last) >= score then score = tonumber(last) + 0.000001 end\n"   \
	    "  redis.call('ZADD', key, string.format('%.6f', score), message)\n"                   \
	    "  redis.call('EXPIRE', key, math.ceil(expiry))\n"                                     \
	    "  return true\n"                                                                      \
	    "end\n"

struct script redis_script_send = {
	.text = PUT "if KEYS[2] and redis.call('EXISTS', KEYS[2]) == 1 then return 'repeated' end\n"
		    "if not put(KEYS[1], ARGV[1], ARGV[2], ARGV[3]) then return 'full' end\n"
		    "if KEYS[2] then redis.call('SET', KEYS[2], 1, 'EX', ARGV[4]) end\n"
		    "return 'sent'",
};

struct script redis_script_send_all = {
	.text = PUT "local full = 0\n"
		    "for i = 1, #KEYS do\n"
		    "  if not put(KEYS[i], ARGV[i], ARGV[#KEYS + 1], ARGV[#KEYS + 2]) then\n"
		    "    full = full + 1\n"
		    "  end\n"
		    "end\n"
		    "return full",
};

struct script redis_script_take = {
	.text = NOW "local old = redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf',\n"
		    "  string.format('%.6f', now - ARGV[2]))\n"
		    "local taken = redis.call('ZPOPMIN', KEYS[1], ARGV[1])\n"
		    "table.insert(taken, 1, old)\n"
		    "return taken",
};

struct script redis_script_put_back = {
	.text = "redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])\n"
		"redis.call('EXPIRE', KEYS[1], math.ceil(ARGV[3]))\n"
		"return 1",
};

struct script redis_script_group_add = {
	.text = NOW "local expiry, left = math.ceil(ARGV[1]), redis.call('TTL', KEYS[1])\n"
		    "for i = 2, #ARGV do\n"
		    "  redis.call('ZADD', KEYS[1], string.format('%.6f', now), ARGV[i])\n"
		    "end\n"
		    "if left ~= -1 and left < expiry then\n"
		    "  redis.call('EXPIRE', KEYS[1], expiry)\n"
		    "end\n"
		    "return 1",
};

struct script redis_script_members = {
	.text = NOW "if KEYS[2] and not redis.call('SET', KEYS[2], 1, 'NX', 'EX', ARGV[2]) then\n"
		    "  return false\n"
		    "end\n"
		    "redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf',\n"
		    "  string.format('%.6f', now - ARGV[1]))\n"
		    "return redis.call('ZRANGE', KEYS[1], 0, -1)",
};

struct script redis_script_take_over = {
	.text = "local messages = {}\n"
		"if not redis.call('SET', KEYS[3], ARGV[2], 'NX', 'PX', ARGV[3]) then\n"
		"  if redis.call('GET', KEYS[3]) ~= ARGV[2] then return messages end\n"
		"  redis.call('PEXPIRE', KEYS[3], ARGV[3])\n"
		"end\n"
		"local taken = redis.call('ZPOPMIN', KEYS[1], ARGV[1])\n"
		"for i = 1, #taken, 2 do\n"
		"  redis.call('ZADD', KEYS[2], taken[i + 1], taken[i])\n"
		"  messages[#messages + 1] = taken[i]\n"
		"end\n"
		"return messages",
};

struct script redis_script_inherit = {
	.text = NOW "local messages = {}\n"
		    "local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', "
		    "string.format('%.6f', now - ARGV[2]))\n"
		    "redis.call('ZADD', KEYS[1], string.format('%.6f', now), ARGV[1])\n"
		    "for _, id in ipairs(gone) do\n"
		    "  if id ~= ARGV[1] then\n"
		    "    local left = redis.call('ZRANGE', ARGV[3] .. id, 0, -1, 'WITHSCORES')\n"
		    "    for i = 1, #left, 2 do\n"
		    "      redis.call('ZADD', KEYS[2], left[i + 1], left[i])\n"
		    "      messages[#messages + 1] = left[i]\n"
		    "    end\n"
		    "    redis.call('DEL', ARGV[3] .. id)\n"
		    "    redis.call('ZREM', KEYS[1], id)\n"
		    "  end\n"
		    "end\n"
		    "return messages",
};

struct script redis_script_lease = {
	.text = "if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then\n"
		"  redis.call('PUBLISH', ARGV[3], ARGV[1])\n"
		"  return 1\n"
		"end\n"
		"if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end\n"
		"redis.call('PEXPIRE', KEYS[1], ARGV[2])\n"
		"return 1",
};

struct script redis_script_give_back = {
	.text = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end\n"
		"redis.call('DEL', KEYS[1])\n"
		"return redis.call('PUBLISH', ARGV[2], '')",
};

struct script *const redis_channels_scripts[] = {
	&redis_script_send,
	&redis_script_send_all,
	&redis_script_take,
	&redis_script_put_back,
	&redis_script_group_add,
	&redis_script_members,
	&redis_script_take_over,
	&redis_script_inherit,
	&redis_script_lease,
	&redis_script_give_back,
};
const size_t redis_channels_script_count = sizeof(redis_channels_scripts) /
					   sizeof(redis_channels_scripts[0]);

void redis_write_seconds(uint64_t ms, struct buf *out)
{
	buf_append_format(out, "%" PRIu64 ".%03u", ms / 1000, (unsigned)(ms % 1000));
}
