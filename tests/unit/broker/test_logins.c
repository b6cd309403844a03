/* SPDX-License-Identifier: MIT */
/* One login a session, however many connections it has; none is forgotten too early or kept too
 * long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/logins.h"
#include "common/base/crypto.h"

#define MANY 10000

/* Two sessions differ in their first bytes only where it is meant that they share a bucket. */
static struct session session_number(uint32_t number)
{
	struct session session = { 0 };

	memcpy(session.key_hash + 20, &number, sizeof(number));
	memcpy(session.user.id, &number, sizeof(number));
	return session;
}

static void connections_of_a_session_share_its_login(void **state)
{
	struct logins *logins = logins_create();
	struct session session = session_number(7);
	struct login *login = logins_take(logins, &session, 5000);

	assert_int_equal(login->checked_s, 5);
	assert_memory_equal(login->user, session.user.id, USER_ID_SIZE);
	assert_ptr_equal(logins_take(logins, &session, 9000), login);
	assert_int_equal(login->checked_s, 9);
	assert_int_equal(login->connections, 2);
	logins_release(logins, login);
	assert_ptr_equal(logins_find(logins, session.key_hash), login);
	logins_release(logins, login);
	assert_null(logins_find(logins, session.key_hash));
	logins_release(logins, NULL);
	logins_destroy(logins);
	(void)state;
}

static void sessions_of_one_bucket_are_told_apart(void **state)
{
	struct logins *logins = logins_create();
	struct session sessions[3] = { session_number(1), session_number(2), session_number(3) };
	struct login *taken[3];

	for (size_t i = 0; i < 3; i++)
		taken[i] = logins_take(logins, &sessions[i], 0);
	logins_release(logins, taken[1]);
	assert_ptr_equal(logins_find(logins, sessions[0].key_hash), taken[0]);
	assert_null(logins_find(logins, sessions[1].key_hash));
	assert_ptr_equal(logins_find(logins, sessions[2].key_hash), taken[2]);
	logins_release(logins, taken[0]);
	logins_release(logins, taken[2]);
	logins_destroy(logins);
	(void)state;
}

static size_t count(const struct logins *logins)
{
	uint64_t position = 0;
	size_t found = 0;

	while (logins_next(logins, &position) != NULL)
		found++;
	return found;
}

static void ten_thousand_are_each_found_while_they_are_there(void **state)
{
	static struct session sessions[MANY];
	struct logins *logins = logins_create();

	for (size_t i = 0; i < MANY; i++) {
		sessions[i] = session_number(0);
		crypto_random(sessions[i].key_hash, SESSION_HASH_SIZE);
		assert_non_null(logins_take(logins, &sessions[i], 0));
	}
	assert_int_equal(count(logins), MANY);
	for (size_t i = 0; i < MANY; i += 2)
		logins_release(logins, logins_find(logins, sessions[i].key_hash));
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(logins_find(logins, sessions[i].key_hash) != NULL, i % 2 == 1);
	for (size_t i = 1; i < MANY; i += 2)
		logins_release(logins, logins_find(logins, sessions[i].key_hash));
	assert_int_equal(count(logins), 0);
	logins_destroy(logins);
	(void)state;
}

static void seats_are_given_and_taken_back(void **state)
{
	struct logins *logins = logins_create();
	struct session sessions[2] = { session_number(1), session_number(2) };
	struct login *taken[2];

	for (size_t i = 0; i < 2; i++)
		taken[i] = logins_take(logins, &sessions[i], 0);
	assert_null(logins_seated(logins, 70000));
	logins_seat(logins, 70000, taken[0]);
	logins_seat(logins, 3, taken[1]);
	logins_seat(logins, 80000, NULL);
	assert_ptr_equal(logins_seated(logins, 70000), taken[0]);
	assert_ptr_equal(logins_seated(logins, 3), taken[1]);
	assert_null(logins_seated(logins, 2));
	assert_null(logins_seated(logins, 80000));
	logins_seat(logins, 3, NULL);
	assert_null(logins_seated(logins, 3));
	for (size_t i = 0; i < 2; i++)
		logins_release(logins, taken[i]);
	logins_destroy(logins);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections_of_a_session_share_its_login),
		cmocka_unit_test(sessions_of_one_bucket_are_told_apart),
		cmocka_unit_test(seats_are_given_and_taken_back),
		cmocka_unit_test(ten_thousand_are_each_found_while_they_are_there),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
