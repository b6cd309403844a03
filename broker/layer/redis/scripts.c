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
	"  redis.call('ZREMRANGEBYSCORE', KEYS[#KEYS], '(' .. seq, '+inf')\n"         \
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

/* A row that is changed moves from the stream, whose entries cannot be changed, to the sorted set.
 * Redis only marks a deleted entry of a stream until its whole block is empty, so that the text
 * would stay in memory and in dumps: all entries that may be in its block move with it. A block has
 * at most 100 (Redis' stream-node-max-entries). */
#define CHANGE                                                                              \
	"local function find(seq)\n"                                                        \
	"  local rows = redis.call('XRANGE', KEYS[2], seq .. '-0', seq .. '-0')\n"          \
	"  if rows[1] then return rows[1][2] end\n"                                         \
	"  local packed = redis.call('ZRANGEBYSCORE', KEYS[4], seq, seq)\n"                 \
	"  return packed[1] and cmsgpack.unpack(packed[1])[2] or {}\n"                      \
	"end\n"                                                                             \
	"local function named(row)\n"                                                       \
	"  local fields = {}\n"                                                             \
	"  for i = 1, #row, 2 do fields[row[i]] = row[i + 1] end\n"                         \
	"  return fields\n"                                                                 \
	"end\n"                                                                             \
	"local function move(row)\n"                                                        \
	"  redis.call('XDEL', KEYS[2], row[1])\n"                                           \
	"  redis.call('ZADD', KEYS[4], string.match(row[1], '^%d+'), cmsgpack.pack(row))\n" \
	"end\n"                                                                             \
	"local function put(seq, fields)\n"                                                 \
	"  local row = {}\n"                                                                \
	"  for name, value in pairs(fields) do\n"                                           \
	"    row[#row + 1] = name\n"                                                        \
	"    row[#row + 1] = value\n"                                                       \
	"  end\n"                                                                           \
	"  redis.call('ZREMRANGEBYSCORE', KEYS[4], seq, seq)\n"                             \
	"  move({ seq .. '-0', row })\n"                                                    \
	"end\n"                                                                             \
	"local function erase(seq, fields)\n"                                               \
	"  local from, to = math.max(seq - 99, 1), seq + 99\n"                              \
	"  local near = redis.call('XRANGE', KEYS[2], from .. '-0', to .. '-0')\n"          \
	"  for _, row in ipairs(near) do move(row) end\n"                                   \
	"  fields.m, fields.n, fields.e = '', nil, nil\n"                                   \
	"  put(seq, fields)\n"                                                              \
	"end\n"                                                                             \
	"local function judge(target, by, now)\n"                                           \
	"  if not target.t or target.k then return 2 end\n"                                 \
	"  if ARGV[9] == '1' then return 0 end\n"                                           \
	"  if not by.s or by.s ~= target.s then return 3 end\n"                             \
	"  local is_late = now - tonumber(target.t) > tonumber(ARGV[10])\n"                 \
	"  return by.k == 'edit' and is_late and 4 or 0\n"                                  \
	"end\n"

struct script redis_script_append = {
	.text = BEGIN CHANGE
	"local room = redis.call('HMGET', KEYS[1], 'epoch', 'seq', 'time')\n"
	"local epoch, seq = room[1], tonumber(room[2] or 0)\n"
	"local known = redis.call('GET', KEYS[3])\n"
	"if known then return { 1, tonumber(known), 0, epoch or '' } end\n"
	"local now = redis.call('TIME')\n"
	"local time = math.max(now[1] * 1000 + math.floor(now[2] / 1000), tonumber(room[3] or 0))\n"
	"local by, target, edits = named({ unpack(ARGV, 11) }), nil, {}\n"
	"if ARGV[8] ~= '0' then\n"
	"  target = named(find(ARGV[8]))\n"
	"  local refused = judge(target, by, time)\n"
	"  if refused > 0 then return { refused, 0, 0, epoch or '' } end\n"
	"  for edit in string.gmatch(target.n or '', '%d+') do\n"
	"    local row = named(find(edit))\n"
	"    if row.k == 'edit' then edits[#edits + 1] = { edit, row } end\n"
	"  end\n"
	"end\n"
	"if not epoch then\n"
	"  epoch, seq = ARGV[1], begin(ARGV[1])\n"
	"elseif epoch == ARGV[6] and seq < tonumber(ARGV[7]) then\n"
	"  epoch = ARGV[1]\n"
	"  redis.call('HSET', KEYS[1], 'epoch', epoch, 'base', seq)\n"
	"end\n"
	"seq = seq + 1\n"
	"local erased = by.k == 'delete' and #edits or #edits - 31\n"
	"for i = 1, erased do erase(edits[i][1], edits[i][2]) end\n"
	"if by.k == 'delete' then\n"
	"  target.k = 'deleted'\n"
	"  erase(ARGV[8], target)\n"
	"elseif target then\n"
	"  target.m, target.e, target.n = by.m, string.format('%.0f', time), ''\n"
	"  for i = math.max(erased, 0) + 1, #edits do\n"
	"    target.n = target.n .. edits[i][1] .. ','\n"
	"  end\n"
	"  target.n = target.n .. seq\n"
	"  put(ARGV[8], target)\n"
	"end\n"
	"if seq % 64 == 0 then\n"
	"  redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', seq - tonumber(ARGV[2]))\n"
	"end\n"
	"redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], seq .. '-0',\n"
	"  't', time, unpack(ARGV, 11))\n"
	"redis.call('HSET', KEYS[1], 'seq', seq, 'time', time)\n"
	"if seq == 1 then redis.call('PERSIST', KEYS[1]) end\n"
	"redis.call('SET', KEYS[3], seq, 'EX', ARGV[3])\n"
	"redis.call('PUBLISH', ARGV[4], '{\"seq\":\"' .. seq ..\n"
	"  '\",\"time\":\"' .. time .. '\",\"epoch\":\"' .. epoch .. '\",' .. ARGV[5])\n"
	"return { 0, seq, time, epoch }\n",
};

struct script redis_script_rows = {
	.text = "local is_back = ARGV[1] == 'XREVRANGE'\n"
		"local from, to = string.match(ARGV[2], '^%d+'), string.match(ARGV[3], '^%d+')\n"
		"local kept = redis.call(ARGV[1], KEYS[2], ARGV[2], ARGV[3], 'COUNT', ARGV[4])\n"
		"local packed = redis.call(is_back and 'ZREVRANGEBYSCORE' or 'ZRANGEBYSCORE',\n"
		"  KEYS[3], from, to, 'LIMIT', 0, ARGV[4])\n"
		"local function seq(row)\n"
		"  return row and tonumber(string.match(row[1], '^%d+'))\n"
		"end\n"
		"local changed, rows, i, j = {}, {}, 1, 1\n"
		"for _, text in ipairs(packed) do\n"
		"  local is_ours, row = pcall(cmsgpack.unpack, text)\n"
		"  is_ours = is_ours and type(row) == 'table' and type(row[1]) == 'string'\n"
		"  if is_ours and string.match(row[1], '^%d+%-0$') then\n"
		"    changed[#changed + 1] = row\n"
		"  end\n"
		"end\n"
		"while #rows < tonumber(ARGV[4]) and (kept[i] or changed[j]) do\n"
		"  local a, b = seq(kept[i]), seq(changed[j])\n"
		"  if not b or a and (a < b) ~= is_back then\n"
		"    rows[#rows + 1], i = kept[i], i + 1\n"
		"  else\n"
		"    rows[#rows + 1], j = changed[j], j + 1\n"
		"  end\n"
		"end\n"
		"return { redis.call('HGET', KEYS[1], 'epoch') or '', rows }\n",
};

struct script redis_script_probe = {
	.text = "redis.call('XADD', KEYS[1], 'MAXLEN', '1', '*', 't', '0')\n"
		"redis.call('EXPIRE', KEYS[1], 60)\n"
		"return 1\n",
};
