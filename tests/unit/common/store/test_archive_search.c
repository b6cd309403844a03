/* SPDX-License-Identifier: MIT */
/* What is found, in which order and of which room, whether the index has come to it or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "tests/unit/common/store/chatter.h"

static const char *const said[] = {
	"We deploy on Friday",
	"我在北京大学",
	"Café at the Straße, then deploy again",
	"\"deploy\" OR NEAR(friday) room:2",
	"🎉",
	"pas d'été à Paris",
};

static const struct {
	const char *query;
	const char *found;
} rows[] = {
	{ "deploy", "4 3 1 " },
	{ "deplo", "4 3 1 " },
	{ "DEPLOY friday", "4 1 " },
	{ "deploy on", "1 " },
	{ "eploy", "" },
	{ "北京", "2 " },
	{ "北", "2 " },
	{ "京", "2 " },
	{ "学", "2 " },
	{ "京大学", "2 " },
	{ "北大", "" },
	{ "cafe STRASSE", "3 " },
	{ "ｄｅｐｌｏｙ", "4 3 1 " },
	{ "été", "6 " },
	{ "d'ete", "6 " },
	{ "deploy OR paris", "" },
	{ "\"or near\"", "4 " },
	{ "2", "4 " },
	{ "words : deploy", "" },
	{ "-deploy", "4 3 1 " },
	{ "*", "" },
	{ "🎉", "" },
	{ "", "" },
};

static void check_rows(struct archive *archive)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *found = chatter_search(archive, "lobby", rows[i].query, UINT64_MAX, 10);

		if (!str_is(str_from(found), rows[i].found))
			fail_msg("%s finds %s", rows[i].query, found);
	}
}

static void words_are_found_before_during_and_after_indexing(void **state)
{
	struct archive *archive = chatter_open(*state);
	bool has_more;

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		chatter_say(archive, "lobby", said[i]);
	check_rows(archive);
	assert_int_equal(archive_index_slice(archive, 3, &has_more), STORE_OK);
	assert_true(has_more);
	check_rows(archive);
	assert_int_equal(archive_index_slice(archive, 3, &has_more), STORE_OK);
	assert_false(has_more);
	check_rows(archive);
	archive_close(archive);
}

static void only_the_room_itself_is_searched(void **state)
{
	struct archive *archive = chatter_open(*state);

	for (int i = 0; i < 20; i++) {
		chatter_say(archive, "lobby", "needle");
		chatter_say(archive, "2", "needle 1 2");
	}
	for (int i = 0; i < 2; i++) {
		assert_string_equal(
			chatter_search(archive, "2", "needle", UINT64_MAX, 3), "20 19 18 ");
		assert_string_equal(chatter_search(archive, "lobby", "1", UINT64_MAX, 3), "");
		assert_string_equal(chatter_search(archive, "nobody's", "1", UINT64_MAX, 3), "");
		chatter_index(archive, 100);
	}
	archive_close(archive);
}

static void pages_go_on_before_a_number(void **state)
{
	struct archive *archive = chatter_open(*state);

	for (int i = 1; i <= 9; i++) {
		chatter_say(archive, "other", "needle");
		chatter_say(archive, "lobby", i % 2 == 0 ? "hay" : "needle");
	}
	for (int i = 0; i < 2; i++) {
		assert_string_equal(
			chatter_search(archive, "lobby", "needle", UINT64_MAX, 2), "9 7 ");
		assert_string_equal(chatter_search(archive, "lobby", "needle", 7, 2), "5 3 ");
		assert_string_equal(chatter_search(archive, "lobby", "needle", 6, 9), "5 3 1 ");
		assert_string_equal(chatter_search(archive, "lobby", "needle", 1, 9), "");
		assert_string_equal(chatter_search(archive, "lobby", "needle", 7, 0), "");
		chatter_index(archive, 100);
	}
	archive_close(archive);
}

static bool stop_at_once(void *context, const struct archive_message *message)
{
	++*(int *)context;
	(void)message;
	return false;
}

static void visits_end_when_the_visitor_says_so(void **state)
{
	struct archive *archive = chatter_open(*state);
	int visits = 0;

	chatter_say(archive, "lobby", "needle");
	chatter_index(archive, 100);
	chatter_say(archive, "lobby", "needle");
	chatter_say(archive, "lobby", "needle");
	assert_int_equal(archive_search(archive, STR_OF("lobby"), STR_OF("needle"), UINT64_MAX, 9,
				 stop_at_once, &visits),
		STORE_OK);
	assert_int_equal(visits, 1);
	archive_close(archive);
}

static void what_is_not_indexed_is_compared_up_to_a_bound(void **state)
{
	struct archive *archive = chatter_open(*state);

	assert_int_equal(archive_begin(archive), STORE_OK);
	for (int i = 0; i < 1001; i++)
		chatter_add(archive, "lobby", 0, i < 2 ? "needle" : "hay");
	assert_int_equal(archive_commit(archive), STORE_OK);
	assert_string_equal(chatter_search(archive, "lobby", "needle", UINT64_MAX, 9), "2 ");
	chatter_index(archive, 2000);
	assert_string_equal(chatter_search(archive, "lobby", "needle", UINT64_MAX, 9), "2 1 ");
	archive_close(archive);
}

static void readers_search_too(void **state)
{
	struct archive *archive = chatter_open(*state), *reader;
	enum store_problem problem;

	chatter_say(archive, "lobby", "needle");
	chatter_index(archive, 100);
	chatter_say(archive, "lobby", "needle");
	reader = archive_open(folder_path(*state, "history.db"), ARCHIVE_READ, &problem);
	assert_non_null(reader);
	assert_string_equal(chatter_search(reader, "lobby", "needle", UINT64_MAX, 9), "2 1 ");
	archive_close(reader);
	archive_close(archive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(words_are_found_before_during_and_after_indexing),
		FOLDER_TEST(only_the_room_itself_is_searched),
		FOLDER_TEST(pages_go_on_before_a_number),
		FOLDER_TEST(visits_end_when_the_visitor_says_so),
		FOLDER_TEST(what_is_not_indexed_is_compared_up_to_a_bound),
		FOLDER_TEST(readers_search_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
