/* SPDX-License-Identifier: MIT */
/* What outsiders may send into a room, and the lines that the events socket says of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/event.h"

#define TYPE_100                                             \
	"tttttttttttttttttttttttttttttttttttttttttttttttttt" \
	"tttttttttttttttttttttttttttttttttttttttttttttttttt"

static struct json *parse(const char *text)
{
	const char *problem;
	struct json *object = json_parse(str_from(text), &problem);

	assert_non_null(object);
	return object;
}

static void events_are_judged(void **state)
{
	static const struct {
		const char *text;
		enum event_problem problem;
	} cases[] = {
		{ "{\"type\": \"chat.message\", \"message\": \"hi\"}", EVENT_OK },
		{ "{\"type\": \"chat_message\", \"message\": \"hi\", \"user\": \"ann\"}",
			EVENT_OK },
		{ "{\"type\": \"chat.message\", \"message\": \"hi\", \"user\": \"\"}", EVENT_OK },
		{ "{\"type\": \"job.done\"}", EVENT_OK },
		{ "{\"type\": \"job.done\", \"message\": 1, \"user\": 2}", EVENT_OK },
		{ "{\"type\": \"" TYPE_100 "\"}", EVENT_OK },
		{ "{\"type\": \"job.done\"}", EVENT_OK },
		{ "[]", EVENT_NOT_AN_OBJECT },
		{ "\"chat.message\"", EVENT_NOT_AN_OBJECT },
		{ "{}", EVENT_NO_TYPE },
		{ "{\"type\": \"\"}", EVENT_NO_TYPE },
		{ "{\"type\": 1}", EVENT_NO_TYPE },
		{ "{\"type\": null}", EVENT_NO_TYPE },
		{ "{\"type\": \"_private\"}", EVENT_NO_TYPE },
		{ "{\"type\": \"" TYPE_100 "t\"}", EVENT_NO_TYPE },
		{ "{\"type\": \"ack\"}", EVENT_RESERVED_TYPE },
		{ "{\"type\": \"message\", \"message\": \"hi\"}", EVENT_RESERVED_TYPE },
		{ "{\"type\": \"welcome\"}", EVENT_RESERVED_TYPE },
		{ "{\"type\": \"close\"}", EVENT_RESERVED_TYPE },
		{ "{\"type\": \"bye\"}", EVENT_RESERVED_TYPE },
		{ "{\"type\": \"error\"}", EVENT_RESERVED_TYPE },
		{ "{\"type\": \"notice\"}", EVENT_RESERVED_TYPE },
		{ "{\"type\": \"presence\"}", EVENT_RESERVED_TYPE },
		{ "{\"type\": \"chat.message\"}", EVENT_NO_MESSAGE },
		{ "{\"type\": \"chat.message\", \"message\": \"\"}", EVENT_NO_MESSAGE },
		{ "{\"type\": \"chat.message\", \"message\": [\"hi\"]}", EVENT_NO_MESSAGE },
		{ "{\"type\": \"chat_message\", \"message\": null}", EVENT_NO_MESSAGE },
		{ "{\"type\": \"chat.message\", \"message\": \"hi\", \"user\": 7}",
			EVENT_BAD_USER },
		{ "{\"type\": \"chat.message\", \"message\": \"hi\", \"user\": \"a/b\"}",
			EVENT_BAD_USER },
		{ "{\"type\": \"chat.message\", \"message\": \"hi\", \"user\": \"a\\nb\"}",
			EVENT_BAD_USER },
		{ "{\"type\": \"chat.message\", \"message\": \"hi\", \"user\": "
		  "\"123456789012345678901234567890123\"}",
			EVENT_BAD_USER },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json *object = parse(cases[i].text);
		struct event event;

		assert_int_equal(event_read(object, &event), cases[i].problem);
		json_destroy(object);
	}
	(void)state;
}

static void what_is_read_is_what_was_said(void **state)
{
	struct json *object = parse("{\"user\": \"ann\", \"type\": \"chat_message\", \"message\": "
				    "\"hi\", \"seq\": 7, \"origin\": \"forged\"}");
	struct event event;

	assert_int_equal(event_read(object, &event), EVENT_OK);
	assert_true(event.is_message);
	assert_true(str_is(event.type, "chat_message"));
	assert_true(str_is(event.message, "hi"));
	assert_true(str_is(event.user, "ann"));
	assert_int_equal(event.seq, 0);
	assert_int_equal(event.origin.len, 0);
	assert_ptr_equal(event.fields, object);
	json_destroy(object);
	(void)state;
}

static void every_problem_has_a_word_and_a_sentence(void **state)
{
	for (int problem = EVENT_OK; problem <= EVENT_BAD_USER; problem++) {
		const char *sentence = event_problem_sentence((enum event_problem)problem);

		assert_true(strlen(event_problem_code((enum event_problem)problem)) > 0);
		assert_int_equal(sentence[strlen(sentence) - 1], '.');
	}
	assert_string_equal(event_problem_code(EVENT_NO_TYPE), "no_type");
	(void)state;
}

static void dot_and_underscore_name_the_same_handler(void **state)
{
	static const struct {
		const char *type;
		bool is_it;
	} cases[] = {
		{ "chat_message", true },
		{ "chat.message", true },
		{ "chat-message", false },
		{ "chat.Message", false },
		{ "chat.messag", false },
		{ "chat.messages", false },
		{ "", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			event_type_is(str_from(cases[i].type), "chat_message"), cases[i].is_it);
	(void)state;
}

static void assert_written(const struct event *event, const char *expected)
{
	struct buf line = { 0 };

	event_write(event, &line);
	assert_string_equal(buf_text(&line), expected);
	buf_finish(&line);
}

static void message_is_written_as_one_line(void **state)
{
	struct event event = {
		.type = STR("chat_message"),
		.is_message = true,
		.room = STR("lobby"),
		.message = STR("a\nb \"c\""),
		.user = STR("ann"),
		.seq = 42,
		.epoch = "0123456789abcdef",
		.time_ms = 1795232100123,
	};

	assert_written(&event,
		"{\"type\": \"chat.message\", \"room\": \"lobby\", \"seq\": 42, \"epoch\": "
		"\"0123456789abcdef\", \"user\": \"ann\", \"message\": \"a\\nb \\\"c\\\"\", "
		"\"time\": \"2026-11-21T03:35:00.123Z\"}");
	event.message = STR_OF("hi");
	event.user = STR_OF("");
	event.broker = STR_OF("0123456789ab");
	event.origin = STR_OF("fedcba9876543210-7");
	event.via = STR_OF("[\"ops\"]");
	event.copies = STR_OF("[\"all\"]");
	assert_written(&event,
		"{\"type\": \"chat.message\", \"room\": \"lobby\", \"seq\": 42, \"epoch\": "
		"\"0123456789abcdef\", \"user\": \"\", \"message\": \"hi\", \"time\": "
		"\"2026-11-21T03:35:00.123Z\", \"broker\": \"0123456789ab\", \"origin\": "
		"\"fedcba9876543210-7\", \"via\": "
		"[\"ops\"], \"copies\": [\"all\"]}");
	(void)state;
}

static void changes_are_written_for_followers_and_for_channels(void **state)
{
	struct event event = {
		.type = STR("chat.message"),
		.is_message = true,
		.kind = MESSAGE_EDITS,
		.target = 41,
		.room = STR("lobby"),
		.message = STR("hi"),
		.user = STR("ann"),
		.seq = 42,
		.epoch = "0123456789abcdef",
		.time_ms = 1795232100123,
	};
	struct buf out = { 0 };

	assert_written(&event,
		"{\"type\": \"edit\", \"room\": \"lobby\", \"seq\": 42, \"epoch\": "
		"\"0123456789abcdef\", \"target\": 41, \"user\": \"ann\", \"message\": \"hi\", "
		"\"time\": \"2026-11-21T03:35:00.123Z\"}");
	event.kind = MESSAGE_DELETES;
	event.message = STR_OF("");
	assert_written(&event,
		"{\"type\": \"delete\", \"room\": \"lobby\", \"seq\": 42, \"epoch\": "
		"\"0123456789abcdef\", \"target\": 41, \"user\": \"ann\", \"time\": "
		"\"2026-11-21T03:35:00.123Z\"}");
	event_write_for_channels(&event, &out);
	assert_true(str_starts_with(buf_str(&out), STR_OF("{\"type\": \"chat.delete\", ")));
	event.kind = MESSAGE_EDITS;
	buf_clear(&out);
	event_write_for_channels(&event, &out);
	assert_true(str_starts_with(buf_str(&out), STR_OF("{\"type\": \"chat.edit\", ")));
	buf_finish(&out);
	(void)state;
}

static void ephemeral_event_is_written_as_it_is_without_forged_fields(void **state)
{
	struct json *object = parse(
		"{\"room\": \"x\", \"type\": \"job.done\", \"origin\": \"x\", \"broker\": \"y\", "
		"\"job\": [1, null], \"via\": [], \"copies\": 1}");
	struct event event;

	assert_int_equal(event_read(object, &event), EVENT_OK);
	event.room = STR_OF("lobby");
	assert_written(&event, "{\"type\": \"job.done\", \"job\": [1, null], \"room\": \"lobby\"}");
	event.origin = STR_OF("fedcba9876543210-0");
	assert_written(&event, "{\"type\": \"job.done\", \"job\": [1, null], \"room\": \"lobby\", "
			       "\"origin\": \"fedcba9876543210-0\"}");
	json_destroy(object);
	(void)state;
}

static void channels_do_not_get_where_an_event_has_been(void **state)
{
	struct json *object = parse("{\"type\": \"job.done\", \"job\": 1}");
	struct buf out = { 0 };
	struct event event;

	assert_int_equal(event_read(object, &event), EVENT_OK);
	event.broker = event.origin = STR_OF("elsewhere");
	event.via = event.copies = STR_OF("[]");
	event_write_for_channels(&event, &out); /* of a group without a room */
	assert_string_equal(buf_text(&out), "{\"type\": \"job.done\", \"job\": 1}");
	buf_clear(&out);
	event.room = STR_OF("lobby");
	event_write_for_channels(&event, &out);
	assert_string_equal(
		buf_text(&out), "{\"type\": \"job.done\", \"job\": 1, \"room\": \"lobby\"}");
	buf_finish(&out);
	json_destroy(object);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_judged),
		cmocka_unit_test(what_is_read_is_what_was_said),
		cmocka_unit_test(every_problem_has_a_word_and_a_sentence),
		cmocka_unit_test(dot_and_underscore_name_the_same_handler),
		cmocka_unit_test(message_is_written_as_one_line),
		cmocka_unit_test(changes_are_written_for_followers_and_for_channels),
		cmocka_unit_test(ephemeral_event_is_written_as_it_is_without_forged_fields),
		cmocka_unit_test(channels_do_not_get_where_an_event_has_been),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
