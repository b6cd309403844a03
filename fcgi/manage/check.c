/* SPDX-License-Identifier: MIT */
/* What can be seen of a site from its state directory, a row each. Changes nothing, and makes
 * nothing that is missing: programs do that when they start. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/crypto.h"
#include "common/control.h"
#include "common/secret.h"
#include "common/store/inventory.h"
#include "common/ticket_keys.h"
#include "fcgi/manage/commands.h"
#include "fcgi/manage/look.h"
#include "fcgi/manage/record.h"
#include "fcgi/manage/site.h"

#define ANSWER_MS 3000 /* of a broker that is busy */
#define EXIT_PROBLEM 1
#define UNIX_PREFIX "unix:"

/* What others than the owner may not do. */
#define MAY_NOT_WRITE (S_IWGRP | S_IWOTH)
#define MAY_NOTHING (S_IRWXG | S_IRWXO)

/* What a row looks at, and with what. */
struct sight {
	const struct config *config;
	const char *path;
	uid_t owner; /* of the state directory */
	struct buf *message; /* what is the matter, or how it is */
};

static bool say(const struct sight *sight, bool is_good, const char *message)
{
	buf_append_text(sight->message, message);
	return is_good;
}

static bool is_missing(const struct sight *sight)
{
	return access(sight->path, F_OK) != 0 && errno == ENOENT;
}

static bool check_configuration(const struct sight *sight)
{
	return say(sight, true, "every key is known and has a value that it may have");
}

static bool check_state(const struct sight *sight)
{
	if (access(sight->path, R_OK | W_OK | X_OK) == 0)
		return look_at_file(sight->path, sight->owner, MAY_NOT_WRITE, sight->message) &&
		       say(sight, true, sight->path);
	buf_append_format(sight->message, "%s: %s", sight->path, strerrordesc_np(errno));
	return false;
}

static bool check_folder(const struct sight *sight)
{
	if (is_missing(sight))
		return say(sight, true, "not there yet");
	return look_at_file(sight->path, sight->owner, MAY_NOT_WRITE, sight->message) &&
	       say(sight, true, "nobody else writes in it");
}

static bool check_secret(const struct sight *sight)
{
	struct secret secret;
	bool is_good;

	if (is_missing(sight))
		return say(sight, true, "not there yet");
	is_good = look_at_file(sight->path, sight->owner, MAY_NOTHING, sight->message) &&
		  secret_load(&secret, sight->config->paths_state, sight->message);
	crypto_wipe(&secret, sizeof(secret));
	return is_good && say(sight, true, "a key that nobody else reads");
}

static bool check_ticket_key(const struct sight *sight)
{
	struct ticket_keys keys = { 0 };
	bool is_good = look_at_file(sight->path, sight->owner, MAY_NOTHING, sight->message);
	bool is_there;

	if (is_good)
		ticket_keys_refresh(&keys, sight->config->paths_state, sight->message);
	is_good = sight->message->len == 0;
	is_there = ticket_keys_text(&keys, 0).len > 0;
	ticket_keys_finish(&keys);
	if (!is_good)
		return false;
	return say(sight, true,
		is_there ? "a key that nobody else reads" : "there is none: no tickets are taken");
}

static bool check_database(
	const struct sight *sight, enum inventory_database which, mode_t forbidden)
{
	struct inventory_report report;
	enum store_problem problem;

	if (is_missing(sight))
		return say(sight, true, "not there yet");
	if (!look_at_file(sight->path, sight->owner, forbidden, sight->message))
		return false;
	problem = inventory_inspect(which, sight->path, true, &report);
	if (problem != STORE_OK)
		buf_append_format(
			sight->message, "%s (%s)", store_problem_sentence(problem), report.error);
	else if (report.version < report.newest)
		buf_append_format(sight->message,
			"of version %zu, of %zu after roomwire-manage migrate", report.version,
			report.newest);
	else
		buf_append_format(sight->message, "of version %zu, and sound", report.version);
	inventory_finish(&report);
	return problem == STORE_OK;
}

static bool check_accounts(const struct sight *sight)
{
	return check_database(sight, INVENTORY_ACCOUNTS, MAY_NOTHING);
}

/* Other programs may read what was said. */
static bool check_history(const struct sight *sight)
{
	return check_database(sight, INVENTORY_HISTORY, MAY_NOT_WRITE);
}

/* What a look at a socket has found; errno is its own. */
static bool judge_socket(const struct sight *sight, const char *path, bool is_good)
{
	if (!is_good)
		buf_append_format(sight->message, "%s: %s", path, strerrordesc_np(errno));
	return is_good;
}

/* Nobody listens there, which is no fault: programs may be stopped. */
static bool is_silent(bool is_good)
{
	return !is_good && (errno == ENOENT || errno == ECONNREFUSED);
}

/* Those of a broker that runs. */
static bool check_broker_sockets(const struct sight *sight)
{
	static const char *const names[] = { "run/ingest.ipc", "run/events.ipc" };
	const struct config_list *listen = &sight->config->broker_listen;
	struct buf path = { 0 };
	bool is_good = true;

	for (size_t i = 0; is_good && i < sizeof(names) / sizeof(names[0]); i++) {
		const char *name = config_path(sight->config, &path, names[i]);

		is_good = judge_socket(sight, name, look_greets(name));
	}
	for (size_t i = 0; is_good && i < listen->count; i++) {
		const char *unix_name = strstr(listen->items[i], UNIX_PREFIX);

		if (unix_name != NULL)
			is_good = judge_socket(sight, unix_name + strlen(UNIX_PREFIX),
				look_connects(unix_name + strlen(UNIX_PREFIX)));
	}
	buf_finish(&path);
	return is_good;
}

/* The broker's answer to "stats"; NULL when none comes. */
static struct json *ask(const char *path)
{
	struct buf url = { 0 };
	struct control *control;
	struct json *answer;

	buf_append_format(&url, "ipc://%s", path);
	control = control_create(buf_text(&url));
	answer = control == NULL
			 ? NULL
			 : control_request(control, STR_OF("{\"op\": \"stats\"}"), ANSWER_MS);
	control_destroy(control);
	buf_finish(&url);
	return answer;
}

/* Whether what is said can be kept, as the broker says. */
static bool judge_answer(const struct sight *sight, const struct json *answer)
{
	struct str history = STR("unknown");

	json_get_string(json_find(answer, "history"), &history);
	if (str_is(history, "ok") || str_is(history, "none"))
		return true;
	buf_append_format(
		sight->message, "it cannot keep what is said: history is %.*s", STR_ARG(history));
	return false;
}

static bool check_broker(const struct sight *sight)
{
	bool is_good = look_greets(sight->path);
	struct json *answer;

	if (is_silent(is_good))
		return say(sight, true, "does not run");
	if (!judge_socket(sight, sight->path, is_good))
		return false;
	answer = ask(sight->path);
	if (answer == NULL)
		return say(sight, false, "takes connections, and does not answer");
	is_good = judge_answer(sight, answer);
	json_destroy(answer);
	return is_good && check_broker_sockets(sight) && say(sight, true, "answers");
}

static bool check_pages(const struct sight *sight)
{
	bool is_good = look_connects(sight->path);

	if (is_silent(is_good))
		return say(sight, true, "do not run");
	return judge_socket(sight, sight->path, is_good) && say(sight, true, "take connections");
}

static const struct {
	const char *name;
	const char *file; /* in the state directory */
	bool (*look)(const struct sight *sight);
} rows[] = {
	{ "configuration", "", check_configuration },
	{ "state", "", check_state },
	{ "run", "run", check_folder },
	{ "log", "log", check_folder },
	{ "secret.key", "secret.key", check_secret },
	{ "ticket.key", "ticket.key", check_ticket_key },
	{ "accounts.db", "accounts.db", check_accounts },
	{ "history.db", "history.db", check_history },
	{ "broker", "run/control.ipc", check_broker },
	{ "pages", "run/fcgi.sock", check_pages },
};

static void print(const char *name, bool is_good, const char *message)
{
	struct record record;

	if (!record_is_json()) {
		printf("%-7s  %s: %s\n", is_good ? "ok" : "problem", name, message);
		return;
	}
	record_begin(&record);
	record_add_text(&record, "check", name);
	record_add_flag(&record, "ok", is_good);
	record_add_text(&record, "message", message);
	record_print(&record);
}

int manage_check(const struct config *config, const char *unused)
{
	struct buf path = { 0 }, message = { 0 };
	struct stat status = { .st_uid = geteuid() };
	int exit_status = EX_OK;

	(void)unused;
	if (!site_take_owner(config, &exit_status))
		return exit_status;
	if (!crypto_init())
		return site_complain(EX_OSERR, "this host has no entropy to give");
	stat(config->paths_state, &status);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sight sight = { .config = config,
			.path = rows[i].file[0] == '\0' ? config->paths_state
							: config_path(config, &path, rows[i].file),
			.owner = status.st_uid,
			.message = &message };
		bool is_good;

		buf_clear(&message);
		is_good = rows[i].look(&sight);
		print(rows[i].name, is_good, buf_text(&message));
		exit_status = is_good ? exit_status : EXIT_PROBLEM;
	}
	buf_finish(&message);
	buf_finish(&path);
	return exit_status;
}
