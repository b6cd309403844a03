/* SPDX-License-Identifier: MIT */
/* Compressed messages of a connection: inflated under the limits of all others, or its end; and a
 * room in which some agreed to compression. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/ws/deflate.h"
#include "tests/support/client_frame.h"
#include "tests/support/stage.h"

#define COMPRESSED_TEXT 0xc1
#define MESSAGE_BYTES 16384 /* [limits] message_bytes, by default */
#define SKIPPED_BYTES (4 * MESSAGE_BYTES)

static void enter(struct stage *stage, struct client *client, const struct consumer *consumer)
{
	client_enter(stage, client, consumer, consumer == &consumer_chat ? "lobby" : NULL,
		DIALECT_PLAIN);
	client->conn->window_bits = DEFLATE_WINDOW_BITS_MAX;
	stage_turn(stage);
}

static void send_frame(struct stage *stage, struct client *client, struct str payload)
{
	struct buf frame = { 0 };

	client_frame_append(&frame, COMPRESSED_TEXT, payload.data, payload.len);
	client_send_bytes(client, buf_str(&frame));
	stage_turn(stage);
	buf_finish(&frame);
}

static void send_compressed(struct stage *stage, struct client *client, struct str message)
{
	struct deflate *codec = deflate_create();
	struct buf payload = { 0 };

	deflate_message(codec, DEFLATE_WINDOW_BITS_MAX, message, &payload);
	send_frame(stage, client, buf_str(&payload));
	buf_finish(&payload);
	deflate_destroy(codec);
}

/* A chat message of so many bytes in all. */
static void send_spaces(struct stage *stage, struct client *client, size_t len)
{
	struct buf text = { 0 };

	buf_append_text(&text, "{\"message\": \"hi\"}");
	while (text.len < len)
		buf_append_char(&text, ' ');
	send_compressed(stage, client, buf_str(&text));
	buf_finish(&text);
}

static void echo_answers_compressed_where_it_helps(void **state)
{
	struct stage *stage = *state;
	struct client client;
	struct buf text = { 0 };

	enter(stage, &client, &consumer_echo);
	send_compressed(stage, &client, STR_OF("short"));
	assert_string_equal(client_hear(&client), "text short|");
	for (int i = 0; i < 100; i++)
		buf_append_text(&text, "long ");
	send_compressed(stage, &client, buf_str(&text));
	assert_true(str_starts_with(
		str_from(client_hear(&client)), STR_OF("compressed text long long ")));
	client_send(&client, FRAME_TEXT, STR_OF("as it is"));
	stage_turn(stage);
	assert_string_equal(client_hear(&client), "text as it is|");
	buf_finish(&text);
	client_leave(&client);
}

static void compressed_without_agreement_is_a_violation(void **state)
{
	struct stage *stage = *state;
	struct client client;

	client_enter(stage, &client, &consumer_echo, NULL, DIALECT_PLAIN);
	stage_turn(stage);
	send_compressed(stage, &client, STR_OF("hello"));
	assert_string_equal(client_hear(&client), "close 1002|end");
	client_leave(&client);
}

static void chat_understands_compressed_messages(void **state)
{
	struct stage *stage = *state;
	struct client client;

	enter(stage, &client, &consumer_chat);
	send_spaces(stage, &client, MESSAGE_BYTES);
	assert_non_null(strstr(client_hear(&client), "\"message\": \"hi\""));
	client_leave(&client);
}

static void limits_are_of_what_was_inflated(void **state)
{
	struct stage *stage = *state;
	struct client client;

	enter(stage, &client, &consumer_chat);
	send_spaces(stage, &client, MESSAGE_BYTES + 1);
	assert_non_null(strstr(client_hear(&client), "too_long"));
	send_spaces(stage, &client, SKIPPED_BYTES);
	assert_non_null(strstr(client_hear(&client), "too_long"));
	assert_int_equal(stage_stat(stage, STAT_INFLATED_TOO_BIG), 0);
	send_spaces(stage, &client, SKIPPED_BYTES + 1);
	assert_string_equal(client_hear(&client), "close 1009|end");
	assert_int_equal(stage_stat(stage, STAT_INFLATED_TOO_BIG), 1);
	client_leave(&client);
}

static void what_does_not_inflate_to_text_is_invalid(void **state)
{
	static const struct str payloads[] = {
		STR("\x07"), /* no block */
		STR(""), /* not even the byte of an empty one */
		STR("\x00\x01\x00\xfe\xff\xce\x00"), /* half a character */
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		struct client client;

		enter(stage, &client, &consumer_echo);
		send_frame(stage, &client, payloads[i]);
		assert_string_equal(client_hear(&client), "close 1007|end");
		assert_int_equal(stage_stat(stage, STAT_VIOLATIONS), i + 1);
		client_leave(&client);
		stage_turn(stage);
	}
}

static void nothing_is_heard_behind_what_failed(void **state)
{
	struct stage *stage = *state;
	struct client client;
	struct buf frames = { 0 };

	enter(stage, &client, &consumer_echo);
	client_frame_append(&frames, COMPRESSED_TEXT, "\x07", 1);
	client_frame_append(&frames, 0x81, "late", 4);
	client_send_bytes(&client, buf_str(&frames));
	stage_turn(stage);
	assert_string_equal(client_hear(&client), "close 1007|end");
	buf_finish(&frames);
	client_leave(&client);
}

static void room_is_told_to_each_as_it_agreed(void **state)
{
	struct stage *stage = *state;
	struct client clients[DIALECT_COUNT];
	const char *heard[DIALECT_COUNT];

	for (size_t i = 0; i < DIALECT_COUNT; i++)
		client_enter(stage, &clients[i], &consumer_chat, "lobby", (enum dialect)i);
	stage_turn(stage);
	for (size_t i = 0; i < DIALECT_COUNT; i++)
		client_hear(&clients[i]);
	client_send(&clients[DIALECT_PLAIN], FRAME_TEXT,
		STR_OF("{\"message\": \"again and again and again and again and again\"}"));
	stage_turn(stage);
	for (size_t i = 0; i < DIALECT_COUNT; i++)
		heard[i] = client_hear(&clients[i]);
	for (enum dialect i = DIALECT_PLAIN; i < DIALECT_LANGUAGES; i++)
		assert_non_null(strstr(heard[i], "again and again"));
	for (enum dialect i = DIALECT_PLAIN; i <= DIALECT_V1; i++) {
		const char *compressed = heard[dialect_compressed(i)];

		assert_true(str_starts_with(str_from(compressed), STR_OF("compressed ")));
		assert_string_equal(compressed + strlen("compressed "), heard[i]);
	}
	assert_null(strstr(heard[DIALECT_PLAIN], "\"type\""));
	assert_non_null(strstr(heard[DIALECT_V1], "\"type\""));
	for (size_t i = 0; i < DIALECT_COUNT; i++)
		client_leave(&clients[i]);
}

static void room_of_compressing_members_only_is_told(void **state)
{
	struct stage *stage = *state;
	struct client client;

	client_enter(stage, &client, &consumer_chat, "lobby", DIALECT_V1_DEFLATE);
	stage_turn(stage);
	assert_non_null(strstr(client_hear(&client), "text {\"type\": \"welcome\""));
	client_send(&client, FRAME_TEXT,
		STR_OF("{\"type\": \"message\", \"message\": \"hi\", \"ref\": \"a\"}"));
	stage_turn(stage);
	assert_non_null(strstr(client_hear(&client), "\"message\": \"hi\""));
	assert_int_equal(rooms_announce(stage->broker.rooms, STR_OF("back at 8")), 1);
	stage_turn(stage);
	assert_non_null(strstr(client_hear(&client), "\"notice\", \"message\": \"back at 8\""));
	client_leave(&client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(echo_answers_compressed_where_it_helps),
		TEST(compressed_without_agreement_is_a_violation),
		TEST(chat_understands_compressed_messages),
		TEST(limits_are_of_what_was_inflated),
		TEST(what_does_not_inflate_to_text_is_invalid),
		TEST(room_is_told_to_each_as_it_agreed),
		TEST(room_of_compressing_members_only_is_told),
		TEST(nothing_is_heard_behind_what_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
