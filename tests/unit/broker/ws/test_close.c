/* SPDX-License-Identifier: MIT */
/* Which close codes a peer may send, after RFC 6455 7.4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "broker/ws/close.h"

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
		cmocka_unit_test(close_judges_codes_by_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
