/* SPDX-License-Identifier: MIT */
/* Deletes all channels and groups of a site, Django's too, as channels_redis does: all keys with
 * its prefix. It goes host by host, and deletes some keys at a time, so that Redis serves others in
 * between. */
#include <string.h>

#include "broker/layer/redis/channels_private.h"
#include "broker/layer/redis/names.h"
#include "broker/layer/switchboard.h"
#include "common/base/mem.h"

#define KEYS_AT_ONCE "1000"

struct flush {
	struct redis_ask *ask;
	size_t host;
	char cursor[24]; /* of SCAN */
};

static void go_on(struct flush *flush);

static void end(struct flush *flush, enum layer_result result)
{
	redis_ask_settle(flush->ask, result);
	mem_free(flush);
}

static void forget(struct link *link, const struct link_reply *keys)
{
	struct str *words = mem_alloc_array(keys->count + 1, sizeof(*words));

	words[0] = STR_OF("UNLINK");
	for (size_t i = 0; i < keys->count; i++)
		words[i + 1] = keys->elements[i].text;
	if (keys->count > 0)
		redis_tell(link, keys->count + 1, words);
	mem_free(words);
}

/* The reply is {cursor, {key, …}}. */
static bool is_scan(const struct link_reply *reply)
{
	return reply->kind == LINK_ARRAY && reply->count == 2 &&
	       reply->elements[0].text.len < sizeof(((struct flush *)NULL)->cursor) &&
	       reply->elements[1].kind == LINK_ARRAY;
}

static void take_keys(void *context, const struct link_reply *reply)
{
	struct flush *flush = context;
	struct redis_channels *channels = flush->ask->channels;
	struct str cursor;

	if (!redis_channels_is_good(channels, reply) || !is_scan(reply)) {
		end(flush, LAYER_UNAVAILABLE);
		return;
	}
	forget(links_at(channels->setting.links, flush->host), &reply->elements[1]);
	cursor = reply->elements[0].text;
	memcpy(flush->cursor, cursor.data, cursor.len);
	flush->cursor[cursor.len] = '\0';
	if (strcmp(flush->cursor, "0") == 0)
		flush->host++;
	go_on(flush);
}

/* A flush must not take the rooms out of Django's groups: add them again. */
static void end_well(struct flush *flush)
{
	redis_keeper_renew_all(flush->ask->channels->keeper);
	end(flush, LAYER_DONE);
}

static void go_on(struct flush *flush)
{
	struct redis_channels *channels = flush->ask->channels;
	struct buf pattern = { 0 };
	bool is_sent;

	if (flush->host == links_count(channels->setting.links)) {
		end_well(flush);
		return;
	}
	redis_write_pattern(channels->setting.prefix, &pattern);
	buf_append_char(&pattern, '*');
	is_sent = link_command(links_at(channels->setting.links, flush->host),
		&(struct link_handler){ take_keys, flush },
		LINK_WORDS(STR_OF("SCAN"), str_from(flush->cursor), STR_OF("MATCH"),
			buf_str(&pattern), STR_OF("COUNT"), STR_OF(KEYS_AT_ONCE)));
	buf_finish(&pattern);
	if (!is_sent)
		end(flush, LAYER_UNAVAILABLE);
}

enum layer_result redis_channels_flush(struct redis_channels *channels, const struct author *asker)
{
	struct flush *flush;

	if (!links_are_up(channels->setting.links))
		return LAYER_UNAVAILABLE;
	redis_groups_forget(channels);
	(void)switchboard_flush(channels->setting.own, asker);
	flush = mem_new(struct flush);
	flush->ask = redis_ask_create(channels, asker);
	memcpy(flush->cursor, "0", 2);
	go_on(flush);
	return LAYER_UNDER_WAY;
}
