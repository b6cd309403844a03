/* SPDX-License-Identifier: MIT */
/* Frames against RFC 6455 5.2 and 5.5: headers at every length, the mask, what a server writes, and
 * close payloads. Numbers in the tables are those of the Autobahn catalogue. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "broker/ws/frame.h"
#include "common/base/mem.h"

/* A case is decided by its first `decided` bytes: not before, and the same ever after. */
struct header_case {
	const char *name;
	const char *bytes;
	size_t len;
	size_t decided;
	enum frame_result result;
	enum frame_opcode opcode;
	uint64_t payload_len;
};

#define BYTES(literal) (literal), sizeof(literal) - 1
#define MASK "\x01\x02\x03\x04"
#define GOOD(opcode, payload_len) FRAME_OK, (opcode), (payload_len)
#define BAD FRAME_VIOLATION, FRAME_CONTINUATION, 0

static const struct header_case header_cases[] = {
	{ "1.1.1 empty text", BYTES("\x81\x80" MASK), 6, GOOD(FRAME_TEXT, 0) },
	{ "1.1.2 text of 125", BYTES("\x81\xfd" MASK), 6, GOOD(FRAME_TEXT, 125) },
	{ "1.1.3 text of 126", BYTES("\x81\xfe\x00\x7e" MASK), 8, GOOD(FRAME_TEXT, 126) },
	{ "1.1.6 text of 65535", BYTES("\x81\xfe\xff\xff" MASK), 8, GOOD(FRAME_TEXT, 65535) },
	{ "1.1.7 text of 65536", BYTES("\x81\xff\0\0\0\0\0\x01\0\0" MASK), 14,
		GOOD(FRAME_TEXT, 65536) },
	{ "1.2.1 binary", BYTES("\x82\x81" MASK), 6, GOOD(FRAME_BINARY, 1) },
	{ "the longest there is", BYTES("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff" MASK), 14,
		GOOD(FRAME_BINARY, INT64_MAX) },
	{ "2.1 ping", BYTES("\x89\x80" MASK), 6, GOOD(FRAME_PING, 0) },
	{ "2.4 ping of 125", BYTES("\x89\xfd" MASK), 6, GOOD(FRAME_PING, 125) },
	{ "2.5 ping of 126", BYTES("\x89\xfe\x00\x7e" MASK), 2, BAD },
	{ "2.7 pong", BYTES("\x8a\x80" MASK), 6, GOOD(FRAME_PONG, 0) },
	{ "3.1 RSV1", BYTES("\xc1\x80" MASK), 1, BAD },
	{ "3.2 RSV2", BYTES("\xa1\x80" MASK), 1, BAD },
	{ "3.3 RSV3", BYTES("\x91\x80" MASK), 1, BAD },
	{ "3.7 all reserved bits of a close", BYTES("\xf8\x80" MASK), 1, BAD },
	{ "4.1.1 opcode 3", BYTES("\x83\x80" MASK), 1, BAD },
	{ "4.1.5 opcode 7", BYTES("\x87\x80" MASK), 1, BAD },
	{ "4.2.1 opcode 11", BYTES("\x8b\x80" MASK), 1, BAD },
	{ "4.2.5 opcode 15", BYTES("\x8f\x80" MASK), 1, BAD },
	{ "5.1 ping in fragments", BYTES("\x09\x80" MASK), 1, BAD },
	{ "5.2 pong in fragments", BYTES("\x0a\x80" MASK), 1, BAD },
	{ "close in fragments", BYTES("\x08\x80" MASK), 1, BAD },
	{ "5.3 first fragment", BYTES("\x01\x80" MASK), 6, GOOD(FRAME_TEXT, 0) },
	{ "5.9 continuation", BYTES("\x80\x80" MASK), 6, GOOD(FRAME_CONTINUATION, 0) },
	{ "no mask", BYTES("\x81\x05Hello"), 2, BAD },
	{ "16 bits for 125", BYTES("\x81\xfe\x00\x7d" MASK), 4, BAD },
	{ "64 bits for 65535", BYTES("\x81\xff\0\0\0\0\0\0\xff\xff" MASK), 8, BAD },
	{ "top bit of 64", BYTES("\x81\xff\x80\0\0\0\0\0\0\0" MASK), 3, BAD },
};

/* Where permessage-deflate was agreed upon. */
static const struct header_case compressed_cases[] = {
	{ "compressed text", BYTES("\xc1\x80" MASK), 6, GOOD(FRAME_TEXT, 0) },
	{ "compressed binary fragment", BYTES("\x42\x81" MASK), 6, GOOD(FRAME_BINARY, 1) },
	{ "text that is not, where it may be", BYTES("\x81\x80" MASK), 6, GOOD(FRAME_TEXT, 0) },
	{ "compressed continuation", BYTES("\xc0\x80" MASK), 1, BAD },
	{ "compressed ping", BYTES("\xc9\x80" MASK), 1, BAD },
	{ "compressed close", BYTES("\xc8\x80" MASK), 1, BAD },
	{ "RSV1 and RSV2", BYTES("\xe1\x80" MASK), 1, BAD },
	{ "RSV1 of opcode 3", BYTES("\xc3\x80" MASK), 1, BAD },
};

static void check_header(const struct header_case *row, size_t len, bool may_compress)
{
	/* On the heap and no longer than that, so that reading on is seen by a sanitizer. */
	uint8_t *data = mem_alloc(len);
	struct frame_header header;
	enum frame_result result;

	memcpy(data, row->bytes, len);
	result = frame_parse_header(data, len, may_compress, &header);
	if (result != (len < row->decided ? FRAME_NEED_MORE : row->result))
		fail_msg("%s: %d after %zu bytes", row->name, result, len);
	if (result == FRAME_OK) {
		assert_int_equal(header.opcode, row->opcode);
		assert_int_equal(header.is_final, ((uint8_t)row->bytes[0] & 0x80) != 0);
		assert_int_equal(header.is_compressed, ((uint8_t)row->bytes[0] & 0x40) != 0);
		assert_int_equal(header.payload_len, row->payload_len);
		assert_int_equal(header.header_len, row->decided);
		assert_memory_equal(header.mask, MASK, FRAME_MASK_SIZE);
	}
	mem_free(data);
}

static void frame_judges_a_header_at_the_byte_that_decides_it(void **state)
{
	for (size_t i = 0; i < sizeof(header_cases) / sizeof(header_cases[0]); i++) {
		for (size_t len = 0; len <= header_cases[i].len; len++)
			check_header(&header_cases[i], len, false);
	}
	for (size_t i = 0; i < sizeof(compressed_cases) / sizeof(compressed_cases[0]); i++) {
		for (size_t len = 0; len <= compressed_cases[i].len; len++)
			check_header(&compressed_cases[i], len, true);
	}
	(void)state;
}

static void frame_unmasks_every_length_from_every_offset(void **state)
{
	static const uint8_t mask[FRAME_MASK_SIZE] = { 0x37, 0xfa, 0x21, 0x3d };
	uint8_t data[40];

	for (size_t len = 0; len <= sizeof(data); len++) {
		for (size_t offset = 0; offset < 9; offset++) {
			for (size_t i = 0; i < sizeof(data); i++)
				data[i] = (uint8_t)i;
			frame_unmask(data, len, mask, offset);
			for (size_t i = 0; i < len; i++)
				assert_int_equal(data[i], i ^ mask[(offset + i) % 4]);
			frame_unmask(data, len, mask, offset);
			for (size_t i = 0; i < sizeof(data); i++)
				assert_int_equal(data[i], i);
		}
	}
	(void)state;
}

static void frame_writes_the_shortest_header(void **state)
{
	static const struct {
		uint64_t payload_len;
		const char *bytes;
		size_t len;
	} cases[] = {
		{ 0, BYTES("\x81\x00") },
		{ 125, BYTES("\x81\x7d") },
		{ 126, BYTES("\x81\x7e\x00\x7e") },
		{ 65535, BYTES("\x81\x7e\xff\xff") },
		{ 65536, BYTES("\x81\x7f\0\0\0\0\0\x01\0\0") },
		{ 0x0102030405060708, BYTES("\x81\x7f\x01\x02\x03\x04\x05\x06\x07\x08") },
	};
	uint8_t out[FRAME_SERVER_HEADER_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			frame_write_header(out, FRAME_TEXT, cases[i].payload_len), cases[i].len);
		assert_memory_equal(out, cases[i].bytes, cases[i].len);
	}
	(void)state;
}

static void frame_appends_behind_what_is_there(void **state)
{
	struct buf out = { 0 };

	frame_append(&out, FRAME_TEXT, STR_OF("Hello")); /* RFC 6455 5.7 */
	frame_append(&out, FRAME_PONG, STR_OF(""));
	frame_append_close(&out, CLOSE_NORMAL, STR_OF("bye"));
	assert_int_equal(out.len, 16);
	assert_memory_equal(out.data,
		"\x81\x05Hello\x8a\x00\x88\x05\x03\xe8"
		"bye",
		16);
	buf_finish(&out);
	(void)state;
}

static void frame_takes_back_what_it_appended(void **state)
{
	static const size_t lens[] = { 0, 125, 126, 65535, 65536, 1 };
	struct buf payload = { 0 };
	struct buf out = { 0 };
	struct str frames, taken;
	enum frame_opcode opcode;

	memset(buf_reserve(&payload, 65536), 'p', 65536);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
		frame_append(&out, FRAME_BINARY, str_range(payload.data, lens[i]));
	frame_append_compressed(&out, FRAME_TEXT, STR_OF("ab"));
	assert_memory_equal(out.data + out.len - 4,
		"\xc1\x02"
		"ab",
		4);
	frames = buf_str(&out);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		assert_true(frame_take(&frames, &opcode, &taken));
		assert_int_equal(opcode, FRAME_BINARY);
		assert_true(str_equals(taken, str_range(payload.data, lens[i])));
	}
	assert_true(frame_take(&frames, &opcode, &taken));
	assert_int_equal(opcode, FRAME_TEXT);
	assert_true(str_is(taken, "ab"));
	assert_false(frame_take(&frames, &opcode, &taken));
	buf_finish(&payload);
	buf_finish(&out);
	(void)state;
}

static void frame_appends_the_longest_reason(void **state)
{
	struct buf reason = { 0 };
	struct buf out = { 0 };

	memset(buf_reserve(&reason, FRAME_CLOSE_REASON_MAX), 'r', FRAME_CLOSE_REASON_MAX);
	reason.len = FRAME_CLOSE_REASON_MAX;
	frame_append_close(&out, CLOSE_TOO_BIG, buf_str(&reason));
	assert_int_equal(out.len, 2 + FRAME_CONTROL_PAYLOAD_MAX);
	assert_int_equal(out.data[1], FRAME_CONTROL_PAYLOAD_MAX);
	buf_finish(&reason);
	buf_finish(&out);
	(void)state;
}

static void frame_judges_close_payloads(void **state)
{
	static const struct {
		const char *name;
		struct str payload;
		bool is_valid;
		uint16_t code;
	} cases[] = {
		{ "7.3.1 empty", STR(""), true, 0 },
		{ "7.3.2 one byte", STR("\x03"), false, CLOSE_PROTOCOL_ERROR },
		{ "7.3.3 code alone", STR("\x03\xe8"), true, CLOSE_NORMAL },
		{ "7.3.4 code and reason", STR("\x03\xe8reason"), true, CLOSE_NORMAL },
		{ "7.5.1 bad UTF-8", STR("\x03\xe8\xce\xba\xff"), false, CLOSE_INVALID_PAYLOAD },
		{ "reason ends in a character", STR("\x03\xe8\xce"), false, CLOSE_INVALID_PAYLOAD },
		{ "7.7.9 1011", STR("\x03\xf3"), true, 1011 },
		{ "7.7.13 4999", STR("\x13\x87"), true, 4999 },
		{ "7.9.1 0", STR("\0\0"), false, CLOSE_PROTOCOL_ERROR },
		{ "7.9.3 1004", STR("\x03\xec"), false, CLOSE_PROTOCOL_ERROR },
		{ "7.9.4 1005", STR("\x03\xed"), false, CLOSE_PROTOCOL_ERROR },
		{ "7.9.9 2999", STR("\x0b\xb7"), false, CLOSE_PROTOCOL_ERROR },
		{ "7.13.1 5000", STR("\x13\x88"), false, CLOSE_PROTOCOL_ERROR },
		{ "7.13.2 65535", STR("\xff\xff"), false, CLOSE_PROTOCOL_ERROR },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint16_t code;

		if (frame_parse_close(cases[i].payload, &code) != cases[i].is_valid ||
			code != cases[i].code)
			fail_msg("%s: %u", cases[i].name, code);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frame_judges_a_header_at_the_byte_that_decides_it),
		cmocka_unit_test(frame_unmasks_every_length_from_every_offset),
		cmocka_unit_test(frame_writes_the_shortest_header),
		cmocka_unit_test(frame_appends_behind_what_is_there),
		cmocka_unit_test(frame_takes_back_what_it_appended),
		cmocka_unit_test(frame_appends_the_longest_reason),
		cmocka_unit_test(frame_judges_close_payloads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
