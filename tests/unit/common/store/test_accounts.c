/* SPDX-License-Identifier: MIT */
/* Who has an account and under which names, whoever else registers at the same time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/store/accounts.h"
#include "tests/unit/common/store/people.h"
#include "tests/unit/common/store/sql.h"

#define DATABASE "accounts.db"

/* "": nobody's. Borrowed until the next call. */
static const char *owner_of(struct accounts *accounts, const char *name)
{
	static char id[USER_ID_SIZE + 1];
	bool is_found;

	assert_int_equal(
		accounts_find_owner(accounts, str_from(name), (uint8_t *)id, &is_found), STORE_OK);
	assert_int_equal(is_found, id[0] != '\0');
	return id;
}

static bool has_username(struct accounts *accounts, const char *username)
{
	struct account account;
	bool is_found;

	assert_int_equal(accounts_find_username(accounts, str_from(username), &account, &is_found),
		STORE_OK);
	return is_found;
}

static void an_account_is_found_as_it_was_added(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct account anna = people_person("Anna");
	struct account bob = people_person("bob");

	anna.is_superuser = true;
	anna.last_login_ms = 7;
	strcpy(anna.user.name, "Anna Karenina");
	bob.is_active = false;
	bob.password[0] = '\0';
	assert_int_equal(people_add(accounts, &anna), ACCOUNT_DONE);
	assert_int_equal(people_add(accounts, &bob), ACCOUNT_DONE);
	accounts_close(accounts);
	accounts = people_open(*state, ACCOUNTS_READ);
	assert_true(people_has(accounts, &anna));
	assert_true(people_has(accounts, &bob));
	accounts_close(accounts);
}

static void a_user_name_logs_in_in_any_case_and_form(void **state)
{
	static const char *const same[] = { "Zo\xc3\xab", "zo\xc3\xab", "ZO\xc3\x8b",
		"\xef\xbd\x9ao\xc3\xab" };
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);

	people_join(accounts, same[0]);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_true(has_username(accounts, same[i]));
	assert_false(has_username(accounts, "zoe"));
	assert_false(has_username(accounts, ""));
	accounts_close(accounts);
}

/* Somebody of another id, who is called so. */
static enum account_result try_names(
	struct accounts *accounts, const char *username, const char *display_name)
{
	struct account account = people_person("somebody else");

	snprintf(account.username, sizeof(account.username), "%s", username);
	snprintf(account.user.name, sizeof(account.user.name), "%s", display_name);
	return people_add(accounts, &account);
}

static void a_name_is_one_persons_whichever_name_it_is(void **state)
{
	static const char *const taken[] = { "paula", "PAULA", "pau1a", "Little Bird",
		"little bird", "1ittle bird" };
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct account paula = people_person("paula");

	strcpy(paula.user.name, "Little Bird");
	assert_int_equal(people_add(accounts, &paula), ACCOUNT_DONE);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		assert_string_equal(owner_of(accounts, taken[i]), "paula");
		assert_int_equal(try_names(accounts, taken[i], "free"), ACCOUNT_NAME_TAKEN);
		assert_int_equal(try_names(accounts, "free", taken[i]), ACCOUNT_NAME_TAKEN);
	}
	assert_string_equal(owner_of(accounts, "free"), "");
	assert_int_equal(try_names(accounts, "free", "Free"), ACCOUNT_DONE);
	accounts_close(accounts);
}

static enum account_result set_name(
	struct accounts *accounts, const struct account *account, const char *name)
{
	enum account_result result;

	assert_int_equal(accounts_set_display_name(accounts, account->user.id, str_from(name),
				 PEOPLE_NOW_MS, &result),
		STORE_OK);
	return result;
}

static void a_display_name_is_free_again_when_it_is_changed(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct account anna = people_join(accounts, "anna");
	struct account bob = people_join(accounts, "bob");
	struct account nobody = people_person("nobody");

	assert_int_equal(set_name(accounts, &anna, "Empress"), ACCOUNT_DONE);
	assert_int_equal(set_name(accounts, &bob, "empress"), ACCOUNT_NAME_TAKEN);
	assert_int_equal(set_name(accounts, &bob, "Anna"), ACCOUNT_NAME_TAKEN);
	assert_true(people_has(accounts, &bob));
	assert_string_equal(owner_of(accounts, "bob"), "bob");
	assert_int_equal(set_name(accounts, &anna, "EMPRESS"), ACCOUNT_DONE);
	assert_int_equal(set_name(accounts, &anna, "ANNA"), ACCOUNT_DONE);
	assert_string_equal(owner_of(accounts, "Empress"), "");
	assert_string_equal(owner_of(accounts, "anna"), "anna");
	assert_int_equal(set_name(accounts, &bob, "Empress"), ACCOUNT_DONE);
	assert_int_equal(set_name(accounts, &nobody, "nobody"), ACCOUNT_UNKNOWN);
	assert_string_equal(owner_of(accounts, "nobody"), "");
	accounts_close(accounts);
}

static void an_id_has_one_account_for_ever(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct account anna = people_join(accounts, "anna");
	struct account again = people_person("other name");
	enum account_result result;

	memcpy(again.user.id, anna.user.id, USER_ID_SIZE);
	assert_int_equal(people_add(accounts, &again), ACCOUNT_ID_TAKEN);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
			accounts_delete(accounts, anna.user.id, PEOPLE_NOW_MS, &result), STORE_OK);
		assert_int_equal(result, i == 0 ? ACCOUNT_DONE : ACCOUNT_UNKNOWN);
	}
	assert_false(people_has(accounts, &anna));
	assert_false(has_username(accounts, "anna"));
	assert_int_equal(people_add(accounts, &again), ACCOUNT_ID_TAKEN);
	assert_int_equal(try_names(accounts, "Anna", "anna"), ACCOUNT_DONE);
	accounts_close(accounts);
}

static struct account join_superuser(struct accounts *accounts, const char *name)
{
	struct account account = people_join(accounts, name);
	enum account_result result;

	assert_int_equal(
		accounts_set_rights(accounts, account.user.id, true, true, PEOPLE_NOW_MS, &result),
		STORE_OK);
	assert_int_equal(result, ACCOUNT_DONE);
	account.is_superuser = true;
	return account;
}

static void of_two_superusers_who_demote_each_other_one_stays(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct account anna = join_superuser(accounts, "anna"),
		       bob = join_superuser(accounts, "bob");
	const struct audit_author of_anna = { anna.user.id, STR("anna"), "admin" };
	const struct audit_author of_bob = { bob.user.id, STR("bob"), "admin" };
	enum account_result result;

	accounts_set_author(accounts, &of_anna);
	assert_int_equal(
		accounts_set_rights(accounts, bob.user.id, false, true, PEOPLE_NOW_MS, &result),
		STORE_OK);
	assert_int_equal(result, ACCOUNT_DONE);
	accounts_set_author(accounts, &of_bob);
	assert_int_equal(
		accounts_set_rights(accounts, anna.user.id, false, true, PEOPLE_NOW_MS, &result),
		STORE_OK);
	assert_int_equal(result, ACCOUNT_FORBIDDEN);
	assert_int_equal(accounts_delete(accounts, anna.user.id, PEOPLE_NOW_MS, &result), STORE_OK);
	assert_int_equal(result, ACCOUNT_FORBIDDEN);
	assert_true(people_has(accounts, &anna));
	accounts_close(accounts);
}

static void guests_are_told_from_accounts(void **state)
{
	static const struct {
		const char *id;
		const char *name;
		bool id_is_taken;
		bool name_is_taken;
	} cases[] = {
		{ "guest", "guest", false, false },
		{ "paula", "guest", true, false },
		{ "gone", "guest", true, false },
		{ "guest", "gone", false, false },
		{ "guest", "PAU1A", false, true },
		{ "paula", "Paula", true, true },
	};
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct account gone = people_join(accounts, "gone");
	enum account_result result;

	people_join(accounts, "paula");
	assert_int_equal(accounts_delete(accounts, gone.user.id, PEOPLE_NOW_MS, &result), STORE_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct user guest = people_person(cases[i].id).user;
		bool id_is_taken, name_is_taken;

		snprintf(guest.name, sizeof(guest.name), "%s", cases[i].name);
		assert_int_equal(
			accounts_judge_guest(accounts, &guest, &id_is_taken, &name_is_taken),
			STORE_OK);
		assert_int_equal(id_is_taken, cases[i].id_is_taken);
		assert_int_equal(name_is_taken, cases[i].name_is_taken);
	}
	accounts_close(accounts);
}

struct names {
	char text[256];
	int left; /* to be visited */
};

static bool note_name(void *context, const struct account *account)
{
	struct names *names = context;

	strcat(names->text, account->username);
	strcat(names->text, " ");
	return --names->left > 0;
}

static void accounts_are_listed_in_the_order_of_their_names(void **state)
{
	static const struct {
		const char *after;
		size_t limit;
		int left;
		const char *expected;
	} cases[] = {
		{ "", 10, 10, "anna Bob carl " },
		{ "", 2, 10, "anna Bob " },
		{ "", 10, 1, "anna " },
		{ "ANNA", 10, 10, "Bob carl " },
		{ "b", SIZE_MAX, 10, "Bob carl " },
		{ "carl", 10, 10, "" },
	};
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);

	people_join(accounts, "carl");
	people_join(accounts, "anna");
	people_join(accounts, "Bob");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct names names = { .left = cases[i].left };

		assert_int_equal(accounts_list(accounts, str_from(cases[i].after), cases[i].limit,
					 note_name, &names),
			STORE_OK);
		assert_string_equal(names.text, cases[i].expected);
	}
	accounts_close(accounts);
}

static void a_password_changes_only_from_what_it_was(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct account anna = people_join(accounts, "anna");
	struct account nobody = people_person("nobody");
	struct session_row session = people_login(accounts, &anna, 1);
	enum account_result result;

	assert_int_equal(
		accounts_rehash_password(accounts, anna.user.id, "Hash", "dearer", &result),
		STORE_OK);
	assert_int_equal(result, ACCOUNT_CHANGED);
	assert_int_equal(
		accounts_rehash_password(accounts, nobody.user.id, "hash", "dearer", &result),
		STORE_OK);
	assert_int_equal(result, ACCOUNT_UNKNOWN);
	anna.last_login_ms = PEOPLE_NOW_MS;
	assert_true(people_has(accounts, &anna));
	assert_int_equal(
		accounts_rehash_password(accounts, anna.user.id, "hash", "dearer", &result),
		STORE_OK);
	assert_int_equal(result, ACCOUNT_DONE);
	strcpy(anna.password, "dearer");
	assert_true(people_has(accounts, &anna));
	assert_true(people_is_logged_in(accounts, &session));
	accounts_close(accounts);
}

static void another_connections_commit_is_another_version(void **state)
{
	struct accounts *writer = people_open(*state, ACCOUNTS_WRITE);
	struct accounts *reader = people_open(*state, ACCOUNTS_READ);
	int64_t before, after;

	assert_int_equal(accounts_read_version(reader, &before), STORE_OK);
	assert_int_equal(accounts_read_version(reader, &after), STORE_OK);
	assert_int_equal(before, after);
	people_join(writer, "anna");
	assert_int_equal(accounts_read_version(reader, &after), STORE_OK);
	assert_int_not_equal(before, after);
	accounts_close(reader);
	accounts_close(writer);
}

static void another_process_sees_what_is_committed(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct account anna = people_person("anna");
	struct accounts *reader = people_open(*state, ACCOUNTS_READ);
	int64_t last_id = -1;
	pid_t child;
	int status;

	people_revoked(reader, &last_id);
	accounts_close(accounts);
	child = fork();
	if (child == 0) {
		people_join(people_open(*state, ACCOUNTS_WRITE), "anna");
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_true(people_has(reader, &anna));
	assert_string_equal(people_revoked(reader, &last_id), "user anna");
	accounts_close(reader);
}

#define RACES 20

struct racer {
	const struct folder *folder;
	pthread_barrier_t *start;
	const char *id;
	enum account_result results[RACES];
	enum store_problem problem; /* of any */
};

static void *race(void *context)
{
	struct racer *racer = context;
	enum store_problem problem;
	char path[128];
	struct accounts *accounts;

	snprintf(path, sizeof(path), "%s/" DATABASE, racer->folder->path);
	accounts = accounts_open(path, ACCOUNTS_WRITE, &racer->problem);
	for (int i = 0; i < RACES; i++) {
		struct account account = people_person(racer->id);

		account.user.id[USER_ID_SIZE - 1] = (uint8_t)i;
		snprintf(account.username, sizeof(account.username), "name %d", i);
		snprintf(account.user.name, sizeof(account.user.name), "name %d", i);
		pthread_barrier_wait(racer->start);
		problem = accounts_add(accounts, &account, NULL, &racer->results[i]);
		if (problem != STORE_OK)
			racer->problem = problem;
	}
	accounts_close(accounts);
	return NULL;
}

static void of_two_who_register_a_name_at_once_one_gets_it(void **state)
{
	pthread_barrier_t start;
	struct racer racers[] = { { *state, &start, "anna", { 0 }, STORE_OK },
		{ *state, &start, "bob", { 0 }, STORE_OK } };
	pthread_t thread;

	accounts_close(people_open(*state, ACCOUNTS_WRITE));
	pthread_barrier_init(&start, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, race, &racers[0]), 0);
	race(&racers[1]);
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&start);
	assert_int_equal(racers[0].problem, STORE_OK);
	assert_int_equal(racers[1].problem, STORE_OK);
	for (int i = 0; i < RACES; i++)
		assert_int_equal(racers[0].results[i] + racers[1].results[i],
			ACCOUNT_DONE + ACCOUNT_NAME_TAKEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(an_account_is_found_as_it_was_added),
		FOLDER_TEST(a_user_name_logs_in_in_any_case_and_form),
		FOLDER_TEST(a_name_is_one_persons_whichever_name_it_is),
		FOLDER_TEST(a_display_name_is_free_again_when_it_is_changed),
		FOLDER_TEST(an_id_has_one_account_for_ever),
		FOLDER_TEST(of_two_superusers_who_demote_each_other_one_stays),
		FOLDER_TEST(guests_are_told_from_accounts),
		FOLDER_TEST(accounts_are_listed_in_the_order_of_their_names),
		FOLDER_TEST(a_password_changes_only_from_what_it_was),
		FOLDER_TEST(another_connections_commit_is_another_version),
		FOLDER_TEST(another_process_sees_what_is_committed),
		FOLDER_TEST(of_two_who_register_a_name_at_once_one_gets_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
