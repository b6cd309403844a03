/* SPDX-License-Identifier: MIT */
/* What somebody is in a room, and what holds them there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/unit/common/store/orders.h"
#include "tests/unit/common/store/sql.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DATABASE "accounts.db"

static struct standing find(
	struct accounts *accounts, const char *room, const struct subject *subject)
{
	struct standing standing;
	struct room_row row;

	assert_int_equal(moderation_find_standing(
				 accounts, str_from(room), subject, PEOPLE_NOW_MS, &standing, &row),
		STORE_OK);
	return standing;
}

/* Whether somebody is banned who comes from there. */
static bool is_banned_from(
	struct accounts *accounts, const char *room, const char *name, const char *address)
{
	struct subject subject = {
		.user = orders_id(name),
		.is_guest = strncmp(name, "guest", 5) == 0,
		.address = str_from(address),
	};

	return find(accounts, room, &subject).banned_until_ms > PEOPLE_NOW_MS;
}

static void everybody_has_one_role_in_a_room_and_none_in_another(void **state)
{
	static const struct {
		const char *name;
		enum role in_the_lobby, elsewhere;
	} cases[] = {
		{ "guest", ROLE_GUEST, ROLE_GUEST },
		{ "ulf", ROLE_USER, ROLE_USER },
		{ "nobody we know", ROLE_USER, ROLE_USER },
		{ "mel", ROLE_MEMBER, ROLE_USER },
		{ "max", ROLE_MODERATOR, ROLE_USER },
		{ "olga", ROLE_OWNER, ROLE_USER },
		{ "sam", ROLE_SUPERUSER, ROLE_SUPERUSER },
	};
	struct accounts *accounts = orders_open(*state);

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(orders_standing(accounts, "lobby", cases[i].name).role,
			cases[i].in_the_lobby);
		assert_int_equal(orders_standing(accounts, "cellar", cases[i].name).role,
			cases[i].elsewhere);
	}
	accounts_close(accounts);
}

static void a_guest_has_no_role_whatever_its_id(void **state)
{
	struct accounts *accounts = orders_open(*state);
	struct subject subject = { .user = orders_id("sam"), .is_guest = true };

	assert_int_equal(find(accounts, "lobby", &subject).role, ROLE_GUEST);
	accounts_close(accounts);
}

static void a_superuser_who_is_banned_is_one_no_more(void **state)
{
	struct accounts *accounts = orders_open(*state);
	enum account_result result;

	assert_int_equal(accounts_set_rights(
				 accounts, orders_id("sam"), true, false, PEOPLE_NOW_MS, &result),
		STORE_OK);
	assert_int_equal(orders_role(accounts, "sam"), ROLE_USER);
	accounts_close(accounts);
}

static void who_is_deleted_leaves_no_role_and_no_sanction(void **state)
{
	struct accounts *accounts = orders_open(*state);
	enum account_result result;

	orders_do(accounts, "olga", ORDER(BAN, OF("max")));
	assert_int_equal(
		accounts_delete(accounts, orders_id("max"), PEOPLE_NOW_MS, &result), STORE_OK);
	assert_int_equal(orders_role(accounts, "max"), ROLE_USER);
	assert_int_equal(orders_role(accounts, "mia"), ROLE_MODERATOR);
	assert_int_equal(orders_standing(accounts, "lobby", "max").banned_until_ms, 0);
	accounts_close(accounts);
}

static void a_room_comes_with_its_rules(void **state)
{
	struct accounts *accounts = orders_open(*state);
	struct subject guest = { .user = orders_id("guest"), .is_guest = true };
	struct standing standing;
	struct room_row room;

	orders_do(accounts, "olga", ORDER(TOPIC, .text = STR("Cake & tea")));
	orders_do(accounts, "olga", ORDER(SLOW, .seconds = 30));
	orders_do(accounts, "olga", ORDER(LOCK, .is_on = true));
	orders_do(accounts, "olga", ORDER(HIDE, .is_on = true));
	orders_do(accounts, "olga", ORDER(MEMBERS_ONLY, .is_on = true));
	assert_int_equal(moderation_find_standing(accounts, STR_OF("lobby"), &guest, PEOPLE_NOW_MS,
				 &standing, &room),
		STORE_OK);
	assert_string_equal(room.name, "lobby");
	assert_string_equal(room.topic, "Cake & tea");
	assert_int_equal(room.created_ms, PEOPLE_NOW_MS);
	assert_true(room.rules.is_hidden && room.rules.is_locked && room.rules.is_members_only);
	assert_int_equal(room.rules.slow_seconds, 30);
	assert_memory_equal(&room.rules, &standing.rules, sizeof(room.rules));
	accounts_close(accounts);
}

static void a_room_without_a_row_is_all_zero(void **state)
{
	static const struct room_row zero;
	struct accounts *accounts = orders_open(*state);
	struct subject guest = { .user = orders_id("guest"), .is_guest = true };
	struct standing standing;
	struct room_row room;

	memset(&room, 1, sizeof(room));
	assert_int_equal(moderation_find_standing(accounts, STR_OF("cellar"), &guest, PEOPLE_NOW_MS,
				 &standing, &room),
		STORE_OK);
	assert_memory_equal(&room, &zero, sizeof(room));
	assert_int_equal(standing.muted_until_ms, 0);
	assert_int_equal(standing.banned_until_ms, 0);
	accounts_close(accounts);
}

static void the_longest_of_all_sanctions_counts(void **state)
{
	struct accounts *accounts = orders_open(*state);
	struct subject ulf = { .user = orders_id("ulf"), .address = STR("192.0.2.7") };
	uint8_t session[SESSION_HASH_SIZE] = "a session";

	ulf.session = session;
	orders_do(accounts, "olga", ORDER(MUTE, OF("ulf"), .seconds = 10));
	assert_int_equal(find(accounts, "lobby", &ulf).muted_until_ms, PEOPLE_NOW_MS + 10 * 1000);
	orders_do(accounts, "olga", ORDER(MUTE, OF("ulf"), .session = session, .seconds = 20));
	assert_int_equal(find(accounts, "lobby", &ulf).muted_until_ms, PEOPLE_NOW_MS + 20 * 1000);
	orders_do(accounts, NULL, ORDER(MUTE, .address = STR("192.0.2.0/24"), .seconds = 30));
	assert_int_equal(find(accounts, "lobby", &ulf).muted_until_ms, PEOPLE_NOW_MS + 30 * 1000);
	orders_do(accounts, NULL, SITE_ORDER(MUTE, OF("ulf")));
	assert_int_equal(find(accounts, "lobby", &ulf).muted_until_ms, FOR_GOOD);
	assert_int_equal(find(accounts, "cellar", &ulf).muted_until_ms, FOR_GOOD);
	assert_int_equal(find(accounts, "cellar", &ulf).banned_until_ms, 0);
	accounts_close(accounts);
}

static void what_is_over_holds_nobody(void **state)
{
	struct accounts *accounts = orders_open(*state);
	struct subject ulf = { .user = orders_id("ulf") };
	struct standing standing;
	struct room_row room;

	orders_do(accounts, "olga", ORDER(BAN, OF("ulf"), .seconds = 10));
	assert_int_equal(moderation_find_standing(accounts, STR_OF("lobby"), &ulf,
				 PEOPLE_NOW_MS + 9999, &standing, &room),
		STORE_OK);
	assert_int_equal(standing.banned_until_ms, PEOPLE_NOW_MS + 10 * 1000);
	assert_int_equal(moderation_find_standing(accounts, STR_OF("lobby"), &ulf,
				 PEOPLE_NOW_MS + 10000, &standing, &room),
		STORE_OK);
	assert_int_equal(standing.banned_until_ms, 0);
	accounts_close(accounts);
}

static void a_block_of_addresses_holds_who_comes_from_it(void **state)
{
	static const struct {
		const char *block, *address;
		bool is_held;
	} cases[] = {
		{ "192.0.2.7", "192.0.2.7", true },
		{ "192.0.2.7", "::ffff:192.0.2.7", true },
		{ "::ffff:192.0.2.7", "192.0.2.7", true },
		{ "192.0.2.7", "192.0.2.8", false },
		{ "192.0.2.99/24", "192.0.2.7", true },
		{ "192.0.2.0/24", "192.0.3.7", false },
		{ "192.0.2.0/23", "192.0.3.7", true },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "2001:db8::1", "2001:db8::1", true },
		{ "2001:db8::1", "2001:db8::2", true }, /* of the same network */
		{ "2001:db8::1", "2001:db8:0:1::1", false },
		{ "::1", "::1", true },
		{ "2001:db8::/48", "192.0.2.7", false },
		{ "192.0.2.0/24", "", false },
		{ "192.0.2.0/24", "unix", false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct accounts *accounts = orders_open(*state);

		orders_do(accounts, NULL, ORDER(BAN, .address = str_from(cases[i].block)));
		if (is_banned_from(accounts, "lobby", "ulf", cases[i].address) != cases[i].is_held)
			fail_msg("%s, %s", cases[i].block, cases[i].address);
		assert_false(is_banned_from(accounts, "cellar", "ulf", cases[i].address));
		accounts_close(accounts);
		folder_empty(*state);
	}
}

static void blocks_of_all_lengths_are_looked_for(void **state)
{
	struct accounts *accounts = orders_open(*state);

	orders_do(accounts, NULL, ORDER(BAN, .address = STR("198.51.100.0/24")));
	orders_do(accounts, NULL, ORDER(BAN, .address = STR("203.0.113.9")));
	orders_do(accounts, NULL, ORDER(BAN, .address = STR("2001:db8::/32")));
	orders_do(accounts, NULL, SITE_ORDER(BAN, .address = STR("192.0.2.0/25")));
	assert_true(is_banned_from(accounts, "lobby", "ulf", "198.51.100.1"));
	assert_true(is_banned_from(accounts, "lobby", "ulf", "203.0.113.9"));
	assert_true(is_banned_from(accounts, "lobby", "ulf", "2001:db8:1::1"));
	assert_true(is_banned_from(accounts, "lobby", "ulf", "192.0.2.1"));
	assert_false(is_banned_from(accounts, "lobby", "ulf", "192.0.2.128"));
	assert_true(is_banned_from(accounts, "cellar", "ulf", "192.0.2.1"));
	assert_false(is_banned_from(accounts, "cellar", "ulf", "203.0.113.9"));
	accounts_close(accounts);
}

static void an_address_holds_no_moderator_in_the_room_and_no_superuser_at_all(void **state)
{
	static const struct {
		const char *name;
		bool in_the_room, on_the_site;
	} cases[] = {
		{ "guest", true, true },
		{ "ulf", true, true },
		{ "mel", true, true },
		{ "max", false, true },
		{ "olga", false, true },
		{ "sam", false, false },
	};
	struct accounts *accounts = orders_open(*state);

	orders_do(accounts, NULL, ORDER(BAN, .address = STR("192.0.2.0/24")));
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(is_banned_from(accounts, "lobby", cases[i].name, "192.0.2.7"),
			cases[i].in_the_room);
	orders_do(accounts, "sam", SITE_ORDER(BAN, .address = STR("192.0.2.0/24")));
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(is_banned_from(accounts, "lobby", cases[i].name, "192.0.2.7"),
			cases[i].on_the_site);
	accounts_close(accounts);
}

static void no_sanction_holds_who_becomes_a_superuser(void **state)
{
	struct accounts *accounts = orders_open(*state);
	enum account_result result;

	orders_do(accounts, NULL, SITE_ORDER(BAN, OF("ulf")));
	orders_do(accounts, NULL, ORDER(MUTE, OF("ulf")));
	assert_int_equal(
		accounts_set_rights(accounts, orders_id("ulf"), true, true, PEOPLE_NOW_MS, &result),
		STORE_OK);
	assert_int_equal(orders_standing(accounts, "lobby", "ulf").banned_until_ms, 0);
	assert_int_equal(orders_standing(accounts, "lobby", "ulf").muted_until_ms, 0);
	accounts_close(accounts);
}

static void a_reader_finds_it_too(void **state)
{
	struct accounts *accounts = orders_open(*state);
	struct accounts *reader = people_open(*state, ACCOUNTS_READ);

	orders_do(accounts, "olga", ORDER(BAN, OF("ulf")));
	assert_int_equal(orders_standing(reader, "lobby", "ulf").banned_until_ms, FOR_GOOD);
	accounts_close(reader);
	accounts_close(accounts);
}

static void values_that_cannot_be_ours_are_damage(void **state)
{
	struct accounts *accounts = orders_open(*state);
	struct subject ulf = { .user = orders_id("ulf") };
	struct standing standing;
	struct room_row room;

	sql_run(*state, DATABASE, "UPDATE room SET topic = printf('%.2000c', 'a')");
	assert_int_equal(moderation_find_standing(
				 accounts, STR_OF("lobby"), &ulf, PEOPLE_NOW_MS, &standing, &room),
		STORE_CORRUPT);
	accounts_close(accounts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(everybody_has_one_role_in_a_room_and_none_in_another),
		FOLDER_TEST(a_guest_has_no_role_whatever_its_id),
		FOLDER_TEST(a_superuser_who_is_banned_is_one_no_more),
		FOLDER_TEST(who_is_deleted_leaves_no_role_and_no_sanction),
		FOLDER_TEST(a_room_comes_with_its_rules),
		FOLDER_TEST(a_room_without_a_row_is_all_zero),
		FOLDER_TEST(the_longest_of_all_sanctions_counts),
		FOLDER_TEST(what_is_over_holds_nobody),
		FOLDER_TEST(a_block_of_addresses_holds_who_comes_from_it),
		FOLDER_TEST(blocks_of_all_lengths_are_looked_for),
		FOLDER_TEST(an_address_holds_no_moderator_in_the_room_and_no_superuser_at_all),
		FOLDER_TEST(no_sanction_holds_who_becomes_a_superuser),
		FOLDER_TEST(a_reader_finds_it_too),
		FOLDER_TEST(values_that_cannot_be_ours_are_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
