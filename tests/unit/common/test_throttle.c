/* SPDX-License-Identifier: MIT */
/* Ten a second, three at once: stories of takings with the wait that each is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/throttle.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MANY 10000 /* more are not known at the same time */

/* What that one has to wait. */
static int64_t take(struct throttle *throttle, int64_t id, int64_t count, uint64_t now_ms)
{
	return throttle_take(throttle, str_range((const char *)&id, sizeof(id)), count, now_ms);
}

static void takings_wait_as_their_story_says(void **state)
{
	static const struct {
		uint64_t at_ms;
		int64_t id;
		int64_t count;
		int64_t wait_ms;
	} takings[] = {
		{ 1000, 1, 1, 0 },
		{ 1000, 1, 2, 0 },
		{ 1000, 1, 1, 100 }, /* what is refused costs nothing */
		{ 1000, 1, 1, 100 },
		{ 1000, 2, 3, 0 }, /* nobody pays for another */
		{ 1099, 1, 1, 1 },
		{ 1100, 1, 1, 0 },
		{ 1100, 1, 2, 200 },
		{ 5000, 1, 3, 0 }, /* and nobody saves up more than a burst */
		{ 5000, 1, 1, 100 },
		{ 5300, 1, 1000, 0 }, /* a batch that is larger is a whole burst */
		{ 5300, 1, 1, 100 },
	};
	struct throttle *throttle = throttle_create(10, 3, MANY);

	for (size_t i = 0; i < COUNT(takings); i++) {
		int64_t wait_ms = take(throttle, takings[i].id, takings[i].count, takings[i].at_ms);

		if (wait_ms != takings[i].wait_ms)
			fail_msg("taking %zu waits %d ms", i, (int)wait_ms);
	}
	throttle_destroy(throttle);
	(void)state;
}

static void without_a_limit_nobody_waits(void **state)
{
	struct throttle *throttle = throttle_create(0, 1, MANY);

	for (int i = 0; i < 1000; i++)
		assert_int_equal(take(throttle, 1, 100, 1), 0);
	throttle_destroy(throttle);
	throttle_destroy(NULL);
	(void)state;
}

static void who_is_one_too_many_waits_until_others_are_forgotten(void **state)
{
	struct throttle *throttle = throttle_create(10, 3, MANY);

	for (int64_t id = 1; id <= MANY; id++)
		assert_int_equal(take(throttle, id, 1, 1000), 0);
	assert_int_equal(take(throttle, MANY + 1, 1, 1000), 1000);
	assert_int_equal(take(throttle, 1, 1, 1000), 0);
	assert_int_equal(take(throttle, MANY + 1, 1, 1100), 0);
	assert_int_equal(take(throttle, 1, 3, 1100), 100);
	throttle_destroy(throttle);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takings_wait_as_their_story_says),
		cmocka_unit_test(without_a_limit_nobody_waits),
		cmocka_unit_test(who_is_one_too_many_waits_until_others_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
