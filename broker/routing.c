/* SPDX-License-Identifier: MIT */
/* Patterns are matched on the raw path, so that an encoded slash stays a part of the room's name,
 * and is refused there with a sentence rather than here by a wrong route. */
#include "broker/routing.h"

#include "broker/consumer.h"
#include "common/percent.h"

const struct consumer *const consumers[] = {
	[CONSUMER_CHAT] = &consumer_chat,
	[CONSUMER_ECHO] = &consumer_echo,
	[CONSUMER_TICKER] = &consumer_ticker,
};

static const struct route routes[] = {
	{ STR("/ws/chat/"), true, &consumer_chat, DIALECT_PLAIN },
	{ STR("/ws/echo/"), false, &consumer_echo, DIALECT_PLAIN },
	{ STR("/ws/ticker/"), false, &consumer_ticker, DIALECT_PLAIN },
	{ STR("/sse/chat/"), true, &consumer_chat, DIALECT_EVENT_STREAM },
	{ STR("/poll/chat/"), true, &consumer_chat, DIALECT_LINES },
};

static bool segment_of(struct str rest, struct str *segment_out)
{
	size_t slash = str_find(rest, '/');

	if (slash == 0 || slash + 1 != rest.len)
		return false;
	*segment_out = str_range(rest.data, slash);
	return true;
}

const struct route *routing_find(struct str raw_path, struct buf *decoded, struct str *room_out)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		struct str segment = STR("");
		struct str rest;

		if (!str_starts_with(raw_path, routes[i].prefix))
			continue;
		rest = str_skip(raw_path, routes[i].prefix.len);
		if (routes[i].has_room ? !segment_of(rest, &segment) : rest.len > 0)
			continue;
		buf_clear(decoded);
		buf_append_str(decoded, routes[i].prefix);
		if (!percent_decode(segment, false, decoded))
			return NULL; /* the handshake has refused it already */
		*room_out = str_skip(buf_str(decoded), routes[i].prefix.len);
		return &routes[i];
	}
	return NULL;
}
