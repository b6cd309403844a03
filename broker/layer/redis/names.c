/* SPDX-License-Identifier: MIT */
/* A token is the group's name, if that fits behind the process and can be decoded; else a hash of
 * the room's name, with a prefix that no group's name has. */
#include "broker/layer/redis/names.h"

#include <string.h>

#include "broker/channel.h"
#include "broker/layer/channel_name.h"
#include "common/base/crypto.h"
#include "common/room_name.h"

#define GROUP_MARK "__group__"
#define HASH_TOKEN_PREFIX "room-"
#define HASH_TOKEN_BYTES 16

void redis_channel_key(const char *prefix, struct str channel, struct buf *out)
{
	buf_append_text(out, prefix);
	buf_append_str(out, redis_channel_process(channel));
}

void redis_group_key(const char *prefix, struct str group, struct buf *out)
{
	buf_append_text(out, prefix);
	buf_append_text(out, ":group:");
	buf_append_str(out, group);
}

void redis_group_channel(const char *prefix, struct str group, struct buf *out)
{
	buf_append_text(out, prefix);
	buf_append_text(out, GROUP_MARK);
	buf_append_str(out, group);
}

void redis_room_channel(const char *prefix, struct str room, struct buf *out)
{
	redis_group_channel(prefix, STR_OF(ROOM_GROUP_PREFIX), out);
	buf_append_str(out, room);
}

/* Removes literal from the beginning of text. */
static bool skip(struct str *text, struct str literal)
{
	if (!str_starts_with(*text, literal))
		return false;
	*text = str_skip(*text, literal.len);
	return true;
}

bool redis_room_of_channel(const char *prefix, struct str channel, struct buf *room_out)
{
	struct str group;

	if (!skip(&channel, str_from(prefix)) || !skip(&channel, STR_OF(GROUP_MARK)))
		return false;
	group = channel;
	if (!skip(&channel, STR_OF(ROOM_GROUP_PREFIX)))
		return false;
	/* The name may be encoded in ASCII, as the core layer requires, or plain. */
	if (room_group_is_valid(group))
		return room_name_from_group(group, room_out);
	return room_name_normalize(channel, room_out) == NAME_OK;
}

struct str redis_channel_process(struct str channel)
{
	size_t mark = str_find(channel, '!');

	return str_range(channel.data, mark < channel.len ? mark + 1 : mark);
}

/* A broker's process ends with '.', the broker's id and '!'. */
static bool is_brokers(struct str process)
{
	size_t id_len = CHANNEL_BROKER_ID_SIZE - 1, begin;

	if (process.len < id_len + strlen(".!"))
		return false;
	begin = process.len - strlen("!") - id_len;
	return process.data[begin - 1] == '.' &&
	       channel_broker_id_is_valid(str_range(process.data + begin, id_len));
}

bool redis_channel_is_djangos(struct str channel)
{
	struct str process = redis_channel_process(channel);

	return str_ends_with(process, STR_OF("!")) && !is_brokers(process) &&
	       !str_is(process, REDIS_SITE_PROCESS);
}

bool redis_channel_is_brokers(struct str channel, const char *broker_id)
{
	struct str process = redis_channel_process(channel);
	size_t len = strlen(broker_id);

	return is_brokers(process) &&
	       str_equals(
		       str_range(process.data + process.len - len - 1, len), str_from(broker_id));
}

bool redis_channel_is_sites(struct str channel)
{
	return str_starts_with(channel, STR_OF(REDIS_SITE_PROCESS));
}

static void write_hash(struct str room, struct buf *out)
{
	uint8_t hash[CRYPTO_SHA256_SIZE];

	crypto_sha256(room, hash);
	buf_append_text(out, HASH_TOKEN_PREFIX);
	buf_append_hex(out, hash, HASH_TOKEN_BYTES);
}

bool redis_room_member(struct str room, struct buf *out)
{
	struct buf group = { 0 };
	bool says_it;

	room_name_group(room, &group);
	says_it = strlen(REDIS_SITE_PROCESS) + group.len <= CHANNEL_NAME_MAX &&
		  !room_group_is_hash(buf_str(&group));
	buf_append_text(out, REDIS_SITE_PROCESS);
	if (says_it)
		buf_append_str(out, buf_str(&group));
	else
		write_hash(room, out);
	buf_finish(&group);
	return says_it;
}

bool redis_room_of_token(struct str token, struct buf *room_out)
{
	return room_group_is_valid(token) && room_name_from_group(token, room_out);
}

void redis_write_pattern(const char *text, struct buf *out)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (strchr("*?[]^\\-", *c) != NULL)
			buf_append_char(out, '\\');
		buf_append_char(out, *c);
	}
}
