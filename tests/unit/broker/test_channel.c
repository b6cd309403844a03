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
		struct buf name = { 0 };

		uint64_t id = 0;

		channel_write_name(cases[i].id, "0123456789ab", &name);
		assert_string_equal(buf_text(&name), cases[i].name);
		assert_true(channel_read_name(buf_str(&name), "0123456789ab", &id));
		assert_int_equal(id, cases[i].id);
		assert_true(name.len < 100);
		buf_finish(&name);
	}
	(void)state;
}

static void what_is_no_name_of_this_broker_is_not_read(void **state)
{
	static const char *const names[] = { "", "specific.", "specific.0123456789ab",
		"specific.0123456789ab!", "specific.0123456789ab!0", "specific.0123456789ab!02a",
		"specific.0123456789ab!2A", "specific.0123456789ab!-1", "specific.0123456789ab! 1",
		"specific.0123456789ab!10000000000000000", "specific.0123456789ac!1",
		"specific.0123456789abc!1", "test_channel", "Specific.0123456789ab!1" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint64_t id;

		assert_false(channel_read_name(str_from(names[i]), "0123456789ab", &id));
	}
	(void)state;
}

static void id_of_a_broker_is_twelve_digits(void **state)
{
	static const char *const others[] = { "", "0123456789a", "0123456789abc", "0123456789aB",
		"0123456789ag", "0123456789a!" };

	assert_true(channel_broker_id_is_valid(STR_OF("0123456789ab")));
	assert_true(channel_broker_id_is_valid(STR_OF(CHANNEL_BROKER_ID_OF_NOBODY)));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(channel_broker_id_is_valid(str_from(others[i])));
	assert_false(channel_broker_id_is_valid(str_range("0123456789a\0", 12)));
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(id_of_a_broker_is_twelve_digits),
		cmocka_unit_test(channel_is_named_by_broker_and_id),
		cmocka_unit_test(what_is_no_name_of_this_broker_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
