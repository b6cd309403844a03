/* SPDX-License-Identifier: MIT */
/* A message as plain clients and as roomwire.v1 clients get it (roomwire-protocol(7)). Every text
 * goes through the JSON writer; nothing is put together by hand. */
#include "broker/dialect.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "broker/ws/frame.h"
#include "common/base/clock.h"
#include "common/json.h"

/* What a plain client shows instead of an error object. */
#define PLAIN_NOTICE "[notice] "
#define PLAIN_ANNOUNCEMENT "[announcement] "

/* What stands around the JSON of an event where that is no WebSocket frame. JSON has no line ends
 * of its own, so that the end is found by looking for it. */
static const struct {
	struct str before;
	struct str end;
} wrappers[DIALECT_COUNT] = {
	[DIALECT_EVENT_STREAM] = { STR("data: "), STR("\n\n") },
	[DIALECT_LINES] = { STR(""), STR("\n") },
};

size_t dialect_begin(enum dialect dialect, struct buf *frames)
{
	if (!dialect_is_stream(dialect))
		return frame_begin(frames);
	buf_append_str(frames, wrappers[dialect].before);
	return 0;
}

void dialect_end(enum dialect dialect, struct buf *frames, size_t start)
{
	if (dialect_is_stream(dialect))
		buf_append_str(frames, wrappers[dialect].end);
	else
		frame_end(frames, start, FRAME_TEXT);
}

void dialect_position(enum dialect dialect, const char *epoch, uint64_t seq, struct buf *frames)
{
	if (dialect == DIALECT_EVENT_STREAM)
		buf_append_format(frames, "id: %s-%" PRIu64 "\n", epoch, seq);
}

size_t dialect_frame_len(enum dialect dialect, struct str frames)
{
	struct str end = wrappers[dialect].end;
	struct str rest = frames;
	const char *found;
	enum frame_opcode opcode;
	struct str payload;

	if (!dialect_is_stream(dialect)) {
		(void)frame_take(&rest, &opcode, &payload);
		return frames.len - rest.len;
	}
	found = memmem(frames.data, frames.len, end.data, end.len);
	assert(found != NULL);
	return (size_t)(found - frames.data) + end.len;
}

static void write_plain_text(
	const struct event *event, enum stamp stamp, struct json_writer *writer)
{
	char time[CLOCK_LOCAL_SIZE];
	struct buf text = { 0 };

	if (stamp == STAMP_FIELD) {
		json_add_string(writer, "message", event->message);
		return;
	}
	clock_format_local(event->time_ms, time);
	buf_append_text(&text, time);
	buf_append_text(&text, ": ");
	buf_append_str(&text, event->message);
	json_add_string(writer, "message", buf_str(&text));
	buf_finish(&text);
}

static void write_plain(const struct event *event, enum stamp stamp, struct json_writer *writer)
{
	char time[CLOCK_ISO_SIZE];

	clock_format_iso(event->time_ms, time);
	write_plain_text(event, stamp, writer);
	json_add_string(writer, "user", event->user);
	json_add_string(writer, "time", str_from(time));
	if (event->seq > 0)
		json_add_integer(writer, "seq", (int64_t)event->seq);
}

static void write_v1(const struct event *event, struct json_writer *writer)
{
	char time[CLOCK_ISO_SIZE];

	clock_format_iso(event->time_ms, time);
	json_add_string(writer, "type", str_from(message_kind_word(event->kind)));
	if (event->seq > 0)
		json_add_integer(writer, "seq", (int64_t)event->seq);
	if (message_kind_changes(event->kind))
		json_add_integer(writer, "target", (int64_t)event->target);
	json_add_string(writer, "user", event->user);
	if (event->kind != MESSAGE_DELETES)
		json_add_string(writer, "message", event->message);
	message_kind_write_state(event->kind, event->edited_ms, writer);
	json_add_string(writer, "time", str_from(time));
}

bool dialect_tells(enum dialect dialect, enum message_kind kind)
{
	return dialect_is_v1(dialect) || kind == MESSAGE_SAYS;
}

static void append_ephemeral(enum dialect dialect, const struct event *event, struct buf *frames)
{
	size_t start;

	if (!dialect_is_v1(dialect))
		return;
	start = dialect_begin(dialect, frames);
	json_print(frames, event->fields);
	dialect_end(dialect, frames, start);
}

void dialect_event(
	enum dialect dialect, const struct event *event, enum stamp stamp, struct buf *frames)
{
	struct json_writer writer = json_writer_to(frames);
	size_t start;

	if (!event->is_message) {
		append_ephemeral(dialect, event, frames);
		return;
	}
	if (!dialect_tells(dialect, event->kind))
		return;
	if (event->seq > 0) /* else it is no message of the room that is followed */
		dialect_position(dialect, event->epoch, event->seq, frames);
	start = dialect_begin(dialect, frames);
	json_begin_object(&writer, NULL);
	if (!dialect_is_v1(dialect))
		write_plain(event, stamp, &writer);
	else
		write_v1(event, &writer);
	json_end_object(&writer);
	dialect_end(dialect, frames, start);
}

/* {"message": "<prefix><text>"} and whatever the caller adds. */
static void write_plain_line(struct json_writer *writer, const char *prefix, struct str text)
{
	struct buf line = { 0 };

	buf_append_text(&line, prefix);
	buf_append_str(&line, text);
	json_add_string(writer, "message", buf_str(&line));
	buf_finish(&line);
}

void dialect_error(enum dialect dialect, const char *code, const char *sentence, struct str ref,
	struct buf *frames)
{
	dialect_error_for_now(dialect, code, sentence, ref, 0, frames);
}

void dialect_error_for_now(enum dialect dialect, const char *code, const char *sentence,
	struct str ref, int64_t retry_after_ms, struct buf *frames)
{
	struct json_writer writer = json_writer_to(frames);
	size_t start = dialect_begin(dialect, frames);

	json_begin_object(&writer, NULL);
	if (!dialect_is_v1(dialect)) {
		write_plain_line(&writer, PLAIN_NOTICE, str_from(sentence));
		json_add_string(&writer, "error", str_from(code));
	} else {
		json_add_string(&writer, "type", STR_OF("error"));
		if (ref.len > 0)
			json_add_string(&writer, "ref", ref);
		json_add_string(&writer, "code", str_from(code));
		json_add_string(&writer, "message", str_from(sentence));
	}
	if (retry_after_ms > 0)
		json_add_integer(&writer, "retry_after_ms", retry_after_ms);
	json_end_object(&writer);
	dialect_end(dialect, frames, start);
}

void dialect_notice(enum dialect dialect, struct str message, struct buf *frames)
{
	struct json_writer writer = json_writer_to(frames);
	size_t start = dialect_begin(dialect, frames);

	json_begin_object(&writer, NULL);
	if (!dialect_is_v1(dialect)) {
		write_plain_line(&writer, PLAIN_ANNOUNCEMENT, message);
	} else {
		json_add_string(&writer, "type", STR_OF("notice"));
		json_add_string(&writer, "message", message);
	}
	json_end_object(&writer);
	dialect_end(dialect, frames, start);
}

void dialect_done(struct str ref, struct buf *frames)
{
	struct json_writer writer = json_writer_to(frames);
	size_t start = frame_begin(frames);

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "type", STR_OF("done"));
	json_add_string(&writer, "ref", ref);
	json_end_object(&writer);
	frame_end(frames, start, FRAME_TEXT);
}

void dialect_ack(struct str ref, uint64_t seq, struct buf *frames)
{
	struct json_writer writer = json_writer_to(frames);
	size_t start = frame_begin(frames);

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "type", STR_OF("ack"));
	json_add_string(&writer, "ref", ref);
	json_add_integer(&writer, "seq", (int64_t)seq);
	json_end_object(&writer);
	frame_end(frames, start, FRAME_TEXT);
}

void dialect_bye(enum dialect dialect, enum close_code code, unsigned retry_after_seconds,
	struct buf *frames)
{
	struct json_writer writer = json_writer_to(frames);
	size_t start;

	if (!dialect_is_v1(dialect))
		return;
	start = dialect_begin(dialect, frames);
	json_begin_object(&writer, NULL);
	json_add_string(&writer, "type", STR_OF("bye"));
	json_add_integer(&writer, "code", code);
	json_add_integer(&writer, "retry_after", retry_after_seconds);
	json_end_object(&writer);
	dialect_end(dialect, frames, start);
}

void dialect_close(
	enum dialect dialect, enum close_code code, const char *reason, struct buf *frames)
{
	struct json_writer writer = json_writer_to(frames);
	size_t start;

	if (!dialect_is_stream(dialect)) {
		frame_append_close(frames, code, str_from(reason));
		return;
	}
	start = dialect_begin(dialect, frames);
	json_begin_object(&writer, NULL);
	json_add_string(&writer, "type", STR_OF("close"));
	json_add_integer(&writer, "code", code);
	json_add_string(&writer, "reason", str_from(reason));
	json_end_object(&writer);
	dialect_end(dialect, frames, start);
}
