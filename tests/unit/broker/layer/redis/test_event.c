/* SPDX-License-Identifier: MIT */
/* An event that one broker writes is read as the same event by another; anything else is
 * refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/layer/redis/event.h"

#define EPOCH "00112233445566ff"

static struct redis_event_reader reader;
static struct event event;

static int tear_down(void **state)
{
	redis_event_reader_finish(&reader);
	(void)state;
	return 0;
}

static enum redis_event_kind read_text(const char *text)
{
	return redis_event_read(&reader, str_from(text), &event);
}

static void assert_text(struct str text, const char *expected)
{
	assert_int_equal(text.len, strlen(expected));
	assert_memory_equal(text.data, expected, text.len);
}

/* Builds the object as the script does. */
static void write_message(const struct event *said, struct buf *out)
{
	buf_append_text(out, "{\"seq\":\"43\",\"time\":\"1700000000123\",\"epoch\":\"" EPOCH "\",");
	redis_event_write_rest(said, "0123456789ab", 7, out);
}

static void a_message_is_read_as_it_was_written(void **state)
{
	static const struct event cases[] = {
		{ .room = STR("lobby"), .user = STR("ann"), .message = STR("hi") },
		{ .room = STR("房间"), .user = STR(""), .message = STR("\"\\\n\t\x01 é") },
		{ .room = STR("a"),
			.user = STR("b"),
			.message = STR("c"),
			.origin = STR(EPOCH "-9"),
			.via = STR("[\"x\", \"y\"]"),
			.copies = STR("[\"z\"]") },
		{ .room = STR("a"), .message = STR("better"), .kind = MESSAGE_EDITS, .target = 42 },
		{ .room = STR("a"), .user = STR("b"), .kind = MESSAGE_DELETES, .target = 42 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf text = { 0 };

		write_message(&cases[i], &text);
		assert_int_equal(
			redis_event_read(&reader, buf_str(&text), &event), REDIS_EVENT_MESSAGE);
		assert_true(event.is_message && str_equals(event.room, cases[i].room));
		assert_true(str_equals(event.user, cases[i].user));
		assert_true(str_equals(event.message, cases[i].message));
		assert_true(str_equals(event.origin, cases[i].origin));
		assert_true(str_equals(event.via, cases[i].via));
		assert_true(str_equals(event.copies, cases[i].copies));
		assert_int_equal(event.kind, cases[i].kind);
		assert_int_equal(event.target, cases[i].target);
		assert_text(event.broker, "0123456789ab");
		assert_string_equal(event.epoch, EPOCH);
		assert_int_equal(event.seq, 43);
		assert_int_equal(event.time_ms, 1700000000123);
		assert_int_equal(reader.item, 7);
		buf_finish(&text);
	}
	(void)state;
}

static void an_ephemeral_event_is_read_as_it_was_written(void **state)
{
	const char *problem;
	struct json *fields = json_parse(
		STR_OF("{\"type\": \"job.done\", \"who\": [1, 2]}"), &problem);
	const struct event said = { .room = STR("lobby"), .fields = fields };
	struct buf text = { 0 };

	redis_event_write_ephemeral(&said, "0123456789ab", &text);
	assert_int_equal(redis_event_read(&reader, buf_str(&text), &event), REDIS_EVENT_EPHEMERAL);
	assert_text(event.room, "lobby");
	assert_text(event.type, "job.done");
	assert_text(event.broker, "0123456789ab");
	assert_false(event.is_message);
	buf_finish(&text);
	json_destroy(fields);
	(void)state;
}

static void what_is_of_no_room_is_handed_on(void **state)
{
	assert_int_equal(read_text("{\"beat\": \"0123456789ab\"}"), REDIS_EVENT_OTHER);
	assert_true(json_is_object(reader.document));
	(void)state;
}

#define NUMBERS(seq, time, epoch) "{\"seq\":" seq ",\"time\":" time ",\"epoch\":" epoch ","
#define GOOD NUMBERS("\"1\"", "\"1\"", "\"" EPOCH "\"")
#define TEXT(text) \
	"\"room\":\"r\",\"user\":\"u\",\"message\":\"" text "\",\"broker\":\"b\",\"item\":\"1\""
#define REST TEXT("m") "}"
#define CHANGE(kind, target) ",\"kind\":" kind ",\"target\":" target "}"

static void what_no_broker_says_is_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"[]",
		"null",
		"{",
		"\xff",
		NUMBERS("\"0\"", "\"1\"", "\"" EPOCH "\"") REST,
		NUMBERS("\"9223372036854775808\"", "\"1\"", "\"" EPOCH "\"") REST,
		NUMBERS("\"-1\"", "\"1\"", "\"" EPOCH "\"") REST,
		NUMBERS("1", "\"1\"", "\"" EPOCH "\"") REST,
		NUMBERS("\"1\"", "\"99999999999999999999\"", "\"" EPOCH "\"") REST,
		NUMBERS("\"1\"", "\"1\"", "\"\"") REST,
		NUMBERS("\"1\"", "\"1\"", "\"00112233445566FF\"") REST,
		NUMBERS("\"1\"", "\"1\"", "\"00112233445566fff\"") REST,
		GOOD "\"room\":\"\",\"user\":\"u\",\"message\":\"m\",\"broker\":\"b\","
		     "\"item\":\"1\"}",
		GOOD "\"room\":\"r\",\"user\":\"u\",\"message\":\"\",\"broker\":\"b\","
		     "\"item\":\"1\"}",
		GOOD "\"room\":\"r\",\"user\":\"u\",\"message\":\"m\",\"broker\":\"b\"}",
		GOOD "\"room\":\"r\",\"user\":\"u\",\"message\":\"m\",\"broker\":\"b\","
		     "\"item\":\"1\",\"via\":\"{}\"}",
		GOOD "\"room\":\"r\",\"user\":\"u\",\"message\":\"m\",\"broker\":\"b\","
		     "\"item\":\"1\",\"copies\":\"[1\"}",
		GOOD TEXT("m") CHANGE("\"edit\"", "\"0\""),
		GOOD TEXT("m") CHANGE("\"edit\"", "\"9223372036854775808\""),
		GOOD TEXT("m") CHANGE("\"edit\"", "1"),
		GOOD TEXT("m") CHANGE("\"\"", "\"1\""),
		GOOD TEXT("m") CHANGE("\"ban\"", "\"1\""),
		GOOD TEXT("m") CHANGE("\"delete\"", "\"1\""),
		GOOD TEXT("") CHANGE("\"deleted\"", "\"1\""),
		"{\"room\": \"r\", \"event\": {\"type\": \"welcome\"}, \"broker\": \"b\"}",
		("{\"room\": \"r\", \"event\": {\"type\": \"chat.message\", \"message\": \"m\"}, "
		 "\"broker\": \"b\"}"),
		"{\"room\": \"r\", \"event\": {\"type\": \"job.done\"}}",
		"{\"event\": {\"type\": \"job.done\"}, \"broker\": \"b\"}",
	};

	assert_int_equal(read_text(GOOD REST), REDIS_EVENT_MESSAGE);
	assert_int_equal(
		read_text(GOOD TEXT("m") CHANGE("\"edit\"", "\"1\"")), REDIS_EVENT_MESSAGE);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(read_text(cases[i]), REDIS_EVENT_BROKEN);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_message_is_read_as_it_was_written, tear_down),
		cmocka_unit_test_teardown(an_ephemeral_event_is_read_as_it_was_written, tear_down),
		cmocka_unit_test_teardown(what_is_of_no_room_is_handed_on, tear_down),
		cmocka_unit_test_teardown(what_no_broker_says_is_refused, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
