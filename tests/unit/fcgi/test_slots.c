/* SPDX-License-Identifier: MIT */
/* There are so many slots, and who finds none waits for one, but not for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "fcgi/slots.h"

#define LONG_MS 20000 /* far more than it takes */

static void so_many_may_be_taken_at_once(void **state)
{
	struct slots *slots = slots_create(2);

	assert_true(slots_take(slots, 0));
	assert_true(slots_take(slots, 0));
	assert_false(slots_take(slots, 0));
	assert_false(slots_take(slots, 10));
	slots_release(slots);
	assert_true(slots_take(slots, 0));
	assert_false(slots_take(slots, 0));
	slots_destroy(slots);
	slots_destroy(NULL);
	(void)state;
}

static void *take_one(void *slots)
{
	return slots_take(slots, LONG_MS) ? slots : NULL;
}

static void who_waits_gets_what_is_given_back(void **state)
{
	struct slots *slots = slots_create(1);
	pthread_t thread;
	void *taken = NULL;

	assert_true(slots_take(slots, 0));
	assert_int_equal(pthread_create(&thread, NULL, take_one, slots), 0);
	slots_release(slots);
	assert_int_equal(pthread_join(thread, &taken), 0);
	assert_ptr_equal(taken, slots);
	assert_false(slots_take(slots, 0));
	slots_destroy(slots);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(so_many_may_be_taken_at_once),
		cmocka_unit_test(who_waits_gets_what_is_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
