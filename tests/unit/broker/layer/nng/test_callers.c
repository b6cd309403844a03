/* SPDX-License-Identifier: MIT */
/* Strangers are bounded, and no caller with the key is disconnected because of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "broker/layer/nng/callers.h"

static struct {
	struct callers *callers;
	char log[256]; /* "3 too_many|" and so on */
	size_t log_len;
} door;

static void note_end(void *context, const struct caller_address *address, const char *stranger)
{
	(void)context;
	door.log_len += (size_t)snprintf(door.log + door.log_len, sizeof(door.log) - door.log_len,
		"%u %s|", address->port, stranger == NULL ? "known" : stranger);
}

static int set_up(void **state)
{
	door.callers = callers_create(note_end, NULL);
	door.log[0] = '\0';
	door.log_len = 0;
	(void)state;
	return 0;
}

static int take_down(void **state)
{
	callers_destroy(door.callers);
	(void)state;
	return 0;
}

static void come(enum caller_road road, uint32_t pipe, uint8_t host, uint64_t now_ms)
{
	const struct caller_address address = { { host }, (uint16_t)pipe };

	callers_add(door.callers, road, pipe, &address, now_ms);
}

static void stranger_who_came_first_goes_when_there_are_too_many(void **state)
{
	come(CALLER_ASKS, 1, 1, 0);
	callers_know(door.callers, 1, 0);
	for (uint32_t pipe = 2; pipe < 2 + CALLERS_STRANGERS_MAX; pipe++)
		come(CALLER_ASKS, pipe, 9, 0);
	assert_string_equal(door.log, "");
	come(CALLER_ASKS, 1000, 9, 0);
	come(CALLER_ASKS, 1001, 9, 0); /* the first is disconnected, but not removed yet */
	assert_string_equal(door.log, "2 too_many|3 too_many|");
	callers_remove(door.callers, 4);
	come(CALLER_ASKS, 1002, 9, 0);
	assert_string_equal(door.log, "2 too_many|3 too_many|");
	(void)state;
}

static void subscriber_is_known_by_who_asks_from_its_address(void **state)
{
	come(CALLER_STREAM, 1, 1, 0);
	come(CALLER_ASKS, 2, 1, 0);
	callers_know(door.callers, 2, 0);
	for (uint32_t pipe = 3; pipe < 3 + CALLERS_STRANGERS_MAX; pipe++)
		come(CALLER_STREAM, pipe, pipe % 2 == 0 ? 1 : 9, 0); /* host 1: one known caller */
	assert_string_equal(door.log, "");
	come(CALLER_STREAM, 1000, 9, 0);
	assert_string_equal(door.log, "3 too_many|");
	callers_remove(door.callers, 2);
	come(CALLER_STREAM, 1001, 9, 0);
	assert_string_equal(door.log, "3 too_many|1 too_many|");
	(void)state;
}

static void who_asks_and_says_nothing_goes(void **state)
{
	come(CALLER_ASKS, 1, 1, 0);
	come(CALLER_ASKS, 2, 1, 0);
	come(CALLER_ASKS, 3, 1, 0);
	come(CALLER_STREAM, 4, 1, 0);
	callers_know(door.callers, 2, 1);
	callers_know(door.callers, 3, CALLERS_SILENCE_MS);
	callers_check(door.callers, CALLERS_SILENCE_MS - 1);
	assert_string_equal(door.log, "");
	callers_check(door.callers, CALLERS_SILENCE_MS);
	callers_check(door.callers, CALLERS_SILENCE_MS);
	assert_string_equal(door.log, "1 silent|");
	callers_check(door.callers, CALLERS_SILENCE_MS + 1);
	assert_string_equal(door.log, "1 silent|2 known|");
	(void)state;
}

static void who_says_something_without_the_key_goes_once(void **state)
{
	const struct caller_address one = { { 1 }, 1 }, early = { { 1 }, 2 };

	come(CALLER_ASKS, 1, 1, 0);
	callers_expose(door.callers, 1, &one, "wrong_key");
	callers_expose(door.callers, 1, &one, "wrong_key");
	callers_check(door.callers, CALLERS_SILENCE_MS);
	callers_expose(door.callers, 2, &early, "no_key"); /* before callers_add */
	assert_string_equal(door.log, "1 wrong_key|2 no_key|");
	(void)state;
}

static void who_is_not_there_is_nobody(void **state)
{
	callers_know(door.callers, 7, 0);
	callers_remove(door.callers, 7);
	callers_check(door.callers, UINT64_MAX);
	assert_string_equal(door.log, "");
	callers_destroy(NULL);
	(void)state;
}

#define DOOR_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DOOR_TEST(stranger_who_came_first_goes_when_there_are_too_many),
		DOOR_TEST(subscriber_is_known_by_who_asks_from_its_address),
		DOOR_TEST(who_asks_and_says_nothing_goes),
		DOOR_TEST(who_says_something_without_the_key_goes_once),
		DOOR_TEST(who_is_not_there_is_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
