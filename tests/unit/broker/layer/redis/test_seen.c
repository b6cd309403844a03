/* SPDX-License-Identifier: MIT */
/* Of each room the highest number of the last noted epoch is known; the rooms with the oldest
 * messages are forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "broker/layer/redis/seen.h"

#define EPOCH "00112233445566ff"
#define OTHER "ffeeddccbbaa0099"

static int set_up(void **state)
{
	*state = redis_seen_create();
	return 0;
}

static int take_down(void **state)
{
	redis_seen_destroy(*state);
	return 0;
}

static void check(const struct redis_seen *seen, const char *room, const char *epoch, uint64_t seq)
{
	struct layer_head head = redis_seen_find(seen, str_from(room));

	assert_string_equal(head.epoch, epoch);
	assert_int_equal(head.seq, seq);
}

static void highest_of_an_epoch_is_known(void **state)
{
	redis_seen_note(*state, STR_OF("lobby"), EPOCH, 7);
	redis_seen_note(*state, STR_OF("lobby"), EPOCH, 5);
	redis_seen_note(*state, STR_OF("hall"), OTHER, 1);
	check(*state, "lobby", EPOCH, 7);
	check(*state, "hall", OTHER, 1);
	check(*state, "nowhere", "", 0);
}

static void numbers_of_another_epoch_mean_nothing(void **state)
{
	redis_seen_note(*state, STR_OF("lobby"), EPOCH, 7);
	redis_seen_note(*state, STR_OF("lobby"), OTHER, 2);
	check(*state, "lobby", OTHER, 2);
}

static void room_of_which_nothing_was_heard_for_longest_is_forgotten(void **state)
{
	char name[16];

	redis_seen_note(*state, STR_OF("lobby"), EPOCH, 1);
	redis_seen_note(*state, STR_OF("hall"), EPOCH, 1);
	for (int i = 0; i < REDIS_SEEN_ROOMS_MAX - 2; i++) {
		snprintf(name, sizeof(name), "%d", i);
		redis_seen_note(*state, str_from(name), EPOCH, 1);
	}
	redis_seen_note(*state, STR_OF("lobby"), EPOCH, 2);
	redis_seen_note(*state, STR_OF("one more"), EPOCH, 1);
	check(*state, "lobby", EPOCH, 2);
	check(*state, "hall", "", 0);
	check(*state, "0", EPOCH, 1);
}

#define ON_SEEN(test) cmocka_unit_test_setup_teardown(test, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_SEEN(highest_of_an_epoch_is_known),
		ON_SEEN(numbers_of_another_epoch_mean_nothing),
		ON_SEEN(room_of_which_nothing_was_heard_for_longest_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
