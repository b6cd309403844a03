/* SPDX-License-Identifier: MIT */
/* Replies about rooms: valid ones are read, all others are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/layer/redis/log.h"

#define EPOCH "00112233445566ff"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define TEXT(literal)                                   \
	{                                               \
		.kind = LINK_TEXT, .text = STR(literal) \
	}
#define INTEGER(number)                                   \
	{                                                 \
		.kind = LINK_INTEGER, .integer = (number) \
	}
#define ERROR(word)                                   \
	{                                             \
		.kind = LINK_ERROR, .code = STR(word) \
	}
/* An array reply of the elements of a struct link_reply []. */
#define ARRAY(items)                                                           \
	{                                                                      \
		.kind = LINK_ARRAY, .elements = (items), .count = COUNT(items) \
	}

static char epoch[EVENT_EPOCH_SIZE];

static void a_head_is_an_epoch_and_two_numbers(void **state)
{
	static const struct link_reply good[] = { TEXT(EPOCH), INTEGER(3), INTEGER(9) };
	static const struct link_reply bad[][3] = {
		{ TEXT("short"), INTEGER(3), INTEGER(9) },
		{ TEXT(EPOCH), INTEGER(-1), INTEGER(9) },
		{ TEXT(EPOCH), INTEGER(3), TEXT("9") },
	};
	const struct link_reply reply = ARRAY(good), error = ERROR("OOM");
	struct follower_head head;

	assert_true(redis_log_read_head(&reply, epoch, &head));
	assert_string_equal(head.epoch, EPOCH);
	assert_int_equal(head.base, 3);
	assert_int_equal(head.seq, 9);
	assert_false(redis_log_read_head(&error, epoch, &head));
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct link_reply broken = ARRAY(bad[i]);

		assert_false(redis_log_read_head(&broken, epoch, &head));
	}
	(void)state;
}

static void an_append_is_sent_or_repeated_or_refused(void **state)
{
	static const struct link_reply sent[] = { INTEGER(0), INTEGER(7), INTEGER(1234),
		TEXT(EPOCH) };
	static const struct link_reply repeated[] = { INTEGER(1), INTEGER(5), INTEGER(0),
		TEXT("") };
	static const struct link_reply unnumbered[] = { INTEGER(0), INTEGER(0), INTEGER(1),
		TEXT(EPOCH) };
	static const struct link_reply nameless[] = { INTEGER(0), INTEGER(7), INTEGER(1),
		TEXT("") };
	static const struct link_reply no_target[] = { INTEGER(2), INTEGER(0), INTEGER(0),
		TEXT("") };
	static const struct link_reply not_yours[] = { INTEGER(3), INTEGER(0), INTEGER(0),
		TEXT(EPOCH) };
	static const struct link_reply too_late[] = { INTEGER(4), INTEGER(0), INTEGER(0),
		TEXT(EPOCH) };
	static const struct link_reply unknown[] = { INTEGER(5), INTEGER(7), INTEGER(1),
		TEXT(EPOCH) };
	const struct {
		struct link_reply reply;
		enum layer_result result;
		uint64_t seq;
	} cases[] = {
		{ ARRAY(sent), LAYER_SENT, 7 },
		{ ARRAY(repeated), LAYER_REPEATED, 5 },
		{ ARRAY(unnumbered), LAYER_UNAVAILABLE, 0 },
		{ ARRAY(nameless), LAYER_UNAVAILABLE, 0 },
		{ ARRAY(no_target), LAYER_NO_TARGET, 0 },
		{ ARRAY(not_yours), LAYER_NOT_YOURS, 0 },
		{ ARRAY(too_late), LAYER_TOO_LATE, 0 },
		{ ARRAY(unknown), LAYER_UNAVAILABLE, 0 },
		{ ERROR("OOM"), LAYER_STORAGE, 0 },
		{ ERROR("MISCONF"), LAYER_STORAGE, 0 },
		{ ERROR("NOSCRIPT"), LAYER_BUSY, 0 },
		{ ERROR("LOADING"), LAYER_UNAVAILABLE, 0 },
		{ ERROR("ERR"), LAYER_UNAVAILABLE, 0 },
		{ INTEGER(7), LAYER_UNAVAILABLE, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct follower_answer answer;

		redis_log_read_append(&cases[i].reply, epoch, &answer);
		assert_int_equal(answer.result, cases[i].result);
		if (cases[i].seq > 0)
			assert_int_equal(answer.seq, cases[i].seq);
	}
	(void)state;
}

static void rows_that_are_none_of_ours_are_left_out(void **state)
{
	static const struct link_reply fields[] = { TEXT("t"), TEXT("1234"), TEXT("u"), TEXT("ann"),
		TEXT("m"), TEXT("hi"), TEXT("o"), TEXT(EPOCH "-1"), TEXT("zebra"), TEXT("?") };
	static const struct link_reply timeless[] = { TEXT("u"), TEXT("ann"), TEXT("m"),
		TEXT("hi") };
	static const struct link_reply empty[] = { TEXT("t"), TEXT("1"), TEXT("u"), TEXT("ann"),
		TEXT("m"), TEXT("") };
	static const struct link_reply not_utf8[] = { TEXT("t"), TEXT("1"), TEXT("m"),
		TEXT("\xff") };
	static const struct link_reply odd[] = { TEXT("t"), TEXT("1"), TEXT("m") };
	static const struct link_reply pairs[][2] = {
		{ TEXT("4-0"), ARRAY(fields) },
		{ TEXT("5-0"), ARRAY(timeless) },
		{ TEXT("6-0"), ARRAY(empty) },
		{ TEXT("7-0"), ARRAY(not_utf8) },
		{ TEXT("8-0"), ARRAY(odd) },
		{ TEXT("9-1"), ARRAY(fields) },
		{ TEXT("0-0"), ARRAY(fields) },
		{ TEXT("-0"), ARRAY(fields) },
		{ TEXT("18446744073709551615-0"), ARRAY(fields) },
		{ INTEGER(4), ARRAY(fields) },
		{ TEXT("10-0"), TEXT("fields") },
		{ TEXT("11-0"), ARRAY(fields) },
	};
	struct link_reply rows[COUNT(pairs)];
	struct link_reply answer[] = { TEXT(EPOCH), ARRAY(rows) };
	const struct link_reply reply = ARRAY(answer);
	struct redis_rows read;

	for (size_t i = 0; i < COUNT(pairs); i++)
		rows[i] = (struct link_reply)ARRAY(pairs[i]);
	assert_true(redis_log_read_rows(&reply, STR_OF("lobby"), &read));
	assert_string_equal(read.epoch, EPOCH);
	assert_int_equal(read.count, 2);
	assert_int_equal(read.refused, COUNT(pairs) - 2);
	assert_int_equal(read.events[0].seq, 4);
	assert_int_equal(read.events[0].time_ms, 1234);
	assert_true(str_is(read.events[0].user, "ann") && str_is(read.events[0].message, "hi") &&
		    str_is(read.events[0].origin, EPOCH "-1"));
	assert_int_equal(read.events[1].seq, 11);
	redis_rows_finish(&read);
	(void)state;
}

static void rows_tell_what_was_changed(void **state)
{
	static const struct link_reply edited[] = { TEXT("t"), TEXT("10"), TEXT("m"),
		TEXT("better"), TEXT("s"), TEXT("00ff"), TEXT("e"), TEXT("20"), TEXT("n"),
		TEXT("3") };
	static const struct link_reply deleted[] = { TEXT("m"), TEXT(""), TEXT("t"), TEXT("11"),
		TEXT("k"), TEXT("deleted"), TEXT("u"), TEXT("ann") };
	static const struct link_reply edit[] = { TEXT("t"), TEXT("20"), TEXT("m"), TEXT("better"),
		TEXT("k"), TEXT("edit"), TEXT("g"), TEXT("1") };
	static const struct link_reply emptied[] = { TEXT("t"), TEXT("21"), TEXT("m"), TEXT(""),
		TEXT("k"), TEXT("edit"), TEXT("g"), TEXT("2") };
	static const struct link_reply deletion[] = { TEXT("t"), TEXT("22"), TEXT("m"), TEXT(""),
		TEXT("k"), TEXT("delete"), TEXT("g"), TEXT("2") };
	static const struct link_reply pointless[] = { TEXT("t"), TEXT("22"), TEXT("m"), TEXT("x"),
		TEXT("k"), TEXT("edit") };
	static const struct link_reply talkative[] = { TEXT("t"), TEXT("11"), TEXT("m"),
		TEXT("still here"), TEXT("k"), TEXT("deleted") };
	static const struct link_reply pairs[][2] = {
		{ TEXT("1-0"), ARRAY(edited) },
		{ TEXT("2-0"), ARRAY(deleted) },
		{ TEXT("3-0"), ARRAY(edit) },
		{ TEXT("4-0"), ARRAY(emptied) },
		{ TEXT("5-0"), ARRAY(deletion) },
		{ TEXT("6-0"), ARRAY(pointless) },
		{ TEXT("7-0"), ARRAY(talkative) },
	};
	static const struct {
		enum message_kind kind;
		uint64_t target;
		int64_t edited_ms;
	} expected[] = {
		{ MESSAGE_SAYS, 0, 20 },
		{ MESSAGE_DELETED, 0, 0 },
		{ MESSAGE_EDITS, 1, 0 },
		{ MESSAGE_EDITS, 2, 0 },
		{ MESSAGE_DELETES, 2, 0 },
	};
	struct link_reply rows[COUNT(pairs)];
	struct link_reply answer[] = { TEXT(EPOCH), ARRAY(rows) };
	const struct link_reply reply = ARRAY(answer);
	struct redis_rows read;

	for (size_t i = 0; i < COUNT(pairs); i++)
		rows[i] = (struct link_reply)ARRAY(pairs[i]);
	assert_true(redis_log_read_rows(&reply, STR_OF("lobby"), &read));
	assert_int_equal(read.count, COUNT(expected));
	assert_int_equal(read.refused, COUNT(pairs) - COUNT(expected));
	for (size_t i = 0; i < COUNT(expected); i++) {
		assert_int_equal(read.events[i].kind, expected[i].kind);
		assert_int_equal(read.events[i].target, expected[i].target);
		assert_int_equal(read.events[i].edited_ms, expected[i].edited_ms);
	}
	redis_rows_finish(&read);
	(void)state;
}

static void a_room_that_is_not_there_has_no_rows(void **state)
{
	static const struct link_reply answer[] = { TEXT(""), { .kind = LINK_ARRAY } };
	const struct link_reply reply = ARRAY(answer), error = ERROR("WRONGTYPE");
	struct redis_rows read;

	assert_true(redis_log_read_rows(&reply, STR_OF("lobby"), &read));
	assert_int_equal(read.count, 0);
	assert_string_equal(read.epoch, "");
	redis_rows_finish(&read);
	assert_false(redis_log_read_rows(&error, STR_OF("lobby"), &read));
	assert_false(redis_log_read_rows(NULL, STR_OF("lobby"), &read));
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_head_is_an_epoch_and_two_numbers),
		cmocka_unit_test(an_append_is_sent_or_repeated_or_refused),
		cmocka_unit_test(rows_that_are_none_of_ours_are_left_out),
		cmocka_unit_test(rows_tell_what_was_changed),
		cmocka_unit_test(a_room_that_is_not_there_has_no_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
