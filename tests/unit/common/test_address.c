/* SPDX-License-Identifier: MIT */
/* Addresses and blocks: what is one, and which lie in which. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/address.h"

static void only_plain_addresses_are_read(void **state)
{
	static const struct {
		const char *text;
		bool is_address;
	} table[] = {
		{ "127.0.0.1", true },
		{ "::1", true },
		{ "2001:db8::1", true },
		{ "::ffff:10.0.0.1", true },
		{ "", false },
		{ "localhost", false },
		{ "1.2.3", false },
		{ "1.2.3.256", false },
		{ "1.2.3.4:80", false },
		{ "[::1]", false },
		{ "fe80::1%eth0", false },
		{ " 1.2.3.4", false },
		{ "1.2.3.4 ", false },
		{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001", false },
	};
	struct address address;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (address_parse(str_from(table[i].text), &address) != table[i].is_address)
			fail_msg("judged wrongly: %s", table[i].text);
	}
	assert_false(address_parse(str_range("::1\0", 4), &address));
	(void)state;
}

static void block_contains_the_addresses_below_it(void **state)
{
	static const struct {
		const char *block;
		const char *address;
		bool is_inside;
	} table[] = {
		{ "10.0.0.0/8", "10.255.0.1", true },
		{ "10.0.0.0/8", "11.0.0.1", false },
		{ "10.0.0.0/8", "::ffff:10.1.2.3", true },
		{ "192.168.1.128/25", "192.168.1.128", true },
		{ "192.168.1.128/25", "192.168.1.127", false },
		{ "192.168.1.1", "192.168.1.1", true },
		{ "192.168.1.1", "192.168.1.2", false },
		{ "0.0.0.0/0", "255.1.2.3", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "2001:db8::/32", "2001:db8:ffff::", true },
		{ "2001:db8::/32", "2001:db9::", false },
		{ "::/0", "1.2.3.4", true },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct address_block block;
		struct address address;

		assert_true(address_block_parse(str_from(table[i].block), &block));
		assert_true(address_parse(str_from(table[i].address), &address));
		if (address_block_contains(&block, &address) != table[i].is_inside)
			fail_msg("%s and %s", table[i].block, table[i].address);
	}
	(void)state;
}

static void malformed_blocks_are_refused(void **state)
{
	static const char *const refused[] = { "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
		"10.0.0.0/8/8", "::/129", "10.0.0/8", "host/8" };
	struct address_block block;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_false(address_block_parse(str_from(refused[i]), &block));
	(void)state;
}

static void loopback_is_of_both_families(void **state)
{
	static const struct {
		const char *text;
		bool is_loopback;
	} table[] = { { "127.0.0.1", true }, { "127.9.9.9", true }, { "::1", true },
		{ "::ffff:127.0.0.1", true }, { "128.0.0.1", false }, { "::2", false },
		{ "::", false } };
	struct address address;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_true(address_parse(str_from(table[i].text), &address));
		assert_int_equal(address_is_loopback(&address), table[i].is_loopback);
	}
	(void)state;
}

static void a_block_is_written_as_what_its_addresses_have_in_common(void **state)
{
	static const struct {
		const char *read, *written;
	} table[] = {
		{ "192.0.2.7", "192.0.2.7" },
		{ "192.0.2.7/32", "192.0.2.7" },
		{ "::ffff:192.0.2.7", "192.0.2.7" },
		{ "192.0.2.7/24", "192.0.2.0/24" },
		{ "192.0.2.255/31", "192.0.2.254/31" },
		{ "192.0.2.255/25", "192.0.2.128/25" },
		{ "10.0.0.1/0", "0.0.0.0/0" },
		{ "2001:DB8:0:0::1", "2001:db8::1" },
		{ "2001:db8:ffff::/33", "2001:db8:8000::/33" },
		{ "2001:db8::1/127", "2001:db8::/127" },
		{ "::ffff:0:0/95", "::fffe:0:0/95" },
		{ "2001::1/0", "::/0" },
	};
	struct address_block block;
	struct buf text = { 0 };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_true(address_block_parse(str_from(table[i].read), &block));
		address_mask(&block.base, block.prefix);
		buf_clear(&text);
		address_block_write(&block, &text);
		assert_string_equal(buf_text(&text), table[i].written);
	}
	buf_finish(&text);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_plain_addresses_are_read),
		cmocka_unit_test(block_contains_the_addresses_below_it),
		cmocka_unit_test(malformed_blocks_are_refused),
		cmocka_unit_test(loopback_is_of_both_families),
		cmocka_unit_test(a_block_is_written_as_what_its_addresses_have_in_common),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
