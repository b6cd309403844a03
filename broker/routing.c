/* SPDX-License-Identifier: MIT */
/* Patterns are matched on the raw path, so that an encoded slash stays a part of the room's name,
 * and is refused there with a sentence rather than here by a wrong route. */
#include "broker/routing.h"

#include "broker/consumer.h"

static const struct {
	struct str prefix;
	bool has_room; /* one segment and a slash follow */
	const struct consumer *consumer;
} routes[] = {
	{ STR("/ws/chat/"), true, &consumer_chat },
	{ STR("/ws/echo/"), false, &consumer_echo },
	{ STR("/ws/ticker/"), false, &consumer_ticker },
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* A '%' without two digits stands for itself; the handshake has refused those already. */
static void decode(struct str raw, struct buf *out)
{
	for (size_t i = 0; i < raw.len; i++) {
		int high = i + 2 < raw.len && raw.data[i] == '%' ? hex_digit(raw.data[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(raw.data[i + 2]) : -1;

		if (low < 0) {
			buf_append_char(out, raw.data[i]);
			continue;
		}
		buf_append_char(out, (char)(high * 16 + low));
		i += 2;
	}
}

static bool segment_of(struct str rest, struct str *segment_out)
{
	size_t slash = str_find(rest, '/');

	if (slash == 0 || slash + 1 != rest.len)
		return false;
	*segment_out = str_range(rest.data, slash);
	return true;
}

const struct consumer *routing_find(struct str raw_path, struct buf *decoded, struct str *room_out)
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
		decode(segment, decoded);
		*room_out = str_skip(buf_str(decoded), routes[i].prefix.len);
		return routes[i].consumer;
	}
	return NULL;
}
