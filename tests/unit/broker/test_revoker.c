/* SPDX-License-Identifier: MIT */
/* Whoever loses a session in accounts.db loses the sockets of that session, and nobody else does:
 * neither who came in after it, nor anybody while nothing can be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/logins.h"
#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "tests/support/folder.h"
#include "tests/support/stage.h"

#define MANY 10000
#define HOUR_MS (60 * 60 * 1000)

struct scene {
	struct stage stage;
	struct folder folder;
	struct accounts *accounts; /* the pages' */
};

static const char *path_of(const struct scene *scene)
{
	return folder_path(&scene->folder, "accounts.db");
}

static void open_accounts(struct scene *scene)
{
	enum store_problem problem;

	scene->accounts = accounts_open(path_of(scene), ACCOUNTS_WRITE, &problem);
	assert_non_null(scene->accounts);
}

static int set_up(void **state)
{
	static struct scene scene;
	struct broker *broker = &scene.stage.broker;

	scene.folder = folder_create();
	stage_start(&scene.stage);
	revoker_finish(&broker->revoker);
	mem_free(scene.stage.config.paths_state);
	scene.stage.config.paths_state = mem_strdup(scene.folder.path);
	revoker_init(&broker->revoker, broker);
	open_accounts(&scene);
	*state = &scene;
	return 0;
}

static int take_down(void **state)
{
	struct scene *scene = *state;
	void *folder = &scene->folder;

	accounts_close(scene->accounts);
	stage_finish(&scene->stage);
	return folder_remove(&folder);
}

static void wait_for_the_look(struct scene *scene)
{
	stage_pass_ms(&scene->stage, 250);
	stage_turn(&scene->stage);
	stage_turn(&scene->stage);
}

/* Registers somebody and logs in. */
static struct identity somebody(struct scene *scene, const char *name)
{
	struct identity who = { .kind = IDENTITY_ACCOUNT };
	struct account account = { .is_active = true };
	enum account_result result;

	crypto_random(account.user.id, sizeof(account.user.id));
	snprintf(account.user.name, sizeof(account.user.name), "%s", name);
	snprintf(account.username, sizeof(account.username), "%s", name);
	assert_int_equal(accounts_add(scene->accounts, &account, NULL, &result), STORE_OK);
	assert_int_equal(result, ACCOUNT_DONE);
	who.user = account.user;
	return who;
}

static void log_in_at(struct scene *scene, struct identity *who, int64_t when_ms)
{
	struct session_row row = { .created_ms = when_ms, .seen_ms = when_ms };
	enum account_result result;

	crypto_random(row.key_hash, sizeof(row.key_hash));
	memcpy(row.account, who->user.id, sizeof(row.account));
	assert_int_equal(
		sessions_add(scene->accounts, &row, NULL, &(struct session_origin){ 0 }, &result),
		STORE_OK);
	assert_int_equal(result, ACCOUNT_DONE);
	memcpy(who->session.key_hash, row.key_hash, sizeof(row.key_hash));
	who->session.user = who->user;
}

static struct identity member(struct scene *scene, const char *name)
{
	struct identity who = somebody(scene, name);

	log_in_at(scene, &who, clock_wall_ms());
	return who;
}

static void log_out_at(struct scene *scene, const struct identity *who, int64_t when_ms)
{
	assert_int_equal(
		sessions_remove(scene->accounts, who->session.key_hash, who->user.id, when_ms),
		STORE_OK);
}

static void log_out(struct scene *scene, const struct identity *who)
{
	log_out_at(scene, who, clock_wall_ms());
}

static void rename_shown(struct scene *scene, const struct identity *who, const char *name)
{
	enum account_result result;

	assert_int_equal(accounts_set_display_name(scene->accounts, who->user.id, str_from(name),
				 clock_wall_ms(), &result),
		STORE_OK);
}

/* As broker_admit does it, up to the 101. */
static struct scope *knock(struct scene *scene, const struct identity *who)
{
	revoker_catch_up(&scene->stage.broker.revoker);
	return client_knock(&scene->stage, &consumer_chat, "lobby", who);
}

static void enter(struct scene *scene, struct client *client, const struct identity *who)
{
	client_open(&scene->stage, client, knock(scene, who));
	stage_turn(&scene->stage);
}

static void leave(struct scene *scene, struct client *clients, size_t count)
{
	for (size_t i = 0; i < count; i++)
		client_leave(&clients[i]);
	stage_turn(&scene->stage);
	stage_turn(&scene->stage);
}

static void logout_closes_the_sockets_of_that_session_alone(void **state)
{
	struct scene *scene = *state;
	struct identity here = member(scene, "ann"), there = here, other = member(scene, "bob");
	struct client clients[5];

	log_in_at(scene, &there, clock_wall_ms());
	enter(scene, &clients[0], &here);
	enter(scene, &clients[1], &there);
	enter(scene, &clients[2], &other);
	enter(scene, &clients[3], NULL);
	client_enter_as(&scene->stage, &clients[4], &consumer_echo, NULL, &here);
	log_out(scene, &here);
	wait_for_the_look(scene);
	assert_string_equal(client_hear(&clients[0]), "close 4401|");
	assert_string_equal(client_hear(&clients[1]), "");
	assert_string_equal(client_hear(&clients[2]), "");
	assert_string_equal(client_hear(&clients[3]), "");
	assert_string_equal(client_hear(&clients[4]), "close 4401|");
	assert_int_equal(stage_stat(&scene->stage, STAT_CLOSED_LOGGED_OUT), 2);
	leave(scene, clients, 5);
}

static void ban_closes_all_sessions_of_the_user_with_4403(void **state)
{
	struct scene *scene = *state;
	struct identity here = member(scene, "ann"), there = here, other = member(scene, "bob");
	struct client clients[3];
	enum account_result result;

	log_in_at(scene, &there, clock_wall_ms());
	enter(scene, &clients[0], &here);
	enter(scene, &clients[1], &there);
	enter(scene, &clients[2], &other);
	assert_int_equal(accounts_set_rights(scene->accounts, here.user.id, false, false,
				 clock_wall_ms(), &result),
		STORE_OK);
	wait_for_the_look(scene);
	assert_string_equal(client_hear(&clients[0]), "close 4403|");
	assert_string_equal(client_hear(&clients[1]), "close 4403|");
	assert_string_equal(client_hear(&clients[2]), "");
	assert_int_equal(stage_stat(&scene->stage, STAT_CLOSED_BANNED), 2);
	leave(scene, clients, 3);
}

static void guest_who_logs_in_is_a_guest_no_more(void **state)
{
	struct scene *scene = *state;
	struct identity who = somebody(scene, "ann"), guest = { .kind = IDENTITY_GUEST };
	struct session_row row = { .created_ms = 1 };
	struct client clients[2];
	enum account_result result;

	crypto_random(guest.user.id, sizeof(guest.user.id));
	snprintf(guest.user.name, sizeof(guest.user.name), "guest-1");
	enter(scene, &clients[0], &guest);
	enter(scene, &clients[1], NULL);
	memcpy(row.account, who.user.id, sizeof(row.account));
	assert_int_equal(sessions_add(scene->accounts, &row, NULL,
				 &(struct session_origin){ .guest_id = guest.user.id }, &result),
		STORE_OK);
	wait_for_the_look(scene);
	assert_string_equal(client_hear(&clients[0]), "close 4401|");
	assert_string_equal(client_hear(&clients[1]), "");
	leave(scene, clients, 2);
}

static struct identity a_guest(const char *name)
{
	struct identity guest = { .kind = IDENTITY_GUEST };

	crypto_random(guest.user.id, sizeof(guest.user.id));
	snprintf(guest.user.name, sizeof(guest.user.name), "%s", name);
	return guest;
}

/* They come back as guest-… (common/identity.h). */
static void guests_lose_a_name_that_an_account_takes(void **state)
{
	struct scene *scene = *state;
	struct identity guests[] = { a_guest("Ann"), a_guest("an_n"), a_guest("Anna"),
		a_guest("guest-1"), a_guest("A\u0438n") };
	struct identity late = a_guest("ann"), vouched = a_guest("ann"), who;
	struct scope *scope = knock(scene, &late);
	struct client clients[7];

	vouched.kind = IDENTITY_TICKET;
	enter(scene, &clients[6], &vouched);
	for (size_t i = 0; i < 5; i++)
		enter(scene, &clients[i], &guests[i]);
	who = member(scene, "ann");
	wait_for_the_look(scene);
	wait_for_the_look(scene);
	client_open(&scene->stage, &clients[5], scope);
	stage_turn(&scene->stage);
	assert_string_equal(client_hear(&clients[0]), "close 4401|");
	assert_string_equal(client_hear(&clients[1]), "close 4401|");
	assert_string_equal(client_hear(&clients[2]), "");
	assert_string_equal(client_hear(&clients[3]), "");
	assert_string_equal(client_hear(&clients[4]), "");
	assert_string_equal(client_hear(&clients[5]), "close 4401|");
	rename_shown(scene, &who, "Anna");
	wait_for_the_look(scene);
	wait_for_the_look(scene);
	assert_string_equal(client_hear(&clients[2]), "close 4401|");
	assert_string_equal(client_hear(&clients[3]), "");
	assert_string_equal(client_hear(&clients[6]), "");
	leave(scene, clients, 7);
}

/* The session was good when it was looked up, and is not when the 101 is out. */
static void logout_during_the_handshake_is_not_missed(void **state)
{
	struct scene *scene = *state;
	struct identity who = member(scene, "ann");
	struct scope *scope = knock(scene, &who);
	struct client client;

	log_out(scene, &who);
	wait_for_the_look(scene);
	client_open(&scene->stage, &client, scope);
	stage_turn(&scene->stage);
	assert_string_equal(client_hear(&client), "close 4401|");
	assert_int_equal(rooms_count(scene->stage.broker.rooms), 0);
	leave(scene, &client, 1);
}

/* The look comes behind the 101 here. */
static void logout_before_the_101_is_not_missed_either(void **state)
{
	struct scene *scene = *state;
	struct identity who = member(scene, "ann");
	struct scope *scope = knock(scene, &who);
	struct client client;

	log_out(scene, &who);
	client_open(&scene->stage, &client, scope);
	wait_for_the_look(scene);
	assert_string_equal(client_hear(&client), "close 4401|");
	leave(scene, &client, 1);
}

static void who_comes_in_after_a_revocation_stays(void **state)
{
	struct scene *scene = *state;
	struct identity who = member(scene, "ann");
	struct client clients[2];

	enter(scene, &clients[0], &who);
	rename_shown(scene, &who, "Ann");
	enter(scene, &clients[1], &who); /* before the next look */
	wait_for_the_look(scene);
	assert_string_equal(client_hear(&clients[0]), "close 4401|");
	assert_string_equal(client_hear(&clients[1]), "");
	leave(scene, clients, 2);
}

/* Descriptors of one socket: what the others hear is not asked here. */
static void ten_thousand_sockets_of_one_user_are_closed_in_slices(void **state)
{
	struct scene *scene = *state;
	struct identity who = member(scene, "ann");
	uint64_t closed = 0;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	for (size_t i = 0; i < MANY; i++)
		broker_open(&scene->stage.broker, knock(scene, &who), dup(fds[1]), STR_OF(""));
	stage_turn(&scene->stage);
	log_out(scene, &who);
	stage_pass_ms(&scene->stage, 250);
	for (size_t turns = 0; closed < MANY; turns++) {
		uint64_t before = closed;

		assert_true(turns < 2 * MANY / REVOKER_SLICE);
		closed = stage_stat(&scene->stage, STAT_CLOSED_LOGGED_OUT);
		assert_true(closed - before <= REVOKER_SLICE);
		stage_turn(&scene->stage);
	}
	close(fds[0]);
	close(fds[1]);
	for (size_t turns = 0; scene->stage.broker.connections > 0 && turns < MANY; turns++)
		stage_turn(&scene->stage);
}

/* Revocations are kept for minutes only: the later logout forgets the one before. */
static void everybody_is_asked_anew_when_revocations_were_missed(void **state)
{
	struct scene *scene = *state;
	struct identity who[3] = { member(scene, "ann"), member(scene, "bob"),
		member(scene, "carl") };
	struct identity guest = { .kind = IDENTITY_GUEST };
	struct client clients[4];
	struct account account = { .is_active = true, .username = "dora" };
	enum account_result result;

	crypto_random(guest.user.id, sizeof(guest.user.id));
	snprintf(guest.user.name, sizeof(guest.user.name), "guest-1");
	for (size_t i = 0; i < 3; i++)
		enter(scene, &clients[i], &who[i]);
	enter(scene, &clients[3], &guest);
	log_out(scene, &who[0]);
	account.user = guest.user;
	snprintf(account.user.name, sizeof(account.user.name), "dora");
	assert_int_equal(accounts_add(scene->accounts, &account, NULL, &result), STORE_OK);
	assert_int_equal(result, ACCOUNT_DONE);
	log_out_at(scene, &who[1], clock_wall_ms() + HOUR_MS);
	wait_for_the_look(scene);
	assert_string_equal(client_hear(&clients[0]), "close 4401|");
	assert_string_equal(client_hear(&clients[1]), "close 4401|");
	assert_string_equal(client_hear(&clients[2]), "");
	assert_string_equal(client_hear(&clients[3]), "close 4401|");
	leave(scene, clients, 4);
}

static void session_that_grew_too_old_loses_its_socket(void **state)
{
	struct scene *scene = *state;
	struct identity old = somebody(scene, "ann"), fresh = member(scene, "bob");
	struct client clients[2];

	scene->stage.config.sessions_idle_minutes = 60;
	scene->stage.config.limits_idle_ping_seconds = 0;
	log_in_at(scene, &old, clock_wall_ms() - 2 * HOUR_MS);
	enter(scene, &clients[0], &old);
	enter(scene, &clients[1], &fresh);
	wait_for_the_look(scene);
	assert_string_equal(client_hear(&clients[0]), "");
	stage_pass_ms(&scene->stage, REVOKER_RECHECK_MS + 1000);
	wait_for_the_look(scene);
	assert_string_equal(client_hear(&clients[0]), "close 4401|");
	assert_string_equal(client_hear(&clients[1]), "");
	leave(scene, clients, 2);
}

static void nobody_is_thrown_out_while_nothing_can_be_read(void **state)
{
	struct scene *scene = *state;
	struct identity stays = member(scene, "ann"), goes = member(scene, "bob");
	struct client clients[2];
	char away[128];

	enter(scene, &clients[0], &stays);
	enter(scene, &clients[1], &goes);
	snprintf(away, sizeof(away), "%s.away", path_of(scene));
	accounts_close(scene->accounts);
	assert_int_equal(rename(path_of(scene), away), 0);
	file_write(path_of(scene), "no database", 11);
	wait_for_the_look(scene);
	assert_int_equal(scene->stage.broker.revoker.book.problem, STORE_CORRUPT);
	assert_string_equal(client_hear(&clients[0]), "");
	assert_int_equal(unlink(path_of(scene)), 0);
	wait_for_the_look(scene);
	assert_int_equal(scene->stage.broker.revoker.book.problem, STORE_GONE);
	assert_int_equal(rename(away, path_of(scene)), 0);
	open_accounts(scene);
	log_out(scene, &goes);
	wait_for_the_look(scene);
	assert_int_equal(scene->stage.broker.revoker.book.problem, STORE_OK);
	assert_string_equal(client_hear(&clients[0]), "");
	assert_string_equal(client_hear(&clients[1]), "close 4401|");
	leave(scene, clients, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(logout_closes_the_sockets_of_that_session_alone),
		TEST(ban_closes_all_sessions_of_the_user_with_4403),
		TEST(guest_who_logs_in_is_a_guest_no_more),
		TEST(guests_lose_a_name_that_an_account_takes),
		TEST(logout_during_the_handshake_is_not_missed),
		TEST(logout_before_the_101_is_not_missed_either),
		TEST(who_comes_in_after_a_revocation_stays),
		TEST(ten_thousand_sockets_of_one_user_are_closed_in_slices),
		TEST(everybody_is_asked_anew_when_revocations_were_missed),
		TEST(session_that_grew_too_old_loses_its_socket),
		TEST(nobody_is_thrown_out_while_nothing_can_be_read),
	};

	log_set_level(LOG_LEVEL_WARNING);
	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
