/* SPDX-License-Identifier: MIT */
/* Messages out of frames. Every case of the table is read whole, byte by byte, and cut in two at
 * every byte, and must come out the same. Numbers are those of the Autobahn catalogue. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "broker/ws/message.h"
#include "common/base/mem.h"
#include "tests/support/client_frame.h"

#define FRAMES_MAX 6

struct frame {
	uint8_t first_byte;
	const char *payload;
	size_t len;
};

struct message_case {
	const char *name;
	struct frame frames[FRAMES_MAX]; /* ends with a payload of NULL */
	const char *expected; /* see write_result */
};

#define FRAME(first_byte, payload)                                    \
	{                                                             \
		(uint8_t)(first_byte), (payload), sizeof(payload) - 1 \
	}
#define FINAL(opcode, payload) FRAME(0x80 | (opcode), payload)
#define PART(opcode, payload) FRAME(opcode, payload)
#define COMPRESSED 0x40 /* RSV1 */
#define KOSME "\xce\xba\xcf\x8c\xcf\x83\xce\xbc\xce\xb5"

static const struct message_limits limits = { .max_bytes = 20, .skip_bytes = 40 };
static const struct message_limits strict_limits = { .max_bytes = 20 };
static const struct message_limits wide_limits = { .max_bytes = 16 << 20 };

static const struct message_case cases[] = {
	{ "1.1.1 empty text", { FINAL(FRAME_TEXT, "") }, "text:\n" },
	{ "1.1.2 text", { FINAL(FRAME_TEXT, "Hello") }, "text:Hello\n" },
	{ "1.2.2 binary", { FINAL(FRAME_BINARY, "\x01\xff\xfe") }, "binary:\x01\xff\xfe\n" },
	{ "two messages", { FINAL(FRAME_TEXT, "a"), FINAL(FRAME_TEXT, "b") }, "text:a\ntext:b\n" },
	{ "2.1 ping", { FINAL(FRAME_PING, "") }, "ping:\n" },
	{ "2.3 ping with bytes", { FINAL(FRAME_PING, "\x01\xff\xfe") }, "ping:\x01\xff\xfe\n" },
	{ "2.7 pong unasked for", { FINAL(FRAME_PONG, "p") }, "pong:p\n" },
	{ "2.10 several pings", { FINAL(FRAME_PING, "1"), FINAL(FRAME_PING, "2") },
		"ping:1\nping:2\n" },
	{ "3.1 RSV1", { FRAME(0xc1, "x") }, "failed 1002\n" },
	{ "3.2 RSV2 behind a message", { FINAL(FRAME_TEXT, "a"), FRAME(0xa1, "x") },
		"text:a\nfailed 1002\n" },
	{ "4.1.2 opcode 4", { FINAL(4, "x"), FINAL(FRAME_PING, "") }, "failed 1002\n" },
	{ "4.2.1 opcode 11", { FINAL(11, "") }, "failed 1002\n" },
	{ "5.1 ping in fragments", { PART(FRAME_PING, "a"), FINAL(0, "b") }, "failed 1002\n" },
	{ "5.3 text in fragments", { PART(FRAME_TEXT, "one "), FINAL(0, "two") },
		"text:one two\n" },
	{ "5.6 ping between fragments",
		{ PART(FRAME_TEXT, "one "), FINAL(FRAME_PING, "ping"), FINAL(0, "two") },
		"ping:ping\ntext:one two\n" },
	{ "ping before the first byte",
		{ PART(FRAME_TEXT, ""), FINAL(FRAME_PING, "ping"), FINAL(0, "two") },
		"ping:ping\ntext:two\n" },
	{ "5.9 continuation of nothing", { FINAL(0, "a"), FINAL(FRAME_TEXT, "b") },
		"failed 1002\n" },
	{ "5.12 open continuation of nothing", { PART(0, "a") }, "failed 1002\n" },
	{ "5.15 continuation of what has ended",
		{ PART(FRAME_TEXT, "1"), FINAL(0, "2"), PART(0, "3"), FINAL(FRAME_TEXT, "4") },
		"text:12\nfailed 1002\n" },
	{ "5.18 a text inside a text", { PART(FRAME_TEXT, "1"), FINAL(FRAME_TEXT, "2") },
		"failed 1002\n" },
	{ "5.19 pings and pongs between five fragments",
		{ PART(FRAME_TEXT, "1"), PART(0, "2"), FINAL(FRAME_PING, "a"), PART(0, "3"),
			FINAL(FRAME_PONG, "b"), FINAL(0, "4") },
		"ping:a\npong:b\ntext:1234\n" },
	{ "empty fragments",
		{ PART(FRAME_TEXT, ""), PART(0, ""), PART(0, "x"), PART(0, ""), FINAL(0, "") },
		"text:x\n" },
	{ "6.1.1 nothing but empty", { PART(FRAME_TEXT, ""), PART(0, ""), FINAL(0, "") },
		"text:\n" },
	{ "6.2.1 UTF-8", { FINAL(FRAME_TEXT, "Hello-\xc2\xb5@\xc3\x9f") },
		"text:Hello-\xc2\xb5@\xc3\x9f\n" },
	{ "6.2.3 fragments inside characters",
		{ PART(FRAME_TEXT, "\xce"), PART(0, "\xba\xcf"), FINAL(FRAME_PING, "\xff"),
			FINAL(0, "\x8c") },
		"ping:\xff\ntext:\xce\xba\xcf\x8c\n" },
	{ "6.3.1 a surrogate", { FINAL(FRAME_TEXT, KOSME "\xed\xa0\x80") }, "failed 1007\n" },
	{ "6.3.2 in fragments", { PART(FRAME_TEXT, "\xed"), PART(0, "\xa0"), PART(0, "\x80") },
		"failed 1007\n" },
	{ "6.4.1 above U+10FFFF", { PART(FRAME_TEXT, KOSME), PART(0, "\xf4\x90") },
		"failed 1007\n" },
	{ "6.6.1 ends in a character", { FINAL(FRAME_TEXT, "\xce") }, "failed 1007\n" },
	{ "6.6.2 in fragments", { PART(FRAME_TEXT, "\xce"), FINAL(0, "") }, "failed 1007\n" },
	{ "6.14.1 an overlong form", { FINAL(FRAME_TEXT, "\xc0\xaf") }, "failed 1007\n" },
	{ "6.22 noncharacters are characters", { FINAL(FRAME_TEXT, "\xef\xbf\xbe") },
		"text:\xef\xbf\xbe\n" },
	{ "bad bytes in a binary", { PART(FRAME_BINARY, "\xff"), FINAL(0, "\xc0") },
		"binary:\xff\xc0\n" },
	{ "text after half a character in a binary",
		{ FINAL(FRAME_BINARY, "\xce"), FINAL(FRAME_TEXT, "a") }, "binary:\xce\ntext:a\n" },
	{ "7.1.1 close", { FINAL(FRAME_TEXT, "a"), FINAL(FRAME_CLOSE, "") }, "text:a\nclose 0:\n" },
	{ "7.3.2 close of one byte", { FINAL(FRAME_CLOSE, "\x03") }, "failed 1002\n" },
	{ "7.3.4 close with a reason",
		{ FINAL(FRAME_CLOSE, "\x03\xe8"
				     "bye") },
		"close 1000:\x03\xe8"
		"bye\n" },
	{ "7.5.1 close with bad UTF-8", { FINAL(FRAME_CLOSE, "\x03\xe8\xff") }, "failed 1007\n" },
	{ "7.9.4 close with 1005", { FINAL(FRAME_CLOSE, "\x03\xed") }, "failed 1002\n" },
	{ "close inside a message", { PART(FRAME_TEXT, "half"), FINAL(FRAME_CLOSE, "\x03\xe9") },
		"close 1001:\x03\xe9\n" },
	{ "just short enough", { FINAL(FRAME_TEXT, "12345678901234567890") },
		"text:12345678901234567890\n" },
	{ "one too long", { FINAL(FRAME_TEXT, "123456789012345678901"), FINAL(FRAME_TEXT, "a") },
		"too long\ntext:a\n" },
	{ "too long together",
		{ PART(FRAME_TEXT, "1234567890"), PART(0, "12345678901"), FINAL(FRAME_PING, "p"),
			FINAL(0, "!"), FINAL(FRAME_TEXT, "a") },
		"ping:p\ntoo long\ntext:a\n" },
	{ "bad UTF-8 in what is skipped", { FINAL(FRAME_TEXT, "12345678901234567890\xff") },
		"too long\n" },
	{ "half a character before what is skipped",
		{ PART(FRAME_TEXT, "\xce"), FINAL(0, "12345678901234567890"),
			FINAL(FRAME_TEXT, "a") },
		"too long\ntext:a\n" },
	{ "the longest that is skipped",
		{ PART(FRAME_BINARY, "12345678901234567890"), FINAL(0, "12345678901234567890") },
		"too long\n" },
	{ "too long to skip",
		{ PART(FRAME_BINARY, "12345678901234567890"), FINAL(0, "123456789012345678901") },
		"failed 1009\n" },
	{ "compressed and not agreed upon", { FINAL(FRAME_BINARY | COMPRESSED, "x") },
		"failed 1002\n" },
};

/* Where permessage-deflate was agreed upon. */
static const struct message_case compressed_cases[] = {
	{ "compressed", { FINAL(FRAME_TEXT | COMPRESSED, "\xf2\x48"), FINAL(FRAME_TEXT, "a") },
		"compressed text:\xf2\x48\ntext:a\n" },
	{ "compressed in fragments",
		{ PART(FRAME_BINARY | COMPRESSED, "\xf2"), FINAL(FRAME_PING, "p"), FINAL(0, "\x48"),
			FINAL(FRAME_BINARY, "\xff") },
		"ping:p\ncompressed binary:\xf2\x48\nbinary:\xff\n" },
	{ "compressed from an empty fragment",
		{ PART(FRAME_TEXT | COMPRESSED, ""), PART(0, "\xff"), FINAL(0, "") },
		"compressed text:\xff\n" },
	{ "compressed continuation", { PART(FRAME_TEXT | COMPRESSED, "x"), FINAL(COMPRESSED, "x") },
		"failed 1002\n" },
	{ "compressed continuation of a plain message",
		{ PART(FRAME_TEXT, "x"), FINAL(COMPRESSED, "x") }, "failed 1002\n" },
	{ "compressed ping", { FINAL(FRAME_PING | COMPRESSED, "") }, "failed 1002\n" },
	{ "compressed close", { FINAL(FRAME_CLOSE | COMPRESSED, "") }, "failed 1002\n" },
	{ "RSV1 and RSV2", { FRAME(0xe1, "") }, "failed 1002\n" },
	{ "bad UTF-8 in a plain text", { FINAL(FRAME_TEXT, "\xff") }, "failed 1007\n" },
	{ "compressed and just short enough",
		{ FINAL(FRAME_TEXT | COMPRESSED, "1234567890123456789\xff") },
		"compressed text:1234567890123456789\xff\n" },
	{ "compressed and too long",
		{ PART(FRAME_TEXT | COMPRESSED, "\xff"), FINAL(0, "12345678901234567890"),
			FINAL(FRAME_TEXT, "a") },
		"too long\ntext:a\n" },
	{ "compressed and too long to skip",
		{ FINAL(FRAME_TEXT | COMPRESSED, "12345678901234567890123456789012345678901") },
		"failed 1009\n" },
};

static const char *const names[] = {
	[FRAME_TEXT] = "text",
	[FRAME_BINARY] = "binary",
	[FRAME_PING] = "ping",
	[FRAME_PONG] = "pong",
};

static void write_result(struct buf *out, enum message_result result, const struct message *message)
{
	if (result == MESSAGE_TOO_LONG) {
		buf_append_text(out, "too long\n");
	} else if (result == MESSAGE_FAILED) {
		buf_append_format(out, "failed %u\n", message->close_code);
	} else {
		if (message->opcode == FRAME_CLOSE)
			buf_append_format(out, "close %u:", message->close_code);
		else
			buf_append_format(out, "%s%s:", message->is_compressed ? "compressed " : "",
				names[message->opcode]);
		buf_append_str(out, message->payload);
		buf_append_text(out, "\n");
	}
}

/* Reads a copy of its own, which is gone afterwards: nothing may point into it later. */
static void feed(struct message_reader *reader, const char *bytes, size_t len, struct buf *out)
{
	uint8_t *copy = mem_alloc(len);
	size_t done = 0;

	memcpy(copy, bytes, len);
	while (done < len) {
		struct message message;
		size_t used;
		enum message_result result = message_read(
			reader, copy + done, len - done, &used, &message);

		assert_true(used > 0 && used <= len - done);
		done += used;
		if (result == MESSAGE_NEED_MORE)
			assert_int_equal(done, len);
		else
			write_result(out, result, &message);
	}
	mem_free(copy);
}

static void compare(const struct message_case *row, struct buf *out)
{
	if (strcmp(buf_text(out), row->expected) != 0)
		fail_msg("%s: %s", row->name, buf_text(out));
	buf_finish(out);
}

/* Cut at two places. */
static void check(const struct message_case *row, bool may_compress, struct str input, size_t first,
	size_t second)
{
	struct message_reader reader;
	struct buf out = { 0 };

	message_reader_init(&reader, &limits, may_compress);
	feed(&reader, input.data, first, &out);
	feed(&reader, input.data + first, second - first, &out);
	feed(&reader, input.data + second, input.len - second, &out);
	message_reader_finish(&reader);
	compare(row, &out);
}

static void check_bytewise(const struct message_case *row, bool may_compress, struct str input)
{
	struct message_reader reader;
	struct buf out = { 0 };

	message_reader_init(&reader, &limits, may_compress);
	for (size_t i = 0; i < input.len; i++)
		feed(&reader, input.data + i, 1, &out);
	message_reader_finish(&reader);
	compare(row, &out);
}

static void check_cuts(const struct message_case *row, bool may_compress)
{
	struct buf input = { 0 };

	for (size_t i = 0; i < FRAMES_MAX && row->frames[i].payload != NULL; i++)
		client_frame_append(&input, row->frames[i].first_byte, row->frames[i].payload,
			row->frames[i].len);
	for (size_t first = 0; first <= input.len; first++) {
		for (size_t second = first; second <= input.len; second++)
			check(row, may_compress, buf_str(&input), first, second);
	}
	check_bytewise(row, may_compress, buf_str(&input));
	buf_finish(&input);
}

static void message_reads_the_same_however_it_is_cut(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_cuts(&cases[i], false);
	(void)state;
}

static void message_marks_what_is_compressed_and_leaves_it_alone(void **state)
{
	for (size_t i = 0; i < sizeof(compressed_cases) / sizeof(compressed_cases[0]); i++)
		check_cuts(&compressed_cases[i], true);
	(void)state;
}

static void message_hands_out_a_whole_one_where_it_lies(void **state)
{
	struct message_reader reader;
	struct message message;
	struct buf input = { 0 };
	size_t used;

	message_reader_init(&reader, &limits, false);
	client_frame_append(&input, 0x81, "Hello", 5);
	assert_int_equal(message_read(&reader, (uint8_t *)input.data, input.len, &used, &message),
		MESSAGE_READY);
	assert_ptr_equal(message.payload.data, input.data + 6);
	assert_null(reader.body.data);
	buf_finish(&input);
	(void)state;
}

static void message_fails_at_the_header_that_claims_too_much(void **state)
{
	static const struct {
		const struct message_limits *limits;
		struct str header;
		uint16_t close_code;
	} claims[] = {
		{ &strict_limits,
			STR("\x82\x95"
			    "mask"),
			CLOSE_TOO_BIG },
		{ &limits,
			STR("\x82\xa9"
			    "mask"),
			CLOSE_TOO_BIG },
		{ &limits,
			STR("\x82\xff\0\0\0\x01\0\0\0\0"
			    "mask"),
			CLOSE_TOO_BIG },
		{ &wide_limits,
			STR("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff"
			    "mask"),
			CLOSE_TOO_BIG },
		{ &wide_limits,
			STR("\x82\xff\x80\0\0\0\0\0\0\0"
			    "mask"),
			CLOSE_PROTOCOL_ERROR },
	};

	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		struct message_reader reader;
		struct message message;
		uint8_t data[FRAME_CLIENT_HEADER_MAX];
		size_t used;

		memcpy(data, claims[i].header.data, claims[i].header.len);
		message_reader_init(&reader, claims[i].limits, false);
		assert_int_equal(message_read(&reader, data, claims[i].header.len, &used, &message),
			MESSAGE_FAILED);
		assert_int_equal(message.close_code, claims[i].close_code);
	}
	(void)state;
}

static void message_swallows_everything_after_it_failed(void **state)
{
	struct message_reader reader;
	struct buf input = { 0 };
	struct buf out = { 0 };

	message_reader_init(&reader, &limits, false);
	client_frame_append(&input, 0xff, "", 0);
	client_frame_append(&input, 0x81, "Hello", 5);
	feed(&reader, input.data, input.len, &out);
	feed(&reader, input.data, input.len, &out);
	assert_string_equal(buf_text(&out), "failed 1002\n");
	buf_finish(&input);
	buf_finish(&out);
	(void)state;
}

static void message_reserves_nothing_for_a_claimed_length(void **state)
{
	struct message_reader reader;
	uint8_t data[] = "\x82\xff\0\0\0\0\0\xff\0\0mask12345";
	struct message message;
	size_t used;

	message_reader_init(&reader, &wide_limits, false);
	assert_int_equal(
		message_read(&reader, data, sizeof(data) - 1, &used, &message), MESSAGE_NEED_MORE);
	assert_true(reader.body.capacity < 1024);
	message_reader_finish(&reader);
	(void)state;
}

static void message_keeps_no_memory_at_rest(void **state)
{
	struct message_reader reader;
	struct buf input = { 0 };
	struct buf out = { 0 };

	message_reader_init(&reader, &limits, false);
	client_frame_append(&input, 0x01, "one ", 4);
	client_frame_append(&input, 0x80, "two", 3);
	client_frame_append(&input, 0x89, "ping", 4);
	for (size_t i = 0; i < input.len; i++) {
		feed(&reader, input.data + i, 1, &out);
		message_reader_rest(&reader);
	}
	assert_string_equal(buf_text(&out), "text:one two\nping:ping\n");
	assert_null(reader.body.data);
	buf_finish(&input);
	buf_finish(&out);
	(void)state;
}

static void message_fails_at_the_first_bad_byte(void **state)
{
	struct message_reader reader;
	struct buf input = { 0 };
	struct buf out = { 0 };

	message_reader_init(&reader, &limits, false);
	client_frame_append(&input, 0x81,
		KOSME "\xf4\x90"
		      "more",
		16);
	feed(&reader, input.data, input.len - 5, &out);
	assert_int_equal(out.len, 0);
	feed(&reader, input.data + input.len - 5, 1, &out);
	assert_string_equal(buf_text(&out), "failed 1007\n");
	buf_finish(&input);
	buf_finish(&out);
	(void)state;
}

/* 9.x and 10.1: one message of total bytes in frames of frame_len, read in pieces of piece_len. */
static void check_long(size_t total, size_t frame_len, size_t piece_len)
{
	struct message_reader reader;
	struct buf input = { 0 };
	struct buf out = { 0 };
	char *text = mem_alloc(frame_len);

	memset(text, '*', frame_len);
	for (size_t done = 0; done < total; done += frame_len) {
		bool is_last = done + frame_len >= total;

		client_frame_append(&input,
			(uint8_t)((is_last ? 0x80 : 0) | (done == 0 ? FRAME_TEXT : 0)), text,
			is_last ? total - done : frame_len);
	}
	message_reader_init(&reader, &wide_limits, false);
	for (size_t done = 0; done < input.len; done += piece_len)
		feed(&reader, input.data + done,
			input.len - done < piece_len ? input.len - done : piece_len, &out);
	assert_int_equal(out.len, strlen("text:\n") + total);
	message_reader_finish(&reader);
	mem_free(text);
	buf_finish(&input);
	buf_finish(&out);
}

static void message_reads_long_ones(void **state)
{
	static const struct {
		const char *name;
		size_t total, frame_len, piece_len;
	} long_cases[] = {
		{ "1.1.7", 65536, 65536, 65550 },
		{ "1.1.8", 65536, 65536, 997 },
		{ "9.1.3", 1 << 20, 1 << 20, 65536 },
		{ "9.1.6", 16 << 20, 16 << 20, 65536 },
		{ "9.3.1", 4 << 20, 64, 65536 },
		{ "9.3.5", 4 << 20, 16384, 65536 },
		{ "10.1.1", 65536, 1300, 65536 },
		{ "fragments of one byte", 200000, 1, 65536 },
	};

	for (size_t i = 0; i < sizeof(long_cases) / sizeof(long_cases[0]); i++)
		check_long(long_cases[i].total, long_cases[i].frame_len, long_cases[i].piece_len);
	(void)state;
}

static void message_takes_any_number_of_empty_fragments(void **state)
{
	struct message_reader reader;
	struct buf input = { 0 };
	struct buf out = { 0 };

	message_reader_init(&reader, &limits, false);
	client_frame_append(&input, FRAME_TEXT, "a", 1);
	for (size_t i = 0; i < 100000; i++)
		client_frame_append(&input, FRAME_CONTINUATION, "", 0);
	feed(&reader, input.data, input.len, &out);
	assert_int_equal(out.len, 0);
	assert_true(reader.body.capacity < 1024);
	message_reader_finish(&reader);
	buf_finish(&input);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_reads_the_same_however_it_is_cut),
		cmocka_unit_test(message_marks_what_is_compressed_and_leaves_it_alone),
		cmocka_unit_test(message_hands_out_a_whole_one_where_it_lies),
		cmocka_unit_test(message_fails_at_the_header_that_claims_too_much),
		cmocka_unit_test(message_swallows_everything_after_it_failed),
		cmocka_unit_test(message_reserves_nothing_for_a_claimed_length),
		cmocka_unit_test(message_keeps_no_memory_at_rest),
		cmocka_unit_test(message_fails_at_the_first_bad_byte),
		cmocka_unit_test(message_reads_long_ones),
		cmocka_unit_test(message_takes_any_number_of_empty_fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
