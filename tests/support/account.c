/* SPDX-License-Identifier: MIT */
/* Accounts and sessions without pages, for those who read accounts.db: account DIR VERB …. Prints
 * what a test needs to know as a line of JSON. --later SECONDS before the verb: as if it were then.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/config.h"
#include "common/json.h"
#include "common/session.h"
#include "common/store/accounts.h"
#include "common/store/sessions.h"

struct call {
	struct config config;
	struct accounts *accounts;
	int64_t now_ms;
	const char *arguments[3]; /* behind the verb; NULL where there are fewer */
};

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "account: %s: %s\n", what, why);
	exit(1);
}

static void check(enum store_problem problem)
{
	if (problem != STORE_OK)
		fail("accounts.db", store_problem_code(problem));
}

static void check_done(enum store_problem problem, const enum account_result *result)
{
	check(problem);
	if (*result != ACCOUNT_DONE)
		fail("refused", *result == ACCOUNT_NAME_TAKEN ? "name taken" : "otherwise");
}

static struct account find(const struct call *call)
{
	struct account account;
	bool is_found;

	check(accounts_find_username(
		call->accounts, str_from(call->arguments[0]), &account, &is_found));
	if (!is_found)
		fail("no account", call->arguments[0]);
	return account;
}

/* NULL for none. */
static bool read_id(const char *text, uint8_t id_out[static USER_ID_SIZE])
{
	for (size_t i = 0; text != NULL && i < USER_ID_SIZE; i++) {
		unsigned byte;

		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			fail("no id", text);
		id_out[i] = (uint8_t)byte;
	}
	return text != NULL;
}

/* Logs in and prints {"id", "cookie", "key"}; the browser was a guest before, or NULL. */
static void log_in(const struct call *call, const struct account *account, const uint8_t *guest)
{
	struct session_row row = { 0 };
	struct session_origin origin = { .guest_id = guest };
	struct buf cookie = { 0 }, text = { 0 }, line = { 0 };
	struct json_writer writer = json_writer_to(&line);
	enum account_result result;

	session_create(&call->config, account->user.id, false, call->now_ms, &row, &cookie);
	check_done(sessions_add(call->accounts, &row, NULL, &origin, &result), &result);
	json_begin_object(&writer, NULL);
	buf_append_hex(&text, account->user.id, USER_ID_SIZE);
	json_add_string(&writer, "id", buf_str(&text));
	json_add_string(&writer, "cookie", str_range(cookie.data, str_find(buf_str(&cookie), ';')));
	buf_clear(&text);
	crypto_base64_encode(&text, row.key_hash, sizeof(row.key_hash));
	json_add_string(&writer, "key", buf_str(&text));
	json_end_object(&writer);
	puts(buf_text(&line));
	buf_finish(&cookie);
	buf_finish(&text);
	buf_finish(&line);
}

/* add NAME [ID]: an account, of a guest of that id, and a session of it. */
static void add(const struct call *call)
{
	struct account account = { .is_active = true, .joined_ms = call->now_ms };
	enum account_result result;

	snprintf(account.username, sizeof(account.username), "%s", call->arguments[0]);
	snprintf(account.user.name, sizeof(account.user.name), "%s", call->arguments[0]);
	if (!read_id(call->arguments[1], account.user.id))
		crypto_random(account.user.id, sizeof(account.user.id));
	check_done(accounts_add(call->accounts, &account, NULL, &result), &result);
	log_in(call, &account, NULL);
}

/* login NAME [GUEST]: one more session; the browser was that guest. */
static void login(const struct call *call)
{
	struct account account = find(call);
	uint8_t guest[USER_ID_SIZE];

	log_in(call, &account, read_id(call->arguments[1], guest) ? guest : NULL);
}

/* logout COOKIE */
static void logout(const struct call *call)
{
	uint8_t key_hash[SESSION_HASH_SIZE];
	struct session_row row;
	struct account account;
	bool is_found;

	if (!session_read_cookie(str_from(call->arguments[0]), false, key_hash))
		fail("no cookie", call->arguments[0]);
	check(sessions_find(call->accounts, key_hash, &row, &account, &is_found));
	check(sessions_remove(call->accounts, key_hash, account.user.id, call->now_ms));
}

static void set_active(const struct call *call, bool is_active)
{
	struct account account = find(call);
	enum account_result result;

	check_done(accounts_set_rights(call->accounts, account.user.id, false, is_active,
			   call->now_ms, &result),
		&result);
}

/* ban NAME */
static void ban(const struct call *call)
{
	set_active(call, false);
}

/* unban NAME */
static void unban(const struct call *call)
{
	set_active(call, true);
}

/* password NAME: another one, and all sessions end. */
static void password(const struct call *call)
{
	struct account account = find(call);
	enum account_result result;

	check_done(accounts_change_password(call->accounts, account.user.id, NULL, "another", NULL,
			   call->now_ms, &result),
		&result);
}

/* rename NAME SHOWN */
static void rename_shown(const struct call *call)
{
	struct account account = find(call);
	enum account_result result;

	check_done(accounts_set_display_name(call->accounts, account.user.id,
			   str_from(call->arguments[1]), call->now_ms, &result),
		&result);
}

static const struct {
	const char *name;
	int arguments_min;
	void (*run)(const struct call *call);
} verbs[] = {
	{ "add", 1, add },
	{ "login", 1, login },
	{ "logout", 1, logout },
	{ "ban", 1, ban },
	{ "unban", 1, unban },
	{ "password", 1, password },
	{ "rename", 2, rename_shown },
};

static void run(struct call *call, const char *verb, int argument_count)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, verb) == 0 && argument_count >= verbs[i].arguments_min) {
			verbs[i].run(call);
			return;
		}
	}
	fail("unknown verb, or too few arguments", verb);
}

static void open_accounts(struct call *call, const char *folder)
{
	struct buf path = { 0 }, problem_text = { 0 };
	enum store_problem problem;

	if (!crypto_init() ||
		!config_load(&call->config, &(struct config_arguments){ 0 }, &problem_text))
		fail("start", buf_text(&problem_text));
	buf_append_format(&path, "%s/accounts.db", folder);
	call->accounts = accounts_open(buf_text(&path), ACCOUNTS_WRITE, &problem);
	check(problem);
	buf_finish(&path);
	buf_finish(&problem_text);
}

int main(int argc, char **argv)
{
	struct call call = { .now_ms = clock_wall_ms() };
	int first = 2;

	if (argc > first + 2 && strcmp(argv[first], "--later") == 0) {
		call.now_ms += atoll(argv[first + 1]) * 1000;
		first += 2;
	}
	if (argc <= first)
		fail("usage", "account DIR [--later SECONDS] VERB …");
	for (int i = 0; i < 3 && first + 1 + i < argc; i++)
		call.arguments[i] = argv[first + 1 + i];
	open_accounts(&call, argv[1]);
	run(&call, argv[first], argc - first - 1);
	accounts_close(call.accounts);
	config_finish(&call.config);
	return EXIT_SUCCESS;
}
