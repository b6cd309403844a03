/* SPDX-License-Identifier: MIT */
/* Frames of a server, cut at every byte: each is told when its last byte is there, not before, and
 * nothing behind it is touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "tests/bench/walker.h"

/* Says whether the first len bytes make the frame; on the heap and no longer than that, so that
 * reading on is seen by a sanitizer. */
static void check_cut(struct str whole, size_t frame_len, size_t len, enum frame_opcode opcode,
	struct str payload)
{
	char *bytes = mem_alloc(len);
	struct walker_frame frame;
	enum walker_result result;

	memcpy(bytes, whole.data, len);
	result = walker_next(str_range(bytes, len), &frame);
	assert_int_equal(result, len < frame_len ? WALKER_NEED_MORE : WALKER_FRAME);
	if (result == WALKER_NEED_MORE) {
		assert_true(frame.wire_len > len && frame.wire_len <= frame_len);
	} else {
		assert_int_equal(frame.wire_len, frame_len);
		assert_int_equal(frame.opcode, opcode);
		assert_true(str_equals(frame.payload, payload));
	}
	mem_free(bytes);
}

static void walker_tells_a_frame_at_its_last_byte(void **state)
{
	static const struct {
		enum frame_opcode opcode;
		size_t payload_len;
	} cases[] = {
		{ FRAME_TEXT, 0 },
		{ FRAME_TEXT, 1 },
		{ FRAME_PING, 125 },
		{ FRAME_TEXT, 125 },
		{ FRAME_TEXT, 126 },
		{ FRAME_BINARY, 300 },
		{ FRAME_CONTINUATION, 5 },
		{ FRAME_CLOSE, 2 },
	};
	char payload[300];

	memset(payload, 'p', sizeof(payload));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str text = str_range(payload, cases[i].payload_len);
		struct buf whole = { 0 };
		size_t frame_len;

		frame_append(&whole, cases[i].opcode, text);
		frame_len = whole.len;
		buf_append_text(&whole, "\x81\x03"
					"abc");
		for (size_t len = 0; len <= whole.len; len++)
			check_cut(buf_str(&whole), frame_len, len, cases[i].opcode, text);
		buf_finish(&whole);
	}
	(void)state;
}

static void walker_reads_lengths_of_64_bits(void **state)
{
	static const size_t cuts[] = { 1, 2, 9, 10, 65545, 65546 };
	struct buf payload = { 0 };
	struct buf whole = { 0 };

	memset(buf_reserve(&payload, 65536), 'p', 65536);
	payload.len = 65536;
	frame_append(&whole, FRAME_TEXT, buf_str(&payload));
	assert_int_equal(whole.len, 65546);
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++)
		check_cut(buf_str(&whole), whole.len, cuts[i], FRAME_TEXT, buf_str(&payload));
	buf_finish(&payload);
	buf_finish(&whole);
	(void)state;
}

static void walker_refuses_what_would_put_it_out_of_step(void **state)
{
	static const struct str cases[] = {
		STR("\x81\x80"), /* masked */
		STR("\xc1\x00"), /* compressed, which nobody asked for */
		STR("\x91\x00"),
		STR("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"),
	};
	struct walker_frame frame;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(walker_next(cases[i], &frame), WALKER_BROKEN);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walker_tells_a_frame_at_its_last_byte),
		cmocka_unit_test(walker_reads_lengths_of_64_bits),
		cmocka_unit_test(walker_refuses_what_would_put_it_out_of_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
