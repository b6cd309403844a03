/* SPDX-License-Identifier: MIT */
/* Tokens of a bucket that holds 3 and gets 2 a second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/budget.h"

static struct config config;

static int set_up(void **state)
{
	(void)state;
	config.limits_message_burst = 3;
	config.limits_messages_per_second = 2;
	return 0;
}

static void empty_at(struct budget *budget, uint32_t now_ms)
{
	budget_fill(budget, &config, now_ms);
	for (int i = 0; i < 3; i++)
		assert_true(budget_pay(budget, &config, now_ms));
	assert_false(budget_pay(budget, &config, now_ms));
}

static void tokens_come_back_with_time(void **state)
{
	struct budget budget;

	(void)state;
	empty_at(&budget, 1000);
	assert_false(budget_pay(&budget, &config, 1499));
	assert_true(budget_pay(&budget, &config, 1500));
	assert_false(budget_pay(&budget, &config, 1500));
}

static void there_are_never_more_than_a_burst(void **state)
{
	struct budget budget;

	(void)state;
	empty_at(&budget, 1000);
	for (int i = 0; i < 3; i++)
		assert_true(budget_pay(&budget, &config, 3600000));
	assert_false(budget_pay(&budget, &config, 3600000));
}

static void clock_may_run_over(void **state)
{
	struct budget budget;

	(void)state;
	empty_at(&budget, UINT32_MAX - 199);
	assert_false(budget_pay(&budget, &config, 299));
	assert_true(budget_pay(&budget, &config, 300));
}

static void zero_a_second_is_no_limit(void **state)
{
	struct budget budget;

	(void)state;
	empty_at(&budget, 0);
	config.limits_messages_per_second = 0;
	for (int i = 0; i < 10; i++)
		assert_true(budget_pay(&budget, &config, 0));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tokens_come_back_with_time),
		TEST(there_are_never_more_than_a_burst),
		TEST(clock_may_run_over),
		TEST(zero_a_second_is_no_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
