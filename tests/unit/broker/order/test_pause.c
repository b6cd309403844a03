/* SPDX-License-Identifier: MIT */
/* Somebody in a slow room waits, and nobody else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/order/pause.h"

#define PAUSE_MS 5000
#define LOBBY STR_OF("lobby")
#define NO_REF STR_OF("")

static const uint8_t ann[USER_ID_SIZE] = "ann", bob[USER_ID_SIZE] = "bob";

static int set_up(void **state)
{
	*state = pauses_create();
	return 0;
}

static int take_down(void **state)
{
	pauses_destroy(*state);
	return 0;
}

static int64_t wait_of(const struct pauses *pauses, const uint8_t *user, uint64_t now_ms)
{
	return pauses_wait(pauses, LOBBY, user, NO_REF, now_ms, PAUSE_MS);
}

static void who_has_spoken_waits_for_the_rest_of_the_pause(void **state)
{
	struct pauses *pauses = *state;

	assert_int_equal(wait_of(pauses, ann, 1000), 0);
	pauses_note(pauses, LOBBY, ann, NO_REF, 1000);
	assert_int_equal(wait_of(pauses, ann, 1000), PAUSE_MS);
	assert_int_equal(wait_of(pauses, ann, 5999), 1);
	assert_int_equal(wait_of(pauses, ann, 6000), 0);
	pauses_note(pauses, LOBBY, ann, NO_REF, 6000);
	assert_int_equal(wait_of(pauses, ann, 6000), PAUSE_MS);
}

static void others_and_other_rooms_do_not_wait(void **state)
{
	struct pauses *pauses = *state;

	pauses_note(pauses, LOBBY, ann, NO_REF, 1000);
	assert_int_equal(wait_of(pauses, bob, 1000), 0);
	assert_int_equal(pauses_wait(pauses, STR_OF("tea"), ann, NO_REF, 1000, PAUSE_MS), 0);
}

static void what_is_sent_again_neither_waits_nor_begins_another_pause(void **state)
{
	struct pauses *pauses = *state;

	pauses_note(pauses, LOBBY, ann, STR_OF("a1"), 1000);
	assert_int_equal(pauses_wait(pauses, LOBBY, ann, STR_OF("a1"), 2000, PAUSE_MS), 0);
	pauses_note(pauses, LOBBY, ann, STR_OF("a1"), 2000);
	assert_int_equal(pauses_wait(pauses, LOBBY, ann, STR_OF("a2"), 2000, PAUSE_MS), 4000);
}

static void beyond_the_bound_the_first_who_spoke_is_forgotten(void **state)
{
	struct pauses *pauses = *state;
	uint8_t user[USER_ID_SIZE] = { 0 };

	pauses_note(pauses, LOBBY, ann, NO_REF, 1000);
	pauses_note(pauses, LOBBY, bob, NO_REF, 1000);
	for (uint32_t i = 0; i < PAUSES_MAX - 1; i++) {
		memcpy(user, &i, sizeof(i));
		pauses_note(pauses, STR_OF("tea"), user, NO_REF, 1000);
	}
	assert_int_equal(wait_of(pauses, ann, 1000), 0);
	assert_int_equal(wait_of(pauses, bob, 1000), PAUSE_MS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_has_spoken_waits_for_the_rest_of_the_pause),
		TEST(others_and_other_rooms_do_not_wait),
		TEST(what_is_sent_again_neither_waits_nor_begins_another_pause),
		TEST(beyond_the_bound_the_first_who_spoke_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
