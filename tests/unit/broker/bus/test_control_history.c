/* SPDX-License-Identifier: MIT */
/* What control asks the history, and how the answers are completed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/bus/control.h"
#include "broker/health.h"
#include "common/base/crypto.h"
#include "tests/support/fake_history.h"
#include "tests/support/stage.h"

#define REQUEST_ID (UINT64_C(1) << 63 | 77)

static int set_up(void **state)
{
	static struct stage stage;

	stage_start_with(&stage, "process");
	*state = &stage;
	return 0;
}

static void ask(
	struct stage *stage, const char *request, enum control_outcome outcome, struct buf *answer)
{
	buf_clear(answer);
	assert_int_equal(control_answer(&stage->broker, str_from(request),
				 &(struct control_asker){ .id = REQUEST_ID }, answer),
		outcome);
}

static void pages_are_asked_for_as_they_are_named(void **state)
{
	static const struct {
		const char *request;
		enum page_kind kind;
		uint64_t seq;
		size_t limit;
		const char *query;
	} rows[] = {
		{ "{\"op\": \"history\", \"room\": \"r\"}", PAGE_BEFORE, INT64_MAX, 50, "" },
		{ "{\"op\": \"history\", \"group\": \"chat_r\", \"after\": 0}", PAGE_AFTER, 0, 50,
			"" },
		{ "{\"op\": \"history\", \"room\": \"r\", \"after\": 7, \"limit\": 500}",
			PAGE_AFTER, 7, 500, "" },
		{ "{\"op\": \"history\", \"room\": \"r\", \"before\": 7, \"limit\": 501}",
			PAGE_BEFORE, 7, 500, "" },
		{ "{\"op\": \"history\", \"room\": \"r\", \"limit\": 0}", PAGE_BEFORE, INT64_MAX, 1,
			"" },
		{ "{\"op\": \"search\", \"room\": \"r\", \"query\": \"x y\"}", PAGE_SEARCH,
			INT64_MAX, 50, "x y" },
		{ "{\"op\": \"search\", \"room\": \"r\", \"query\": \"x\", \"before\": 9, "
		  "\"limit\": 3}",
			PAGE_SEARCH, 9, 3, "x" },
	};
	struct buf answer = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ask(*state, rows[i].request, CONTROL_WAITS, &answer);
		assert_int_equal(fake_history.page_asker, REQUEST_ID);
		assert_string_equal(fake_history.page_room, "r");
		assert_int_equal(fake_history.page.kind, rows[i].kind);
		assert_int_equal(fake_history.page.seq, rows[i].seq);
		assert_int_equal(fake_history.page.limit, rows[i].limit);
		assert_string_equal(fake_history.page_query, rows[i].query);
	}
	buf_finish(&answer);
}

static void bad_questions_are_refused_before_anybody_is_asked(void **state)
{
	static const struct {
		const char *request, *problem;
	} rows[] = {
		{ "{\"op\": \"history\"}", "\"bad_room\"" },
		{ "{\"op\": \"history\", \"room\": \"r\", \"after\": 1, \"before\": 2}",
			"\"bad_page\"" },
		{ "{\"op\": \"history\", \"room\": \"r\", \"after\": -1}", "\"bad_page\"" },
		{ "{\"op\": \"history\", \"room\": \"r\", \"before\": \"1\"}", "\"bad_page\"" },
		{ "{\"op\": \"history\", \"room\": \"r\", \"limit\": {}}", "\"bad_page\"" },
		{ "{\"op\": \"search\", \"query\": \"x\"}", "\"bad_room\"" },
		{ "{\"op\": \"search\", \"room\": \"r\"}", "\"bad_query\"" },
		{ "{\"op\": \"search\", \"room\": \"r\", \"query\": \"\"}", "\"bad_query\"" },
		{ "{\"op\": \"backup\"}", "\"bad_path\"" },
		{ "{\"op\": \"backup\", \"path\": \"copy.db\"}", "\"bad_path\"" },
		{ "{\"op\": \"backup\", \"path\": \"/\"}", "\"bad_path\"" },
		{ "{\"op\": \"backup\", \"path\": \"/a\\u0000b\"}", "\"bad_path\"" },
		{ "{\"op\": \"backup\", \"path\": \"/dev/null\"}", "\"exists\"" },
	};
	struct buf answer = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ask(*state, rows[i].request, CONTROL_REFUSED, &answer);
		assert_non_null(strstr(buf_text(&answer), rows[i].problem));
	}
	assert_int_equal(fake_history.pages_asked, 0);
	assert_string_equal(fake_history.backup_path, "");
	buf_finish(&answer);
}

static void query_has_a_longest(void **state)
{
	struct buf request = { 0 }, answer = { 0 };

	for (int len = 256; len <= 257; len++) {
		buf_clear(&request);
		buf_append_format(&request,
			"{\"op\": \"search\", \"room\": \"r\", \"query\": \"%0*d\"}", len, 0);
		ask(*state, buf_text(&request), len == 256 ? CONTROL_WAITS : CONTROL_REFUSED,
			&answer);
	}
	buf_finish(&request);
	buf_finish(&answer);
}

static void page_ends_the_answer(void **state)
{
	struct buf answer = { 0 };

	ask(*state, "{\"op\": \"history\", \"room\": \"r\"}", CONTROL_WAITS, &answer);
	control_end_page(
		&answer, STORE_OK, "00000000000000aa", STR_OF("\"messages\": [], \"more\": false"));
	assert_string_equal(buf_text(&answer),
		"{\"ok\": true, \"room\": \"r\", \"epoch\": \"00000000000000aa\", "
		"\"messages\": [], \"more\": false}");
	ask(*state, "{\"op\": \"history\", \"room\": \"r\"}", CONTROL_WAITS, &answer);
	control_end_page(&answer, STORE_IO, "", STR_OF(""));
	assert_string_equal(buf_text(&answer), "{\"ok\": false, \"error\": \"io\", \"message\": "
					       "\"The disk of the database fails.\"}");
	buf_finish(&answer);
}

static void head_is_told_where_it_is_known(void **state)
{
	struct client client;
	struct buf answer = { 0 };

	client_enter(*state, &client, &consumer_chat, "r", DIALECT_V1);
	ask(*state, "{\"op\": \"history\", \"room\": \"r\"}", CONTROL_WAITS, &answer);
	assert_null(strstr(buf_text(&answer), "\"seq\""));
	fake_history_tell_head(7, STORE_OK);
	stage_turn(*state);
	ask(*state, "{\"op\": \"history\", \"room\": \"r\"}", CONTROL_WAITS, &answer);
	assert_non_null(strstr(buf_text(&answer), "\"seq\": 7"));
	buf_finish(&answer);
	client_leave(&client);
	stage_turn(*state);
}

static void backup_is_asked_for_and_ends(void **state)
{
	static const char request[] = "{\"op\": \"backup\", \"path\": \"/tmp/no such/copy.db\"}";
	struct buf answer = { 0 };

	ask(*state, request, CONTROL_WAITS_LONG, &answer);
	assert_string_equal(fake_history.backup_path, "/tmp/no such/copy.db");
	assert_int_equal(fake_history.backup_asker, REQUEST_ID);
	control_end_backup(&answer, str_from(request), STORE_OK);
	assert_string_equal(buf_text(&answer), "{\"ok\": true}");
	ask(*state, request, CONTROL_WAITS_LONG, &answer);
	control_end_backup(&answer, str_from(request), STORE_FULL);
	assert_non_null(strstr(buf_text(&answer), "\"error\": \"full\""));
	buf_finish(&answer);
}

static void full_history_is_busy(void **state)
{
	static const char *const requests[] = { "{\"op\": \"history\", \"room\": \"r\"}",
		"{\"op\": \"search\", \"room\": \"r\", \"query\": \"x\"}",
		"{\"op\": \"backup\", \"path\": \"/tmp/no such/copy.db\"}" };
	struct buf answer = { 0 };

	fake_history.is_full = true;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		ask(*state, requests[i], CONTROL_REFUSED, &answer);
		assert_non_null(strstr(buf_text(&answer), "{\"ok\": false, \"error\": \"busy\""));
	}
	buf_finish(&answer);
}

static void broker_without_history_says_so(void **state)
{
	static const char *const requests[] = { "{\"op\": \"history\", \"room\": \"r\"}",
		"{\"op\": \"search\", \"room\": \"r\", \"query\": \"x\"}",
		"{\"op\": \"backup\", \"path\": \"/tmp/no such/copy.db\"}" };
	struct stage *stage = *state;
	struct buf answer = { 0 };

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		ask(stage, requests[i], CONTROL_REFUSED, &answer);
		assert_non_null(strstr(buf_text(&answer), "\"no_history\""));
	}
	ask(stage, "{\"op\": \"stats\"}", CONTROL_ANSWERED, &answer);
	assert_non_null(strstr(buf_text(&answer), "\"history\": \"none\""));
	buf_finish(&answer);
}

static void trouble_of_the_history_is_told(void **state)
{
	struct stage *stage = *state;
	struct buf answer = { 0 };

	ask(stage, "{\"op\": \"stats\"}", CONTROL_ANSWERED, &answer);
	assert_non_null(strstr(buf_text(&answer), "\"history\": \"ok\""));
	buf_clear(&answer);
	assert_true(health_write(&stage->broker, &answer));
	assert_non_null(strstr(buf_text(&answer), "\"ok\": true"));
	fake_history.problem = STORE_READ_ONLY;
	ask(stage, "{\"op\": \"stats\"}", CONTROL_ANSWERED, &answer);
	assert_non_null(strstr(buf_text(&answer), "\"history\": \"read_only\""));
	buf_clear(&answer);
	assert_false(health_write(&stage->broker, &answer));
	assert_non_null(strstr(buf_text(&answer), "\"ok\": false"));
	assert_non_null(strstr(buf_text(&answer), "\"history\": \"read_only\""));
	buf_finish(&answer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, stage_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pages_are_asked_for_as_they_are_named),
		TEST(bad_questions_are_refused_before_anybody_is_asked),
		TEST(query_has_a_longest),
		TEST(page_ends_the_answer),
		TEST(head_is_told_where_it_is_known),
		TEST(backup_is_asked_for_and_ends),
		TEST(full_history_is_busy),
		cmocka_unit_test_setup_teardown(
			broker_without_history_says_so, stage_set_up, stage_take_down),
		TEST(trouble_of_the_history_is_told),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
