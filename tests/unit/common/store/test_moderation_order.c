/* SPDX-License-Identifier: MIT */
/* Who may order what, what becomes of it, and what is left of it for the broker and in the audit
 * log. */
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

#define DONE MODERATION_DONE
#define FORBIDDEN MODERATION_FORBIDDEN
#define ABOVE MODERATION_ABOVE
#define NOBODY MODERATION_NOBODY
#define BAD MODERATION_BAD_ORDER

/* Of each role one, in order; the second of each kind, on whom it is tried, has the same. */
static const char *const actors[] = { "guest", "ulf", "mel", "max", "olga", "sam", NULL };
static const char *const targets[] = { "guest2", "una", "moe", "mia", "olga", "sue" };

static void assert_result(enum moderation_result is, enum moderation_result should,
	const char *actor, const char *word, const char *target)
{
	if (is != should)
		fail_msg("%s, %s, %s: %s", actor == NULL ? "the site" : actor, word, target,
			moderation_result_code(is));
}

static struct order at_target(enum verb verb, size_t target)
{
	return (struct order){
		.verb = verb,
		.room = STR("lobby"),
		.via = "page",
		.user = orders_id(targets[target]),
		.user_is_guest = target == ROLE_GUEST,
		.name = str_from(targets[target]),
	};
}

static struct accounts *open_with_targets(const struct folder *folder)
{
	struct accounts *accounts = orders_open(folder);

	people_join(accounts, "una");
	people_join(accounts, "moe");
	orders_do(accounts, NULL, ORDER(ROLE, OF("moe"), .role = ROLE_MEMBER));
	return accounts;
}

/* By the rule in words: moderators and above act on who has a lower role; nobody, the site neither,
 * keeps out or silences a superuser. */
static enum moderation_result expected_on(size_t actor, size_t target, bool is_sanction)
{
	if (target == ROLE_SUPERUSER && is_sanction && actor >= ROLE_MODERATOR)
		return ABOVE;
	if (actors[actor] == NULL)
		return DONE;
	if (actor < ROLE_MODERATOR)
		return FORBIDDEN;
	return actor > target ? DONE : ABOVE;
}

static void moderators_act_on_lower_roles_only(void **state)
{
	static const enum verb verbs[] = { VERB_MUTE, VERB_KICK, VERB_BAN };

	for (size_t actor = 0; actor < COUNT(actors); actor++) {
		struct accounts *accounts = open_with_targets(*state);

		for (size_t target = 0; target < COUNT(targets); target++)
			for (size_t i = 0; i < COUNT(verbs); i++)
				assert_result(orders_give(accounts, actors[actor],
						      at_target(verbs[i], target)),
					expected_on(actor, target, verbs[i] != VERB_KICK),
					actors[actor], verb_row(verbs[i])->word, targets[target]);
		accounts_close(accounts);
		folder_empty(*state);
	}
}

static void nobody_acts_on_themselves(void **state)
{
	struct accounts *accounts = orders_open(*state);

	orders_do(accounts, NULL, ORDER(MUTE, OF("max")));
	assert_int_equal(orders_give(accounts, "max", ORDER(UNMUTE, OF("max"))), ABOVE);
	assert_int_equal(orders_give(accounts, "mia", ORDER(UNMUTE, OF("max"))), ABOVE);
	assert_int_equal(
		orders_give(accounts, "max", ORDER(ROLE, OF("max"), .role = ROLE_USER)), FORBIDDEN);
	assert_int_equal(
		orders_give(accounts, "olga", ORDER(ROLE, OF("olga"), .role = ROLE_USER)), ABOVE);
	orders_do(accounts, "olga", ORDER(UNMUTE, OF("max")));
	accounts_close(accounts);
}

/* The pages know their own accounts alone. */
static void who_has_a_role_is_no_guest_whatever_the_order_says(void **state)
{
	struct accounts *accounts = orders_open(*state);
	struct order mute = ORDER(MUTE, OF("rob"), .user = orders_id("rob"), .user_is_guest = true);

	orders_do(accounts, NULL,
		ORDER(ROLE, OF("rob"), .user = orders_id("rob"), .role = ROLE_MODERATOR));
	assert_int_equal(orders_give(accounts, "max", mute), ABOVE);
	orders_do(accounts, "olga", mute);
	accounts_close(accounts);
}

/* What changes the rules, and the least role for it, in words. */
static const struct {
	struct order order;
	const char *role;
} rule_orders[] = {
	{ { .verb = VERB_TOPIC, .room = STR("lobby"), .text = STR("Tea") }, "moderator" },
	{ { .verb = VERB_LOCK, .room = STR("lobby"), .is_on = true }, "moderator" },
	{ { .verb = VERB_SLOW, .room = STR("lobby"), .seconds = 5 }, "moderator" },
	{ { .verb = VERB_MEMBERS_ONLY, .room = STR("lobby"), .is_on = true }, "owner" },
	{ { .verb = VERB_HIDE, .room = STR("lobby"), .is_on = true }, "owner" },
};

static void rules_are_changed_by_whom_the_table_allows(void **state)
{
	enum role least;

	for (size_t actor = 0; actor < COUNT(actors); actor++) {
		struct accounts *accounts = orders_open(*state);

		for (size_t i = 0; i < COUNT(rule_orders); i++) {
			assert_true(role_find(str_from(rule_orders[i].role), &least));
			assert_result(orders_give(accounts, actors[actor], rule_orders[i].order),
				actor >= least ? DONE : FORBIDDEN, actors[actor],
				verb_row(rule_orders[i].order.verb)->word, "");
		}
		accounts_close(accounts);
		folder_empty(*state);
	}
}

static void a_moderator_of_one_room_is_nobody_in_another(void **state)
{
	struct accounts *accounts = orders_open(*state);

	orders_do(accounts, NULL, ORDER_IN("cellar", TOPIC, .text = STR("Wine")));
	assert_int_equal(
		orders_give(accounts, "max", ORDER_IN("cellar", KICK, OF("ulf"))), FORBIDDEN);
	assert_int_equal(
		orders_give(accounts, "olga", ORDER_IN("cellar", LOCK, .is_on = true)), FORBIDDEN);
	orders_do(accounts, "sam", ORDER_IN("cellar", LOCK, .is_on = true));
	accounts_close(accounts);
}

static void who_is_banned_orders_nothing(void **state)
{
	struct accounts *accounts = orders_open(*state);

	orders_do(accounts, "olga", ORDER(BAN, OF("max")));
	assert_int_equal(orders_give(accounts, "max", ORDER(KICK, OF("ulf"))), FORBIDDEN);
	orders_do(accounts, "sam", SITE_ORDER(BAN, OF("mia")));
	assert_int_equal(orders_give(accounts, "mia", ORDER(KICK, OF("ulf"))), FORBIDDEN);
	assert_int_equal(orders_give(accounts, "mia",
				 ORDER_IN("new", LOCK, .is_on = true, .room_is_new = true)),
		FORBIDDEN);
	accounts_close(accounts);
}

static void only_superusers_and_the_site_ban_from_the_whole_site(void **state)
{
	struct accounts *accounts = orders_open(*state);

	assert_int_equal(orders_give(accounts, "olga", SITE_ORDER(BAN, OF("ulf"))), FORBIDDEN);
	assert_int_equal(orders_give(accounts, "olga", SITE_ORDER(UNBAN, OF("ulf"))), FORBIDDEN);
	assert_int_equal(orders_give(accounts, "sam", SITE_ORDER(BAN, OF("sue"))), ABOVE);
	orders_do(accounts, "sam", SITE_ORDER(BAN, OF("olga")));
	assert_int_equal(orders_standing(accounts, "cellar", "olga").banned_until_ms, FOR_GOOD);
	orders_do(accounts, NULL, SITE_ORDER(UNBAN, OF("olga")));
	assert_int_equal(orders_standing(accounts, "cellar", "olga").banned_until_ms, 0);
	accounts_close(accounts);
}

/* The least actor for each change of a role, by the rule in words: owners appoint moderators and
 * hand the room over, moderators admit members. */
static enum moderation_result expected_role(size_t actor, enum role from, enum role to)
{
	enum role higher = from > to ? from : to;

	if (actors[actor] == NULL)
		return from == ROLE_USER && to == ROLE_USER ? NOBODY : DONE;
	if (actor < ROLE_MODERATOR)
		return FORBIDDEN;
	if (from == ROLE_USER && to == ROLE_USER)
		return NOBODY;
	if (actor == ROLE_MODERATOR && higher >= ROLE_MODERATOR)
		return FORBIDDEN;
	return actor > from ? DONE : ABOVE;
}

/* Tries it on who has the role from, and puts everything back. */
static void try_role(struct accounts *accounts, size_t actor, enum role from, enum role to)
{
	struct order order = at_target(VERB_ROLE, from);

	order.role = to;
	assert_result(orders_give(accounts, actors[actor], order), expected_role(actor, from, to),
		actors[actor], role_word(to), targets[from]);
	order.role = from;
	orders_give(accounts, NULL, order);
	orders_do(accounts, NULL, ORDER(ROLE, OF("olga"), .role = ROLE_OWNER));
	assert_int_equal(orders_role(accounts, targets[from]), from);
}

static void roles_are_changed_by_whom_the_table_allows(void **state)
{
	struct accounts *accounts = open_with_targets(*state);

	for (size_t actor = 0; actor < COUNT(actors); actor++)
		for (enum role from = ROLE_USER; from <= ROLE_OWNER; from++)
			for (enum role to = ROLE_USER; to <= ROLE_OWNER; to++)
				try_role(accounts, actor, from, to);
	accounts_close(accounts);
}

static void a_role_is_given_and_taken_away(void **state)
{
	struct accounts *accounts = orders_open(*state);

	orders_do(accounts, "max", ORDER(ROLE, OF("ulf"), .role = ROLE_MEMBER));
	assert_int_equal(orders_role(accounts, "ulf"), ROLE_MEMBER);
	orders_do(accounts, "olga", ORDER(ROLE, OF("ulf"), .role = ROLE_MODERATOR));
	assert_int_equal(orders_role(accounts, "ulf"), ROLE_MODERATOR);
	orders_do(accounts, "olga", ORDER(ROLE, OF("ulf"), .role = ROLE_USER));
	assert_int_equal(orders_role(accounts, "ulf"), ROLE_USER);
	assert_int_equal(
		orders_give(accounts, "olga", ORDER(ROLE, OF("ulf"), .role = ROLE_USER)), NOBODY);
	accounts_close(accounts);
}

static void who_hands_a_room_over_is_its_moderator_then(void **state)
{
	struct accounts *accounts = orders_open(*state);

	orders_do(accounts, "olga", ORDER(ROLE, OF("ulf"), .role = ROLE_OWNER));
	assert_int_equal(orders_role(accounts, "ulf"), ROLE_OWNER);
	assert_int_equal(orders_role(accounts, "olga"), ROLE_MODERATOR);
	assert_int_equal(
		sql_ask(*state, DATABASE, "SELECT count(*) FROM room_role WHERE role = 4"), 1);
	orders_do(accounts, NULL, ORDER(ROLE, OF("ulf"), .role = ROLE_OWNER));
	assert_int_equal(orders_role(accounts, "ulf"), ROLE_OWNER);
	accounts_close(accounts);
}

static void a_user_who_orders_something_in_a_new_room_owns_it(void **state)
{
	struct order order = ORDER_IN("new", TOPIC, .text = STR("Tea"), .room_is_new = true);
	struct accounts *accounts = orders_open(*state);

	assert_int_equal(orders_give(accounts, "guest", order), FORBIDDEN);
	assert_int_equal(orders_give(accounts, "ulf", ORDER_IN("new", TOPIC, .text = STR("Tea"))),
		FORBIDDEN);
	orders_do(accounts, "ulf", order);
	assert_int_equal(orders_standing(accounts, "new", "ulf").role, ROLE_OWNER);
	assert_int_equal(orders_give(accounts, "mel", order), FORBIDDEN);
	assert_int_equal(orders_standing(accounts, "new", "mel").role, ROLE_USER);
	accounts_close(accounts);
}

static void an_order_that_is_refused_makes_no_room(void **state)
{
	struct order order = ORDER_IN("new", KICK, OF("nobody"), .room_is_new = true);
	struct accounts *accounts = orders_open(*state);

	assert_int_equal(orders_give(accounts, "ulf", order), NOBODY);
	assert_int_equal(orders_standing(accounts, "new", "ulf").role, ROLE_USER);
	assert_int_equal(sql_ask(*state, DATABASE, "SELECT count(*) FROM room"), 1);
	accounts_close(accounts);
}

static void who_makes_a_room_owns_it_unless_it_is_known(void **state)
{
	struct accounts *accounts = orders_open(*state);
	struct account ulf = people_person("ulf");

	assert_int_equal(
		moderation_make_room(accounts, STR_OF("new"), &ulf.user, PEOPLE_NOW_MS), STORE_OK);
	assert_int_equal(orders_standing(accounts, "new", "ulf").role, ROLE_OWNER);
	assert_int_equal(moderation_make_room(accounts, STR_OF("lobby"), &ulf.user, PEOPLE_NOW_MS),
		STORE_OK);
	assert_int_equal(orders_role(accounts, "ulf"), ROLE_USER);
	assert_int_equal(orders_role(accounts, "olga"), ROLE_OWNER);
	accounts_close(accounts);
}

static void nobody_owns_rooms_without_end(void **state)
{
	struct accounts *accounts = orders_open(*state);
	struct account ulf = people_person("ulf");

	sql_run(*state, DATABASE,
		"WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number "
		"WHERE i < 1000) INSERT INTO room SELECT 'room' || i, '', 0, 0, 0, 0, 0 "
		"FROM number; "
		"INSERT INTO room_role SELECT room.name, id, 4, 'ulf', 0 FROM room, account "
		"WHERE room.name <> 'lobby' AND username = 'ulf'");
	assert_int_equal(
		moderation_make_room(accounts, STR_OF("new"), &ulf.user, PEOPLE_NOW_MS), STORE_OK);
	assert_int_equal(orders_standing(accounts, "new", "ulf").role, ROLE_USER);
	assert_int_equal(orders_standing(accounts, "room7", "ulf").role, ROLE_OWNER);
	accounts_close(accounts);
}

static void orders_that_lack_something_are_bad(void **state)
{
	static const char long_text[TOPIC_CHARACTERS_MAX + 2] = {
		[0 ... TOPIC_CHARACTERS_MAX] = 'a'
	};
	uint8_t session[SESSION_HASH_SIZE] = "a session";
	const struct order orders[] = {
		SITE_ORDER(KICK, OF("ulf")),
		SITE_ORDER(TOPIC, .text = STR("Tea")),
		SITE_ORDER(ROLE, OF("ulf"), .role = ROLE_MEMBER),
		ORDER(MUTE, .seconds = 5),
		ORDER(KICK, .session = session),
		ORDER(KICK, .address = STR("192.0.2.7")),
		ORDER(KICK, OF("ulf"), .session = session),
		ORDER(KICK, OF("ulf"), .address = STR("192.0.2.7")),
		ORDER(ROLE, OF("ulf"), .address = STR("192.0.2.7"), .role = ROLE_MEMBER),
		ORDER(BAN, .sanction = 1),
		ORDER(UNBAN, .sanction = 0),
		ORDER(BAN, .address = STR("next door")),
		ORDER(BAN, .address = STR("0.0.0.0/0")),
		ORDER(BAN, .address = STR("10.0.0.0/7")),
		ORDER(BAN, .address = STR("::/16")),
		ORDER(BAN, .address = STR("2000::/15")),
		ORDER(BAN, OF("ulf"), .seconds = -1),
		ORDER(BAN, OF("ulf"), .seconds = INT64_MAX / 1000),
		ORDER(BAN, OF("ulf"), .text = STR("two\nlines")),
		ORDER(BAN, OF("ulf"), .text = str_from(long_text)),
		ORDER(BAN, OF("\xff")),
		ORDER(SLOW, .seconds = SLOW_SECONDS_MAX + 1),
		ORDER(SLOW, .seconds = -1),
		ORDER(TOPIC, .text = str_from(long_text)),
		ORDER(TOPIC, .text = STR("\xff")),
		ORDER(ROLE, OF("ulf"), .role = ROLE_SUPERUSER),
		ORDER(ROLE, OF("ulf"), .role = ROLE_GUEST),
		ORDER(ROLE, OF("guest"), .user = session, .user_is_guest = true,
			.role = ROLE_MEMBER),
	};
	struct accounts *accounts = orders_open(*state);

	for (size_t i = 0; i < COUNT(orders); i++) {
		enum moderation_result result = orders_give(accounts, NULL, orders[i]);

		if (result != BAD)
			fail_msg("order %zu: %s", i, moderation_result_code(result));
	}
	accounts_close(accounts);
}

static void limits_themselves_are_fine(void **state)
{
	static const char topic[TOPIC_CHARACTERS_MAX + 1] = { [0 ... TOPIC_CHARACTERS_MAX -
								      1] = 'a' };
	struct accounts *accounts = orders_open(*state);

	orders_do(accounts, NULL, ORDER(TOPIC, .text = str_from(topic)));
	orders_do(accounts, NULL, ORDER(TOPIC, .text = STR("")));
	orders_do(accounts, NULL, ORDER(SLOW, .seconds = SLOW_SECONDS_MAX));
	orders_do(accounts, NULL, ORDER(BAN, .address = STR("10.0.0.0/8")));
	orders_do(accounts, NULL, ORDER(BAN, .address = STR("2001::/16")));
	accounts_close(accounts);
}

static void people_are_found_by_any_form_of_their_names(void **state)
{
	struct account alien = people_person("alien");
	struct accounts *accounts = orders_open(*state);

	orders_do(accounts, "max", ORDER(MUTE, OF("U-L-F")));
	assert_int_equal(orders_standing(accounts, "lobby", "ulf").muted_until_ms, FOR_GOOD);
	/* Of another site: known here by the role alone. */
	orders_do(accounts, NULL,
		ORDER(ROLE, OF("alien"), .user = alien.user.id, .role = ROLE_MEMBER));
	orders_do(accounts, "max", ORDER(MUTE, OF("alien")));
	assert_int_equal(orders_standing(accounts, "lobby", "alien").muted_until_ms, FOR_GOOD);
	/* A guest: by what holds it. */
	orders_do(accounts, "max",
		ORDER(MUTE, OF("guest-7"), .user = orders_id("guest-7"), .user_is_guest = true));
	orders_do(accounts, "max", ORDER(BAN, OF("guest-7")));
	assert_int_equal(orders_standing(accounts, "lobby", "guest-7").banned_until_ms, FOR_GOOD);
	assert_int_equal(
		orders_give(accounts, "max", ORDER(ROLE, OF("guest-7"), .role = ROLE_MEMBER)),
		NOBODY);
	assert_int_equal(orders_give(accounts, "max", ORDER(BAN, OF("guest-8"))), NOBODY);
	accounts_close(accounts);
}

static const struct {
	struct order order;
	const char *change, *audit;
} traces[] = {
	{ ORDER(TOPIC, .text = STR("A \"b\"")),
		"lobby||{\"type\": \"moderation\", \"action\": \"topic\", \"by\": "
		"\"olga\", "
		"\"text\": \"A \\\"b\\\"\"}\n",
		"topic||A \"b\"" },
	{ ORDER(LOCK, .is_on = true),
		"lobby||{\"type\": \"moderation\", \"action\": \"lock\", \"by\": \"olga\", "
		"\"on\": true}\n",
		"lock||on" },
	{ ORDER(SLOW, .seconds = 5),
		"lobby||{\"type\": \"moderation\", \"action\": \"slow\", \"by\": \"olga\", "
		"\"seconds\": 5}\n",
		"slow||5 s" },
	{ ORDER(MUTE, OF("ulf"), .seconds = 60, .text = STR("spam")),
		"lobby|ulf|{\"type\": \"moderation\", \"action\": \"mute\", \"user\": "
		"\"ulf\", \"by\": \"olga\", \"seconds\": 60, \"text\": \"spam\"}\n",
		"mute|ulf|60 s: spam" },
	{ ORDER(UNMUTE, OF("ulf")),
		"lobby|ulf|{\"type\": \"moderation\", \"action\": \"unmute\", \"user\": "
		"\"ulf\", \"by\": \"olga\"}\n",
		"unmute|ulf|" },
	{ ORDER(KICK, OF("ulf")),
		"lobby|ulf|{\"type\": \"moderation\", \"action\": \"kick\", \"user\": "
		"\"ulf\", \"by\": \"olga\"}\n",
		"kick|ulf|" },
	{ ORDER(BAN, .addresses = { STR("192.0.2.7/24") }, .key_count = 1),
		"lobby||{\"type\": \"moderation\", \"action\": \"ban\", \"by\": \"olga\", "
		"\"seconds\": 0}\n",
		"ban|192.0.2.0/24|0 s" },
	{ ORDER(BAN, OF("ulf"), .addresses = { STR("2001:db8::1") }, .key_count = 1),
		"lobby||{\"type\": \"moderation\", \"action\": \"ban\", \"user\": \"ulf\", "
		"\"by\": \"olga\", \"seconds\": 0}\n",
		"ban|ulf (2001:db8::/64)|0 s" },
	{ ORDER(ROLE, OF("ulf"), .role = ROLE_MEMBER),
		"lobby|ulf|{\"type\": \"moderation\", \"action\": \"role\", \"user\": "
		"\"ulf\", \"by\": \"olga\", \"role\": \"member\"}\n",
		"role|ulf|member" },
	{ ORDER(ROLE, OF("ulf"), .role = ROLE_OWNER),
		"lobby|olga|{\"type\": \"moderation\", \"action\": \"role\", \"user\": "
		"\"olga\", \"by\": \"olga\", \"role\": \"moderator\"}\n"
		"lobby|ulf|{\"type\": \"moderation\", \"action\": \"role\", \"user\": "
		"\"ulf\", \"by\": \"olga\", \"role\": \"owner\"}\n",
		"role|ulf|owner" },
};

static void each_order_leaves_one_change_and_one_row_of_audit(void **state)
{
	struct accounts *accounts = orders_open(*state);
	int64_t last_id = -1;
	char sql[256];

	orders_changes(accounts, &last_id);
	for (size_t i = 0; i < COUNT(traces); i++) {
		int64_t rows = sql_ask(*state, DATABASE, "SELECT count(*) FROM audit");

		orders_do(accounts, "olga", traces[i].order);
		assert_string_equal(orders_changes(accounts, &last_id), traces[i].change);
		assert_int_equal(sql_ask(*state, DATABASE, "SELECT count(*) FROM audit"), rows + 1);
		snprintf(sql, sizeof(sql),
			"SELECT action || '|' || subject || '|' || detail = '%s' FROM audit "
			"WHERE room = 'lobby' AND via = 'page' AND actor_name = 'olga' "
			"AND actor IS NOT NULL ORDER BY id DESC",
			traces[i].audit);
		if (sql_ask(*state, DATABASE, sql) != 1)
			fail_msg("audit of %s", traces[i].change);
	}
	accounts_close(accounts);
}

static void what_is_refused_leaves_nothing(void **state)
{
	struct accounts *accounts = orders_open(*state);
	int64_t last_id = -1;
	int64_t rows = sql_ask(*state, DATABASE, "SELECT count(*) FROM audit");

	orders_changes(accounts, &last_id);
	assert_int_equal(orders_give(accounts, "ulf", ORDER(KICK, OF("mel"))), FORBIDDEN);
	assert_int_equal(orders_give(accounts, "max", ORDER(KICK, OF("olga"))), ABOVE);
	assert_int_equal(orders_give(accounts, "max", ORDER(KICK, OF("nobody"))), NOBODY);
	assert_int_equal(orders_give(accounts, "max", ORDER(SLOW, .seconds = -1)), BAD);
	assert_string_equal(orders_changes(accounts, &last_id), "");
	assert_int_equal(sql_ask(*state, DATABASE, "SELECT count(*) FROM audit"), rows);
	accounts_close(accounts);
}

static void only_superusers_name_an_address(void **state)
{
	const struct order order = ORDER(MUTE, .address = STR("192.0.2.0/24"));
	struct accounts *accounts = orders_open(*state);

	assert_int_equal(orders_give(accounts, "max", order), FORBIDDEN);
	assert_int_equal(orders_give(accounts, "olga", order), FORBIDDEN);
	assert_int_equal(orders_give(accounts, "sam", order), MODERATION_DONE);
	accounts_close(accounts);
}

static void what_is_so_already_leaves_nothing(void **state)
{
	const struct order orders[] = {
		ORDER(TOPIC, .text = STR("Tea")),
		ORDER(LOCK, .is_on = true),
		ORDER(SLOW, .seconds = 5),
		ORDER(ROLE, OF("mel"), .role = ROLE_MODERATOR),
		ORDER(MUTE, OF("ulf"), .text = STR("spam")),
		ORDER(BAN, .addresses = { STR("192.0.2.7") }, .key_count = 1),
	};
	struct accounts *accounts = orders_open(*state);
	int64_t last_id = -1, rows;

	for (size_t i = 0; i < COUNT(orders); i++)
		orders_do(accounts, "olga", orders[i]);
	orders_changes(accounts, &last_id);
	rows = sql_ask(*state, DATABASE, "SELECT count(*) FROM audit");
	for (size_t i = 0; i < COUNT(orders); i++)
		orders_do(accounts, "olga", orders[i]);
	assert_string_equal(orders_changes(accounts, &last_id), "");
	assert_int_equal(sql_ask(*state, DATABASE, "SELECT count(*) FROM audit"), rows);
	orders_do(accounts, "olga", ORDER(MUTE, OF("ulf"), .text = STR("floods")));
	orders_do(accounts, "olga", ORDER(MUTE, OF("ulf"), .seconds = 60));
	assert_int_equal(sql_ask(*state, DATABASE, "SELECT count(*) FROM audit"), rows + 2);
	accounts_close(accounts);
}

static void results_have_words_and_sentences(void **state)
{
	assert_string_equal(moderation_result_code(MODERATION_ABOVE), "above");
	assert_string_equal(moderation_result_code(MODERATION_BAD_ORDER), "bad_order");
	for (enum moderation_result i = MODERATION_DONE; i <= MODERATION_FULL; i++)
		assert_string_not_equal(moderation_result_sentence(i), "");
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(moderators_act_on_lower_roles_only),
		FOLDER_TEST(nobody_acts_on_themselves),
		FOLDER_TEST(who_has_a_role_is_no_guest_whatever_the_order_says),
		FOLDER_TEST(rules_are_changed_by_whom_the_table_allows),
		FOLDER_TEST(a_moderator_of_one_room_is_nobody_in_another),
		FOLDER_TEST(who_is_banned_orders_nothing),
		FOLDER_TEST(only_superusers_and_the_site_ban_from_the_whole_site),
		FOLDER_TEST(roles_are_changed_by_whom_the_table_allows),
		FOLDER_TEST(a_role_is_given_and_taken_away),
		FOLDER_TEST(who_hands_a_room_over_is_its_moderator_then),
		FOLDER_TEST(a_user_who_orders_something_in_a_new_room_owns_it),
		FOLDER_TEST(an_order_that_is_refused_makes_no_room),
		FOLDER_TEST(who_makes_a_room_owns_it_unless_it_is_known),
		FOLDER_TEST(nobody_owns_rooms_without_end),
		FOLDER_TEST(orders_that_lack_something_are_bad),
		FOLDER_TEST(limits_themselves_are_fine),
		FOLDER_TEST(people_are_found_by_any_form_of_their_names),
		FOLDER_TEST(each_order_leaves_one_change_and_one_row_of_audit),
		FOLDER_TEST(what_is_refused_leaves_nothing),
		FOLDER_TEST(only_superusers_name_an_address),
		FOLDER_TEST(what_is_so_already_leaves_nothing),
		cmocka_unit_test(results_have_words_and_sentences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
