/* SPDX-License-Identifier: MIT */
/* Takes messages that others have sent to this broker's channels, and delivers them as its own: to
 * connections, and into the switchboard. It checks that a message is a valid event, and its
 * room. */
#include "broker/layer/channel_name.h"
#include "broker/layer/redis/channels_private.h"
#include "broker/layer/switchboard.h"
#include "common/base/clock.h"
#include "common/room_name.h"

/* The connections of this broker that a message is for. */
struct addressees {
	uint64_t ids[LAYER_CONNECTIONS_AT_ONCE];
	size_t count;
};

/* The room of an event that its room's own members have got already; "" for any other message. The
 * name comes from Redis, so it is checked. */
static struct str find_room(const struct redis_message_read *read)
{
	struct str name;

	if (!read->has_tag || !json_get_string(json_find(read->document, "room"), &name) ||
		!room_name_is_normal(name))
		return STR_OF("");
	return name;
}

static void tell_connections(struct redis_channels *channels, const struct json *document,
	struct str room, struct addressees *addressees)
{
	const struct layer_sink *sink = &channels->layer.sink;
	struct event event;
	enum event_problem problem;

	if (addressees->count == 0)
		return;
	problem = event_read(document, &event);
	if (problem == EVENT_OK) {
		event.room = room;
		event.time_ms = clock_wall_ms();
		event.epoch = "";
		sink->deliver_to(sink->context, addressees->ids, addressees->count, &event);
	} else {
		redis_channels_refuse(channels, event_problem_sentence(problem));
	}
	addressees->count = 0;
}

static void put_into_inbox(
	struct redis_channels *channels, struct str channel, const struct json *document)
{
	struct event event = { .fields = document };

	if (switchboard_send(channels->setting.own, channel, &event, AUTHOR_OF_NOBODY) !=
		LAYER_SENT)
		stat_add(channels->layer.stats, STAT_GROUP_MISSED, 1);
}

static void tell_all(
	struct redis_channels *channels, const struct redis_message_read *read, struct str room)
{
	struct addressees addressees = { .count = 0 };
	struct str channel;

	for (size_t i = 0; redis_message_channel(read, i, &channel); i++) {
		uint64_t connection;

		switch (channel_name_kind(channel, channels->layer.broker_id, &connection)) {
		case CHANNEL_CONNECTION:
			addressees.ids[addressees.count++] = connection;
			break;
		case CHANNEL_MADE:
		case CHANNEL_BOUND:
			put_into_inbox(channels, channel, read->document);
			break;
		case CHANNEL_OPEN:
		case CHANNEL_STRANGE:
			break;
		}
		if (addressees.count == LAYER_CONNECTIONS_AT_ONCE)
			tell_connections(channels, read->document, room, &addressees);
	}
	tell_connections(channels, read->document, room, &addressees);
}

void redis_channels_take(void *context, struct str bytes)
{
	struct redis_channels *channels = context;
	struct redis_message_read read;
	const char *problem;

	if (!redis_message_read(bytes, true, &read, &problem)) {
		redis_channels_refuse(channels, problem);
		return;
	}
	tell_all(channels, &read, find_room(&read));
	redis_message_read_finish(&read);
}
