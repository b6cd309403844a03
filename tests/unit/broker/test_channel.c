/* SPDX-License-Identifier: MIT */
/* A channel's name is what Django Channels expects of one: a dot, a '!', ASCII, under 100 bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/channel.h"

static void channel_is_named_by_broker_and_id(void **state)
{
	static const struct {
		uint64_t id;
		const char *name;
	} cases[] = {
		{ 1, "specific.0123456789ab!1" },
		{ 0x2a, "specific.0123456789ab!2a" },
		{ UINT64_MAX, "specific.0123456789ab!ffffffffffffffff" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct channel channel = { .id = cases[i].id };
		struct buf name = { 0 };

		channel_write_name(&channel, "0123456789ab", &name);
		assert_string_equal(buf_text(&name), cases[i].name);
		assert_true(name.len < 100);
		buf_finish(&name);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(channel_is_named_by_broker_and_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
