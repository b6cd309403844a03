/* SPDX-License-Identifier: MIT */
/* The promises of roomwire-protocol(7) to clients, byte for byte: what each dialect says of the
 * same thing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "broker/dialect.h"

/* The text of the one unmasked, short text frame in frames, which is used up. */
static void assert_frame(struct buf *frames, const char *expected)
{
	size_t header_len = frames->len > 2 && frames->data[1] == 126 ? 4 : 2;

	if (expected[0] == '\0') {
		assert_int_equal(frames->len, 0);
		return;
	}
	assert_true(frames->len > header_len);
	assert_int_equal((uint8_t)frames->data[0], 0x81);
	buf_drop(frames, header_len);
	assert_string_equal(buf_text(frames), expected);
	buf_finish(frames);
}

static struct event message_event(const char *text)
{
	return (struct event){
		.type = STR("chat.message"),
		.is_message = true,
		.room = STR("lobby"),
		.message = str_from(text),
		.user = STR("ann"),
		.seq = 42,
		.epoch = "0123456789abcdef",
		.time_ms = 1795232100123,
	};
}

static void message_is_told_in_each_dialect_and_stamp(void **state)
{
	static const struct {
		enum dialect dialect;
		enum stamp stamp;
		const char *text;
		const char *expected;
	} cases[] = {
		{ DIALECT_PLAIN, STAMP_FIELD, "hello",
			"{\"message\": \"hello\", \"user\": \"ann\", \"time\": "
			"\"2026-11-21T03:35:00.123Z\", \"seq\": 42}" },
		{ DIALECT_PLAIN, STAMP_PREFIX, "hello",
			"{\"message\": \"2026-11-21 03:35:00: hello\", \"user\": \"ann\", "
			"\"time\": "
			"\"2026-11-21T03:35:00.123Z\", \"seq\": 42}" },
		{ DIALECT_V1, STAMP_PREFIX, "hello",
			"{\"type\": \"message\", \"seq\": 42, \"user\": \"ann\", \"message\": "
			"\"hello\", \"time\": \"2026-11-21T03:35:00.123Z\"}" },
		{ DIALECT_V1, STAMP_FIELD, "\"}\n<b>\xe6\x88\xbf",
			"{\"type\": \"message\", \"seq\": 42, \"user\": \"ann\", \"message\": "
			"\"\\\"}\\n<b>\xe6\x88\xbf\", \"time\": \"2026-11-21T03:35:00.123Z\"}" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct event event = message_event(cases[i].text);
		struct buf frames = { 0 };

		dialect_event(cases[i].dialect, &event, cases[i].stamp, &frames);
		assert_frame(&frames, cases[i].expected);
	}
	(void)state;
}

static void ephemeral_event_goes_to_v1_as_it_is_and_to_plain_never(void **state)
{
	static const char text[] = "{\"type\": \"job.done\", \"job\": [1, null, {\"a\": true}]}";
	const char *problem;
	struct json *object = json_parse(STR_OF(text), &problem);
	struct event event = { .type = STR("job.done"), .fields = object };
	struct buf plain = { 0 }, v1 = { 0 };

	assert_non_null(object);
	dialect_event(DIALECT_PLAIN, &event, STAMP_FIELD, &plain);
	dialect_event(DIALECT_V1, &event, STAMP_FIELD, &v1);
	assert_frame(&plain, "");
	assert_frame(&v1, text);
	json_destroy(object);
	(void)state;
}

static void error_names_its_code_and_the_ref_it_answers(void **state)
{
	static const struct {
		enum dialect dialect;
		const char *ref;
		const char *expected;
	} cases[] = {
		{ DIALECT_PLAIN, "",
			"{\"message\": \"[notice] Too long.\", \"error\": \"too_long\"}" },
		{ DIALECT_PLAIN, "r1",
			"{\"message\": \"[notice] Too long.\", \"error\": \"too_long\"}" },
		{ DIALECT_V1, "",
			"{\"type\": \"error\", \"code\": \"too_long\", \"message\": \"Too "
			"long.\"}" },
		{ DIALECT_V1, "r\"1",
			"{\"type\": \"error\", \"ref\": \"r\\\"1\", \"code\": \"too_long\", "
			"\"message\": \"Too long.\"}" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf frames = { 0 };

		dialect_error(
			cases[i].dialect, "too_long", "Too long.", str_from(cases[i].ref), &frames);
		assert_frame(&frames, cases[i].expected);
	}
	(void)state;
}

static void notice_is_marked_for_plain_clients(void **state)
{
	struct buf plain = { 0 }, v1 = { 0 };

	dialect_notice(DIALECT_PLAIN, STR_OF("Back at \"noon\"."), &plain);
	dialect_notice(DIALECT_V1, STR_OF("Back at \"noon\"."), &v1);
	assert_frame(&plain, "{\"message\": \"[announcement] Back at \\\"noon\\\".\"}");
	assert_frame(&v1, "{\"type\": \"notice\", \"message\": \"Back at \\\"noon\\\".\"}");
	(void)state;
}

static void ack_and_bye_say_what_the_client_waits_for(void **state)
{
	struct buf ack = { 0 }, bye = { 0 };

	dialect_ack(STR_OF("r1"), 43, &ack);
	dialect_bye(DIALECT_V1, CLOSE_SERVICE_RESTART, 7, &bye);
	assert_frame(&ack, "{\"type\": \"ack\", \"ref\": \"r1\", \"seq\": 43}");
	assert_frame(&bye, "{\"type\": \"bye\", \"code\": 1012, \"retry_after\": 7}");
	(void)state;
}

/* All that a stream may be told, in both wrappers, and each in its right length. */
static void stream_is_told_the_objects_of_v1(void **state)
{
	static const struct {
		enum dialect dialect;
		const char *text;
	} cases[] = {
		{ DIALECT_EVENT_STREAM,
			"id: 0123456789abcdef-42\ndata: {\"type\": \"message\", \"seq\": 42, "
			"\"user\": \"ann\", \"message\": \"a\\n\\nb\", \"time\": "
			"\"2026-11-21T03:35:00.123Z\"}\n\n"
			"data: {\"type\": \"notice\", \"message\": \"noon\"}\n\n"
			"data: {\"type\": \"error\", \"code\": \"busy\", \"message\": "
			"\"Wait.\"}\n\n"
			"data: {\"type\": \"bye\", \"code\": 1012, \"retry_after\": 7}\n\n"
			"data: {\"type\": \"close\", \"code\": 1012, \"reason\": "
			"\"restart\"}\n\n" },
		{ DIALECT_LINES,
			"{\"type\": \"message\", \"seq\": 42, \"user\": \"ann\", \"message\": "
			"\"a\\n\\nb\", \"time\": \"2026-11-21T03:35:00.123Z\"}\n"
			"{\"type\": \"notice\", \"message\": \"noon\"}\n"
			"{\"type\": \"error\", \"code\": \"busy\", \"message\": \"Wait.\"}\n"
			"{\"type\": \"bye\", \"code\": 1012, \"retry_after\": 7}\n"
			"{\"type\": \"close\", \"code\": 1012, \"reason\": \"restart\"}\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum dialect dialect = cases[i].dialect;
		struct event event = message_event("a\n\nb");
		struct buf frames = { 0 };
		struct str rest;
		size_t count = 0;

		dialect_event(dialect, &event, STAMP_PREFIX, &frames);
		dialect_notice(dialect, STR_OF("noon"), &frames);
		dialect_error(dialect, "busy", "Wait.", STR_OF(""), &frames);
		dialect_bye(dialect, CLOSE_SERVICE_RESTART, 7, &frames);
		dialect_close(dialect, CLOSE_SERVICE_RESTART, "restart", &frames);
		assert_string_equal(buf_text(&frames), cases[i].text);
		for (rest = buf_str(&frames); rest.len > 0; count++)
			rest = str_skip(rest, dialect_frame_len(dialect, rest));
		assert_int_equal(count, 5);
		buf_finish(&frames);
	}
	(void)state;
}

/* It would take who comes back to the room's beginning. */
static void message_without_a_number_is_no_place_to_go_on(void **state)
{
	struct event event = message_event("hello");
	struct buf frames = { 0 };

	event.seq = 0;
	dialect_event(DIALECT_EVENT_STREAM, &event, STAMP_FIELD, &frames);
	assert_true(str_starts_with(buf_str(&frames), STR_OF("data: {\"type\": \"message\"")));
	buf_finish(&frames);
	(void)state;
}

static void only_plain_clients_are_not_told_of_the_goodbye(void **state)
{
	for (enum dialect dialect = 0; dialect < DIALECT_COUNT; dialect++) {
		struct buf bye = { 0 };

		dialect_bye(dialect, CLOSE_SERVICE_RESTART, 7, &bye);
		assert_int_equal(bye.len > 0, dialect_is_v1(dialect));
		assert_int_equal(dialect_is_v1(dialect),
			dialect != DIALECT_PLAIN && dialect != DIALECT_PLAIN_DEFLATE);
		buf_finish(&bye);
	}
	(void)state;
}

static void frames_are_appended_behind_each_other(void **state)
{
	struct buf frames = { 0 };
	size_t first_len;

	dialect_ack(STR_OF("a"), 1, &frames);
	first_len = frames.len;
	dialect_ack(STR_OF("b"), 2, &frames);
	assert_int_equal(frames.len, 2 * first_len);
	buf_drop(&frames, first_len);
	assert_frame(&frames, "{\"type\": \"ack\", \"ref\": \"b\", \"seq\": 2}");
	(void)state;
}

static void changes_are_told_to_v1_alone(void **state)
{
	struct event event = message_event("hi");
	struct buf frames = { 0 };

	event.kind = MESSAGE_EDITS;
	event.target = 41;
	dialect_event(DIALECT_PLAIN, &event, STAMP_FIELD, &frames);
	assert_frame(&frames, "");
	dialect_event(DIALECT_V1, &event, STAMP_FIELD, &frames);
	assert_frame(&frames,
		"{\"type\": \"edit\", \"seq\": 42, \"target\": 41, \"user\": \"ann\", "
		"\"message\": \"hi\", \"time\": \"2026-11-21T03:35:00.123Z\"}");
	event.kind = MESSAGE_DELETES;
	dialect_event(DIALECT_LINES, &event, STAMP_FIELD, &frames);
	assert_string_equal(buf_text(&frames),
		"{\"type\": \"delete\", \"seq\": 42, \"target\": 41, \"user\": \"ann\", "
		"\"time\": \"2026-11-21T03:35:00.123Z\"}\n");
	buf_clear(&frames);
	dialect_event(DIALECT_EVENT_STREAM, &event, STAMP_FIELD, &frames);
	assert_true(str_starts_with(buf_str(&frames), STR_OF("id: 0123456789abcdef-42\n")));
	buf_finish(&frames);
	(void)state;
}

static void what_was_deleted_is_told_to_v1_alone_and_without_its_text(void **state)
{
	struct event event = message_event("");
	struct buf frames = { 0 };

	event.kind = MESSAGE_DELETED;
	dialect_event(DIALECT_PLAIN, &event, STAMP_FIELD, &frames);
	assert_frame(&frames, "");
	dialect_event(DIALECT_V1, &event, STAMP_FIELD, &frames);
	assert_frame(&frames, "{\"type\": \"message\", \"seq\": 42, \"user\": \"ann\", "
			      "\"message\": \"\", \"deleted\": true, \"time\": "
			      "\"2026-11-21T03:35:00.123Z\"}");
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_are_told_to_v1_alone),
		cmocka_unit_test(what_was_deleted_is_told_to_v1_alone_and_without_its_text),
		cmocka_unit_test(message_is_told_in_each_dialect_and_stamp),
		cmocka_unit_test(ephemeral_event_goes_to_v1_as_it_is_and_to_plain_never),
		cmocka_unit_test(error_names_its_code_and_the_ref_it_answers),
		cmocka_unit_test(notice_is_marked_for_plain_clients),
		cmocka_unit_test(ack_and_bye_say_what_the_client_waits_for),
		cmocka_unit_test(stream_is_told_the_objects_of_v1),
		cmocka_unit_test(message_without_a_number_is_no_place_to_go_on),
		cmocka_unit_test(only_plain_clients_are_not_told_of_the_goodbye),
		cmocka_unit_test(frames_are_appended_behind_each_other),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
