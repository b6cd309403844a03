/* SPDX-License-Identifier: MIT */
/* Pages as text, cut by number and by bytes at the end that is further from where they began; and
 * that a message looks as it does when it is delivered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/dialect.h"
#include "common/store/page.h"
#include "tests/unit/common/store/chatter.h"

/* Of an object with one member before them. Borrowed until the next call. */
static struct str write_page(struct archive *archive, const struct page *page)
{
	static struct buf text;
	struct json_writer writer = json_writer_to(&text);

	buf_finish(&text);
	json_begin_object(&writer, NULL);
	json_add_bool(&writer, "ok", true);
	assert_int_equal(page_write(archive, page, &writer), STORE_OK);
	json_end_object(&writer);
	return str_range(buf_text(&text), text.len);
}

/* {"ok": true, "messages": […], "more": false} as "1 2 3" or "1 2 3 more". Borrowed until the next
 * call. */
static const char *read_page(
	struct archive *archive, enum page_kind kind, uint64_t seq, size_t limit)
{
	static struct buf seen;
	struct page page = { kind, STR("lobby"), seq, limit, STR("hi") };
	const char *problem;
	struct json *document = json_parse(write_page(archive, &page), &problem);
	const struct json *messages = json_find(document, "messages");
	bool has_more;

	buf_finish(&seen);
	for (size_t i = 0; i < json_count(messages); i++) {
		int64_t number;

		assert_true(json_get_integer(json_find(json_at(messages, i), "seq"), &number));
		buf_append_format(&seen, "%s%jd", i > 0 ? " " : "", (intmax_t)number);
	}
	assert_true(json_get_bool(json_find(document, "more"), &has_more));
	buf_append_text(&seen, has_more ? " more" : "");
	json_destroy(document);
	return buf_text(&seen);
}

static void pages_are_members_of_an_object(void **state)
{
	const struct page page = { PAGE_AFTER, STR("lobby"), 0, 2, STR("") };
	struct archive *archive = chatter_open(*state);

	assert_string_equal(write_page(archive, &page).data,
		"{\"ok\": true, \"messages\": [], \"more\": false}");
	chatter_say(archive, "lobby", "hi");
	chatter_say(archive, "lobby", "say \"北京\"\n");
	chatter_say(archive, "lobby", "and more");
	assert_string_equal(write_page(archive, &page).data,
		"{\"ok\": true, \"messages\": ["
		"{\"seq\": 1, \"user\": \"ann\", \"message\": \"hi\", "
		"\"time\": \"1970-01-01T00:00:01.000Z\"}, "
		"{\"seq\": 2, \"user\": \"ann\", \"message\": \"say \\\"北京\\\"\\n\", "
		"\"time\": \"1970-01-01T00:00:02.000Z\"}], \"more\": true}");
	archive_close(archive);
}

static void pages_are_cut_by_number(void **state)
{
	static const struct {
		enum page_kind kind;
		uint64_t seq;
		size_t limit;
		const char *seen;
	} rows[] = {
		{ PAGE_AFTER, 0, 3, "1 2 3 more" },
		{ PAGE_AFTER, 0, 10, "1 2 3 4 5 6 7 8 9 10" },
		{ PAGE_AFTER, 0, 9, "1 2 3 4 5 6 7 8 9 more" },
		{ PAGE_AFTER, 7, 5, "8 9 10" },
		{ PAGE_AFTER, 10, 5, "" },
		{ PAGE_BEFORE, UINT64_MAX, 3, "8 9 10 more" },
		{ PAGE_BEFORE, 4, 3, "1 2 3" },
		{ PAGE_BEFORE, 5, 3, "2 3 4 more" },
		{ PAGE_BEFORE, 1, 3, "" },
		{ PAGE_SEARCH, UINT64_MAX, 2, "8 10 more" },
		{ PAGE_SEARCH, 8, 3, "2 4 6" },
		{ PAGE_SEARCH, 8, PAGE_MESSAGES_MAX, "2 4 6" },
		{ PAGE_SEARCH, 2, 3, "" },
	};
	struct archive *archive = chatter_open(*state);

	for (int i = 1; i <= 10; i++) {
		chatter_say(archive, "other", "hi");
		chatter_say(archive, "lobby", i % 2 == 0 ? "hi" : "ho");
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(
			read_page(archive, rows[i].kind, rows[i].seq, rows[i].limit), rows[i].seen);
	archive_close(archive);
}

static void pages_are_cut_by_bytes_far_from_where_they_begin(void **state)
{
	static char text[10000];
	const struct page page = { PAGE_AFTER, STR("lobby"), 0, 50, STR("") };
	struct archive *archive = chatter_open(*state);

	snprintf(text, sizeof(text), "hi %09980d", 0);
	for (int i = 0; i < 10; i++)
		chatter_say(archive, "lobby", text);
	assert_string_equal(read_page(archive, PAGE_AFTER, 0, 50), "1 2 3 4 5 6 more");
	assert_string_equal(read_page(archive, PAGE_BEFORE, 10, 50), "4 5 6 7 8 9 more");
	assert_string_equal(read_page(archive, PAGE_SEARCH, 10, 50), "4 5 6 7 8 9 more");
	assert_string_equal(read_page(archive, PAGE_BEFORE, 7, 50), "1 2 3 4 5 6");
	assert_true(write_page(archive, &page).len <= PAGE_BYTES_MAX + 64);
	archive_close(archive);
}

static void pages_have_one_message_whatever_its_length(void **state)
{
	static char text[2 * PAGE_BYTES_MAX];
	struct archive *archive = chatter_open(*state);

	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "hi ", 3);
	chatter_say(archive, "lobby", text);
	chatter_say(archive, "lobby", text);
	assert_string_equal(read_page(archive, PAGE_AFTER, 0, 50), "1 more");
	assert_string_equal(read_page(archive, PAGE_BEFORE, 3, 50), "2 more");
	assert_string_equal(read_page(archive, PAGE_SEARCH, 3, 50), "2 more");
	assert_string_equal(read_page(archive, PAGE_BEFORE, 2, 50), "1");
	archive_close(archive);
}

static void pages_end_where_messages_are_deleted(void **state)
{
	const struct archive_retention retention = { .keep_messages = 3 };
	struct archive *archive = chatter_open(*state);
	int64_t room_id = 0;

	for (int i = 0; i < 6; i++)
		chatter_say(archive, "lobby", "hi");
	assert_int_equal(archive_prune_slice(archive, &retention, 100, &room_id), STORE_OK);
	assert_string_equal(read_page(archive, PAGE_BEFORE, 6, 2), "4 5");
	assert_string_equal(read_page(archive, PAGE_AFTER, 0, 2), "4 5 more");
	archive_close(archive);
}

static void a_page_that_fails_leaves_nothing(void **state)
{
	const struct page page = { PAGE_SEARCH, STR("lobby"), UINT64_MAX, 50, STR("hi") };
	struct archive *archive = chatter_open(*state);
	struct buf text = { 0 };
	struct json_writer writer = json_writer_to(&text);

	chatter_say(archive, "lobby", "hi");
	chatter_index(archive, 10);
	chatter_run(*state, "DROP TABLE search");
	assert_int_equal(page_write(archive, &page, &writer), STORE_CORRUPT);
	assert_int_equal(text.len, 0);
	assert_false(writer.comma);
	archive_close(archive);
}

/* As a client of roomwire.v1 is told it, from its number on. */
static void assert_told(const struct archive_message *message, const char *expected)
{
	const struct event event = { .type = STR("chat.message"),
		.is_message = true,
		.kind = message->kind,
		.target = message->target,
		.edited_ms = message->edited_ms,
		.room = STR("lobby"),
		.message = message->text,
		.user = message->user,
		.seq = message->seq,
		.time_ms = message->time_ms };
	struct buf frames = { 0 };
	const char *told;

	dialect_event(DIALECT_V1, &event, STAMP_FIELD, &frames);
	told = memmem(frames.data, frames.len, expected, strlen(expected));
	assert_non_null(told);
	buf_text(&frames);
	assert_string_equal(told, expected);
	buf_finish(&frames);
}

static void messages_are_what_clients_of_v1_are_told(void **state)
{
	static const struct archive_message rows[] = {
		{ .seq = 42,
			.time_ms = 1795232100123,
			.user = STR("ann"),
			.text = STR("hi \"北\"\n") },
		{ .seq = 42, .user = STR("ann"), .text = STR("hi"), .edited_ms = 7 },
		{ .seq = 42, .user = STR("ann"), .text = STR(""), .kind = MESSAGE_DELETED },
	};

	/* Without the type, which a list need not repeat. */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf text = { 0 };
		struct json_writer writer = json_writer_to(&text);

		page_write_message(&rows[i], &writer);
		assert_told(&rows[i], buf_text(&text) + 1);
		buf_finish(&text);
	}
	(void)state;
}

static void assert_row(const struct archive_message *message, const char *expected)
{
	struct buf text = { 0 };
	struct json_writer writer = json_writer_to(&text);

	page_write_message(message, &writer);
	assert_string_equal(buf_text(&text), expected);
	buf_finish(&text);
}

static void what_was_done_to_messages_is_in_their_rows_and_has_rows(void **state)
{
	struct archive_message row = { .seq = 4, .user = STR("ann"), .text = STR("hi") };

	row.edited_ms = 1795232100123;
	assert_row(&row, "{\"seq\": 4, \"user\": \"ann\", \"message\": \"hi\", \"edited\": "
			 "\"2026-11-21T03:35:00.123Z\", \"time\": \"1970-01-01T00:00:00.000Z\"}");
	row.kind = MESSAGE_DELETED;
	row.text = STR_OF("");
	assert_row(&row, "{\"seq\": 4, \"user\": \"ann\", \"message\": \"\", \"deleted\": true, "
			 "\"time\": \"1970-01-01T00:00:00.000Z\"}");
	row = (struct archive_message){
		.seq = 5, .user = STR("bob"), .kind = MESSAGE_DELETES, .target = 4
	};
	assert_row(&row, "{\"seq\": 5, \"type\": \"delete\", \"target\": 4, \"user\": \"bob\", "
			 "\"time\": \"1970-01-01T00:00:00.000Z\"}");
	row.kind = MESSAGE_EDITS;
	row.text = STR_OF("ho");
	assert_row(&row, "{\"seq\": 5, \"type\": \"edit\", \"target\": 4, \"user\": \"bob\", "
			 "\"message\": \"ho\", \"time\": \"1970-01-01T00:00:00.000Z\"}");
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(pages_are_members_of_an_object),
		FOLDER_TEST(pages_are_cut_by_number),
		FOLDER_TEST(pages_are_cut_by_bytes_far_from_where_they_begin),
		FOLDER_TEST(pages_have_one_message_whatever_its_length),
		FOLDER_TEST(pages_end_where_messages_are_deleted),
		FOLDER_TEST(a_page_that_fails_leaves_nothing),
		cmocka_unit_test(messages_are_what_clients_of_v1_are_told),
		cmocka_unit_test(what_was_done_to_messages_is_in_their_rows_and_has_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
