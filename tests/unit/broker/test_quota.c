/* SPDX-License-Identifier: MIT */
/* Who counts as one client: an IPv4 address however it is written, a /64 of IPv6, and each text
 * that is no address by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/quota.h"
#include "common/base/crypto.h"

static void addresses_share_a_quota_by_network(void **state)
{
	static const struct {
		const char *first;
		const char *second;
		bool is_shared;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "::ffff:192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "192.0.2.1", "198.51.100.1", false },
		{ "2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true },
		{ "2001:db8:1:2::1", "2001:0DB8:1:2:0::1", true },
		{ "2001:db8:1:2::1", "2001:db8:1:3::1", false },
		{ "::1", "127.0.0.1", false },
		{ "unix", "unix", true },
		{ "unix", "unix2", false },
		{ "", "unix", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct map *table = map_create();
		struct quota *first = quota_take(table, str_from(cases[i].first));
		struct quota *second = quota_take(table, str_from(cases[i].second));

		assert_int_equal(first == second, cases[i].is_shared);
		assert_int_equal(quota_connections(second), cases[i].is_shared ? 2 : 1);
		quota_release(table, first);
		quota_release(table, second);
		assert_int_equal(map_count(table), 0);
		map_destroy(table);
	}
	(void)state;
}

static void quota_is_forgotten_with_its_last_connection(void **state)
{
	struct map *table = map_create();
	struct quota *quota = quota_take(table, STR_OF("192.0.2.1"));

	assert_ptr_equal(quota_take(table, STR_OF("192.0.2.1")), quota);
	assert_int_equal(quota_connections(quota), 2);
	quota_release(table, quota);
	assert_int_equal(quota_connections(quota), 1);
	assert_int_equal(map_count(table), 1);
	quota_release(table, quota);
	assert_int_equal(map_count(table), 0);
	quota_release(table, NULL);
	map_destroy(table);
	(void)state;
}

static void address_is_written_as_far_as_it_is_known(void **state)
{
	static const struct {
		const char *address;
		const char *written;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64" },
		{ "::1", "::/64" },
		{ "unix", "unix" },
		{ "textof08", "textof08" },
		{ "a text of sixteen", "a text of sixteen" },
		{ "", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct map *table = map_create();
		struct quota *quota = quota_take(table, str_from(cases[i].address));
		struct buf out = { 0 };

		quota_write_address(quota, &out);
		assert_string_equal(buf_text(&out), cases[i].written);
		buf_finish(&out);
		quota_release(table, quota);
		map_destroy(table);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_share_a_quota_by_network),
		cmocka_unit_test(address_is_written_as_far_as_it_is_known),
		cmocka_unit_test(quota_is_forgotten_with_its_last_connection),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
