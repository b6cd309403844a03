/* SPDX-License-Identifier: MIT */
/* Properties: an event that is accepted is written as one line, a JSON object that says the same
 * again (read, write, read is a fixed point); an edit or a deletion with its text is one line, too,
 * that no outsider may send; its type is none of the protocol's own words but
 * chat.message; and what the broker alone may say is never what the outsider said. */
#include "common/event.h"
#include "tests/fuzz/fuzz.h"

#define ROOM STR_OF("lobby")

static struct json *parse(struct str text)
{
	const char *problem;

	return json_parse(text, &problem);
}

static void stamp(struct event *event)
{
	event->room = ROOM;
	event->epoch = "0123456789abcdef";
	event->seq = event->is_message ? 1 : 0;
}

static void check_line(struct str line, const struct event *event)
{
	struct json *object = parse(line);
	struct event again;
	struct buf twice = { 0 };
	struct str room;

	FUZZ_REQUIRE(str_find(line, '\n') == line.len);
	FUZZ_REQUIRE(event_read(object, &again) == EVENT_OK);
	FUZZ_REQUIRE(again.is_message == event->is_message);
	FUZZ_REQUIRE(event->is_message || str_equals(again.type, event->type));
	FUZZ_REQUIRE(str_equals(again.message, event->message));
	FUZZ_REQUIRE(str_equals(again.user, event->user));
	FUZZ_REQUIRE(json_get_string(json_find(object, "room"), &room) && str_equals(room, ROOM));
	FUZZ_REQUIRE(json_find(object, "broker") == NULL && json_find(object, "origin") == NULL &&
		     json_find(object, "via") == NULL && json_find(object, "copies") == NULL);
	stamp(&again);
	event_write(&again, &twice);
	FUZZ_REQUIRE(str_equals(buf_str(&twice), line));
	buf_finish(&twice);
	json_destroy(object);
}

/* What the broker makes of a message that is changed later. */
static void check_changes(struct event event)
{
	struct buf line = { 0 };
	struct event again;
	struct json *object;
	int64_t target;

	event.target = 3;
	for (event.kind = MESSAGE_EDITS; event.kind <= MESSAGE_DELETES; event.kind++) {
		buf_clear(&line);
		event_write(&event, &line);
		FUZZ_REQUIRE(str_find(buf_str(&line), '\n') == line.len);
		object = parse(buf_str(&line));
		FUZZ_REQUIRE(event_read(object, &again) == EVENT_RESERVED_TYPE);
		FUZZ_REQUIRE(json_get_integer(json_find(object, "target"), &target) && target == 3);
		FUZZ_REQUIRE(
			(json_find(object, "message") == NULL) == (event.kind == MESSAGE_DELETES));
		json_destroy(object);
	}
	buf_finish(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json *object = parse(str_range((const char *)data, size));
	struct event event;
	struct buf line = { 0 };

	if (event_read(object, &event) == EVENT_OK) {
		FUZZ_REQUIRE(event.type.len > 0 && event.type.len <= EVENT_TYPE_MAX);
		FUZZ_REQUIRE(!str_is(event.type, "message") && !str_is(event.type, "welcome") &&
			     !str_is(event.type, "ack"));
		FUZZ_REQUIRE(event.is_message == (event.message.len > 0));
		stamp(&event);
		event_write(&event, &line);
		check_line(buf_str(&line), &event);
		if (event.is_message)
			check_changes(event);
	}
	buf_finish(&line);
	json_destroy(object);
	return 0;
}
