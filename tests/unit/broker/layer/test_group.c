/* SPDX-License-Identifier: MIT */
/* A room's numbering: without gaps, with times that never go back, in an epoch of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/layer/group.h"
#include "common/base/clock.h"
#include "common/base/crypto.h"

static void never_expires(struct timer *timer)
{
	(void)timer;
	fail();
}

static void messages_are_numbered_and_ephemeral_events_are_not(void **state)
{
	static const struct {
		bool is_message;
		uint64_t seq;
	} cases[] = { { true, 1 }, { true, 2 }, { false, 0 }, { false, 0 }, { true, 3 } };
	struct group *group = group_create(STR_OF("lobby"), NULL, never_expires);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct event event = { .is_message = cases[i].is_message };

		group_number(group, &event);
		assert_int_equal(event.seq, cases[i].seq);
		assert_ptr_equal(event.epoch, group->epoch);
	}
	group_destroy(group);
	(void)state;
}

static void time_is_now_and_never_goes_back(void **state)
{
	struct group *group = group_create(STR_OF("lobby"), NULL, never_expires);
	struct event event = { .is_message = true };
	int64_t before_ms = clock_wall_ms();
	int64_t ahead_ms;

	group_number(group, &event);
	assert_in_range(event.time_ms, before_ms, clock_wall_ms());
	ahead_ms = event.time_ms + 3600000; /* as if the clock had been put back by an hour since */
	group->time_ms = ahead_ms;
	group_number(group, &event);
	assert_int_equal(event.time_ms, ahead_ms);
	group_destroy(group);
	(void)state;
}

static void epochs_are_hexadecimal_and_differ(void **state)
{
	struct group *first = group_create(STR_OF("lobby"), NULL, never_expires);
	struct group *second = group_create(STR_OF("lobby"), NULL, never_expires);

	assert_int_equal(strlen(first->epoch), EVENT_EPOCH_SIZE - 1);
	assert_int_equal(strspn(first->epoch, "0123456789abcdef"), EVENT_EPOCH_SIZE - 1);
	assert_string_not_equal(first->epoch, second->epoch);
	assert_string_equal(first->room, "lobby");
	group_destroy(first);
	group_destroy(second);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_numbered_and_ephemeral_events_are_not),
		cmocka_unit_test(time_is_now_and_never_goes_back),
		cmocka_unit_test(epochs_are_hexadecimal_and_differ),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
