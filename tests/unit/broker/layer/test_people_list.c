/* SPDX-License-Identifier: MIT */
/* A list of people that is written can be read, and nothing else can. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/layer/people_list.h"

#define BROKER "0123456789ab"
#define ID "AQID_wAAAAAAAAAAAAAAAA"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct user ann = { { 1, 2, 3, 255 }, "ann \"\xe5\xae\x89\"" };

static void assert_entry(const struct json *entry, const char *room, bool is_here)
{
	struct str room_out;
	struct user user;
	bool is_here_out;

	assert_true(people_list_read_entry(entry, &room_out, &user, &is_here_out));
	assert_true(str_is(room_out, room));
	assert_memory_equal(user.id, ann.id, sizeof(user.id));
	assert_string_equal(user.name, is_here ? ann.name : "");
	assert_int_equal(is_here_out, is_here);
}

static void what_is_written_is_read_back(void **state)
{
	struct people_list list = { 0 };
	struct buf text = { 0 };
	const char *problem;
	struct json *document;
	const struct json *entries;

	people_list_begin(&list);
	people_list_add(&list, STR_OF("lobby"), &ann, true);
	people_list_add(&list, STR_OF("\xe6\x88\xbf\xe9\x97\xb4"), &ann, false);
	people_list_write(&list, &(struct people_marks){ 0 }, BROKER, &text);
	document = json_parse(buf_str(&text), &problem);
	entries = json_find(json_find(document, "people"), "list");
	assert_int_equal(json_count(entries), 2);
	assert_entry(json_at(entries, 0), "lobby", true);
	assert_entry(json_at(entries, 1), "\xe6\x88\xbf\xe9\x97\xb4", false);
	json_destroy(document);
	buf_finish(&text);
	buf_finish(&list.text);
	(void)state;
}

static void list_that_is_begun_anew_is_empty(void **state)
{
	struct people_list list = { 0 };
	struct buf text = { 0 };

	people_list_begin(&list);
	people_list_add(&list, STR_OF("lobby"), &ann, true);
	people_list_begin(&list);
	people_list_write(&list, &(struct people_marks){ 0 }, BROKER, &text);
	assert_string_equal(
		buf_text(&text), "{\"people\": {\"list\": []}, \"broker\": \"" BROKER "\"}");
	buf_finish(&text);
	buf_finish(&list.text);
	(void)state;
}

static void marks_are_read_as_they_are_written(void **state)
{
	for (unsigned bits = 0; bits < 8; bits++) {
		const struct people_marks marks = { .is_first = (bits & 1) != 0,
			.is_last = (bits & 2) != 0,
			.asks = (bits & 4) != 0 };
		struct people_list list = { 0 };
		struct buf text = { 0 };
		const char *problem;
		struct json *document;
		struct people_marks read;

		people_list_begin(&list);
		people_list_write(&list, &marks, BROKER, &text);
		document = json_parse(buf_str(&text), &problem);
		read = people_list_read_marks(json_find(document, "people"));
		assert_int_equal(read.is_first, marks.is_first);
		assert_int_equal(read.is_last, marks.is_last);
		assert_int_equal(read.asks, marks.asks);
		json_destroy(document);
		buf_finish(&text);
		buf_finish(&list.text);
	}
	(void)state;
}

static void entry_that_nobody_wrote_is_not_read(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		"[\"lobby\"]",
		"[\"lobby\", \"" ID "\", \"ann\", 1]",
		"[7, \"" ID "\"]",
		"[\"\", \"" ID "\"]",
		"[\" lobby\", \"" ID "\"]",
		"[\"a/b\", \"" ID "\"]",
		"[\"lobby\", 7]",
		"[\"lobby\", \"\"]",
		"[\"lobby\", \"AQID\"]",
		"[\"lobby\", \"" ID "AAAA\"]",
		"[\"lobby\", \"" ID "\", 7]",
		"[\"lobby\", \"" ID "\", \"\"]",
		"[\"lobby\", \"" ID "\", \"a\\u0007b\"]",
		"[\"lobby\", \"" ID "\", \"a\\u0000b\"]",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *problem;
		struct json *entry = json_parse(str_from(texts[i]), &problem);
		struct str room;
		struct user user;
		bool is_here;

		print_message("%s\n", texts[i]);
		assert_non_null(entry);
		assert_false(people_list_read_entry(entry, &room, &user, &is_here));
		json_destroy(entry);
	}
	(void)state;
}

/* One byte more than a user's name has room for. */
static void name_that_is_too_long_is_not_read(void **state)
{
	struct buf text = { 0 };
	const char *problem;
	struct json *entry;
	struct str room;
	struct user user;
	bool is_here;

	buf_append_text(&text, "[\"lobby\", \"" ID "\", \"");
	for (size_t i = 0; i < sizeof(user.name); i++)
		buf_append_char(&text, 'a');
	buf_append_text(&text, "\"]");
	entry = json_parse(buf_str(&text), &problem);
	assert_non_null(entry);
	assert_false(people_list_read_entry(entry, &room, &user, &is_here));
	json_destroy(entry);
	buf_finish(&text);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(list_that_is_begun_anew_is_empty),
		cmocka_unit_test(marks_are_read_as_they_are_written),
		cmocka_unit_test(entry_that_nobody_wrote_is_not_read),
		cmocka_unit_test(name_that_is_too_long_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
