/* SPDX-License-Identifier: MIT */
/* Whatever an outsider's event, an edit or an announcement holds, each dialect makes one frame of
 * it or none: two behind each other are cut apart where the first one ends, and what a stream's
 * frame says is one JSON object on one line. */
#include "broker/dialect.h"
#include "tests/fuzz/fuzz.h"

static void check_object(enum dialect dialect, struct str frame)
{
	struct str wrapped = STR("data: ");
	const char *problem;
	struct json *object;
	struct str line = frame;

	if (dialect == DIALECT_EVENT_STREAM) {
		struct str id = frame;

		if (str_starts_with(frame, STR_OF("id: ")))
			frame = str_skip(id, str_find(id, '\n') + 1);
		FUZZ_REQUIRE(str_starts_with(frame, wrapped));
		line = str_skip(frame, wrapped.len);
		FUZZ_REQUIRE(str_ends_with(line, STR_OF("\n\n")));
	}
	line = str_range(line.data, str_find(line, '\n'));
	FUZZ_REQUIRE(
		line.len + (dialect == DIALECT_EVENT_STREAM ? wrapped.len + 2 : 1) == frame.len);
	object = json_parse(line, &problem);
	FUZZ_REQUIRE(json_is_object(object));
	json_destroy(object);
}

static void check_frames(enum dialect dialect, struct str frames, size_t first_len)
{
	struct str first = str_range(frames.data, first_len);

	if (frames.len == 0)
		return;
	FUZZ_REQUIRE(dialect_frame_len(dialect, frames) == first_len);
	FUZZ_REQUIRE(
		dialect_frame_len(dialect, str_skip(frames, first_len)) == frames.len - first_len);
	if (dialect_is_stream(dialect))
		check_object(dialect, first);
}

static void check_event(enum dialect dialect, const struct event *event)
{
	struct buf frames = { 0 };
	size_t first_len;

	dialect_event(dialect, event, STAMP_FIELD, &frames);
	first_len = frames.len;
	dialect_event(dialect, event, STAMP_PREFIX, &frames);
	check_frames(dialect, buf_str(&frames), first_len);
	buf_finish(&frames);
}

/* What is said, and whatever is done to it later. */
static void check_kinds(enum dialect dialect, struct event *event)
{
	event->seq = 7;
	event->target = 3;
	for (enum message_kind kind = 0; kind < MESSAGE_KIND_COUNT; kind++) {
		event->kind = kind;
		check_event(dialect, event);
		event->edited_ms = 1;
		check_event(dialect, event);
		event->edited_ms = 0;
	}
}

static void check_notice(enum dialect dialect, struct str text)
{
	struct buf frames = { 0 };
	size_t first_len;

	dialect_notice(dialect, text, &frames);
	first_len = frames.len;
	dialect_error(dialect, "code", "Sentence.", text, &frames);
	check_frames(dialect, buf_str(&frames), first_len);
	buf_finish(&frames);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *problem;
	struct json *object = json_parse(str_range((const char *)data, size), &problem);
	struct event event;
	struct str text;

	for (enum dialect dialect = 0; dialect < DIALECT_LANGUAGES; dialect++) {
		if (event_read(object, &event) == EVENT_OK) {
			event.epoch = "0123456789abcdef";
			if (event.is_message)
				check_kinds(dialect, &event);
			else
				check_event(dialect, &event);
		}
		if (json_get_string(json_find(object, "text"), &text))
			check_notice(dialect, text);
	}
	json_destroy(object);
	return 0;
}
