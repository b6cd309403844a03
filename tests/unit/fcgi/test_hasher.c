/* SPDX-License-Identifier: MIT */
/* How many may wait for a hash, who does it, and that nobody is forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/log.h"
#include "fcgi/hasher.h"

#define CALLERS_MAX 2 /* half of the workers below */
#define DEADLINE_MS 60000

/* Cheap, and as expensive as it takes for others to come while one is at work. */
static const struct config cheap = {
	.fcgi_threads = 4, .accounts_password_kibibytes = 8192, .accounts_password_passes = 1
};
static const struct config expensive = {
	.fcgi_threads = 4, .accounts_password_kibibytes = 65536, .accounts_password_passes = 20
};

struct caller {
	struct hasher *hasher;
	pthread_t thread;
	enum hasher_result result;
	char hash[PASSWORD_HASH_SIZE];
};

static void *call(void *context)
{
	struct caller *caller = context;

	caller->result = hasher_hash(caller->hasher, STR_OF("correct horse"), caller->hash);
	return NULL;
}

static void wait_for_callers(struct hasher *hasher, size_t count)
{
	uint64_t deadline_ms = clock_monotonic_ms() + DEADLINE_MS;

	while (hasher_read_counts(hasher).waiting < count) {
		assert_true(clock_monotonic_ms() < deadline_ms);
		sched_yield();
	}
}

static void hash_matches_its_password_alone(void **state)
{
	struct hasher *hasher = hasher_create(&cheap);
	char hash[PASSWORD_HASH_SIZE];
	bool matches;

	assert_true(hasher_start(hasher));
	assert_int_equal(hasher_hash(hasher, STR_OF("correct horse"), hash), HASHER_DONE);
	assert_int_equal(
		hasher_matches(hasher, STR_OF("correct horse"), hash, &matches), HASHER_DONE);
	assert_true(matches);
	assert_int_equal(
		hasher_matches(hasher, STR_OF("battery staple"), hash, &matches), HASHER_DONE);
	assert_false(matches);
	assert_int_equal(
		hasher_matches(hasher, STR_OF("correct horse"), "", &matches), HASHER_DONE);
	assert_false(matches);
	assert_int_equal(hasher_read_counts(hasher).hashes, 4);
	hasher_destroy(hasher);
	(void)state;
}

static void caller_hashes_by_itself_where_there_is_no_thread(void **state)
{
	struct hasher *hasher = hasher_create(&cheap);
	char hash[PASSWORD_HASH_SIZE];
	bool matches;

	assert_int_equal(hasher_hash(hasher, STR_OF("correct horse"), hash), HASHER_DONE);
	assert_int_equal(
		hasher_matches(hasher, STR_OF("correct horse"), hash, &matches), HASHER_DONE);
	assert_true(matches);
	assert_int_equal(hasher_read_counts(hasher).waiting, 0);
	hasher_destroy(hasher);
	(void)state;
}

static void more_than_half_of_the_workers_are_told_to_come_again(void **state)
{
	struct hasher *hasher = hasher_create(&expensive);
	struct caller callers[CALLERS_MAX];
	char hash[PASSWORD_HASH_SIZE];
	bool matches = true;

	assert_true(hasher_start(hasher));
	for (size_t i = 0; i < CALLERS_MAX; i++) {
		callers[i] = (struct caller){ .hasher = hasher, .result = HASHER_FAILED };
		assert_int_equal(pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
	}
	wait_for_callers(hasher, CALLERS_MAX);
	assert_int_equal(hasher_hash(hasher, STR_OF("x"), hash), HASHER_BUSY);
	assert_int_equal(hasher_matches(hasher, STR_OF("x"), "", &matches), HASHER_BUSY);
	assert_false(matches);
	for (size_t i = 0; i < CALLERS_MAX; i++) {
		assert_int_equal(pthread_join(callers[i].thread, NULL), 0);
		assert_int_equal(callers[i].result, HASHER_DONE);
		assert_int_equal(strncmp(callers[i].hash, "$argon2id$", 10), 0);
	}
	assert_int_equal(hasher_read_counts(hasher).hashes, CALLERS_MAX);
	assert_int_equal(hasher_read_counts(hasher).refusals, 2);
	assert_int_equal(hasher_read_counts(hasher).waiting, 0);
	hasher_destroy(hasher);
	(void)state;
}

static void only_worker_may_hash(void **state)
{
	struct config config = cheap;
	struct hasher *hasher;
	char hash[PASSWORD_HASH_SIZE];

	config.fcgi_threads = 1;
	hasher = hasher_create(&config);
	assert_true(hasher_start(hasher));
	assert_int_equal(hasher_hash(hasher, STR_OF("correct horse"), hash), HASHER_DONE);
	hasher_destroy(hasher);
	hasher_destroy(NULL);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_matches_its_password_alone),
		cmocka_unit_test(caller_hashes_by_itself_where_there_is_no_thread),
		cmocka_unit_test(more_than_half_of_the_workers_are_told_to_come_again),
		cmocka_unit_test(only_worker_may_hash),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
