/* SPDX-License-Identifier: MIT */
/* Keys of programs: how they are written, what they open, and what is kept of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/store/api_keys.h"
#include "tests/unit/common/store/people.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MINUTE_MS (60 * 1000)
#define DAY_MS (24 * 60 * (int64_t)MINUTE_MS)
#define SECRET "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" /* 32 zero bytes */

static const uint8_t zeros[API_KEY_SECRET_SIZE];

static struct api_key make_key(const char *name)
{
	struct api_key key = {
		.scopes = API_MESSAGES_SEND | API_ROOMS_READ,
		.created_ms = PEOPLE_NOW_MS,
		.expires_ms = PEOPLE_NOW_MS + DAY_MS,
	};

	snprintf(key.name, sizeof(key.name), "%s", name);
	snprintf(key.rooms, sizeof(key.rooms), "lobby\nops*");
	crypto_sha256(str_range((const char *)zeros, sizeof(zeros)), key.secret_hash);
	return key;
}

static int64_t add(struct accounts *accounts, const struct api_key *key)
{
	int64_t id;

	assert_int_equal(api_keys_add(accounts, key, &id), STORE_OK);
	return id;
}

static bool find(struct accounts *accounts, int64_t id, struct api_key *key_out)
{
	bool is_found;

	assert_int_equal(api_keys_find(accounts, id, key_out, &is_found), STORE_OK);
	return is_found;
}

static void a_key_is_written_and_read(void **state)
{
	struct buf text = { 0 };
	uint8_t secret[API_KEY_SECRET_SIZE];
	int64_t id;

	api_key_write(12, zeros, &text);
	assert_string_equal(buf_text(&text), "rw_12_" SECRET);
	assert_true(api_key_read(buf_str(&text), &id, secret));
	assert_int_equal(id, 12);
	assert_memory_equal(secret, zeros, sizeof(secret));
	buf_finish(&text);
	(void)state;
}

static void what_is_no_key_is_not_read(void **state)
{
	static const char *const texts[] = { "", "rw_", "rw_12", "rw_12_", "rw__" SECRET,
		"rw_12_" SECRET "A", "rw_12_AAAA", "rw_12_" SECRET "=", "rw_x_" SECRET,
		"rw_-1_" SECRET, "rw_9223372036854775808_" SECRET, "RW_12_" SECRET, SECRET,
		"rw_12_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB", " rw_12_" SECRET };
	uint8_t secret[API_KEY_SECRET_SIZE];
	int64_t id;

	for (size_t i = 0; i < COUNT(texts); i++) {
		if (api_key_read(str_from(texts[i]), &id, secret))
			fail_msg("%s is read", texts[i]);
	}
	(void)state;
}

static void only_its_own_secret_is_a_keys(void **state)
{
	struct api_key key = make_key("bot");
	uint8_t secret[API_KEY_SECRET_SIZE] = { 0 };

	assert_true(api_key_has_secret(&key, secret));
	for (size_t i = 0; i < sizeof(secret); i++) {
		secret[i] = 1;
		assert_false(api_key_has_secret(&key, secret));
		secret[i] = 0;
	}
	(void)state;
}

static void a_key_opens_the_rooms_of_its_patterns(void **state)
{
	static const struct {
		const char *patterns;
		const char *room;
		bool is_open;
	} cases[] = {
		{ "", "lobby", true },
		{ "lobby", "lobby", true },
		{ "lobby", "lobby2", false },
		{ "lobby", "lobb", false },
		{ "lobby\nops*", "ops", true },
		{ "lobby\nops*", "ops-eu", true },
		{ "lobby\nops*", "op", false },
		{ "lobby\nops*", "lobby", true },
		{ "lobby\nops*", "x-ops", false },
		{ "*", "anything", true },
		{ "a*b", "a*b", true },
		{ "a*b", "axb", false },
	};
	struct api_key key = { 0 };

	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(key.rooms, sizeof(key.rooms), "%s", cases[i].patterns);
		if (api_key_opens_room(&key, str_from(cases[i].room)) != cases[i].is_open)
			fail_msg("%s, %s", cases[i].patterns, cases[i].room);
	}
	(void)state;
}

static void a_key_has_its_scopes_and_an_admins_has_all(void **state)
{
	const struct api_key reader = { .scopes = API_ROOMS_READ }, admin = { .scopes = API_ADMIN };

	assert_true(api_key_has_scope(&reader, API_ROOMS_READ));
	assert_false(api_key_has_scope(&reader, API_ROOMS_MODERATE));
	assert_false(api_key_has_scope(&reader, API_ADMIN));
	assert_true(api_key_has_scope(&admin, API_ROOMS_MODERATE));
	assert_true(api_key_has_scope(&admin, API_ADMIN));
	(void)state;
}

static void scopes_are_words_and_unknown_ones_are_nothing(void **state)
{
	struct buf text = { 0 };

	api_scopes_write(API_ROOMS_READ | API_MESSAGES_SEND, &text);
	assert_string_equal(buf_text(&text), "messages:send rooms:read");
	assert_int_equal(api_scopes_read(buf_str(&text)), API_ROOMS_READ | API_MESSAGES_SEND);
	assert_int_equal(api_scopes_read(STR_OF("rooms:paint messages:read")), API_MESSAGES_READ);
	assert_int_equal(api_scope_find(STR_OF("messages")), 0);
	assert_int_equal(api_scope_find(STR_OF("")), 0);
	buf_finish(&text);
	(void)state;
}

static void a_key_is_found_as_it_was_added(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct api_key key = make_key("bot"), found;

	key.id = add(accounts, &key);
	assert_true(find(accounts, key.id, &found));
	assert_memory_equal(&found, &key, sizeof(key));
	assert_false(find(accounts, key.id + 1, &found));
	accounts_close(accounts);
}

static void the_id_of_a_removed_key_is_nobody_elses(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct api_key key = make_key("bot"), found;
	int64_t first = add(accounts, &key);
	bool is_found;

	assert_int_equal(api_keys_remove(accounts, first, &is_found), STORE_OK);
	assert_true(is_found);
	assert_int_equal(api_keys_remove(accounts, first, &is_found), STORE_OK);
	assert_false(is_found);
	assert_false(find(accounts, first, &found));
	assert_int_equal(add(accounts, &key), first + 1);
	accounts_close(accounts);
}

static void use_is_noted_once_a_minute_and_never_backwards(void **state)
{
	static const struct {
		int64_t at_ms;
		int64_t noted_ms;
	} cases[] = {
		{ PEOPLE_NOW_MS, PEOPLE_NOW_MS },
		{ PEOPLE_NOW_MS + MINUTE_MS - 1, PEOPLE_NOW_MS },
		{ PEOPLE_NOW_MS + MINUTE_MS, PEOPLE_NOW_MS + MINUTE_MS },
		{ PEOPLE_NOW_MS - DAY_MS, PEOPLE_NOW_MS + MINUTE_MS },
	};
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct api_key key = make_key("bot");
	int64_t id = add(accounts, &key);

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(find(accounts, id, &key));
		assert_int_equal(api_keys_touch(accounts, &key, cases[i].at_ms), STORE_OK);
		assert_true(find(accounts, id, &key));
		assert_int_equal(key.used_ms, cases[i].noted_ms);
	}
	accounts_close(accounts);
}

static void a_key_is_over_at_its_end_and_gone_a_month_later(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct api_key key = make_key("bot"), endless = make_key("daemon"), found;
	int64_t id = add(accounts, &key), endless_id;
	size_t count;

	endless.expires_ms = 0;
	endless_id = add(accounts, &endless);
	assert_false(api_key_is_over(&key, key.expires_ms - 1));
	assert_true(api_key_is_over(&key, key.expires_ms));
	assert_false(api_key_is_over(&endless, INT64_MAX));
	assert_int_equal(api_keys_purge(accounts, key.expires_ms + 30 * DAY_MS, &count), STORE_OK);
	assert_int_equal(count, 0);
	assert_true(find(accounts, id, &found));
	assert_int_equal(
		api_keys_purge(accounts, key.expires_ms + 30 * DAY_MS + 1, &count), STORE_OK);
	assert_int_equal(count, 1);
	assert_false(find(accounts, id, &found));
	assert_true(find(accounts, endless_id, &found));
	accounts_close(accounts);
}

struct walk {
	char text[64];
	int left; /* to be visited */
};

static bool note_key(void *context, const struct api_key *key)
{
	struct walk *walk = context;

	strcat(walk->text, key->name);
	return --walk->left > 0;
}

static void keys_are_listed_in_the_order_of_their_ids(void **state)
{
	static const char *const names[] = { "c", "a", "b" };
	static const struct {
		size_t limit;
		int left;
		const char *text;
	} cases[] = { { 10, 10, "cab" }, { 2, 10, "ca" }, { 10, 1, "c" }, { 0, 10, "" } };
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);

	for (size_t i = 0; i < COUNT(names); i++) {
		struct api_key key = make_key(names[i]);

		add(accounts, &key);
	}
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct walk walk = { .left = cases[i].left };

		assert_int_equal(
			api_keys_list(accounts, cases[i].limit, note_key, &walk), STORE_OK);
		assert_string_equal(walk.text, cases[i].text);
	}
	accounts_close(accounts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_written_and_read),
		cmocka_unit_test(what_is_no_key_is_not_read),
		cmocka_unit_test(only_its_own_secret_is_a_keys),
		cmocka_unit_test(a_key_opens_the_rooms_of_its_patterns),
		cmocka_unit_test(a_key_has_its_scopes_and_an_admins_has_all),
		cmocka_unit_test(scopes_are_words_and_unknown_ones_are_nothing),
		FOLDER_TEST(a_key_is_found_as_it_was_added),
		FOLDER_TEST(the_id_of_a_removed_key_is_nobody_elses),
		FOLDER_TEST(use_is_noted_once_a_minute_and_never_backwards),
		FOLDER_TEST(a_key_is_over_at_its_end_and_gone_a_month_later),
		FOLDER_TEST(keys_are_listed_in_the_order_of_their_ids),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
