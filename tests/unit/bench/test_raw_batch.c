/* SPDX-License-Identifier: MIT */
/* Frames of exactly the size that was asked for, wherever the protocol has one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "tests/bench/raw_batch.h"
#include "tests/bench/walker.h"

#define PAYLOAD "hello"
#define PAYLOAD_FRAME_BYTES 7

/* The size that asking for frame_bytes leads to; no shortest header makes these few. */
static size_t possible_bytes(size_t frame_bytes)
{
	if (frame_bytes < PAYLOAD_FRAME_BYTES)
		return PAYLOAD_FRAME_BYTES;
	if (frame_bytes > 2 + 125 && frame_bytes < 4 + 126)
		return 4 + 126;
	if (frame_bytes > 4 + 65535 && frame_bytes < 10 + 65536)
		return 10 + 65536;
	return frame_bytes;
}

static void check_size(struct raw_batch *batch, size_t frame_bytes)
{
	struct walker_frame frame;

	raw_batch_clear(batch);
	raw_batch_append(batch, frame_bytes, STR_OF(PAYLOAD));
	assert_int_equal(batch->count, 1);
	assert_int_equal(batch->lengths[0], batch->bytes.len);
	assert_int_equal(batch->bytes.len, possible_bytes(frame_bytes));
	assert_int_equal(walker_next(buf_str(&batch->bytes), &frame), WALKER_FRAME);
	assert_int_equal(frame.wire_len, batch->bytes.len);
	assert_true(str_starts_with(frame.payload, STR_OF(PAYLOAD)));
	assert_true(str_equals(str_trim(frame.payload), STR_OF(PAYLOAD)));
}

static void raw_batch_makes_frames_of_every_possible_size(void **state)
{
	struct raw_batch *batch = mem_new(struct raw_batch);

	for (size_t frame_bytes = 0; frame_bytes < 300; frame_bytes++)
		check_size(batch, frame_bytes);
	for (size_t frame_bytes = 65500; frame_bytes < 65600; frame_bytes++)
		check_size(batch, frame_bytes);
	raw_batch_finish(batch);
	mem_free(batch);
	(void)state;
}

static void raw_batch_lays_frames_together_until_it_is_full(void **state)
{
	struct raw_batch *batch = mem_new(struct raw_batch);

	for (size_t i = 0; i < RAW_BATCH_FRAMES_MAX; i++) {
		assert_false(raw_batch_is_full(batch));
		raw_batch_append(batch, 10, STR_OF(PAYLOAD));
	}
	assert_true(raw_batch_is_full(batch));
	assert_int_equal(batch->bytes.len, 10 * RAW_BATCH_FRAMES_MAX);
	raw_batch_finish(batch);
	mem_free(batch);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(raw_batch_makes_frames_of_every_possible_size),
		cmocka_unit_test(raw_batch_lays_frames_together_until_it_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
