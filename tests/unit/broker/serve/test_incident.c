/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/serve/incident.h"

#define AT_ONCE 1 /* milliseconds of a life that leads nowhere */

struct story {
	struct incident incident;
	uint64_t now_ms;
	bool is_new;
};

static uint64_t live(struct story *story, uint64_t life_ms, bool has_read)
{
	uint64_t started_ms = story->now_ms;
	uint64_t pause_ms;

	story->now_ms += life_ms;
	pause_ms = incident_add(
		&story->incident, started_ms, story->now_ms, has_read, &story->is_new);
	story->now_ms += pause_ms;
	return pause_ms;
}

static void pauses_grow_up_to_a_bound_while_nothing_is_read(void **state)
{
	struct story story = { .now_ms = 5 };

	for (uint64_t pause_ms = INCIDENT_PAUSE_MS; pause_ms < INCIDENT_PAUSE_MAX_MS; pause_ms *= 2)
		assert_int_equal(live(&story, AT_ONCE, false), pause_ms);
	assert_int_equal(live(&story, AT_ONCE, false), INCIDENT_PAUSE_MAX_MS);
	assert_int_equal(live(&story, AT_ONCE, false), INCIDENT_PAUSE_MAX_MS);
	(void)state;
}

static void who_gets_somewhere_is_soon_back(void **state)
{
	struct story story = { 0 };

	for (int i = 0; i < 5; i++)
		assert_int_equal(live(&story, AT_ONCE, true), INCIDENT_PAUSE_MS);
	live(&story, AT_ONCE, false);
	assert_int_equal(live(&story, AT_ONCE, true), INCIDENT_PAUSE_MS);
	assert_int_equal(live(&story, AT_ONCE, false), INCIDENT_PAUSE_MS * 2);
	assert_int_equal(live(&story, INCIDENT_LIFE_MS - 1, false), INCIDENT_PAUSE_MS * 4);
	assert_int_equal(live(&story, INCIDENT_LIFE_MS, false), INCIDENT_PAUSE_MS);
	(void)state;
}

static void an_incident_is_new_once(void **state)
{
	struct story story = { 0 };

	live(&story, AT_ONCE, true);
	assert_true(story.is_new);
	for (int i = 0; i < 100; i++) {
		live(&story, AT_ONCE, i % 2 == 0);
		assert_false(story.is_new);
	}
	live(&story, INCIDENT_QUIET_MS, true);
	assert_true(story.is_new);
	live(&story, AT_ONCE, true);
	assert_false(story.is_new);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pauses_grow_up_to_a_bound_while_nothing_is_read),
		cmocka_unit_test(who_gets_somewhere_is_soon_back),
		cmocka_unit_test(an_incident_is_new_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
