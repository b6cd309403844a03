/* SPDX-License-Identifier: MIT */
/* Who is in which group, for how long, and how many that may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "broker/layer/memberships.h"
#include "common/base/buf.h"
#include "common/base/crypto.h"

#define EXPIRY_MS 1000
#define CONNECTION 7

static int set_up(void **state)
{
	*state = memberships_create(EXPIRY_MS);
	return 0;
}

static int take_down(void **state)
{
	memberships_destroy(*state);
	return 0;
}

static void add(
	struct memberships *memberships, const char *group, const char *channel, uint64_t now_ms)
{
	assert_true(memberships_add(memberships, str_from(group), str_from(channel), 0, now_ms));
}

/* "a b ". Borrowed until the next one. */
static const char *members(struct memberships *memberships, const char *group)
{
	static char names[128];
	const struct list *list = memberships_of(memberships, str_from(group));
	struct buf text = { 0 };

	if (list != NULL) {
		list_each (link, list) {
			buf_append_str(&text,
				list_entry(link, struct membership, group_link)->channel->name);
			buf_append_char(&text, ' ');
		}
	}
	snprintf(names, sizeof(names), "%s", buf_text(&text));
	buf_finish(&text);
	return names;
}

static void adding_twice_is_once_and_discarding_what_is_none_is_fine(void **state)
{
	struct memberships *memberships = *state;

	add(memberships, "g", "a", 0);
	add(memberships, "g", "b", 0);
	add(memberships, "g", "a", 0);
	add(memberships, "h", "a", 0);
	assert_string_equal(members(memberships, "g"), "a b ");
	assert_int_equal(memberships_count(memberships), 3);
	memberships_discard(memberships, STR_OF("g"), STR_OF("c"));
	memberships_discard(memberships, STR_OF("i"), STR_OF("a"));
	memberships_discard(memberships, STR_OF("g"), STR_OF("a"));
	memberships_discard(memberships, STR_OF("g"), STR_OF("a"));
	assert_string_equal(members(memberships, "g"), "b ");
	assert_string_equal(members(memberships, "h"), "a ");
	memberships_discard(memberships, STR_OF("g"), STR_OF("b"));
	assert_null(memberships_of(memberships, STR_OF("g")));
	assert_int_equal(memberships_count(memberships), 1);
}

static void names_that_are_alike_are_not_confused(void **state)
{
	struct memberships *memberships = *state;

	add(memberships, "a", "b.c", 0);
	add(memberships, "a.b", "c", 0);
	memberships_discard(memberships, STR_OF("a"), STR_OF("c"));
	assert_string_equal(members(memberships, "a"), "b.c ");
	assert_string_equal(members(memberships, "a.b"), "c ");
}

static void channel_leaves_all_its_groups(void **state)
{
	struct memberships *memberships = *state;

	add(memberships, "g", "a", 0);
	add(memberships, "h", "a", 0);
	add(memberships, "g", "b", 0);
	memberships_discard_all(memberships, STR_OF("a"));
	memberships_discard_all(memberships, STR_OF("nobody"));
	assert_string_equal(members(memberships, "g"), "b ");
	assert_string_equal(members(memberships, "h"), "");
}

static void memberships_expire_unless_they_are_renewed(void **state)
{
	struct memberships *memberships = *state;

	assert_int_equal(memberships_due_ms(memberships), UINT64_MAX);
	add(memberships, "g", "added", 0);
	add(memberships, "g", "again", 0);
	add(memberships, "g", "receives", 0);
	add(memberships, "h", "receives", 0);
	add(memberships, "g", "again", 500);
	memberships_renew(memberships, STR_OF("receives"), 600);
	memberships_renew(memberships, STR_OF("nobody"), 600);
	assert_int_equal(memberships_due_ms(memberships), EXPIRY_MS);
	memberships_expire(memberships, EXPIRY_MS - 1);
	assert_string_equal(members(memberships, "g"), "added again receives ");
	memberships_expire(memberships, EXPIRY_MS);
	assert_string_equal(members(memberships, "g"), "again receives ");
	memberships_expire(memberships, EXPIRY_MS + 500);
	assert_string_equal(members(memberships, "g"), "receives ");
	assert_string_equal(members(memberships, "h"), "receives ");
	memberships_expire(memberships, EXPIRY_MS + 600);
	assert_int_equal(memberships_count(memberships), 0);
}

static void connections_do_not_expire(void **state)
{
	struct memberships *memberships = *state;

	assert_true(memberships_add(memberships, STR_OF("g"), STR_OF("socket"), CONNECTION, 0));
	assert_int_equal(memberships_due_ms(memberships), UINT64_MAX);
	memberships_renew(memberships, STR_OF("socket"), 10);
	memberships_expire(memberships, 1000 * EXPIRY_MS);
	assert_string_equal(members(memberships, "g"), "socket ");
	assert_int_equal(list_entry(memberships_of(memberships, STR_OF("g"))->next,
				 struct membership, group_link)
				 ->channel->connection,
		CONNECTION);
	memberships_discard_all(memberships, STR_OF("socket"));
	assert_int_equal(memberships_count(memberships), 0);
}

static bool add_numbered(struct memberships *memberships, const char *group, unsigned group_number,
	const char *channel, unsigned channel_number)
{
	char names[2][32];

	snprintf(names[0], sizeof(names[0]), "%s%u", group, group_number);
	snprintf(names[1], sizeof(names[1]), "%s%u", channel, channel_number);
	return memberships_add(memberships, str_from(names[0]), str_from(names[1]), 0, 0);
}

static void channel_is_in_so_many_groups_at_most(void **state)
{
	struct memberships *memberships = *state;

	for (unsigned i = 0; i < MEMBERSHIPS_OF_CHANNEL_MAX; i++)
		assert_true(add_numbered(memberships, "g", i, "c", 0));
	assert_false(add_numbered(memberships, "g", MEMBERSHIPS_OF_CHANNEL_MAX, "c", 0));
	assert_true(add_numbered(memberships, "g", 3, "c", 0)); /* it is in that one */
	assert_true(add_numbered(memberships, "g", MEMBERSHIPS_OF_CHANNEL_MAX, "c", 1));
	memberships_discard(memberships, STR_OF("g3"), STR_OF("c0"));
	assert_true(add_numbered(memberships, "g", MEMBERSHIPS_OF_CHANNEL_MAX, "c", 0));
}

static void all_together_are_bounded(void **state)
{
	struct memberships *memberships = *state;

	for (unsigned i = 0; i < MEMBERSHIPS_MAX; i++)
		assert_true(add_numbered(memberships, "g", i % 10, "c", i));
	assert_false(add_numbered(memberships, "g", 0, "c", MEMBERSHIPS_MAX));
	assert_true(add_numbered(memberships, "g", 0, "c", 0));
	memberships_flush(memberships);
	assert_int_equal(memberships_count(memberships), 0);
	assert_int_equal(memberships_due_ms(memberships), UINT64_MAX);
	assert_true(add_numbered(memberships, "g", 0, "c", MEMBERSHIPS_MAX));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, take_down)

static void destroying_none_is_fine(void **state)
{
	memberships_destroy(NULL);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(adding_twice_is_once_and_discarding_what_is_none_is_fine),
		TEST(names_that_are_alike_are_not_confused),
		TEST(channel_leaves_all_its_groups),
		TEST(memberships_expire_unless_they_are_renewed),
		TEST(connections_do_not_expire),
		TEST(channel_is_in_so_many_groups_at_most),
		TEST(all_together_are_bounded),
		cmocka_unit_test(destroying_none_is_fine),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
