/* SPDX-License-Identifier: MIT */
/* Who was put out between two polls is told once, for a while. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/order/kicks.h"
#include "common/base/crypto.h"

#define NOW_MS UINT64_C(5000)

static const uint8_t ann[USER_ID_SIZE] = "ann", bob[USER_ID_SIZE] = "bob";
static struct kicks kicks;

static int set_up(void **state)
{
	(void)state;
	kicks = (struct kicks){ 0 };
	return 0;
}

static bool is_told(const char *room, const uint8_t *user, uint64_t now_ms)
{
	return kicks_take(&kicks, str_from(room), user, now_ms);
}

static void who_was_put_out_is_told_once_and_nobody_else_is(void **state)
{
	(void)state;
	assert_false(is_told("lobby", ann, NOW_MS));
	kicks_note(&kicks, STR_OF("lobby"), ann, NOW_MS);
	kicks_note(&kicks, STR_OF("lobby"), ann, NOW_MS);
	assert_false(is_told("lobby", bob, NOW_MS));
	assert_false(is_told("tea", ann, NOW_MS));
	assert_true(is_told("lobby", ann, NOW_MS));
	assert_false(is_told("lobby", ann, NOW_MS));
}

static void who_does_not_come_in_time_is_forgotten(void **state)
{
	(void)state;
	kicks_note(&kicks, STR_OF("lobby"), ann, NOW_MS);
	kicks_note(&kicks, STR_OF("lobby"), bob, NOW_MS + 1);
	assert_false(is_told("lobby", ann, NOW_MS + KICK_KEPT_MS));
	assert_true(is_told("lobby", bob, NOW_MS + KICK_KEPT_MS));
	kicks_note(&kicks, STR_OF("lobby"), bob, NOW_MS);
	assert_false(is_told("lobby", bob, NOW_MS + KICK_KEPT_MS));
}

static void earliest_is_forgotten_first(void **state)
{
	(void)state;
	kicks_note(&kicks, STR_OF("lobby"), ann, NOW_MS);
	kicks_note(&kicks, STR_OF("lobby"), bob, NOW_MS);
	for (int i = 0; i < KICKS_MAX - 1; i++)
		kicks_note(&kicks, STR_OF("tea"), ann, NOW_MS);
	assert_false(is_told("lobby", ann, NOW_MS));
	assert_true(is_told("lobby", bob, NOW_MS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(who_was_put_out_is_told_once_and_nobody_else_is, set_up),
		cmocka_unit_test_setup(who_does_not_come_in_time_is_forgotten, set_up),
		cmocka_unit_test_setup(earliest_is_forgotten_first, set_up),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
