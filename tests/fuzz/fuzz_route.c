/* SPDX-License-Identifier: MIT */
/* Properties of the two tables of routes. URLs: the room that a path leads to, percent-encoded into
 * a path, is found again. Copies: a pattern matches exactly where the plain definition of '*' says
 * so. */
#include "broker/bus/routes.h"
#include "broker/routing.h"
#include "tests/fuzz/fuzz.h"

/* The definition is exponential. */
#define PATTERN_STARS_MAX 5
#define PATTERN_BYTES_MAX 32

static void check_path(struct str path)
{
	struct buf decoded = { 0 }, again = { 0 }, encoded = { 0 };
	struct str room, room_again;
	const struct route *route = routing_find(path, &decoded, &room);

	if (route != NULL && room.len > 0) {
		buf_append_str(&encoded, route->prefix);
		for (size_t i = 0; i < room.len; i++)
			buf_append_format(&encoded, "%%%02X", (unsigned)(uint8_t)room.data[i]);
		buf_append_char(&encoded, '/');
		FUZZ_REQUIRE(routing_find(buf_str(&encoded), &again, &room_again) == route);
		FUZZ_REQUIRE(str_equals(room, room_again));
	}
	buf_finish(&decoded);
	buf_finish(&again);
	buf_finish(&encoded);
}

static bool matches_by_definition(struct str pattern, struct str room)
{
	if (pattern.len == 0)
		return room.len == 0;
	if (pattern.data[0] != '*')
		return room.len > 0 && pattern.data[0] == room.data[0] &&
		       matches_by_definition(str_skip(pattern, 1), str_skip(room, 1));
	for (size_t taken = 0; taken <= room.len; taken++) {
		if (matches_by_definition(str_skip(pattern, 1), str_skip(room, taken)))
			return true;
	}
	return false;
}

static void check_pattern(struct str text)
{
	size_t len = str_find(text, '\n');
	struct str pattern = str_range(text.data, len);
	struct str room = len < text.len ? str_skip(text, len + 1) : STR_OF("");
	size_t stars = 0;

	for (size_t i = 0; i < pattern.len; i++)
		stars += pattern.data[i] == '*';
	if (stars > PATTERN_STARS_MAX || text.len > PATTERN_BYTES_MAX)
		return;
	FUZZ_REQUIRE(routes_match(pattern, room) == matches_by_definition(pattern, room));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_range((const char *)data, size);

	check_path(text);
	check_pattern(text);
	return 0;
}
