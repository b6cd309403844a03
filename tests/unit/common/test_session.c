/* SPDX-License-Identifier: MIT */
/* A session's cookie is exactly what we gave out, and is believed for its time only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/cookie.h"
#include "common/session.h"
#include "tests/unit/common/store/people.h"
#include "tests/unit/common/store/sql.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MINUTE_MS 60000
#define DAY_MINUTES (24 * 60)
#define DAY_MS ((int64_t)DAY_MINUTES * MINUTE_MS)

static const struct config config = {
	.sessions_idle_minutes = 14 * DAY_MINUTES,
	.sessions_lifetime_minutes = 90 * DAY_MINUTES,
};

/* The 32 bytes "0123456789abcdef0123456789abcde", NUL, as base64url. */
#define VALUE "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZQA"

static void assert_hash_of_value(const uint8_t hash[static SESSION_HASH_SIZE])
{
	uint8_t expected[SESSION_HASH_SIZE];

	crypto_sha256(str_range("0123456789abcdef0123456789abcde", 32), expected);
	assert_memory_equal(hash, expected, sizeof(expected));
}

static void value_of_ours_is_read_from_among_others(void **state)
{
	static const struct {
		const char *header;
		bool over_http;
		bool over_https;
	} rows[] = {
		{ "roomwire_session=" VALUE, true, false },
		{ "__Host-roomwire_session=" VALUE, true, true },
		{ "a=b; roomwire=" VALUE "; __Host-roomwire_session=" VALUE " ;c=d", true, true },
		{ "roomwire_session=; roomwire_session=x; roomwire_session=" VALUE, true, false },
		{ "__Host-roomwire_session=x; roomwire_session=" VALUE, true, false },
		{ "", false, false },
		{ VALUE, false, false },
		{ "roomwire=" VALUE, false, false },
		{ "roomwire_session", false, false },
		{ "roomwire_session=", false, false },
		{ "Roomwire_session=" VALUE, false, false },
		{ "roomwire_session=\"" VALUE "\"", false, false },
		{ "roomwire_session= " VALUE, false, false },
		{ "roomwire_session=" VALUE "=", false, false },
		{ "roomwire_session=" VALUE "A", false, false },
		{ "roomwire_session=AAAA" VALUE, false, false },
		{ "roomwire_session=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZQB", false, false },
		{ "roomwire_session=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZQ", false, false },
		{ "roomwire_session=MDEy/zQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZQA", false, false },
	};
	uint8_t hash[SESSION_HASH_SIZE];

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str header = str_from(rows[i].header);

		if (session_read_cookie(header, false, hash) != rows[i].over_http ||
			session_read_cookie(header, true, hash) != rows[i].over_https)
			fail_msg("%s", rows[i].header);
	}
	(void)state;
}

static void hash_is_that_of_the_bytes(void **state)
{
	uint8_t hash[SESSION_HASH_SIZE];

	assert_true(session_read_cookie(STR_OF("roomwire_session=" VALUE), false, hash));
	assert_hash_of_value(hash);
	(void)state;
}

/* A proxy that does not tell that it speaks https, and a neighbour that sets a cookie for all. */
static void prefixed_session_comes_before_a_plain_one(void **state)
{
	static const char other[] = "roomwire_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	struct buf header = { 0 };
	uint8_t hash[SESSION_HASH_SIZE];

	buf_append_format(&header, "%s; __Host-roomwire_session=" VALUE "; %s", other, other);
	assert_true(session_read_cookie(buf_str(&header), false, hash));
	assert_hash_of_value(hash);
	buf_finish(&header);
	(void)state;
}

static void only_so_many_cookies_are_tried(void **state)
{
	struct buf header = { 0 };
	uint8_t hash[SESSION_HASH_SIZE];

	for (int i = 1; i < COOKIE_TRIES_MAX; i++)
		buf_append_text(&header, "__Host-roomwire_session=x; ");
	buf_append_text(&header, "__Host-roomwire_session=" VALUE);
	assert_true(session_read_cookie(buf_str(&header), true, hash));
	buf_clear(&header);
	for (int i = 0; i < COOKIE_TRIES_MAX; i++)
		buf_append_text(&header, "__Host-roomwire_session=x; ");
	buf_append_text(&header, "__Host-roomwire_session=" VALUE);
	assert_false(session_read_cookie(buf_str(&header), true, hash));
	buf_finish(&header);
	(void)state;
}

/* In memory that ends there. */
static void cookie_cut_anywhere_is_none(void **state)
{
	static const char whole[] = "__Host-roomwire_session=" VALUE;
	uint8_t hash[SESSION_HASH_SIZE];

	for (size_t len = 0; len < strlen(whole); len++) {
		char *cut = malloc(len + 1);

		memcpy(cut + 1, whole, len);
		if (session_read_cookie(str_range(cut + 1, len), true, hash) ||
			session_read_cookie(str_range(cut + 1, len), false, hash))
			fail_msg("%.*s is taken for a session's", (int)len, whole);
		free(cut);
	}
	(void)state;
}

static void no_flipped_bit_leads_to_the_same_session(void **state)
{
	char header[] = "__Host-roomwire_session=" VALUE;
	struct str cookie = str_from(header);
	uint8_t good[SESSION_HASH_SIZE], hash[SESSION_HASH_SIZE];

	assert_true(session_read_cookie(cookie, true, good));
	for (size_t bit = 0; bit < cookie.len * 8; bit++) {
		header[bit / 8] ^= (char)(1 << bit % 8);
		if (session_read_cookie(cookie, true, hash) &&
			memcmp(hash, good, sizeof(hash)) == 0)
			fail_msg("bit %zu does not count", bit);
		header[bit / 8] ^= (char)(1 << bit % 8);
	}
	(void)state;
}

static void new_session_is_what_its_cookie_says(void **state)
{
	static const uint8_t account[USER_ID_SIZE] = "ann";
	struct session_row row = { .address = "192.0.2.7", .agent = "Browser" };
	struct buf cookie = { 0 };
	uint8_t hash[SESSION_HASH_SIZE];

	for (int is_https = 0; is_https <= 1; is_https++) {
		buf_clear(&cookie);
		session_create(&config, account, is_https, PEOPLE_NOW_MS, &row, &cookie);
		assert_true(session_read_cookie(
			str_range(cookie.data, str_find(buf_str(&cookie), ';')), is_https, hash));
		assert_memory_equal(row.key_hash, hash, sizeof(hash));
		assert_memory_equal(row.account, account, sizeof(account));
		assert_true(row.created_ms == PEOPLE_NOW_MS && row.seen_ms == PEOPLE_NOW_MS);
		assert_string_equal(row.address, "192.0.2.7");
		assert_string_equal(row.agent, "Browser");
	}
	assert_true(str_ends_with(buf_str(&cookie),
		STR_OF("; Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax; Secure")));
	buf_finish(&cookie);
	(void)state;
}

static void session_for_ever_has_a_cookie_for_ten_years(void **state)
{
	static const struct config for_ever = { 0 };
	struct session_row row;
	struct buf cookie = { 0 };

	session_create(&for_ever, (const uint8_t[USER_ID_SIZE]){ 0 }, false, 0, &row, &cookie);
	assert_true(str_ends_with(
		buf_str(&cookie), STR_OF("; Max-Age=315360000; HttpOnly; SameSite=Lax")));
	buf_finish(&cookie);
	(void)state;
}

static void no_two_sessions_are_alike(void **state)
{
	static const uint8_t account[USER_ID_SIZE] = "ann";
	struct session_row one, two;
	struct buf one_cookie = { 0 }, two_cookie = { 0 };

	session_create(&config, account, true, 0, &one, &one_cookie);
	session_create(&config, account, true, 0, &two, &two_cookie);
	assert_memory_not_equal(one.key_hash, two.key_hash, sizeof(one.key_hash));
	assert_false(str_equals(buf_str(&one_cookie), buf_str(&two_cookie)));
	buf_finish(&one_cookie);
	buf_finish(&two_cookie);
	(void)state;
}

static void cookie_is_forgotten_by_its_name(void **state)
{
	struct buf cookie = { 0 };

	session_forget_cookie(true, &cookie);
	assert_string_equal(buf_text(&cookie),
		"__Host-roomwire_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
	buf_clear(&cookie);
	session_forget_cookie(false, &cookie);
	assert_string_equal(
		buf_text(&cookie), "roomwire_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
	buf_finish(&cookie);
	(void)state;
}

static void session_is_found_with_its_user(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct account ann = people_join(accounts, "ann");
	struct session_row row = people_login(accounts, &ann, 7);
	struct session session;

	assert_int_equal(session_find(accounts, &config, row.key_hash, PEOPLE_NOW_MS, &session),
		SESSION_VALID);
	assert_memory_equal(&session.user, &ann.user, sizeof(ann.user));
	assert_memory_equal(session.key_hash, row.key_hash, sizeof(row.key_hash));
	assert_false(session.is_superuser);
	assert_true(session.created_ms == PEOPLE_NOW_MS && session.seen_ms == PEOPLE_NOW_MS);
	accounts_close(accounts);
}

static void rights_come_with_the_session(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct account ann = people_person("ann");
	struct session_row row;
	struct session session;

	ann.is_superuser = true;
	assert_int_equal(people_add(accounts, &ann), ACCOUNT_DONE);
	row = people_login(accounts, &ann, 7);
	assert_int_equal(session_find(accounts, &config, row.key_hash, PEOPLE_NOW_MS, &session),
		SESSION_VALID);
	assert_true(session.is_superuser);
	accounts_close(accounts);
}

static void id_that_was_not_given_out_is_over(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct account ann = people_join(accounts, "ann");
	struct session_row row = people_login(accounts, &ann, 7);
	struct session session;

	for (size_t bit = 0; bit < sizeof(row.key_hash) * 8; bit++) {
		row.key_hash[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(
			session_find(accounts, &config, row.key_hash, PEOPLE_NOW_MS, &session),
			SESSION_OVER);
		row.key_hash[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(
		sessions_remove(accounts, row.key_hash, ann.user.id, PEOPLE_NOW_MS), STORE_OK);
	assert_int_equal(session_find(accounts, &config, row.key_hash, PEOPLE_NOW_MS, &session),
		SESSION_OVER);
	accounts_close(accounts);
}

/* Ages are now - time: below 0 where the clock was set back. */
static void session_lasts_for_its_time(void **state)
{
	static const struct {
		int64_t age_ms;
		int64_t idle_ms;
		int64_t lifetime_minutes;
		int64_t idle_minutes;
		enum session_state state;
	} rows[] = {
		{ 0, 0, 90 * DAY_MINUTES, 14 * DAY_MINUTES, SESSION_VALID },
		{ 14 * DAY_MS - 1, 14 * DAY_MS - 1, 90 * DAY_MINUTES, 14 * DAY_MINUTES,
			SESSION_VALID },
		{ 14 * DAY_MS, 14 * DAY_MS, 90 * DAY_MINUTES, 14 * DAY_MINUTES, SESSION_OVER },
		{ 14 * DAY_MS, 0, 90 * DAY_MINUTES, 14 * DAY_MINUTES, SESSION_VALID },
		{ 90 * DAY_MS - 1, 0, 90 * DAY_MINUTES, 14 * DAY_MINUTES, SESSION_VALID },
		{ 90 * DAY_MS, 0, 90 * DAY_MINUTES, 14 * DAY_MINUTES, SESSION_OVER },
		{ 9000 * DAY_MS, 0, 0, 14 * DAY_MINUTES, SESSION_VALID },
		{ 15 * DAY_MS, 15 * DAY_MS, 0, 14 * DAY_MINUTES, SESSION_OVER },
		{ 15 * DAY_MS, 15 * DAY_MS, 90 * DAY_MINUTES, 0, SESSION_VALID },
		{ 90 * DAY_MS, 15 * DAY_MS, 90 * DAY_MINUTES, 0, SESSION_OVER },
		{ 9000 * DAY_MS, 9000 * DAY_MS, 0, 0, SESSION_VALID },
		{ -DAY_MS, -DAY_MS, 90 * DAY_MINUTES, 14 * DAY_MINUTES, SESSION_VALID },
		{ 0, -14 * DAY_MS + 1, 90 * DAY_MINUTES, 14 * DAY_MINUTES, SESSION_VALID },
		{ 0, -14 * DAY_MS, 90 * DAY_MINUTES, 14 * DAY_MINUTES, SESSION_OVER },
		{ -90 * DAY_MS, 0, 90 * DAY_MINUTES, 14 * DAY_MINUTES, SESSION_OVER },
		{ -9000 * DAY_MS, -9000 * DAY_MS, 90 * DAY_MINUTES, 14 * DAY_MINUTES,
			SESSION_OVER },
		{ -9000 * DAY_MS, -9000 * DAY_MS, 0, 0, SESSION_VALID },
		{ INT64_MAX, 0, 90 * DAY_MINUTES, 0, SESSION_OVER },
		{ INT64_MIN, 0, 90 * DAY_MINUTES, 0, SESSION_OVER },
	};
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct account ann = people_join(accounts, "ann");
	struct session session;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct config limits = {
			.sessions_lifetime_minutes = rows[i].lifetime_minutes,
			.sessions_idle_minutes = rows[i].idle_minutes,
		};
		struct session_row row = people_session(&ann, (int)i);
		enum account_result result;

		/* The ends of the number line are of a damaged row. */
		if (__builtin_sub_overflow(PEOPLE_NOW_MS, rows[i].age_ms, &row.created_ms))
			row.created_ms = INT64_MAX;
		row.seen_ms = PEOPLE_NOW_MS - rows[i].idle_ms;
		assert_int_equal(sessions_add(accounts, &row, NULL, NULL, &result), STORE_OK);
		if (session_find(accounts, &limits, row.key_hash, PEOPLE_NOW_MS, &session) !=
			rows[i].state)
			fail_msg("row %zu", i);
	}
	accounts_close(accounts);
}

static void session_in_use_is_written_again_long_before_it_is_over(void **state)
{
	static const struct {
		int64_t idle_minutes;
		int64_t touch_ms;
	} rows[] = { { 0, 300000 }, { 1, 15000 }, { 5, 75000 }, { 20, 300000 }, { 21, 300000 },
		{ 5256000, 300000 } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct config limits = { .sessions_idle_minutes = rows[i].idle_minutes };

		assert_int_equal(session_touch_ms(&limits), rows[i].touch_ms);
	}
	(void)state;
}

static void session_of_a_banned_account_is_known_as_such(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct account ann = people_join(accounts, "ann");
	struct session_row row = people_login(accounts, &ann, 7);
	struct session session = { 0 };

	sql_run(*state, "accounts.db", "UPDATE account SET is_active = 0");
	assert_int_equal(session_find(accounts, &config, row.key_hash, PEOPLE_NOW_MS, &session),
		SESSION_BANNED);
	assert_string_equal(session.user.name, "");
	accounts_close(accounts);
}

static void accounts_that_cannot_be_read_say_nothing(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct account ann = people_join(accounts, "ann");
	struct session_row row = people_login(accounts, &ann, 7);
	struct session session;

	assert_int_equal(session_find(NULL, &config, row.key_hash, PEOPLE_NOW_MS, &session),
		SESSION_UNREADABLE);
	sql_run(*state, "accounts.db", "DROP TABLE session");
	assert_int_equal(session_find(accounts, &config, row.key_hash, PEOPLE_NOW_MS, &session),
		SESSION_UNREADABLE);
	accounts_close(accounts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(value_of_ours_is_read_from_among_others),
		cmocka_unit_test(hash_is_that_of_the_bytes),
		cmocka_unit_test(prefixed_session_comes_before_a_plain_one),
		cmocka_unit_test(only_so_many_cookies_are_tried),
		cmocka_unit_test(cookie_cut_anywhere_is_none),
		cmocka_unit_test(no_flipped_bit_leads_to_the_same_session),
		cmocka_unit_test(new_session_is_what_its_cookie_says),
		cmocka_unit_test(session_for_ever_has_a_cookie_for_ten_years),
		cmocka_unit_test(no_two_sessions_are_alike),
		cmocka_unit_test(cookie_is_forgotten_by_its_name),
		FOLDER_TEST(session_is_found_with_its_user),
		FOLDER_TEST(rights_come_with_the_session),
		FOLDER_TEST(id_that_was_not_given_out_is_over),
		FOLDER_TEST(session_lasts_for_its_time),
		cmocka_unit_test(session_in_use_is_written_again_long_before_it_is_over),
		FOLDER_TEST(session_of_a_banned_account_is_known_as_such),
		FOLDER_TEST(accounts_that_cannot_be_read_say_nothing),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
