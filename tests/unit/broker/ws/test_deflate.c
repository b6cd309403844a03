/* SPDX-License-Identifier: MIT */
/* Payloads of compressed messages: the examples of RFC 7692, every length there and back in every
 * window, the bound on what is inflated, and what is broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "broker/ws/deflate.h"
#include "common/base/mem.h"

#define SIZE_MAX_TESTED 70000

static int set_up(void **state)
{
	*state = deflate_create();
	return 0;
}

static int tear_down(void **state)
{
	deflate_destroy(*state);
	return 0;
}

/* From a copy without a byte behind it, so that reading on is seen by a sanitizer. */
static enum inflate_result inflate_copy(
	struct deflate *codec, struct str payload, size_t max_bytes, struct buf *out)
{
	char *copy = mem_alloc(payload.len);
	enum inflate_result result;

	memcpy(copy, payload.data, payload.len);
	result = inflate_message(codec, str_range(copy, payload.len), max_bytes, out);
	mem_free(copy);
	return result;
}

static void deflate_inflates_the_examples_of_the_rfc(void **state)
{
	static const struct {
		const char *name;
		struct str payload;
		struct str message;
	} cases[] = {
		{ "7.2.3.1 one block", STR("\xf2\x48\xcd\xc9\xc9\x07\x00"), STR("Hello") },
		{ "7.2.3.3 a block without compression",
			STR("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"), STR("Hello") },
		{ "7.2.3.4 a last block", STR("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), STR("Hello") },
		{ "7.2.3.5 two blocks", STR("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"),
			STR("Hello") },
		{ "7.2.3.6 an empty message", STR("\x00"), STR("") },
		{ "the flush is the last block", STR("\x01"), STR("") },
		{ "two last blocks", STR("\xf3\x48\x05\x00\xf3\x48\x05\x00\x00"), STR("HeHe") },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = { 0 };

		if (inflate_copy(*state, cases[i].payload, 5, &out) != INFLATE_OK)
			fail_msg("%s", cases[i].name);
		if (!str_equals(buf_str(&out), cases[i].message))
			fail_msg("%s: %s", cases[i].name, buf_text(&out));
		buf_finish(&out);
	}
}

static void deflate_refuses_what_is_no_message(void **state)
{
	static const struct {
		const char *name;
		struct str payload;
	} cases[] = {
		{ "nothing", STR("") },
		{ "a block of type 3", STR("\x07") },
		{ "text", STR("Hello") },
		{ "ones", STR("\xff\xff\xff\xff") },
		{ "a length that is not its complement", STR("\x00\x05\x00\x05\x00Hello\x00") },
		{ "a distance before the beginning", STR("\x4a\x04\x62\x00\x00") },
		{ "a last block without a flush", STR("\xf3\x48\xcd\xc9\xc9\x07\x00") },
		{ "bytes behind a last block", STR("\xf3\x48\xcd\xc9\xc9\x07\x00\x07") },
		{ "the tail was left on and cut", STR("\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff") },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = { 0 };

		if (inflate_copy(*state, cases[i].payload, 1000, &out) != INFLATE_BROKEN)
			fail_msg("%s", cases[i].name);
		assert_true(out.len <= 1001);
		buf_finish(&out);
	}
}

static void deflate_refuses_a_message_that_is_cut_anywhere(void **state)
{
	struct buf message = { 0 };
	struct buf payload = { 0 };

	for (int i = 0; i < 300; i++)
		buf_append_format(&message, "%d, ", i * i);
	deflate_message(*state, DEFLATE_WINDOW_BITS_MAX, buf_str(&message), &payload);
	for (size_t len = 0; len < payload.len; len++) {
		struct buf out = { 0 };

		assert_int_equal(
			inflate_copy(*state, str_range(payload.data, len), 2 * message.len, &out),
			INFLATE_BROKEN);
		buf_finish(&out);
	}
	buf_finish(&message);
	buf_finish(&payload);
}

static void deflate_writes_an_empty_message_as_one_zero(void **state)
{
	for (unsigned bits = DEFLATE_WINDOW_BITS_MIN; bits <= DEFLATE_WINDOW_BITS_MAX; bits++) {
		struct buf payload = { 0 };

		deflate_message(*state, bits, STR_OF(""), &payload); /* RFC 7692 7.2.3.6 */
		assert_int_equal(payload.len, 1);
		assert_int_equal(payload.data[0], 0);
		buf_finish(&payload);
	}
}

static void fill_random(struct buf *bytes, size_t len)
{
	uint32_t seed = 1;

	for (size_t i = 0; i < len; i++) {
		seed = seed * 1103515245 + 12345;
		buf_append_char(bytes, (char)(seed >> 16));
	}
}

/* Repeats itself from afar, so that large windows have something to find. */
static void fill_repetitive(struct buf *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_append_char(bytes, "roomwire"[(i / 300 + i % 7) % 8]);
}

static void check_round_trip(struct deflate *codec, unsigned window_bits, struct str message)
{
	struct buf payload = { 0 };
	struct buf out = { 0 };

	buf_append_text(&payload, "before");
	deflate_message(codec, window_bits, message, &payload);
	assert_memory_equal(payload.data, "before", 6);
	buf_append_text(&out, "before");
	assert_int_equal(
		inflate_copy(codec, str_skip(buf_str(&payload), 6), message.len, &out), INFLATE_OK);
	assert_memory_equal(out.data, "before", 6);
	assert_true(str_equals(str_skip(buf_str(&out), 6), message));
	buf_finish(&payload);
	buf_finish(&out);
}

static void deflate_brings_every_message_back(void **state)
{
	struct buf random = { 0 };
	struct buf repetitive = { 0 };

	fill_random(&random, SIZE_MAX_TESTED);
	fill_repetitive(&repetitive, SIZE_MAX_TESTED);
	for (unsigned bits = DEFLATE_WINDOW_BITS_MIN; bits <= DEFLATE_WINDOW_BITS_MAX; bits++) {
		for (size_t len = 0; len <= SIZE_MAX_TESTED; len += 1 + len / 3) {
			check_round_trip(*state, bits, str_range(random.data, len));
			check_round_trip(*state, bits, str_range(repetitive.data, len));
		}
		check_round_trip(*state, bits, buf_str(&random));
		check_round_trip(*state, bits, buf_str(&repetitive));
	}
	for (size_t len = 0; len < 300; len++)
		check_round_trip(*state, DEFLATE_WINDOW_BITS_MAX, str_range(random.data, len));
	buf_finish(&random);
	buf_finish(&repetitive);
}

/* Around the lengths at which the output of a flush just fits: the marker must be there once. */
static void deflate_ends_messages_of_any_compressed_length(void **state)
{
	struct buf random = { 0 };

	fill_random(&random, 17000);
	for (size_t len = 16300; len < 16500; len++)
		check_round_trip(*state, DEFLATE_WINDOW_BITS_MAX, str_range(random.data, len));
	buf_finish(&random);
}

/* Our own inflater takes any window, so it is the size that tells: what repeats itself from farther
 * than the window reaches must not have been found. */
static void deflate_keeps_to_the_window_it_is_given(void **state)
{
	struct buf message = { 0 };
	size_t lens[2];

	fill_random(&message, 4096);
	buf_reserve(&message, 4096);
	buf_append(&message, message.data, 4096);
	for (unsigned i = 0; i < 2; i++) {
		struct buf payload = { 0 };

		deflate_message(*state, i == 0 ? 11 : 15, buf_str(&message), &payload);
		lens[i] = payload.len;
		buf_finish(&payload);
	}
	assert_true(lens[0] > 8000);
	assert_true(lens[1] < 5000);
	buf_finish(&message);
}

static void deflate_bounds_what_is_inflated_to_the_byte(void **state)
{
	static const size_t lens[] = { 1, 100, 16383, 16384, 16385, 40000 };

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct buf message = { 0 };
		struct buf payload = { 0 };
		struct buf out = { 0 };

		fill_repetitive(&message, lens[i]);
		deflate_message(*state, DEFLATE_WINDOW_BITS_MAX, buf_str(&message), &payload);
		assert_int_equal(
			inflate_copy(*state, buf_str(&payload), lens[i], &out), INFLATE_OK);
		assert_int_equal(out.len, lens[i]);
		buf_clear(&out);
		assert_int_equal(inflate_copy(*state, buf_str(&payload), lens[i] - 1, &out),
			INFLATE_TOO_BIG);
		assert_int_equal(out.len, lens[i]);
		buf_finish(&message);
		buf_finish(&payload);
		buf_finish(&out);
	}
}

static void deflate_stops_a_bomb_at_the_bound(void **state)
{
	struct buf message = { 0 };
	struct buf payload = { 0 };
	struct buf out = { 0 };

	memset(buf_reserve(&message, 64 << 20), 0, 64 << 20);
	message.len = 64 << 20;
	deflate_message(*state, DEFLATE_WINDOW_BITS_MAX, buf_str(&message), &payload);
	assert_true(payload.len < message.len / 200);
	assert_int_equal(inflate_copy(*state, buf_str(&payload), 100000, &out), INFLATE_TOO_BIG);
	assert_int_equal(out.len, 100001);
	assert_true(out.capacity <= 2 * (100000 + 16384));
	buf_finish(&message);
	buf_finish(&payload);
	buf_finish(&out);
}

static void assert_frame(struct deflate *codec, struct str message, bool is_compressed)
{
	struct buf frame = { 0 };

	buf_append_text(&frame, "before");
	deflate_append_frame(codec, DEFLATE_WINDOW_BITS_MAX, FRAME_TEXT, message, &frame);
	assert_int_equal((uint8_t)frame.data[6], is_compressed ? 0xc1 : 0x81);
	if (is_compressed)
		assert_true(frame.len - 6 < message.len);
	else
		assert_true(str_ends_with(buf_str(&frame), message));
	buf_finish(&frame);
}

static void deflate_compresses_frames_where_it_helps(void **state)
{
	struct buf same = { 0 };
	struct buf random = { 0 };

	fill_repetitive(&same, 1000);
	fill_random(&random, 1000);
	assert_frame(*state, STR_OF(""), false);
	assert_frame(*state, str_range(same.data, 63), false);
	assert_frame(*state, str_range(same.data, 64), true);
	assert_frame(*state, buf_str(&same), true);
	assert_frame(*state, buf_str(&random), false);
	buf_finish(&same);
	buf_finish(&random);
}

static void deflate_compresses_several_frames_at_once(void **state)
{
	struct buf same = { 0 };
	struct buf frames = { 0 };
	struct buf expected = { 0 };
	struct buf out = { 0 };

	fill_repetitive(&same, 1000);
	frame_append(&frames, FRAME_TEXT, STR_OF("short"));
	frame_append(&frames, FRAME_TEXT, buf_str(&same));
	frame_append(&expected, FRAME_TEXT, STR_OF("short"));
	deflate_append_frame(
		*state, DEFLATE_WINDOW_BITS_MAX, FRAME_TEXT, buf_str(&same), &expected);
	deflate_frames(*state, buf_str(&frames), &out);
	assert_true(str_equals(buf_str(&out), buf_str(&expected)));
	buf_clear(&out);
	deflate_frames(*state, STR_OF(""), &out);
	assert_int_equal(out.len, 0);
	buf_finish(&same);
	buf_finish(&frames);
	buf_finish(&expected);
	buf_finish(&out);
}

static void deflate_forgets_every_message(void **state)
{
	struct buf out = { 0 };
	struct buf payloads[2] = { 0 };

	for (size_t i = 0; i < 2; i++)
		deflate_message(
			*state, DEFLATE_WINDOW_BITS_MAX, STR_OF("again and again"), &payloads[i]);
	assert_true(str_equals(buf_str(&payloads[0]), buf_str(&payloads[1])));
	assert_int_equal(inflate_copy(*state, STR_OF("\xf2\x48\xcd"), 100, &out), INFLATE_BROKEN);
	buf_clear(&out);
	/* Two bytes back into the message before, where there is none. */
	assert_int_equal(inflate_copy(*state, STR_OF("\x02\x13\x00"), 100, &out), INFLATE_BROKEN);
	buf_clear(&out);
	assert_int_equal(inflate_copy(*state, buf_str(&payloads[1]), 100, &out), INFLATE_OK);
	assert_string_equal(buf_text(&out), "again and again");
	buf_finish(&out);
	buf_finish(&payloads[0]);
	buf_finish(&payloads[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(deflate_inflates_the_examples_of_the_rfc),
		TEST(deflate_refuses_what_is_no_message),
		TEST(deflate_refuses_a_message_that_is_cut_anywhere),
		TEST(deflate_writes_an_empty_message_as_one_zero),
		TEST(deflate_brings_every_message_back),
		TEST(deflate_ends_messages_of_any_compressed_length),
		TEST(deflate_keeps_to_the_window_it_is_given),
		TEST(deflate_bounds_what_is_inflated_to_the_byte),
		TEST(deflate_stops_a_bomb_at_the_bound),
		TEST(deflate_compresses_frames_where_it_helps),
		TEST(deflate_compresses_several_frames_at_once),
		TEST(deflate_forgets_every_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
