/* SPDX-License-Identifier: MIT */
/* Which members are added again, when, and how many in a tick. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "broker/layer/redis/keeper.h"
#include "broker/reactor/reactor.h"
#include "common/base/buf.h"

#define DAY_MS 86400000
#define RENEW_MS 30000

struct setting {
	struct reactor reactor;
	struct redis_keeper *keeper;
	struct buf added; /* "group member|" */
	size_t count;
};

static void add(void *context, struct str group, struct str member)
{
	struct setting *setting = context;

	setting->count++;
	buf_append_format(&setting->added, "%.*s %.*s|", STR_ARG(group), STR_ARG(member));
}

static struct setting setting;

static void set_up_with(uint64_t group_expiry_ms)
{
	setting = (struct setting){ .count = 0 };
	assert_true(reactor_init(&setting.reactor));
	setting.keeper = redis_keeper_create(&setting.reactor, group_expiry_ms, add, &setting);
}

static void take_down(void)
{
	redis_keeper_destroy(setting.keeper);
	assert_int_equal(setting.reactor.timers.armed, 0);
	reactor_finish(&setting.reactor);
	buf_finish(&setting.added);
}

static void pass_ms(uint64_t ms)
{
	for (uint64_t passed = 0; passed < ms; passed += TIMER_TICK_MS) {
		setting.reactor.now_ms += TIMER_TICK_MS;
		timer_wheel_run(&setting.reactor.timers, setting.reactor.now_ms);
	}
}

static void keep(const char *group, const char *member)
{
	redis_keeper_keep(setting.keeper, str_from(group), str_from(member));
}

static void members_are_added_again_each_half_minute(void **state)
{
	set_up_with(DAY_MS);
	keep("g", "a");
	pass_ms(RENEW_MS / 2);
	keep("g", "b");
	keep("g", "b");
	assert_int_equal(setting.count, 0);
	pass_ms(RENEW_MS / 2 + 500);
	assert_string_equal(buf_text(&setting.added), "g a|");
	pass_ms(RENEW_MS / 2);
	assert_string_equal(buf_text(&setting.added), "g a|g b|");
	take_down();
	(void)state;
}

static void groups_that_expire_sooner_are_renewed_sooner(void **state)
{
	set_up_with(2000);
	keep("g", "a");
	pass_ms(1500);
	assert_int_equal(setting.count, 1);
	take_down();
	(void)state;
}

static void who_is_dropped_is_not_added(void **state)
{
	set_up_with(DAY_MS);
	keep("g", "a");
	keep("h", "a");
	redis_keeper_drop(setting.keeper, STR_OF("g"), STR_OF("a"));
	redis_keeper_drop(setting.keeper, STR_OF("g"), STR_OF("a"));
	redis_keeper_renew_all(setting.keeper);
	pass_ms(500);
	assert_string_equal(buf_text(&setting.added), "h a|");
	redis_keeper_drop(setting.keeper, STR_OF("h"), STR_OF("a"));
	assert_int_equal(setting.reactor.timers.armed, 0);
	take_down();
	(void)state;
}

static void many_are_added_a_thousand_in_a_tick(void **state)
{
	set_up_with(DAY_MS);
	for (int i = 0; i < 2500; i++) {
		char member[16];

		snprintf(member, sizeof(member), "m%d", i);
		keep("g", member);
	}
	redis_keeper_renew_all(setting.keeper);
	pass_ms(TIMER_TICK_MS);
	assert_int_equal(setting.count, 1000);
	pass_ms(1000);
	assert_int_equal(setting.count, 2500);
	take_down();
	(void)state;
}

static void destroying_none_is_fine(void **state)
{
	redis_keeper_destroy(NULL);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_added_again_each_half_minute),
		cmocka_unit_test(groups_that_expire_sooner_are_renewed_sooner),
		cmocka_unit_test(who_is_dropped_is_not_added),
		cmocka_unit_test(many_are_added_a_thousand_in_a_tick),
		cmocka_unit_test(destroying_none_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
