/* SPDX-License-Identifier: MIT */
/* Each write and each sync of a change fails in turn: another connection then sees the change with
 * its revocation, or neither, and it is done in full when it is asked for again. The disk is
 * crash_vfs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/store/invites.h"
#include "common/store/moderation.h"
#include "common/store/penalties.h"
#include "tests/support/crash_vfs.h"
#include "tests/unit/common/store/people.h"

static const struct {
	const char *name;
	enum crash_fault fault;
	enum store_problem problem;
} faults[] = {
	{ "write, full", CRASH_WRITE_FULL, STORE_FULL },
	{ "write, full after a part", CRASH_WRITE_FULL_SHORT, STORE_FULL },
	{ "write", CRASH_WRITE_IO, STORE_IO },
	{ "sync", CRASH_SYNC_IO, STORE_IO },
};

#define FAULTS (sizeof(faults) / sizeof(faults[0]))

/* anna with session 1 and bob with session 2. */
static const struct {
	int number;
	const char *of;
} logins[] = { { 1, "anna" }, { 2, "bob" } };

static enum store_problem add_carl(struct accounts *accounts, enum account_result *result_out)
{
	struct account carl = people_person("carl");
	struct invite invite = { .token_hash = "invite" };

	return accounts_add(accounts, &carl, invite.token_hash, result_out);
}

static bool has_carl(struct accounts *accounts)
{
	struct account carl = people_person("carl");

	return people_has(accounts, &carl);
}

static enum store_problem rename_bob(struct accounts *accounts, enum account_result *result_out)
{
	return accounts_set_display_name(accounts, people_person("bob").user.id, STR_OF("Robert"),
		PEOPLE_NOW_MS, result_out);
}

static bool has_robert(struct accounts *accounts)
{
	uint8_t id[USER_ID_SIZE];
	bool is_found;

	assert_int_equal(accounts_find_owner(accounts, STR_OF("Robert"), id, &is_found), STORE_OK);
	return is_found;
}

static bool has_session(struct accounts *accounts, int number)
{
	struct account anna = people_person("anna");
	struct session_row session = people_session(&anna, number);

	return people_is_logged_in(accounts, &session);
}

static enum store_problem change_password(
	struct accounts *accounts, enum account_result *result_out)
{
	struct account anna = people_person("anna");
	struct session_row session = people_session(&anna, 3);

	return accounts_change_password(
		accounts, anna.user.id, NULL, "new", &session, PEOPLE_NOW_MS, result_out);
}

static bool has_changed_password(struct accounts *accounts)
{
	struct account anna;
	bool is_found;

	assert_int_equal(
		accounts_find_username(accounts, STR_OF("anna"), &anna, &is_found), STORE_OK);
	assert_int_equal(strcmp(anna.password, "new") == 0, has_session(accounts, 3));
	assert_int_equal(has_session(accounts, 3), !has_session(accounts, 1));
	return has_session(accounts, 3);
}

static enum store_problem ban_bob(struct accounts *accounts, enum account_result *result_out)
{
	return accounts_set_rights(
		accounts, people_person("bob").user.id, false, false, PEOPLE_NOW_MS, result_out);
}

static enum store_problem delete_bob(struct accounts *accounts, enum account_result *result_out)
{
	return accounts_delete(accounts, people_person("bob").user.id, PEOPLE_NOW_MS, result_out);
}

static bool has_lost_session_2(struct accounts *accounts)
{
	return !has_session(accounts, 2);
}

static enum store_problem log_in_anew(struct accounts *accounts, enum account_result *result_out)
{
	struct account anna = people_person("anna"), bob = people_person("bob");
	struct session_row session = people_session(&anna, 3), before = people_session(&bob, 2);
	struct session_origin origin = { before.key_hash, (const uint8_t *)"a guest's id is" };

	return sessions_add(accounts, &session, "hash", &origin, result_out);
}

static bool has_new_login(struct accounts *accounts)
{
	assert_int_equal(has_session(accounts, 3), !has_session(accounts, 2));
	return has_session(accounts, 3);
}

static enum store_problem log_out(struct accounts *accounts, enum account_result *result_out)
{
	struct account bob = people_person("bob");

	*result_out = ACCOUNT_DONE;
	return sessions_remove(
		accounts, people_session(&bob, 2).key_hash, bob.user.id, PEOPLE_NOW_MS);
}

static enum store_problem purge(struct accounts *accounts, enum account_result *result_out)
{
	size_t count;

	*result_out = ACCOUNT_DONE;
	return sessions_purge(accounts, PEOPLE_NOW_MS + 1, INT64_MIN, PEOPLE_NOW_MS + 1, &count);
}

static bool has_no_session(struct accounts *accounts)
{
	assert_int_equal(has_session(accounts, 1), has_session(accounts, 2));
	return !has_session(accounts, 1);
}

static enum store_problem ban_bob_from_the_lobby(
	struct accounts *accounts, enum account_result *result_out)
{
	struct order order = {
		.verb = VERB_BAN,
		.room = STR("lobby"),
		.via = "page",
		.name = STR("bob"),
	};
	enum moderation_result result;
	enum store_problem problem = moderation_order(accounts, &order, PEOPLE_NOW_MS, &result);

	*result_out = result == MODERATION_DONE ? ACCOUNT_DONE : ACCOUNT_UNKNOWN;
	return problem;
}

static bool count_audit(void *context, const struct audit_row *row)
{
	(void)row;
	++*(int *)context;
	return true;
}

static void count_change(void *context, const struct room_change *change)
{
	(void)change;
	++*(int *)context;
}

/* With what is left for the broker and in the log, or without. */
static bool has_banned_bob(struct accounts *accounts)
{
	struct account bob = people_person("bob");
	struct subject subject = { .user = bob.user.id };
	struct list_query query = { .limit = SIZE_MAX };
	struct standing standing;
	struct room_row room;
	int audited = 0, left = 0;
	int64_t last_id = 0;
	bool is_complete;

	assert_int_equal(moderation_find_standing(accounts, STR_OF("lobby"), &subject,
				 PEOPLE_NOW_MS, &standing, &room),
		STORE_OK);
	assert_int_equal(audit_list(accounts, &query, count_audit, &audited), STORE_OK);
	assert_int_equal(
		room_changes_read(accounts, &last_id, count_change, &left, &is_complete), STORE_OK);
	assert_true(is_complete);
	assert_int_equal(audited, left);
	assert_int_equal(audited, standing.banned_until_ms == FOR_GOOD);
	return audited == 1;
}

static const struct change {
	const char *name;
	enum store_problem (*make)(struct accounts *accounts, enum account_result *result_out);
	bool (*is_made)(struct accounts *accounts);
	const char *revoked;
} changes[] = {
	{ "add", add_carl, has_carl, "user carl" },
	{ "rename", rename_bob, has_robert, "user bob" },
	{ "change password", change_password, has_changed_password, "user anna" },
	{ "ban", ban_bob, has_lost_session_2, "ban bob" },
	{ "delete", delete_bob, has_lost_session_2, "user bob" },
	{ "log in", log_in_anew, has_new_login, "session 2, user a guest's id is" },
	{ "log out", log_out, has_lost_session_2, "session 2" },
	{ "purge", purge, has_no_session, "session 1, session 2" },
	{ "ban from a room", ban_bob_from_the_lobby, has_banned_bob, "" },
};

/* Where the change is to be made. */
static struct accounts *set_up(const struct folder *folder)
{
	struct accounts *accounts;
	struct invite invite = { "invite", 0, PEOPLE_NOW_MS + 1, 1, "" };

	folder_empty(folder);
	crash_vfs_start_journal();
	accounts = people_open(folder, ACCOUNTS_WRITE);
	for (size_t i = 0; i < sizeof(logins) / sizeof(logins[0]); i++) {
		struct account account = people_join(accounts, logins[i].of);

		people_login(accounts, &account, logins[i].number);
	}
	assert_int_equal(invites_add(accounts, &invite), STORE_OK);
	return accounts;
}

/* Whether another connection sees the change and its revocation; one alone fails. */
static bool is_seen(const struct folder *folder, const struct change *change, int64_t last_id)
{
	struct accounts *reader = people_open(folder, ACCOUNTS_READ);
	const char *revoked = people_revoked(reader, &last_id);
	bool is_made = change->is_made(reader);

	assert_string_equal(revoked, is_made ? change->revoked : "");
	accounts_close(reader);
	return is_made;
}

/* Returns how many operations of the kind it takes. */
static size_t make(
	const struct folder *folder, const struct change *change, size_t fault, size_t number)
{
	struct accounts *accounts = set_up(folder);
	enum account_result result;
	enum store_problem problem;
	int64_t last_id = -1;
	size_t operations;

	people_revoked(accounts, &last_id);
	crash_vfs_fail(faults[fault].fault, number, false);
	problem = change->make(accounts, &result);
	operations = crash_vfs_count(faults[fault].fault);
	crash_vfs_heal();
	if (number > 0 && problem != faults[fault].problem)
		fail_msg("%s, %s %zu: it says %s", change->name, faults[fault].name, number,
			store_problem_code(problem));
	assert_int_equal(is_seen(folder, change, last_id), problem == STORE_OK);
	if (problem != STORE_OK)
		assert_int_equal(change->make(accounts, &result), STORE_OK);
	assert_int_equal(result, ACCOUNT_DONE);
	assert_true(is_seen(folder, change, last_id));
	accounts_close(accounts);
	crash_vfs_stop_journal();
	return operations;
}

static void a_change_and_its_revocation_are_one(void **state)
{
	crash_vfs_install();
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		for (size_t fault = 0; fault < FAULTS; fault++) {
			size_t operations = make(*state, &changes[i], fault, 0);

			assert_int_not_equal(operations, 0);
			for (size_t number = 1; number <= operations; number++)
				make(*state, &changes[i], fault, number);
		}
	}
}

static void a_try_that_cannot_be_counted_is_not_made(void **state)
{
	struct penalty_try attempt = { false, STR_OF("anna"), STR_OF("192.0.2.1"), PEOPLE_NOW_MS,
		600 * 1000 };
	struct accounts *accounts;
	int64_t wait_ms;

	crash_vfs_install();
	accounts = set_up(*state);
	for (int i = 0; i < 20; i++) {
		crash_vfs_fail(CRASH_WRITE_FULL, 1, true);
		assert_int_equal(penalties_charge(accounts, &attempt, &wait_ms), STORE_FULL);
	}
	crash_vfs_heal();
	for (int i = 0; i < 4; i++) {
		assert_int_equal(penalties_charge(accounts, &attempt, &wait_ms), STORE_OK);
		assert_int_equal(wait_ms, 0);
	}
	assert_int_equal(penalties_charge(accounts, &attempt, &wait_ms), STORE_OK);
	assert_int_equal(wait_ms, 5000);
	accounts_close(accounts);
	crash_vfs_stop_journal();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(a_change_and_its_revocation_are_one),
		FOLDER_TEST(a_try_that_cannot_be_counted_is_not_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
