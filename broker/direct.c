/* SPDX-License-Identifier: MIT */
/* Rendered once for each language that one of them speaks, as for a room. */
#include "broker/direct.h"

#include "broker/broker.h"
#include "broker/conn.h"
#include "broker/shard.h"

/* Who waits to come in has no place for it yet: its first is the welcome. */
static struct conn *find(struct broker *broker, uint64_t connection)
{
	struct channel *channel = broker_find_channel(broker, connection);

	return channel == NULL || channel->room == NULL ? NULL : conn_of(channel);
}

bool direct_has(void *context, uint64_t connection)
{
	return find(context, connection) != NULL;
}

static enum stamp stamp_of(const struct broker *broker)
{
	return broker->config->site_stamp_prefix ? STAMP_PREFIX : STAMP_FIELD;
}

void direct_send(
	void *context, uint64_t connection, const struct event *event, struct layer_errand *errand)
{
	struct broker *broker = context;
	struct conn *conn = find(broker, connection);
	struct buf frames = { 0 };

	dialect_event(conn->dialect, event, stamp_of(broker), &frames);
	shard_send(conn->shard, conn, buf_str(&frames), errand);
	buf_finish(&frames);
}

static bool is_in_room_of(struct conn *conn, const struct event *event)
{
	return event->room.len > 0 && str_equals(event->room, str_from(conn->channel.room->name));
}

void direct_deliver_to(
	void *context, const uint64_t *connections, size_t count, const struct event *event)
{
	struct broker *broker = context;
	struct event unnumbered = *event;
	struct buf frames[DIALECT_LANGUAGES] = { 0 };

	/* They know no number of the message that it changes. */
	if (message_kind_changes(event->kind))
		return;
	unnumbered.seq = 0;
	for (size_t i = 0; i < count; i++) {
		struct conn *conn = find(broker, connections[i]);
		struct buf *rendered;

		if (conn == NULL || is_in_room_of(conn, event))
			continue;
		rendered = &frames[conn->dialect % DIALECT_LANGUAGES];
		if (rendered->len == 0)
			dialect_event(conn->dialect, &unnumbered, stamp_of(broker), rendered);
		if (rendered->len > 0)
			shard_send(conn->shard, conn, buf_str(rendered), NULL);
	}
	for (size_t i = 0; i < DIALECT_LANGUAGES; i++)
		buf_finish(&frames[i]);
}
