/* SPDX-License-Identifier: MIT */
/* Positions stay what they are while the log grows and is trimmed, and every boundary is the
 * beginning of a frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/room_log.h"
#include "broker/ws/frame.h"
#include "common/base/mem.h"

/* Both sides of each form of a frame's length. */
static const size_t payload_lens[] = { 0, 1, 125, 126, 127, 65535, 65536, 3 };
#define FRAMES (sizeof(payload_lens) / sizeof(payload_lens[0]))

/* Appends a frame for each length; ends_out gets the position behind each. */
static void fill(struct room_log *log, uint64_t ends_out[FRAMES])
{
	for (size_t i = 0; i < FRAMES; i++) {
		char *payload = mem_alloc(payload_lens[i]);
		struct buf frame = { 0 };

		for (size_t at = 0; at < payload_lens[i]; at++)
			payload[at] = (char)('a' + i);
		frame_append(&frame, FRAME_TEXT, str_range(payload, payload_lens[i]));
		room_log_append(log, buf_str(&frame));
		ends_out[i] = room_log_end(log);
		buf_finish(&frame);
		mem_free(payload);
	}
}

static void boundary_is_where_the_next_frame_begins(void **state)
{
	struct room_log log = { .start = 1000 };
	uint64_t ends[FRAMES];
	uint64_t begin = 1000;

	fill(&log, ends);
	assert_int_equal(room_log_boundary(&log, DIALECT_PLAIN, 1000), 1000);
	for (size_t i = 0; i < FRAMES; i++) {
		assert_int_equal(room_log_boundary(&log, DIALECT_PLAIN, begin + 1), ends[i]);
		assert_int_equal(room_log_boundary(&log, DIALECT_PLAIN, ends[i] - 1), ends[i]);
		assert_int_equal(room_log_boundary(&log, DIALECT_PLAIN, ends[i]), ends[i]);
		begin = ends[i];
	}
	room_log_finish(&log);
	(void)state;
}

static void slice_is_what_lies_between_two_positions(void **state)
{
	struct room_log log = { .start = 7 };

	room_log_append(&log, STR_OF("\x81\x03one"));
	room_log_append(&log, STR_OF("\x81\x03two"));
	assert_int_equal(room_log_end(&log), 17);
	assert_true(str_is(room_log_slice(&log, 9, 12), "one"));
	assert_true(str_is(room_log_slice(&log, 10, 16), "ne\x81\x03tw"));
	assert_int_equal(room_log_slice(&log, 17, 17).len, 0);
	room_log_finish(&log);
	(void)state;
}

static void trimming_to_the_end_empties_the_log_and_keeps_the_count(void **state)
{
	struct room_log log = { 0 };
	uint64_t ends[FRAMES];

	fill(&log, ends);
	room_log_trim(&log, DIALECT_PLAIN, ends[FRAMES - 1]);
	assert_int_equal(log.bytes.len, 0);
	assert_int_equal(log.bytes.capacity, 0);
	assert_int_equal(log.start, ends[FRAMES - 1]);
	assert_int_equal(room_log_end(&log), ends[FRAMES - 1]);
	room_log_finish(&log);
	(void)state;
}

static void trimming_keeps_whole_frames_from_the_slowest_on(void **state)
{
	for (uint64_t lowest = 0; lowest < 30; lowest++) {
		struct room_log log = { 0 };
		uint64_t before;

		for (size_t i = 0; i < 6; i++)
			room_log_append(&log, STR_OF("\x81\x03one"));
		before = room_log_end(&log);
		room_log_trim(&log, DIALECT_PLAIN, lowest);
		assert_true(log.start <= lowest);
		assert_int_equal(log.start % 5, 0);
		assert_true(log.start == (lowest < 15 ? 0 : lowest - lowest % 5));
		assert_int_equal(room_log_end(&log), before);
		assert_int_equal(
			room_log_boundary(&log, DIALECT_PLAIN, lowest), (lowest + 4) / 5 * 5);
		assert_true(str_is(room_log_slice(&log, 25, 30), "\x81\x03one"));
		room_log_finish(&log);
	}
	(void)state;
}

static void burst_that_all_but_one_have_taken_is_not_held_in_full(void **state)
{
	struct room_log log = { 0 };

	for (size_t i = 0; i < 10000; i++)
		room_log_append(&log, STR_OF("\x81\x03one"));
	room_log_trim(&log, DIALECT_PLAIN, room_log_end(&log) - 2);
	assert_in_range(log.bytes.capacity, 5, 1024);
	assert_true(str_is(room_log_slice(&log, 49995, 50000), "\x81\x03one"));
	room_log_finish(&log);
	(void)state;
}

static void finished_log_may_be_finished_again(void **state)
{
	struct room_log log = { 0 };

	room_log_append(&log, STR_OF("\x81\x03one"));
	room_log_finish(&log);
	room_log_finish(&log);
	assert_int_equal(log.bytes.capacity, 0);
	(void)state;
}

/* What a stream's frames are is looked up in their own bytes, too. */
static void streams_are_cut_between_events(void **state)
{
	static const struct {
		enum dialect dialect;
		const char *frame;
	} cases[] = { { DIALECT_EVENT_STREAM, "data: {}\n\n" }, { DIALECT_LINES, "{\"a\": 1}\n" } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum dialect dialect = cases[i].dialect;
		struct str frame = str_from(cases[i].frame);
		struct room_log log = { 0 };

		for (int count = 0; count < 10; count++)
			room_log_append(&log, frame);
		assert_int_equal(room_log_boundary(&log, dialect, 3 * frame.len), 3 * frame.len);
		for (uint64_t position = 3 * frame.len + 1; position <= 4 * frame.len; position++)
			assert_int_equal(room_log_boundary(&log, dialect, position), 4 * frame.len);
		room_log_trim(&log, dialect, 6 * frame.len + 1);
		assert_int_equal(log.start, 6 * frame.len);
		room_log_finish(&log);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boundary_is_where_the_next_frame_begins),
		cmocka_unit_test(slice_is_what_lies_between_two_positions),
		cmocka_unit_test(trimming_to_the_end_empties_the_log_and_keeps_the_count),
		cmocka_unit_test(trimming_keeps_whole_frames_from_the_slowest_on),
		cmocka_unit_test(burst_that_all_but_one_have_taken_is_not_held_in_full),
		cmocka_unit_test(finished_log_may_be_finished_again),
		cmocka_unit_test(streams_are_cut_between_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
