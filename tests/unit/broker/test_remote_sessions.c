/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/remote_sessions.h"

#define KEEP_MS 600000

static int set_up(void **state)
{
	*state = remote_sessions_create(KEEP_MS);
	return 0;
}

static int take_down(void **state)
{
	remote_sessions_destroy(*state);
	return 0;
}

static void note(struct remote_sessions *sessions, uint32_t number, uint64_t now_ms)
{
	uint8_t key_hash[SESSION_HASH_SIZE] = { 0 };

	memcpy(key_hash, &number, sizeof(number));
	remote_sessions_note(sessions, key_hash, now_ms);
}

static size_t count(struct remote_sessions *sessions, uint64_t now_ms)
{
	uint64_t position = 0;
	size_t found = 0;

	while (remote_sessions_next(sessions, &position, now_ms) != NULL)
		found++;
	return found;
}

static void session_is_in_use_for_its_time_after_the_last_question(void **state)
{
	struct remote_sessions *sessions = *state;

	note(sessions, 1, 1000);
	note(sessions, 2, 1000);
	note(sessions, 1, 2000);
	assert_int_equal(count(sessions, 2000), 2);
	assert_int_equal(count(sessions, KEEP_MS + 999), 2);
	assert_int_equal(count(sessions, KEEP_MS + 1000), 1);
	assert_int_equal(count(sessions, KEEP_MS + 2000), 0);
}

static void walk_goes_on_when_others_come_and_go(void **state)
{
	struct remote_sessions *sessions = *state;
	uint64_t position = 0;
	uint32_t number;

	for (uint32_t i = 0; i < 100; i++)
		note(sessions, i, i < 50 ? 0 : KEEP_MS - 1);
	for (uint32_t i = 50; i < 100; i++) {
		const uint8_t *key_hash = remote_sessions_next(sessions, &position, KEEP_MS);

		assert_non_null(key_hash);
		memcpy(&number, key_hash, sizeof(number));
		assert_int_equal(number, i);
		if (i == 60)
			note(sessions, 1000, KEEP_MS); /* takes the place of an old one */
	}
	assert_null(remote_sessions_next(sessions, &position, KEEP_MS));
}

static void oldest_are_forgotten_beyond_the_bound(void **state)
{
	struct remote_sessions *sessions = *state;

	for (uint32_t i = 0; i < REMOTE_SESSIONS_MAX + 10; i++)
		note(sessions, i, i);
	assert_int_equal(count(sessions, REMOTE_SESSIONS_MAX + 10), REMOTE_SESSIONS_MAX);
	note(sessions, 5, REMOTE_SESSIONS_MAX + 10);
	assert_int_equal(count(sessions, REMOTE_SESSIONS_MAX + 10), REMOTE_SESSIONS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			session_is_in_use_for_its_time_after_the_last_question, set_up, take_down),
		cmocka_unit_test_setup_teardown(
			walk_goes_on_when_others_come_and_go, set_up, take_down),
		cmocka_unit_test_setup_teardown(
			oldest_are_forgotten_beyond_the_bound, set_up, take_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
