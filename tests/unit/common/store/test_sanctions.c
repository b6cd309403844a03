/* SPDX-License-Identifier: MIT */
/* Mutes and bans: what replaces one, what lifts one, how many there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/unit/common/store/orders.h"
#include "tests/unit/common/store/sql.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DATABASE "accounts.db"
#define COUNT_ROWS "SELECT count(*) FROM sanction"

static int64_t banned_until(struct accounts *accounts, const char *room, const char *name)
{
	return orders_standing(accounts, room, name).banned_until_ms;
}

static void another_sanction_for_the_same_replaces_it(void **state)
{
	struct accounts *accounts = orders_open(*state);

	orders_do(accounts, "max", ORDER(BAN, OF("ulf")));
	orders_do(accounts, "max", ORDER(BAN, OF("ulf"), .seconds = 10));
	assert_int_equal(banned_until(accounts, "lobby", "ulf"), PEOPLE_NOW_MS + 10 * 1000);
	assert_int_equal(sql_ask(*state, DATABASE, COUNT_ROWS), 1);
	orders_do(accounts, "max", ORDER(MUTE, OF("ulf")));
	orders_do(accounts, "sam", SITE_ORDER(BAN, OF("ulf")));
	assert_int_equal(sql_ask(*state, DATABASE, COUNT_ROWS), 3);
	accounts_close(accounts);
}

static void a_ban_is_lifted_where_it_holds_and_nowhere_else(void **state)
{
	struct accounts *accounts = orders_open(*state);

	orders_do(accounts, "max", ORDER(BAN, OF("ulf")));
	orders_do(accounts, "max", ORDER(MUTE, OF("ulf")));
	orders_do(accounts, "sam", SITE_ORDER(BAN, OF("ulf")));
	orders_do(accounts, "max", ORDER(UNBAN, OF("ulf")));
	assert_int_equal(banned_until(accounts, "lobby", "ulf"), FOR_GOOD);
	assert_int_equal(orders_give(accounts, "max", ORDER(UNBAN, OF("ulf"))), MODERATION_NOBODY);
	orders_do(accounts, "sam", SITE_ORDER(UNBAN, OF("ulf")));
	assert_int_equal(banned_until(accounts, "lobby", "ulf"), 0);
	assert_int_equal(orders_standing(accounts, "lobby", "ulf").muted_until_ms, FOR_GOOD);
	orders_do(accounts, "max", ORDER(UNMUTE, OF("ulf")));
	assert_int_equal(sql_ask(*state, DATABASE, COUNT_ROWS), 0);
	accounts_close(accounts);
}

static void each_way_of_naming_a_ban_lifts_it(void **state)
{
	uint8_t session[SESSION_HASH_SIZE] = "a session";
	struct account guest = people_person("guest-7");
	const struct {
		struct order ban, unban;
	} cases[] = {
		{ ORDER(BAN, OF("ulf")), ORDER(UNBAN, OF("ulf")) },
		{ ORDER(BAN, OF("ulf")), ORDER(UNBAN, OF("ULF")) },
		{ ORDER(BAN, OF("ulf")), ORDER(UNBAN, .sanction = 1) },
		{ ORDER(BAN, OF("guest-7"), .user = guest.user.id, .user_is_guest = true),
			ORDER(UNBAN, OF("guest-7")) },
		{ ORDER(BAN, OF("guest-7"), .user = guest.user.id, .user_is_guest = true),
			ORDER(UNBAN, .user = guest.user.id, .user_is_guest = true) },
		{ ORDER(BAN, OF("ulf"), .session = session), ORDER(UNBAN, OF("ulf")) },
		{ ORDER(BAN, OF("ulf"), .session = session), ORDER(UNBAN, .session = session) },
		{ ORDER(BAN, OF("ulf"), .address = STR("192.0.2.7")), ORDER(UNBAN, OF("ulf")) },
		{ ORDER(BAN, .address = STR("192.0.2.7")),
			ORDER(UNBAN, .address = STR("::ffff:192.0.2.7/128")) },
		{ ORDER(BAN, .address = STR("192.0.2.7/24")),
			ORDER(UNBAN, .address = STR("192.0.2.0/24")) },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct accounts *accounts = orders_open(*state);

		orders_do(accounts, NULL, cases[i].ban);
		assert_int_equal(
			orders_give(accounts, NULL, ORDER(UNBAN, .address = STR("192.0.2.0/25"))),
			MODERATION_NOBODY);
		assert_int_equal(orders_give(accounts, NULL, ORDER(UNBAN, .sanction = 2)),
			MODERATION_NOBODY);
		orders_do(accounts, NULL, cases[i].unban);
		if (sql_ask(*state, DATABASE, COUNT_ROWS) != 0)
			fail_msg("case %zu is still there", i);
		accounts_close(accounts);
		folder_empty(*state);
	}
}

static void a_name_lifts_all_that_were_meant_for_it(void **state)
{
	uint8_t session[SESSION_HASH_SIZE] = "a session";
	struct accounts *accounts = orders_open(*state);
	int64_t last_id = -1;

	orders_do(accounts, "max", ORDER(BAN, OF("ulf")));
	orders_do(accounts, "max", ORDER(BAN, OF("ulf"), .session = session));
	orders_do(accounts, NULL, ORDER(BAN, OF("ulf"), .address = STR("192.0.2.7")));
	orders_do(accounts, "max", ORDER(BAN, OF("mel")));
	orders_changes(accounts, &last_id);
	orders_do(accounts, "max", ORDER(UNBAN, OF("ulf")));
	assert_string_equal(orders_changes(accounts, &last_id),
		"lobby||{\"type\": \"moderation\", \"action\": \"unban\", \"user\": \"ulf\", "
		"\"by\": \"max\"}\n");
	assert_int_equal(sql_ask(*state, DATABASE, COUNT_ROWS), 1);
	assert_int_equal(banned_until(accounts, "lobby", "mel"), FOR_GOOD);
	accounts_close(accounts);
}

static void of_two_who_are_called_alike_the_broker_looks_at_everybody(void **state)
{
	struct account one = people_person("guest-7"), other = people_person("guest-8");
	struct accounts *accounts = orders_open(*state);
	int64_t last_id = -1;

	orders_do(accounts, "max",
		ORDER(BAN, OF("guest-7"), .user = one.user.id, .user_is_guest = true));
	orders_do(accounts, "max",
		ORDER(BAN, OF("guest-7"), .user = other.user.id, .user_is_guest = true));
	orders_changes(accounts, &last_id);
	orders_do(accounts, "max", ORDER(UNBAN, OF("guest-7")));
	assert_string_equal(orders_changes(accounts, &last_id),
		"lobby||{\"type\": \"moderation\", \"action\": \"unban\", \"user\": "
		"\"guest-7\", \"by\": \"max\"}\n");
	assert_int_equal(banned_until(accounts, "lobby", "guest-7"), 0);
	assert_int_equal(banned_until(accounts, "lobby", "guest-8"), 0);
	accounts_close(accounts);
}

static void keys_of_one_order_are_told_once(void **state)
{
	struct order ban = ORDER(BAN, OF("guest-7"),
		.addresses = { STR("192.0.2.7"), STR("198.51.100.7") }, .key_count = 2);
	struct accounts *accounts = orders_open(*state);
	int64_t last_id = -1, rows = sql_ask(*state, DATABASE, "SELECT count(*) FROM audit");

	orders_changes(accounts, &last_id);
	orders_do(accounts, "max", ban);
	assert_string_equal(orders_changes(accounts, &last_id),
		"lobby||{\"type\": \"moderation\", \"action\": \"ban\", \"user\": \"guest-7\", "
		"\"by\": \"max\", \"seconds\": 0}\n");
	assert_int_equal(sql_ask(*state, DATABASE, COUNT_ROWS), 2);
	assert_int_equal(sql_ask(*state, DATABASE, "SELECT count(*) FROM audit"), rows + 1);
	assert_int_equal(sql_ask(*state, DATABASE,
				 "SELECT count(*) FROM audit WHERE subject LIKE '%192.0.2.7%' "
				 "AND subject LIKE '%198.51.100.7%'"),
		1);
	ban.addresses[1] = STR_OF("next door");
	assert_int_equal(orders_give(accounts, "max", ban), MODERATION_BAD_ORDER);
	ban.verb = VERB_UNBAN;
	assert_int_equal(orders_give(accounts, "max", ban), MODERATION_BAD_ORDER);
	accounts_close(accounts);
}

static void of_keys_one_of_which_is_refused_none_is_done(void **state)
{
	struct accounts *accounts = orders_open(*state);
	struct account olga = people_person("olga");
	struct session_row session = people_login(accounts, &olga, 1);
	struct order ban = ORDER(BAN, OF("guest-7"),
		.sessions = { (const uint8_t *)"the session of somebody else ...",
			session.key_hash },
		.key_count = 2);

	assert_int_equal(orders_give(accounts, "max", ban), MODERATION_ABOVE);
	assert_int_equal(sql_ask(*state, DATABASE, COUNT_ROWS), 0);
	accounts_close(accounts);
}

static void what_an_owner_did_to_a_moderator_only_the_owner_lifts(void **state)
{
	struct accounts *accounts = orders_open(*state);

	orders_do(accounts, "olga", ORDER(BAN, OF("mia")));
	assert_int_equal(orders_give(accounts, "max", ORDER(UNBAN, OF("mia"))), MODERATION_ABOVE);
	assert_int_equal(
		orders_give(accounts, "max", ORDER(UNBAN, .sanction = 1)), MODERATION_ABOVE);
	assert_int_equal(banned_until(accounts, "lobby", "mia"), FOR_GOOD);
	orders_do(accounts, "olga", ORDER(UNBAN, .sanction = 1));
	assert_int_equal(banned_until(accounts, "lobby", "mia"), 0);
	accounts_close(accounts);
}

static void a_session_is_as_high_as_whose_it_is(void **state)
{
	struct accounts *accounts = orders_open(*state);
	struct account olga = people_person("olga");
	struct session_row session = people_login(accounts, &olga, 7);

	assert_int_equal(orders_give(accounts, "max", ORDER(BAN, .session = session.key_hash)),
		MODERATION_ABOVE);
	orders_do(accounts, "sam", ORDER(BAN, .session = session.key_hash));
	accounts_close(accounts);
}

#define FILL(room_, count_, until_)                                                        \
	"WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE " \
	"i < " count_ ") INSERT INTO sanction (room, kind, subject, key, prefix, name, "   \
	"reason, by_name, created, until) SELECT '" room_                                  \
	"', 2, 1, CAST(printf('%016d', i) AS BLOB), 128, 'x', '', '', 0, " until_ " FROM number"

static void a_room_holds_so_many_and_the_site_still_can(void **state)
{
	struct accounts *accounts = orders_open(*state);

	sql_run(*state, DATABASE, FILL("lobby", "999", "NULL"));
	orders_do(accounts, "max", ORDER(BAN, OF("ulf")));
	assert_int_equal(orders_give(accounts, "max", ORDER(BAN, OF("mel"))), MODERATION_FULL);
	orders_do(accounts, "max", ORDER(BAN, OF("ulf"), .seconds = 10));
	orders_do(accounts, "sam", ORDER_IN("cellar", BAN, OF("ulf")));
	orders_do(accounts, "sam", SITE_ORDER(BAN, OF("ulf")));
	orders_do(accounts, "max", ORDER(UNBAN, OF("ulf")));
	orders_do(accounts, "max", ORDER(BAN, OF("mel")));
	accounts_close(accounts);
}

static void what_rooms_fill_does_not_bind_the_site(void **state)
{
	struct accounts *accounts = orders_open(*state);

	sql_run(*state, DATABASE, FILL("other", "100000", "NULL"));
	assert_int_equal(orders_give(accounts, "max", ORDER(BAN, OF("ulf"))), MODERATION_FULL);
	orders_do(accounts, "sam", SITE_ORDER(BAN, OF("ulf")));
	accounts_close(accounts);
}

static void what_is_over_goes_slice_by_slice_and_counts_no_more(void **state)
{
	struct accounts *accounts = orders_open(*state);

	sql_run(*state, DATABASE, FILL("lobby", "1000", "5"));
	orders_do(accounts, "max", ORDER(BAN, OF("ulf")));
	assert_int_equal(sql_ask(*state, DATABASE, COUNT_ROWS), 901);
	orders_do(accounts, "max", ORDER(BAN, OF("mel")));
	assert_int_equal(sql_ask(*state, DATABASE, COUNT_ROWS), 802);
	accounts_close(accounts);
}

static void a_room_has_so_many_roles(void **state)
{
	struct accounts *accounts = orders_open(*state);

	sql_run(*state, DATABASE,
		"WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number "
		"WHERE i < 996) INSERT INTO room_role SELECT 'lobby', "
		"CAST(printf('%016d', i) AS BLOB), 2, 'x', 0 FROM number");
	assert_int_equal(orders_give(accounts, "olga", ORDER(ROLE, OF("ulf"), .role = ROLE_MEMBER)),
		MODERATION_FULL);
	orders_do(accounts, "olga", ORDER(ROLE, OF("mel"), .role = ROLE_MODERATOR));
	orders_do(accounts, "olga", ORDER(ROLE, OF("max"), .role = ROLE_USER));
	orders_do(accounts, "olga", ORDER(ROLE, OF("ulf"), .role = ROLE_MEMBER));
	accounts_close(accounts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(another_sanction_for_the_same_replaces_it),
		FOLDER_TEST(a_ban_is_lifted_where_it_holds_and_nowhere_else),
		FOLDER_TEST(each_way_of_naming_a_ban_lifts_it),
		FOLDER_TEST(a_name_lifts_all_that_were_meant_for_it),
		FOLDER_TEST(of_two_who_are_called_alike_the_broker_looks_at_everybody),
		FOLDER_TEST(keys_of_one_order_are_told_once),
		FOLDER_TEST(of_keys_one_of_which_is_refused_none_is_done),
		FOLDER_TEST(what_an_owner_did_to_a_moderator_only_the_owner_lifts),
		FOLDER_TEST(a_session_is_as_high_as_whose_it_is),
		FOLDER_TEST(a_room_holds_so_many_and_the_site_still_can),
		FOLDER_TEST(what_rooms_fill_does_not_bind_the_site),
		FOLDER_TEST(what_is_over_goes_slice_by_slice_and_counts_no_more),
		FOLDER_TEST(a_room_has_so_many_roles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
