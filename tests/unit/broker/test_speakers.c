/* SPDX-License-Identifier: MIT */
/* Each speaker has a budget of his own, and who has been quiet is forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "broker/speakers.h"
#include "common/base/crypto.h"

static struct config config;
static struct speakers *speakers;

static int set_up(void **state)
{
	(void)state;
	config.limits_message_burst = 2;
	config.limits_messages_per_second = 1;
	speakers = speakers_create(&config);
	return 0;
}

static int take_down(void **state)
{
	(void)state;
	speakers_destroy(speakers);
	return 0;
}

/* What the one with that number has to wait; 0 when he may speak. */
static uint32_t speak(uint32_t number, uint64_t now_ms)
{
	uint8_t user_id[USER_ID_SIZE] = { 0 };
	uint32_t wait_ms = 0;

	memcpy(user_id, &number, sizeof(number));
	return speakers_pay(speakers, user_id, now_ms, &wait_ms) ? 0 : wait_ms;
}

static void everybody_has_a_budget_of_his_own(void **state)
{
	(void)state;
	assert_int_equal(speak(1, 0), 0);
	assert_int_equal(speak(1, 0), 0);
	assert_int_equal(speak(1, 0), 1000);
	assert_int_equal(speak(2, 0), 0);
	assert_int_equal(speak(1, 400), 600);
	assert_int_equal(speak(1, 1000), 0);
}

static void quiet_ones_are_forgotten(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 5000; i++)
		assert_int_equal(speak(i, 10000 * (uint64_t)i), 0);
	assert_true(speakers_count(speakers) <= 1024);
}

static void nobody_is_forgotten_who_has_to_wait(void **state)
{
	(void)state;
	assert_int_equal(speak(0, 0), 0);
	assert_int_equal(speak(0, 0), 0);
	for (uint32_t i = 1; i < 5000; i++)
		assert_int_equal(speak(i, 0), 0);
	assert_int_equal(speak(0, 0), 1000);
}

static void more_than_the_most_have_to_wait(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < SPEAKERS_MAX; i++)
		assert_int_equal(speak(i, 0), 0);
	assert_true(speak(SPEAKERS_MAX, 0) > 0);
	assert_int_equal(speakers_count(speakers), SPEAKERS_MAX);
	assert_int_equal(speak(SPEAKERS_MAX, 3600000), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everybody_has_a_budget_of_his_own),
		TEST(quiet_ones_are_forgotten),
		TEST(nobody_is_forgotten_who_has_to_wait),
		TEST(more_than_the_most_have_to_wait),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
