/* SPDX-License-Identifier: MIT */
/* The table of close codes agrees with itself and with RFC 6455 7.4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "broker/ws/close.h"

static void close_rows_are_ascending_and_explained(void **state)
{
	for (size_t i = 0; i < close_row_count; i++) {
		if (i > 0)
			assert_true(close_rows[i - 1].code < close_rows[i].code);
		assert_true(strlen(close_rows[i].name) > 0);
		assert_true(strlen(close_rows[i].meaning) > 0);
	}
	(void)state;
}

static void close_sends_only_what_a_peer_may_send(void **state)
{
	for (size_t i = 0; i < close_row_count; i++)
		assert_true(close_code_is_valid((uint16_t)close_rows[i].code));
	(void)state;
}

static void close_tells_whether_to_reconnect(void **state)
{
	assert_true(close_find(CLOSE_SERVICE_RESTART)->reconnect);
	assert_true(close_find(CLOSE_TRY_AGAIN_LATER)->reconnect);
	assert_false(close_find(CLOSE_POLICY_VIOLATION)->reconnect);
	assert_false(close_find(CLOSE_FORBIDDEN)->reconnect);
	assert_null(close_find(1005));
	(void)state;
}

static void close_judges_codes_by_range(void **state)
{
	static const struct {
		uint16_t code;
		bool is_valid;
	} cases[] = {
		{ 0, false },
		{ 999, false },
		{ 1000, true },
		{ 1003, true },
		{ 1004, false },
		{ 1005, false },
		{ 1006, false },
		{ 1007, true },
		{ 1014, true },
		{ 1015, false },
		{ 1016, false },
		{ 1100, false },
		{ 2999, false },
		{ 3000, true },
		{ 4999, true },
		{ 5000, false },
		{ 65535, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(close_code_is_valid(cases[i].code), cases[i].is_valid);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(close_rows_are_ascending_and_explained),
		cmocka_unit_test(close_sends_only_what_a_peer_may_send),
		cmocka_unit_test(close_tells_whether_to_reconnect),
		cmocka_unit_test(close_judges_codes_by_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
