/* SPDX-License-Identifier: MIT */
/* What keeps sessions awake, what ends them, and that a file somebody has taken away is not made
 * again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/json.h"
#include "common/store/api_keys.h"
#include "fcgi/housekeeping.h"
#include "tests/support/visitor.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MINUTE_MS ((int64_t)60 * 1000)

static bool find_session(const struct identity *identity, struct session_row *row_out)
{
	struct accounts *accounts = visitor_accounts();
	struct account account;
	bool is_found;

	assert_int_equal(
		sessions_find(accounts, identity->session.key_hash, row_out, &account, &is_found),
		STORE_OK);
	pool_return(visitor_app()->accounts, accounts, STORE_OK);
	return is_found;
}

static void touch(const char *text, int64_t now_ms)
{
	const char *problem;
	struct json *answer = json_parse(str_from(text), &problem);

	assert_non_null(answer);
	housekeeping_touch(visitor_app(), answer, now_ms);
	json_destroy(answer);
}

static void sessions_with_sockets_are_kept_awake(void **state)
{
	struct buf answer = { 0 };
	struct identity here, there;
	struct session_row row;
	struct account ann;
	int64_t now_ms = clock_wall_ms() + 7 * MINUTE_MS;

	visitor_account(&ann, 'a', "Ann");
	visitor_log_in(&ann, &here);
	visitor_log_in(&ann, &there);
	buf_append_text(&answer, "{\"ok\": true, \"sessions\": [7, null, \"x\", \"");
	crypto_base64_encode(&answer, here.session.key_hash, SESSION_HASH_SIZE - 1);
	buf_append_text(&answer, "\", \"");
	crypto_base64_encode(&answer, here.session.key_hash, SESSION_HASH_SIZE);
	buf_append_text(&answer, "\"]}");
	touch(buf_text(&answer), now_ms);
	assert_true(find_session(&here, &row));
	assert_int_equal(row.seen_ms, now_ms);
	assert_true(find_session(&there, &row));
	assert_int_equal(row.seen_ms, there.session.seen_ms);
	buf_finish(&answer);
	(void)state;
}

static void answer_of_no_use_touches_nothing(void **state)
{
	static const char *const answers[] = { "{}", "{\"sessions\": 1}", "{\"sessions\": []}",
		"{\"sessions\": [[]]}" };
	struct identity identity;
	struct session_row row;
	struct account bob;

	visitor_account(&bob, 'b', "Bob");
	visitor_log_in(&bob, &identity);
	for (size_t i = 0; i < COUNT(answers); i++)
		touch(answers[i], clock_wall_ms() + MINUTE_MS);
	housekeeping_touch(visitor_app(), NULL, clock_wall_ms() + MINUTE_MS);
	assert_true(find_session(&identity, &row));
	assert_int_equal(row.seen_ms, identity.session.seen_ms);
	(void)state;
}

static void sessions_end_with_their_time(void **state)
{
	struct app *app = visitor_app();
	struct config config = *app->config;
	const struct config *before = app->config;
	struct identity identity;
	struct session_row row;
	struct account carl;
	int64_t now_ms = clock_wall_ms();

	visitor_account(&carl, 'c', "Carl");
	visitor_log_in(&carl, &identity);
	config.sessions_idle_minutes = 0;
	config.sessions_lifetime_minutes = 0;
	app->config = &config;
	housekeeping_purge(app, now_ms + 1000000 * MINUTE_MS);
	assert_true(find_session(&identity, &row));
	config.sessions_idle_minutes = 10;
	housekeeping_purge(app, now_ms + 9 * MINUTE_MS);
	assert_true(find_session(&identity, &row));
	housekeeping_purge(app, now_ms + 11 * MINUTE_MS);
	assert_false(find_session(&identity, &row));
	visitor_log_in(&carl, &identity);
	config.sessions_idle_minutes = 0;
	config.sessions_lifetime_minutes = 20;
	housekeeping_purge(app, now_ms + 19 * MINUTE_MS);
	assert_true(find_session(&identity, &row));
	housekeeping_purge(app, now_ms + 21 * MINUTE_MS);
	assert_false(find_session(&identity, &row));
	app->config = before;
	(void)state;
}

static bool find_key(int64_t id)
{
	struct accounts *accounts = visitor_accounts();
	struct api_key key;
	bool is_found;

	assert_int_equal(api_keys_find(accounts, id, &key, &is_found), STORE_OK);
	pool_return(visitor_app()->accounts, accounts, STORE_OK);
	return is_found;
}

static void keys_that_were_over_long_ago_go(void **state)
{
	int64_t now_ms = clock_wall_ms(), month_ms = 30 * 24 * 60 * MINUTE_MS, id;
	struct api_key key = { .name = "bot", .scopes = API_ROOMS_READ, .expires_ms = now_ms };
	struct accounts *accounts = visitor_accounts();

	assert_int_equal(api_keys_add(accounts, &key, &id), STORE_OK);
	pool_return(visitor_app()->accounts, accounts, STORE_OK);
	housekeeping_purge(visitor_app(), now_ms + month_ms);
	assert_true(find_key(id));
	housekeeping_purge(visitor_app(), now_ms + month_ms + MINUTE_MS);
	assert_false(find_key(id));
	(void)state;
}

static void stop_does_not_wait_for_the_next_round(void **state)
{
	uint64_t start_ms = clock_monotonic_ms();
	struct housekeeping *housekeeping = housekeeping_start(visitor_app());

	assert_non_null(housekeeping);
	housekeeping_stop(housekeeping);
	housekeeping_stop(NULL);
	assert_true(clock_monotonic_ms() - start_ms < 30000);
	(void)state;
}

static void remove_files(const char *file)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[128];

	for (size_t i = 0; i < COUNT(ends); i++) {
		snprintf(path, sizeof(path), "%s%s", file, ends[i]);
		remove(path);
	}
}

static void file_that_was_taken_away_is_not_made_again(void **state)
{
	struct buf path = { 0 };
	const char *file = config_path(visitor_app()->config, &path, "other.db");
	struct pool *pool = accounts_pool_create(file);
	enum store_problem problem;

	assert_int_equal(access(file, F_OK), 0);
	remove_files(file);
	assert_null(pool_borrow(pool, &problem));
	assert_int_equal(problem, STORE_GONE);
	assert_int_not_equal(access(file, F_OK), 0);
	pool_destroy(pool);
	pool = accounts_pool_create(file);
	assert_int_equal(access(file, F_OK), 0);
	pool_destroy(pool);
	remove_files(file);
	buf_finish(&path);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_with_sockets_are_kept_awake),
		cmocka_unit_test(answer_of_no_use_touches_nothing),
		cmocka_unit_test(sessions_end_with_their_time),
		cmocka_unit_test(keys_that_were_over_long_ago_go),
		cmocka_unit_test(stop_does_not_wait_for_the_next_round),
		cmocka_unit_test(file_that_was_taken_away_is_not_made_again),
	};

	return cmocka_run_group_tests(tests, visitor_start, visitor_stop);
}
