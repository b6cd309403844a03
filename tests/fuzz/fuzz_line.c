/* SPDX-License-Identifier: MIT */
/* Property: a line for a room that is accepted from a shell or a peer, published again, is accepted
 * again and says the same to the same room. */
#include "broker/bus/line.h"
#include "common/room_name.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/stage.h"

static void publish(struct event *event, struct buf *line)
{
	event->epoch = "0123456789abcdef";
	event->seq = event->is_message ? 1 : 0;
	event->broker = STR_OF("0123456789ab");
	room_name_group(event->room, line);
	buf_append_char(line, ' ');
	event_write(event, line);
}

static void check_again(struct broker *broker, struct event *event)
{
	struct buf once = { 0 }, twice = { 0 };
	struct line again;

	publish(event, &once);
	FUZZ_REQUIRE(str_find(buf_str(&once), '\n') == once.len);
	FUZZ_REQUIRE(line_read(broker, buf_str(&once), &again) == NULL);
	FUZZ_REQUIRE(again.event.is_message == event->is_message);
	FUZZ_REQUIRE(str_equals(again.event.room, event->room));
	FUZZ_REQUIRE(str_equals(again.event.message, event->message));
	FUZZ_REQUIRE(str_equals(again.event.user, event->user));
	publish(&again.event, &twice);
	FUZZ_REQUIRE(str_equals(buf_str(&once), buf_str(&twice)));
	line_finish(&again);
	buf_finish(&once);
	buf_finish(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stage stage;
	struct line line;

	stage_start(&stage);
	if (line_read(&stage.broker, str_range((const char *)data, size), &line) == NULL &&
		line.event.room.len > 0)
		check_again(&stage.broker, &line.event);
	line_finish(&line);
	stage_finish(&stage);
	return 0;
}
