/* SPDX-License-Identifier: MIT */
/* Which names are names, and whose channels they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/channel.h"
#include "broker/layer/channel_name.h"
#include "common/base/crypto.h"

#define BROKER "0123456789ab"
#define TEN "abcdefghij"
#define NINETY TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define NUMBER "0123456789abcdef0123456789abcdef"
#define BOUND_NUMBER "8123456789abcdef0123456789abcdef"

static void names_are_short_and_ascii(void **state)
{
	static const struct {
		struct str name;
		bool is_channel, is_group;
	} rows[] = {
		{ STR("a"), true, true },
		{ STR("test_channel"), true, true },
		{ STR("A-z_0.9"), true, true },
		{ STR("."), true, true },
		{ STR(NINETY "123456789"), true, true },
		{ STR(NINETY "1234567890"), false, false },
		{ STR("specific.x!abc"), true, false },
		{ STR("specific.x!"), true, false },
		{ STR("a!" NINETY "1234567"), true, false },
		{ STR("a!" NINETY "12345678"), false, false },
		{ STR(""), false, false },
		{ STR("!abc"), false, false },
		{ STR("a!b!c"), false, false },
		{ STR("a!!"), false, false },
		{ STR("a b"), false, false },
		{ STR("a/b"), false, false },
		{ STR("a\n"), false, false },
		{ STR("a!\n"), false, false },
		{ STR("a\0b"), false, false },
		{ STR("\xc3\xa4"), false, false },
		{ STR("room\xd9\xa3"), false, false }, /* a digit, to Python */
		{ STR("a~"), false, false },
		{ STR("a:"), false, false },
		{ STR("a@"), false, false },
		{ STR("a["), false, false },
		{ STR("a`"), false, false },
		{ STR("a{"), false, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(channel_name_is_valid(rows[i].name), rows[i].is_channel);
		assert_int_equal(group_name_is_valid(rows[i].name), rows[i].is_group);
	}
	(void)state;
}

static void names_say_whose_channel_it_is(void **state)
{
	static const struct {
		const char *name;
		enum channel_kind kind;
	} rows[] = {
		{ "test_channel", CHANNEL_OPEN },
		{ "specific." BROKER, CHANNEL_OPEN },
		{ "specific." BROKER "!1", CHANNEL_CONNECTION },
		{ "specific." BROKER "!123456789abcdef0", CHANNEL_CONNECTION },
		{ "specific." BROKER "!01", CHANNEL_STRANGE },
		{ "specific." BROKER "!", CHANNEL_STRANGE },
		{ "specific." BROKER "!x", CHANNEL_STRANGE },
		{ "bot." BROKER "!1", CHANNEL_STRANGE },
		{ "specific." BROKER "!" NUMBER, CHANNEL_MADE },
		{ "bot." BROKER "!" NUMBER, CHANNEL_MADE },
		{ "a.b.c." BROKER "!" NUMBER, CHANNEL_MADE },
		{ "bot." BROKER "!" BOUND_NUMBER, CHANNEL_BOUND },
		{ "bot." BROKER "!" NUMBER "0", CHANNEL_STRANGE },
		{ "bot." BROKER "!0123456789ABCDEF0123456789abcdef", CHANNEL_STRANGE },
		{ "bot.0123456789ac!" NUMBER, CHANNEL_STRANGE },
		{ "bot" BROKER "!" NUMBER, CHANNEL_STRANGE },
		{ BROKER "!" NUMBER, CHANNEL_STRANGE },
		{ "." BROKER "!" NUMBER, CHANNEL_STRANGE },
		{ "specific.0123456789ac!1", CHANNEL_STRANGE },
		{ "foo!bar", CHANNEL_STRANGE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t connection;

		assert_true(channel_name_is_valid(str_from(rows[i].name)));
		assert_int_equal(channel_name_kind(str_from(rows[i].name), BROKER, &connection),
			rows[i].kind);
	}
	(void)state;
}

static void prefix_leaves_room_for_the_rest(void **state)
{
	static const struct {
		const char *prefix;
		bool is_valid;
	} rows[] = {
		{ "specific", true },
		{ "", false },
		{ "a!", false },
		{ "a b", false },
		{ TEN TEN TEN TEN TEN "123", true },
		{ TEN TEN TEN TEN TEN "1234", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
			channel_prefix_is_valid(str_from(rows[i].prefix)), rows[i].is_valid);
	(void)state;
}

static void check_made(struct str prefix, bool is_bound, enum channel_kind kind)
{
	struct buf name = { 0 }, other = { 0 };
	uint64_t unused;

	for (int i = 0; i < 50; i++) { /* the bit would else be right half of the times */
		buf_clear(&name);
		channel_name_make(prefix, BROKER, is_bound, &name);
		assert_true(channel_name_is_valid(buf_str(&name)));
		assert_true(str_starts_with(buf_str(&name), prefix));
		assert_int_equal(channel_name_kind(buf_str(&name), BROKER, &unused), kind);
	}
	channel_name_make(prefix, BROKER, is_bound, &other);
	assert_string_not_equal(buf_text(&name), buf_text(&other));
	buf_finish(&other);
	buf_finish(&name);
}

static void made_names_differ_and_say_what_they_are(void **state)
{
	check_made(STR_OF("specific"), false, CHANNEL_MADE);
	check_made(STR_OF("specific"), true, CHANNEL_BOUND);
	check_made(STR_OF(TEN TEN TEN TEN TEN "123"), true, CHANNEL_BOUND);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_short_and_ascii),
		cmocka_unit_test(names_say_whose_channel_it_is),
		cmocka_unit_test(prefix_leaves_room_for_the_rest),
		cmocka_unit_test(made_names_differ_and_say_what_they_are),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
