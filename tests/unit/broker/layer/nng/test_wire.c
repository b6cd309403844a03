/* SPDX-License-Identifier: MIT */
/* A record is read as it was written, and bytes that are no record are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/layer/nng/wire.h"

/* All fields of all kinds. */
static struct wire_record full(enum wire_kind kind)
{
	return (struct wire_record){ .kind = kind,
		.number = 1,
		.session = UINT64_MAX,
		.seq = 127,
		.after = 127,
		.part = 127,
		.until = 128,
		.notice = 128,
		.limit = 0,
		.bytes_max = 0,
		.parts = 0,
		.is_whole = 0,
		.time_ms = 1790000000000,
		.result = 3,
		.problem = 3,
		.page_kind = 3,
		.keeps_past = 3,
		.is_here = 3,
		.message_kind = 3,
		.target = 127,
		.edited_ms = 128,
		.is_anybodys = 1,
		.broker = STR("0123456789ab"),
		.room = STR("r\xc3\xb6\xc3\xb6m"),
		.group = STR("news"),
		.channel = STR("specific.0123456789ab!1"),
		.user = STR("Ann"),
		.text = STR("a\0b"),
		.ref = STR(""),
		.sender = STR("0123456789abcdef"),
		.epoch = STR("0123456789abcdef"),
		.hub = STR("0123456789ab"),
		.origin = STR("e-1"),
		.via = STR("[]"),
		.copies = STR("[\"a\"]") };
}

static void record_comes_out_as_it_went_in(void **state)
{
	for (unsigned kind = 1; kind < WIRE_KIND_COUNT; kind++) {
		struct wire_record record = full(kind), read;
		struct buf once = { 0 }, twice = { 0 };
		struct str rest;

		wire_write(&record, &once);
		rest = buf_str(&once);
		assert_true(wire_read(&rest, &read));
		assert_int_equal(rest.len, 0);
		assert_int_equal(read.kind, kind);
		wire_write(&read, &twice);
		assert_true(str_equals(buf_str(&once), buf_str(&twice)));
		buf_finish(&once);
		buf_finish(&twice);
	}
	(void)state;
}

static void message_says_all_that_its_kind_has(void **state)
{
	struct wire_record record = full(WIRE_SAY), read;
	struct buf written = { 0 };
	struct str rest;

	wire_write(&record, &written);
	rest = buf_str(&written);
	assert_true(wire_read(&rest, &read));
	assert_int_equal(read.number, 1);
	assert_true(str_equals(read.room, record.room));
	assert_true(str_equals(read.user, record.user));
	assert_true(str_equals(read.text, record.text));
	assert_true(str_equals(read.sender, record.sender));
	assert_true(str_equals(read.copies, record.copies));
	assert_int_equal(read.seq, 0); /* a message has none yet */
	buf_finish(&written);
	(void)state;
}

static void changes_are_of_a_message_and_messages_of_none(void **state)
{
	static const struct {
		uint64_t kind;
		uint64_t target;
		bool is_good;
	} rows[] = {
		{ MESSAGE_SAYS, 0, true },
		{ MESSAGE_SAYS, 1, false },
		{ MESSAGE_EDITS, 1, true },
		{ MESSAGE_EDITS, 0, false },
		{ MESSAGE_DELETES, INT64_MAX, true },
		{ MESSAGE_DELETES, UINT64_MAX, false },
		{ MESSAGE_DELETED, 0, true },
		{ MESSAGE_KIND_COUNT, 0, false },
		{ UINT64_MAX, 1, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct wire_record record = { .message_kind = rows[i].kind,
			.target = rows[i].target };
		struct event event = { 0 };

		assert_int_equal(wire_read_change(&record, &event), rows[i].is_good);
	}
	(void)state;
}

static void a_change_comes_over_as_it_was(void **state)
{
	const struct event event = {
		.kind = MESSAGE_DELETES, .target = 7, .edited_ms = 8, .changes_any = true
	};
	struct wire_record record = full(WIRE_SAY), read;
	struct buf written = { 0 };
	struct event came = { 0 };
	struct str rest;

	wire_write_change(&event, &record);
	wire_write(&record, &written);
	rest = buf_str(&written);
	assert_true(wire_read(&rest, &read));
	assert_true(wire_read_change(&read, &came));
	assert_int_equal(came.kind, MESSAGE_DELETES);
	assert_int_equal(came.target, 7);
	assert_int_equal(came.edited_ms, 8);
	assert_true(came.changes_any);
	buf_finish(&written);
	(void)state;
}

static void record_that_is_cut_anywhere_is_none(void **state)
{
	for (unsigned kind = 1; kind < WIRE_KIND_COUNT; kind++) {
		struct wire_record record = full(kind), read;
		struct buf written = { 0 };

		wire_write(&record, &written);
		for (size_t len = 0; len < written.len; len++) {
			struct str rest = str_range(written.data, len);

			assert_false(wire_read(&rest, &read));
			assert_int_equal(rest.len, len);
			assert_int_equal(wire_is_whole(rest), len == 0);
		}
		buf_finish(&written);
	}
	(void)state;
}

static void bytes_that_nobody_writes_are_refused(void **state)
{
	static const struct str rows[] = {
		STR("\x00"), /* no kind */
		STR("\xff"), STR("\x09\x80\x00\x00"), /* 0 in two bytes */
		STR("\x09\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), /* a text of 2^64 - 1 */
		STR("\x09\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02\x00"), /* 65 bits */
		STR("\x09\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00"),
		STR("\x09\x01\x01"), /* a text that is not there */
	};
	struct wire_record read;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str rest = rows[i];

		assert_false(wire_read(&rest, &read));
		assert_int_equal(rest.len, rows[i].len);
		assert_false(wire_is_whole(rows[i]));
	}
	(void)state;
}

static void message_is_its_records_in_their_order(void **state)
{
	struct wire_record frame = { .kind = WIRE_FRAME, .number = 7, .broker = STR("a") };
	struct wire_record gone = { .kind = WIRE_GONE, .broker = STR("b") };
	struct wire_record read;
	struct buf written = { 0 };
	struct str rest;

	wire_write(&frame, &written);
	wire_write(&gone, &written);
	rest = buf_str(&written);
	assert_true(wire_is_whole(rest));
	assert_true(wire_read(&rest, &read));
	assert_int_equal(read.kind, WIRE_FRAME);
	assert_int_equal(read.number, 7);
	assert_true(wire_read(&rest, &read));
	assert_int_equal(read.kind, WIRE_GONE);
	assert_true(str_is(read.broker, "b"));
	assert_false(wire_read(&rest, &read));
	buf_finish(&written);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(record_comes_out_as_it_went_in),
		cmocka_unit_test(message_says_all_that_its_kind_has),
		cmocka_unit_test(changes_are_of_a_message_and_messages_of_none),
		cmocka_unit_test(a_change_comes_over_as_it_was),
		cmocka_unit_test(record_that_is_cut_anywhere_is_none),
		cmocka_unit_test(bytes_that_nobody_writes_are_refused),
		cmocka_unit_test(message_is_its_records_in_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
