/* SPDX-License-Identifier: MIT */
/* Who goes when too many wait: never one of a client that has fewer than another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/crowd.h"
#include "common/base/crypto.h"

#define MEMBERS 12

static const char *const clients[] = { "192.0.2.1", "192.0.2.2", "2001:db8::1", "unix" };

static void oldest_of_the_largest_group_goes(void **state)
{
	struct crowd *crowd = crowd_create(MEMBERS);
	struct crowd_member members[6] = { 0 };

	assert_null(crowd_choose(crowd));
	crowd_add(crowd, &members[0], STR_OF("192.0.2.1"));
	crowd_add(crowd, &members[1], STR_OF("192.0.2.2"));
	crowd_add(crowd, &members[2], STR_OF("192.0.2.2"));
	crowd_add(crowd, &members[3], STR_OF("192.0.2.2"));
	crowd_add(crowd, &members[4], STR_OF("unix"));
	crowd_add(crowd, &members[5], STR_OF("unix"));
	assert_ptr_equal(crowd_choose(crowd), &members[1]);
	crowd_remove(crowd, &members[1]);
	assert_ptr_equal(crowd_choose(crowd), &members[4]); /* of two since before the other was */
	crowd_remove(crowd, &members[4]);
	assert_ptr_equal(crowd_choose(crowd), &members[2]);
	crowd_remove(crowd, &members[2]);
	assert_ptr_equal(crowd_choose(crowd), &members[0]);
	crowd_remove(crowd, &members[0]);
	crowd_remove(crowd, &members[3]);
	assert_ptr_equal(crowd_choose(crowd), &members[5]);
	crowd_remove(crowd, &members[5]);
	crowd_remove(crowd, &members[5]);
	assert_null(crowd_choose(crowd));
	assert_int_equal(crowd_count(crowd), 0);
	crowd_destroy(crowd);
	(void)state;
}

static void addresses_of_one_network_are_one_group(void **state)
{
	struct crowd *crowd = crowd_create(MEMBERS);
	struct crowd_member members[3] = { 0 };

	crowd_add(crowd, &members[0], STR_OF("2001:db8:0:1::1"));
	crowd_add(crowd, &members[1], STR_OF("2001:db8::1"));
	crowd_add(crowd, &members[2], STR_OF("2001:db8::2"));
	assert_ptr_equal(crowd_choose(crowd), &members[1]);
	for (size_t i = 0; i < 3; i++)
		crowd_remove(crowd, &members[i]);
	crowd_destroy(crowd);
	(void)state;
}

/* Counted by hand, in every mixture that random coming and going makes. */
static void chosen_one_is_always_of_a_largest_group(void **state)
{
	struct crowd *crowd = crowd_create(MEMBERS);
	struct crowd_member members[MEMBERS] = { 0 };
	size_t client_of[MEMBERS] = { 0 }, sizes[4] = { 0 };

	for (size_t step = 0; step < 20000; step++) {
		size_t i = crypto_random_uint64() % MEMBERS;
		size_t client = crypto_random_uint64() % 4;
		const struct crowd_member *chosen;

		if (members[i].group == NULL) {
			crowd_add(crowd, &members[i], str_from(clients[client]));
			client_of[i] = client;
			sizes[client]++;
		} else {
			crowd_remove(crowd, &members[i]);
			sizes[client_of[i]]--;
		}
		chosen = crowd_choose(crowd);
		assert_true((chosen == NULL) == (crowd_count(crowd) == 0));
		for (size_t other = 0; chosen != NULL && other < 4; other++)
			assert_true(sizes[client_of[chosen - members]] >= sizes[other]);
	}
	for (size_t i = 0; i < MEMBERS; i++)
		crowd_remove(crowd, &members[i]);
	crowd_destroy(crowd);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(oldest_of_the_largest_group_goes),
		cmocka_unit_test(addresses_of_one_network_are_one_group),
		cmocka_unit_test(chosen_one_is_always_of_a_largest_group),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
