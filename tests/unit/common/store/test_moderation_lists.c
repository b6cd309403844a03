/* SPDX-License-Identifier: MIT */
/* Lists of rooms, roles, sanctions and of what was done: in their order, searched, page by page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/store/api_keys.h"
#include "common/store/invites.h"
#include "tests/unit/common/store/orders.h"
#include "tests/unit/common/store/sql.h"

#define DATABASE "accounts.db"
#define ALL .limit = SIZE_MAX

struct walk {
	char text[1024];
	int left; /* to be visited */
};

static bool note(struct walk *walk, const char *a, const char *b)
{
	size_t len = strlen(walk->text);

	snprintf(walk->text + len, sizeof(walk->text) - len, "%s%s%s ", a,
		a[0] != '\0' && b[0] != '\0' ? "/" : "", b);
	return --walk->left > 0;
}

static bool note_room(void *context, const struct room_row *room)
{
	return note(context, room->name, room->topic);
}

static bool note_role(void *context, const struct role_row *row)
{
	return note(context, row->room, row->user.name);
}

static bool note_sanction(void *context, const struct sanction_row *row)
{
	return note(context, row->room, row->name);
}

static bool note_audit(void *context, const struct audit_row *row)
{
	char action[AUDIT_WORD_SIZE], subject[AUDIT_TEXT_SIZE];

	snprintf(action, sizeof(action), "%.*s", STR_ARG(row->action));
	snprintf(subject, sizeof(subject), "%.*s", STR_ARG(row->subject));
	return note(context, action, subject);
}

enum list { ROOMS, ROLES, SANCTIONS, AUDIT };

static enum store_problem walk_list(struct accounts *accounts, enum list which,
	const struct list_query *query, struct walk *walk)
{
	switch (which) {
	case ROOMS:
		return rooms_list(accounts, query, note_room, walk);
	case ROLES:
		return roles_list(accounts, query, note_role, walk);
	case SANCTIONS:
		return sanctions_list(accounts, query, PEOPLE_NOW_MS, note_sanction, walk);
	case AUDIT:
		break;
	}
	return audit_list(accounts, query, note_audit, walk);
}

static void assert_ended_list(struct accounts *accounts, enum list which, struct list_query query,
	int left, const char *expected)
{
	struct walk walk = { .left = left };

	assert_int_equal(walk_list(accounts, which, &query, &walk), STORE_OK);
	assert_string_equal(walk.text, expected);
}

static void assert_list(
	struct accounts *accounts, enum list which, struct list_query query, const char *expected)
{
	assert_ended_list(accounts, which, query, 99, expected);
}

#define QUERY(...) ((struct list_query){ __VA_ARGS__ })

static void rooms_are_listed_by_name_and_found_by_topic(void **state)
{
	struct accounts *accounts = orders_open(*state);

	orders_do(accounts, NULL, ORDER_IN("cellar", TOPIC, .text = STR("Über_WINE")));
	orders_do(accounts, NULL, ORDER_IN("attic", LOCK, .is_on = true));
	assert_list(accounts, ROOMS, QUERY(ALL), "attic cellar/Über_WINE lobby ");
	assert_list(accounts, ROOMS, QUERY(ALL, .after = STR("attic")), "cellar/Über_WINE lobby ");
	assert_list(accounts, ROOMS, QUERY(.limit = 1), "attic ");
	assert_list(accounts, ROOMS, QUERY(.limit = 0), "");
	assert_list(accounts, ROOMS, QUERY(ALL, .search = STR("ÜBER")), "cellar/Über_WINE ");
	assert_list(accounts, ROOMS, QUERY(.limit = 1, .search = STR("LO")), "lobby ");
	assert_list(accounts, ROOMS, QUERY(ALL, .search = STR("r_W")), "cellar/Über_WINE ");
	assert_list(accounts, ROOMS, QUERY(ALL, .search = STR("%")), "");
	assert_list(accounts, ROOMS, QUERY(ALL, .search = STR("\xff")), "");
	assert_ended_list(accounts, ROOMS, QUERY(ALL), 1, "attic ");
	accounts_close(accounts);
}

static void roles_are_listed_by_room_and_name(void **state)
{
	struct accounts *accounts = orders_open(*state);
	enum account_result result;

	orders_do(accounts, NULL, ORDER_IN("cellar", ROLE, OF("ulf"), .role = ROLE_OWNER));
	orders_do(accounts, NULL, ORDER_IN("cellar", ROLE, OF("max"), .role = ROLE_MEMBER));
	assert_int_equal(accounts_set_display_name(accounts, orders_id("ulf"), STR_OF("Adam"),
				 PEOPLE_NOW_MS, &result),
		STORE_OK);
	assert_list(accounts, ROLES, QUERY(ALL),
		"cellar/Adam cellar/max lobby/max lobby/mel lobby/mia lobby/olga ");
	assert_list(accounts, ROLES, QUERY(ALL, .after = STR("cellar/max")),
		"lobby/max lobby/mel lobby/mia lobby/olga ");
	assert_list(accounts, ROLES, QUERY(.limit = 2, .room = STR("lobby"), .after = STR("max")),
		"lobby/mel lobby/mia ");
	assert_list(accounts, ROLES, QUERY(ALL, .search = STR("MAX")), "cellar/max lobby/max ");
	assert_ended_list(accounts, ROLES, QUERY(ALL), 1, "cellar/Adam ");
	accounts_close(accounts);
}

static void a_role_is_listed_as_it_was_given(void **state)
{
	struct accounts *accounts = orders_open(*state);
	struct account alien = people_person("alien");

	orders_do(accounts, NULL,
		ORDER_IN("cellar", ROLE, OF("alien"), .user = alien.user.id, .role = ROLE_MEMBER));
	assert_list(accounts, ROLES, QUERY(ALL, .room = STR("cellar")), "cellar/alien ");
	accounts_close(accounts);
}

static bool keep_sanction(void *context, const struct sanction_row *row)
{
	*(struct sanction_row *)context = *row;
	return true;
}

static void a_sanction_is_listed_as_it_was_ordered(void **state)
{
	struct accounts *accounts = orders_open(*state);
	struct sanction_row row;

	orders_do(accounts, "max", ORDER(MUTE, OF("ulf"), .seconds = 60, .text = STR("noise")));
	assert_int_equal(sanctions_list(accounts, &QUERY(ALL), PEOPLE_NOW_MS, keep_sanction, &row),
		STORE_OK);
	assert_int_equal(row.id, 1);
	assert_string_equal(row.room, "lobby");
	assert_int_equal(row.kind, SANCTION_MUTE);
	assert_int_equal(row.subject, SANCTION_USER);
	assert_string_equal(row.name, "ulf");
	assert_string_equal(row.reason, "noise");
	assert_string_equal(row.by_name, "max");
	assert_int_equal(row.created_ms, PEOPLE_NOW_MS);
	assert_int_equal(row.until_ms, PEOPLE_NOW_MS + 60 * 1000);
	accounts_close(accounts);
}

static void sanctions_are_listed_newest_first_until_they_are_over(void **state)
{
	struct accounts *accounts = orders_open(*state);

	orders_do(accounts, "max", ORDER(BAN, OF("ulf"), .text = STR("Noise")));
	orders_do(accounts, "sam", SITE_ORDER(BAN, OF("mel"), .seconds = 10));
	orders_do(accounts, NULL, ORDER(MUTE, OF("ulf"), .address = STR("192.0.2.7/24")));
	assert_list(accounts, SANCTIONS, QUERY(ALL), "lobby/ulf (192.0.2.0/24) mel lobby/ulf ");
	assert_list(accounts, SANCTIONS, QUERY(ALL, .before_id = 3), "mel lobby/ulf ");
	assert_list(accounts, SANCTIONS, QUERY(.limit = 1, .before_id = 3), "mel ");
	assert_list(accounts, SANCTIONS, QUERY(ALL, .room = STR("lobby")),
		"lobby/ulf (192.0.2.0/24) lobby/ulf ");
	assert_list(accounts, SANCTIONS, QUERY(ALL, .search = STR("noise")), "lobby/ulf ");
	assert_list(accounts, SANCTIONS, QUERY(ALL, .search = STR("SAM")), "mel ");
	assert_list(accounts, SANCTIONS, QUERY(ALL, .search = STR("192.0.2")),
		"lobby/ulf (192.0.2.0/24) ");
	assert_ended_list(accounts, SANCTIONS, QUERY(ALL), 1, "lobby/ulf (192.0.2.0/24) ");
	sql_run(*state, DATABASE, "UPDATE sanction SET until = 5 WHERE kind = 1");
	assert_list(accounts, SANCTIONS, QUERY(ALL), "mel lobby/ulf ");
	accounts_close(accounts);
}

static bool note_person(void *context, const struct sanction_row *row)
{
	return note(context, "", row->person[0] == '\0' ? "(nobody)" : row->person);
}

static void whom_a_sanction_holds_is_told_without_the_address_too(void **state)
{
	struct accounts *accounts = orders_open(*state);
	struct walk walk = { .left = INT_MAX };

	orders_do(accounts, NULL, ORDER(BAN, OF("ulf"), .address = STR("192.0.2.7")));
	orders_do(accounts, NULL, ORDER(BAN, .address = STR("192.0.2.8")));
	assert_int_equal(
		sanctions_list(accounts, &QUERY(ALL), PEOPLE_NOW_MS, note_person, &walk), STORE_OK);
	assert_string_equal(walk.text, "(nobody) ulf ");
	accounts_close(accounts);
}

static void what_was_done_is_listed_newest_first(void **state)
{
	struct accounts *accounts = orders_open(*state);
	struct audit_row other = { .time_ms = 5,
		.via = STR("admin"),
		.action = STR("message delete"),
		.subject = STR("17"),
		.detail = STR("spam") };

	sql_run(*state, DATABASE, "DELETE FROM audit");
	orders_do(accounts, "max", ORDER(KICK, OF("ulf")));
	orders_do(accounts, "max", ORDER(BAN, OF("ulf"), .text = STR("Ärger")));
	assert_int_equal(audit_add(accounts, &other), STORE_OK);
	assert_list(accounts, AUDIT, QUERY(ALL), "message delete/17 ban/ulf kick/ulf ");
	assert_list(accounts, AUDIT, QUERY(ALL, .room = STR("lobby")), "ban/ulf kick/ulf ");
	assert_list(accounts, AUDIT, QUERY(ALL, .search = STR("ärger")), "ban/ulf ");
	assert_list(accounts, AUDIT, QUERY(ALL, .search = STR("MAX")), "ban/ulf kick/ulf ");
	assert_list(accounts, AUDIT, QUERY(ALL, .search = STR("admin")), "message delete/17 ");
	assert_list(accounts, AUDIT, QUERY(.limit = 1, .search = STR("max")), "ban/ulf ");
	assert_ended_list(accounts, AUDIT, QUERY(ALL), 1, "message delete/17 ");
	assert_list(accounts, AUDIT,
		QUERY(ALL, .before_id = sql_ask(*state, DATABASE, "SELECT max(id) FROM audit")),
		"ban/ulf kick/ulf ");
	accounts_close(accounts);
}

static void do_all_to_an_account(struct accounts *accounts)
{
	struct account carl = people_join(accounts, "carl");
	struct invite invite = { .token_hash = { 0xab }, .note = "for dora" };
	struct api_key key = { .name = "bot", .scopes = API_ROOMS_READ };
	const uint8_t *id = orders_id("carl");
	enum account_result result;
	size_t count;
	bool is_found;
	int64_t number;

	people_login(accounts, &carl, 1);
	assert_int_equal(accounts_set_display_name(accounts, id, STR_OF("Karl"), 0, &result), 0);
	assert_int_equal(accounts_change_password(accounts, id, NULL, "new", NULL, 0, &result), 0);
	assert_int_equal(accounts_set_rights(accounts, id, true, true, 0, &result), 0);
	assert_int_equal(accounts_set_rights(accounts, id, false, true, 0, &result), 0);
	assert_int_equal(accounts_set_rights(accounts, id, false, false, 0, &result), 0);
	assert_int_equal(accounts_set_rights(accounts, id, false, true, 0, &result), 0);
	people_login(accounts, &carl, 2);
	assert_int_equal(sessions_remove_others(accounts, id, NULL, 0, &count), 0);
	assert_int_equal(accounts_delete(accounts, id, 0, &result), 0);
	assert_int_equal(accounts_delete(accounts, id, 0, &result), 0);
	assert_int_equal(sessions_purge(accounts, 0, 0, 0, &count), 0);
	assert_int_equal(invites_add(accounts, &invite), 0);
	assert_int_equal(invites_remove(accounts, invite.token_hash, &is_found), 0);
	assert_int_equal(invites_remove(accounts, invite.token_hash, &is_found), 0);
	assert_int_equal(api_keys_add(accounts, &key, &number), 0);
	assert_int_equal(api_keys_remove(accounts, number, &is_found), 0);
	assert_int_equal(api_keys_remove(accounts, number, &is_found), 0);
}

static bool note_whole(void *context, const struct audit_row *row)
{
	buf_append_format(context, "%.*s|%.*s|%.*s|%.*s\n", STR_ARG(row->via), STR_ARG(row->action),
		STR_ARG(row->subject), STR_ARG(row->detail));
	assert_true(row->time_ms > 0);
	return true;
}

static void what_an_author_changes_is_in_the_log(void **state)
{
	static const struct audit_author author = { .name = STR("sam"), .via = "admin" };
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct buf lines = { 0 };

	do_all_to_an_account(accounts);
	assert_list(accounts, AUDIT, QUERY(ALL), "");
	sql_run(*state, DATABASE, "DELETE FROM former_account");
	accounts_set_author(accounts, &author);
	do_all_to_an_account(accounts);
	assert_int_equal(
		audit_list(accounts, &QUERY(ALL, .search = STR("sam")), note_whole, &lines),
		STORE_OK);
	assert_string_equal(buf_text(&lines), "admin|apikey remove|2|\n"
					      "admin|apikey add|2|bot\n"
					      "admin|invite delete|ab00000000000000|\n"
					      "admin|invite create|ab00000000000000|for dora\n"
					      "admin|session purge||0\n"
					      "admin|user delete|carl|\n"
					      "admin|session purge|carl|1\n"
					      "admin|user unban|carl|\n"
					      "admin|user ban|carl|\n"
					      "admin|user demote|carl|\n"
					      "admin|user promote|carl|\n"
					      "admin|changepassword|carl|\n"
					      "admin|user rename|carl|Karl\n"
					      "admin|user add|carl|\n");
	buf_finish(&lines);
	accounts_close(accounts);
}

static bool keep_row(void *context, const struct audit_row *row)
{
	assert_int_equal(row->time_ms, 5);
	assert_memory_equal(row->actor, orders_id("sam"), USER_ID_SIZE);
	*(size_t *)context = row->detail.len;
	return true;
}

static void a_text_of_the_log_is_cut_between_characters(void **state)
{
	static char detail[AUDIT_TEXT_SIZE + 1];
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct audit_row row = { .time_ms = 5, .actor = orders_id("sam") };
	size_t len = 0;

	for (size_t i = 0; i + 1 < sizeof(detail); i += 2)
		memcpy(detail + i, "ü", 2);
	row.detail = str_from(detail);
	assert_int_equal(audit_add(accounts, &row), STORE_OK);
	assert_int_equal(audit_list(accounts, &QUERY(ALL), keep_row, &len), STORE_OK);
	assert_int_equal(len, AUDIT_TEXT_SIZE - 2);
	accounts_close(accounts);
}

static void the_log_is_bounded_and_the_oldest_rows_go(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct audit_row row = { .action = STR("last") };

	sql_run(*state, DATABASE,
		"WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number "
		"WHERE i < 100000) INSERT INTO audit (time, via, actor_name, action, room, "
		"subject, detail) SELECT 0, '', '', '', '', '', '' FROM number");
	assert_int_equal(audit_add(accounts, &row), STORE_OK);
	assert_int_equal(sql_ask(*state, DATABASE, "SELECT count(*) FROM audit"), 100000);
	assert_int_equal(sql_ask(*state, DATABASE, "SELECT min(id) FROM audit"), 2);
	accounts_close(accounts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(rooms_are_listed_by_name_and_found_by_topic),
		FOLDER_TEST(roles_are_listed_by_room_and_name),
		FOLDER_TEST(a_role_is_listed_as_it_was_given),
		FOLDER_TEST(a_sanction_is_listed_as_it_was_ordered),
		FOLDER_TEST(sanctions_are_listed_newest_first_until_they_are_over),
		FOLDER_TEST(whom_a_sanction_holds_is_told_without_the_address_too),
		FOLDER_TEST(what_was_done_is_listed_newest_first),
		FOLDER_TEST(what_an_author_changes_is_in_the_log),
		FOLDER_TEST(a_text_of_the_log_is_cut_between_characters),
		FOLDER_TEST(the_log_is_bounded_and_the_oldest_rows_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
