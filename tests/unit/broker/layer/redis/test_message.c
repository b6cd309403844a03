/* SPDX-License-Identifier: MIT */
/* Messages in the bytes of channels_redis 4.0.0; other bytes are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/layer/redis/message.h"
#include "common/base/crypto.h"

#define SALT "0123456789ab"
#define BROKER "0123456789ab"
#define HELLO "\xa4type\xa5hello"
#define CHANNELS "\xb0__asgi_channel__"
#define LOBBY "specific.cbroker01!lobby"
#define BYTES(literal) str_range(literal, sizeof(literal) - 1)

static struct json *parse(const char *text)
{
	const char *problem;

	return json_parse(str_from(text), &problem);
}

static void write_object(struct redis_message *message, const char *text, const char *broker_id)
{
	struct json *object = parse(text);

	redis_message_write(message, object, broker_id);
	json_destroy(object);
}

static void what_is_published_is_the_map_alone(void **state)
{
	struct redis_message message = { 0 };
	struct buf out = { 0 };

	write_object(&message, "{\"type\": \"hello\"}", NULL);
	redis_message_pack(&message, &out);
	assert_true(str_equals(buf_str(&out), BYTES("\x81" HELLO)));
	redis_message_finish(&message);
	buf_finish(&out);
	(void)state;
}

static void what_is_stored_says_for_which_channels(void **state)
{
	static const struct str channels[] = { STR(LOBBY), STR("a!b") };
	static const struct {
		size_t count;
		bool is_of_group;
		struct str bytes;
	} table[] = {
		{ 0, false, STR("\x81" HELLO) },
		{ 0, true, STR("\x81" HELLO) },
		{ 1, false, STR("\x82" HELLO CHANNELS "\xb8" LOBBY) },
		{ 1, true, STR("\x82" HELLO CHANNELS "\x91\xb8" LOBBY) },
		{ 2, true,
			STR("\x82" HELLO CHANNELS "\x92\xb8" LOBBY "\xa3"
			    "a!b") },
	};
	struct redis_message message = { 0 };

	write_object(&message, "{\"type\": \"hello\"}", NULL);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct buf one = { 0 }, other = { 0 };

		redis_message_pack_for(
			&message, channels, table[i].count, table[i].is_of_group, &one);
		redis_message_pack_for(
			&message, channels, table[i].count, table[i].is_of_group, &other);
		assert_true(str_equals(
			str_skip(buf_str(&one), REDIS_MESSAGE_SALT_SIZE), table[i].bytes));
		assert_memory_not_equal(one.data, other.data, REDIS_MESSAGE_SALT_SIZE);
		buf_finish(&one);
		buf_finish(&other);
	}
	redis_message_finish(&message);
	(void)state;
}

static void sender_writes_no_words_of_the_layers(void **state)
{
	struct redis_message message = { 0 };
	struct redis_message_read read;
	struct buf out = { 0 };
	const char *problem;

	write_object(&message,
		"{\"__asgi_channel__\": \"a!b\", \"roomwire\": 1, \"type\": \"hello\"}", NULL);
	redis_message_pack(&message, &out);
	assert_true(redis_message_read(buf_str(&out), false, &read, &problem));
	assert_false(read.has_tag);
	assert_null(read.channels);
	redis_message_read_finish(&read);
	redis_message_finish(&message);
	buf_finish(&out);
	(void)state;
}

static void rooms_event_goes_out_as_it_is_told_and_with_a_tag(void **state)
{
	const struct event event = { .type = STR("chat.message"),
		.is_message = true,
		.room = STR("lobby"),
		.message = STR("hi"),
		.user = STR("ann"),
		.origin = STR("e-1"),
		.broker = STR("x"),
		.seq = 7,
		.epoch = "0123456789abcdef",
		.time_ms = 1000 };
	struct redis_message message = { 0 };
	struct redis_message_read read;
	struct buf text = { 0 }, out = { 0 };
	const char *problem;

	event_write_for_channels(&event, &text);
	write_object(&message, buf_text(&text), BROKER);
	redis_message_pack(&message, &out);
	assert_true(redis_message_read(buf_str(&out), false, &read, &problem));
	assert_true(read.has_tag);
	buf_clear(&text);
	json_print(&text, read.document);
	assert_string_equal(buf_text(&text),
		"{\"type\": \"chat.message\", \"room\": \"lobby\", \"seq\": 7, \"epoch\": "
		"\"0123456789abcdef\", \"user\": \"ann\", \"message\": \"hi\", \"time\": "
		"\"1970-01-01T00:00:01.000Z\"}");
	redis_message_read_finish(&read);
	redis_message_finish(&message);
	buf_finish(&text);
	buf_finish(&out);
	(void)state;
}

/* Prints the channels that can be read: "a!b c". */
static const char *read_channels(const struct redis_message_read *read)
{
	static char names[256];
	struct str channel;

	names[0] = '\0';
	for (size_t i = 0; redis_message_channel(read, i, &channel); i++) {
		strcat(names, i > 0 ? " " : "");
		strncat(names, channel.data, channel.len);
	}
	return names;
}

static void names_of_channels_are_read_and_not_believed(void **state)
{
	static const struct {
		struct str bytes;
		const char *names;
	} table[] = {
		{ STR(SALT "\x81" HELLO), "" },
		{ STR(SALT "\x82" HELLO CHANNELS "\xa3"
			   "a!b"),
			"a!b" },
		{ STR(SALT "\x82" HELLO CHANNELS "\x92\xa3"
			   "a!b\xa3"
			   "a!c"),
			"a!b a!c" },
		{ STR(SALT "\x82" HELLO CHANNELS "\x90"), "" },
		{ STR(SALT "\x82" HELLO CHANNELS "\x80"), "" },
		{ STR(SALT "\x82" HELLO CHANNELS "\x07"), "" },
		{ STR(SALT "\x82" HELLO CHANNELS "\xc0"), "" },
		{ STR(SALT "\x82" HELLO CHANNELS "\xa2"
			   "!b"),
			"" },
		{ STR(SALT "\x82" HELLO CHANNELS "\x92\xa3"
			   "a/b\xa3"
			   "a!c"),
			"" },
		{ STR(SALT "\x82" HELLO CHANNELS "\x92\xa3"
			   "a!b\x01"),
			"a!b" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct redis_message_read read;
		struct buf text = { 0 };
		const char *problem;

		assert_true(redis_message_read(table[i].bytes, true, &read, &problem));
		assert_string_equal(read_channels(&read), table[i].names);
		json_print(&text, read.document);
		assert_string_equal(buf_text(&text), "{\"type\": \"hello\"}");
		redis_message_read_finish(&read);
		buf_finish(&text);
	}
	(void)state;
}

static void what_is_no_message_is_told_why(void **state)
{
	static const struct {
		struct str bytes;
		const char *problem;
	} table[] = {
		{ STR(""), "ends too soon" },
		{ STR("0123456789"), "ends too soon" },
		{ STR(SALT), "ends too soon" },
		{ STR(SALT "\x81"
			   "\xa4type\xa5hell"),
			"ends too soon" },
		{ STR(SALT "\x90"), "no map" },
		{ STR(SALT "\xc0"), "null" },
		{ STR(SALT "\xa2hi"), "no map" },
		{ STR(SALT "\x82\xa1"
			   "a\x01\xa1"
			   "a\x02"),
			"key twice" },
		{ STR(SALT "\x81" HELLO "\x00"), "something follows" },
		/* Encrypted: a Fernet token. */
		{ STR(SALT "gAAAAABk"), "something follows" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct redis_message_read read;
		const char *problem = NULL;

		assert_false(redis_message_read(table[i].bytes, true, &read, &problem));
		assert_non_null(strstr(problem, table[i].problem));
	}
	(void)state;
}

static void message_is_cut_nowhere(void **state)
{
	static const struct str whole = STR(SALT "\x82" HELLO CHANNELS "\x92\xa3"
						 "a!b\xa3"
						 "a!c");
	struct redis_message_read read;
	const char *problem;

	for (size_t len = 0; len < whole.len; len++)
		assert_false(redis_message_read(str_range(whole.data, len), true, &read, &problem));
	assert_true(redis_message_read(whole, true, &read, &problem));
	redis_message_read_finish(&read);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_published_is_the_map_alone),
		cmocka_unit_test(what_is_stored_says_for_which_channels),
		cmocka_unit_test(sender_writes_no_words_of_the_layers),
		cmocka_unit_test(rooms_event_goes_out_as_it_is_told_and_with_a_tag),
		cmocka_unit_test(names_of_channels_are_read_and_not_believed),
		cmocka_unit_test(what_is_no_message_is_told_why),
		cmocka_unit_test(message_is_cut_nowhere),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
