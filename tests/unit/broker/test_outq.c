/* SPDX-License-Identifier: MIT */
/* Frames leave in the order in which they were pushed, whole pieces at a time, and the count of
 * what waits is exact: it is what the connection's reading is bounded by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/outq.h"
#include "common/base/buf.h"
#include "common/base/mem.h"

/* What is left of the first chunk. */
static struct str outq_first(const struct outq *queue)
{
	return str_range(
		queue->first->text + queue->first->sent, queue->first->len - queue->first->sent);
}

/* Everything that waits, step bytes at a time; also empties the queue. */
static void drain(struct outq *queue, size_t step, struct buf *out)
{
	while (!outq_is_empty(queue)) {
		struct str piece = outq_first(queue);
		size_t part = piece.len < step ? piece.len : step;

		assert_true(piece.len > 0);
		buf_append(out, piece.data, part);
		outq_advance(queue, part);
	}
}

static void new_outq_is_empty(void **state)
{
	struct outq queue = { 0 };

	assert_true(outq_is_empty(&queue));
	outq_push(&queue, 5, STR_OF(""));
	assert_true(outq_is_empty(&queue));
	outq_finish(&queue);
	(void)state;
}

static void frames_leave_in_their_order_whatever_the_steps(void **state)
{
	static const char *const frames[] = { "one", "two", "three", "four", "five" };
	static const uint64_t tags[] = { 0, 0, 0, 7, 9 };

	for (size_t step = 1; step <= 20; step++) {
		struct outq queue = { 0 };
		struct buf out = { 0 };

		for (size_t i = 0; i < 5; i++)
			outq_push(&queue, tags[i], str_from(frames[i]));
		assert_int_equal(outq_bytes(&queue), 19);
		drain(&queue, step, &out);
		assert_int_equal(outq_bytes(&queue), 0);
		assert_true(str_is(buf_str(&out), "onetwothreefourfive"));
		buf_finish(&out);
		outq_finish(&queue);
	}
	(void)state;
}

static void frames_of_one_tag_leave_together_behind_the_first(void **state)
{
	struct outq queue = { 0 };

	outq_push(&queue, 3, STR_OF("first"));
	outq_push(&queue, 3, STR_OF("second"));
	outq_push(&queue, 3, STR_OF("third"));
	outq_advance(&queue, 5);
	assert_true(str_is(outq_first(&queue), "secondthird"));
	outq_finish(&queue);
	(void)state;
}

static void frames_of_different_tags_do_not_share_a_chunk(void **state)
{
	struct outq queue = { 0 };

	outq_push(&queue, 1, STR_OF("a"));
	outq_push(&queue, 1, STR_OF("b"));
	outq_push(&queue, 2, STR_OF("c"));
	outq_advance(&queue, 1);
	assert_true(str_is(outq_first(&queue), "b"));
	assert_int_equal(queue.first->tag, 1);
	outq_advance(&queue, 1);
	assert_true(str_is(outq_first(&queue), "c"));
	assert_int_equal(queue.first->tag, 2);
	outq_finish(&queue);
	(void)state;
}

static void begun_chunk_goes_on_where_it_stopped(void **state)
{
	struct outq queue = { 0 };

	outq_push(&queue, 0, STR_OF("first"));
	outq_push(&queue, 0, STR_OF("hello"));
	outq_advance(&queue, 5);
	outq_advance(&queue, 2);
	assert_true(str_is(outq_first(&queue), "llo"));
	outq_push(&queue, 0, STR_OF(" you"));
	assert_true(str_is(outq_first(&queue), "llo you"));
	assert_int_equal(outq_bytes(&queue), 7);
	outq_finish(&queue);
	(void)state;
}

static void large_frames_lie_alone_and_whole(void **state)
{
	size_t len = 1024 * 1024;
	char *large = mem_alloc(len);
	struct outq queue = { 0 };

	outq_push(&queue, 0, STR_OF("a"));
	outq_push(&queue, 0, str_range(large, len));
	outq_push(&queue, 0, STR_OF("b"));
	assert_int_equal(outq_bytes(&queue), len + 2);
	outq_advance(&queue, 1);
	assert_int_equal(outq_first(&queue).len, len);
	outq_advance(&queue, len);
	assert_true(str_is(outq_first(&queue), "b"));
	mem_free(large);
	outq_finish(&queue);
	(void)state;
}

/* Replies to somebody in a busy room each have a tag of their own: what is bounded by the bytes
 * that wait must not cost many times as much. */
static void chunks_have_room_for_little_more_than_their_frames(void **state)
{
	struct outq queue = { 0 };
	size_t capacity = 0;

	for (uint64_t tag = 0; tag < 100; tag++) {
		outq_push(&queue, tag, STR_OF("the ack of a message"));
		outq_push(&queue, tag, STR_OF("a pong"));
	}
	for (const struct outq_chunk *chunk = queue.first; chunk != NULL; chunk = chunk->next)
		capacity += chunk->capacity;
	assert_in_range(capacity, outq_bytes(&queue), 5 * outq_bytes(&queue));
	outq_finish(&queue);
	(void)state;
}

static void finished_outq_is_an_empty_one(void **state)
{
	struct outq queue = { 0 };
	struct buf out = { 0 };

	outq_push(&queue, 9, STR_OF("lost"));
	outq_finish(&queue);
	assert_true(outq_is_empty(&queue));
	assert_int_equal(outq_bytes(&queue), 0);
	outq_push(&queue, 1, STR_OF("kept"));
	drain(&queue, 100, &out);
	assert_true(str_is(buf_str(&out), "kept"));
	buf_finish(&out);
	(void)state;
}

/* Of one payload for each text; the first begins behind skipped bytes. */
static struct replay *replay_of(const char *first, const char *second, size_t skipped)
{
	struct replay *replay = replay_create(DIALECT_V1, 2);
	struct str frames[DIALECT_COUNT] = { 0 };

	frames[DIALECT_V1] = str_from(first);
	replay->payloads[0] = payload_create(frames);
	frames[DIALECT_V1] = str_from(second);
	replay->payloads[1] = payload_create(frames);
	replay->skipped = skipped;
	return replay;
}

static void push_replay(struct outq *queue, uint64_t tag, struct replay *replay)
{
	outq_push_replay(queue, tag, replay);
	replay_destroy(replay);
}

static void replay_keeps_its_place_and_is_not_counted(void **state)
{
	for (size_t step = 1; step <= 20; step++) {
		struct outq queue = { 0 };
		struct buf out = { 0 };

		outq_push(&queue, 3, STR_OF("hello"));
		push_replay(&queue, 3, replay_of("skipped one", "two", 8));
		outq_push(&queue, 3, STR_OF("ack"));
		assert_int_equal(outq_bytes(&queue), 8);
		drain(&queue, step, &out);
		assert_int_equal(outq_bytes(&queue), 0);
		assert_true(str_is(buf_str(&out), "helloonetwoack"));
		buf_finish(&out);
	}
	(void)state;
}

static void what_was_sent_of_a_replay_counts_for_nothing(void **state)
{
	struct outq queue = { 0 };

	push_replay(&queue, 0, replay_of("one", "two", 0));
	outq_push(&queue, 0, STR_OF("own"));
	assert_int_equal(outq_advance(&queue, 2), 0);
	assert_int_equal(outq_bytes(&queue), 3);
	outq_keep_begun(&queue);
	assert_int_equal(outq_bytes(&queue), 0);
	assert_true(str_is(outq_first(&queue), "e"));
	assert_int_equal(outq_advance(&queue, 1), 0);
	assert_true(outq_is_empty(&queue));
	outq_push(&queue, 0, STR_OF("own"));
	assert_int_equal(outq_advance(&queue, 3), 3);
	(void)state;
}

static void finished_outq_lets_go_of_its_replay(void **state)
{
	struct outq queue = { 0 };

	push_replay(&queue, 0, replay_of("one", "two", 1));
	outq_finish(&queue); /* else the leak is reported */
	assert_true(outq_is_empty(&queue));
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_outq_is_empty),
		cmocka_unit_test(frames_leave_in_their_order_whatever_the_steps),
		cmocka_unit_test(frames_of_one_tag_leave_together_behind_the_first),
		cmocka_unit_test(frames_of_different_tags_do_not_share_a_chunk),
		cmocka_unit_test(begun_chunk_goes_on_where_it_stopped),
		cmocka_unit_test(large_frames_lie_alone_and_whole),
		cmocka_unit_test(chunks_have_room_for_little_more_than_their_frames),
		cmocka_unit_test(finished_outq_is_an_empty_one),
		cmocka_unit_test(replay_keeps_its_place_and_is_not_counted),
		cmocka_unit_test(what_was_sent_of_a_replay_counts_for_nothing),
		cmocka_unit_test(finished_outq_lets_go_of_its_replay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
