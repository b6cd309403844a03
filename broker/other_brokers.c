/* SPDX-License-Identifier: MIT */
#include "broker/other_brokers.h"

#include <inttypes.h>

#include "broker/broker.h"
#include "broker/closing.h"
#include "broker/conn.h"
#include "broker/joiner.h"
#include "broker/past.h"
#include "broker/shard.h"
#include "common/base/log.h"

void other_brokers_tell_person(
	void *context, struct str room, const struct user *user, bool is_here)
{
	struct broker *broker = context;
	struct room *found = rooms_find(broker->rooms, room);

	if (found != NULL)
		rooms_note_elsewhere(found, user, is_here);
}

static void announce(struct broker *broker, const struct layer_notice *notice)
{
	struct log_quoted quoted;
	size_t connections = rooms_announce(broker->rooms, notice->text);

	log_info("event=announce connections=%zu from=another_broker message=%s", connections,
		log_quote(&quoted, notice->text));
}

/* A channel that is gone needs no closing. */
static void close_channel(struct broker *broker, const struct layer_notice *notice)
{
	struct channel *channel = broker_find_channel_named(broker, notice->text);

	if (channel == NULL)
		return;
	log_info("event=close channel=%" PRIx64 " from=another_broker",
		broker_channel_id(broker, channel));
	shard_close_conn(conn_of(channel)->shard, conn_of(channel), &closing_by_administrator);
}

static void revoke(struct broker *broker, const struct layer_notice *notice)
{
	const struct closing *closing = closing_find(notice->text);

	/* A later version may name a reason that is unknown here; the session is over all the
	 * same. */
	revoker_take(&broker->revoker, notice->key, notice->key_size,
		closing == NULL ? &closing_logged_out : closing);
}

static void miss(struct broker *broker, const struct layer_notice *notice)
{
	(void)notice;
	revoker_miss(&broker->revoker);
}

static void (*const takers[])(struct broker *broker, const struct layer_notice *notice) = {
	[NOTICE_ANNOUNCE] = announce,
	[NOTICE_CLOSE] = close_channel,
	[NOTICE_REVOKE] = revoke,
	[NOTICE_MISSED] = miss,
};

void other_brokers_take_notice(void *context, const struct layer_notice *notice)
{
	takers[notice->kind](context, notice);
}

void other_brokers_begin_anew(void *context, struct str name, const struct layer_head *head)
{
	struct broker *broker = context;
	struct room *room = rooms_find(broker->rooms, name);
	struct log_quoted quoted;

	if (room == NULL || !room->is_open)
		return;
	log_warning("event=numbering_begins_anew room=%s epoch=%s seq=%" PRIu64
		    " hint=\"the log of the room is lost\"",
		log_quote(&quoted, name), head->epoch, head->seq);
	rooms_begin_anew(room, head);
	joiners_look_again(room);
}

void other_brokers_tell_link(void *context, bool is_up)
{
	struct broker *broker = context;

	broker->is_cut_off = !is_up;
	rooms_tell_link(broker->rooms);
}
