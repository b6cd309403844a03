/* SPDX-License-Identifier: MIT */
/* The environment of a request is an array of strings, as the web server's would be: whatever the
 * exchange does with it happens here too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/state.h"
#include "fcgi/csrf.h"
#include "fcgi/exchange.h"
#include "tests/support/visitor.h"

#define VARIABLES_MAX 16

struct environment {
	char *entries[VARIABLES_MAX + 1];
	size_t count;
};

struct reader {
	struct str rest;
	size_t bytes_read;
};

static char folder[] = "/tmp/roomwire-test-XXXXXX";
static struct config config;
static struct app app;

int visitor_start(void **state)
{
	struct buf setting = { 0 }, problem = { 0 };
	const char *settings[] = { NULL, "history.durability=process",
		"accounts.password_kibibytes=8192", "accounts.password_passes=1" };

	(void)state;
	if (mkdtemp(folder) == NULL || !crypto_init())
		return -1;
	log_set_level(LOG_LEVEL_ERROR);
	buf_append_format(&setting, "paths.state=%s", folder);
	settings[0] = buf_text(&setting);
	if (!config_load(&config,
		    &(struct config_arguments){ .settings = settings,
			    .setting_count = sizeof(settings) / sizeof(settings[0]) },
		    &problem) ||
		!state_prepare(&config, &problem) || !app_start(&app, &config))
		return -1;
	buf_finish(&problem);
	buf_finish(&setting);
	return 0;
}

int visitor_stop(void **state)
{
	static const char *const names[] = { "secret.key", "history.db", "history.db-wal",
		"history.db-shm", "accounts.db", "accounts.db-wal", "accounts.db-shm", "run",
		"log" };
	struct buf path = { 0 };

	app_finish(&app);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove(config_path(&config, &path, names[i]));
	buf_finish(&path);
	config_finish(&config);
	(void)state;
	return rmdir(folder);
}

struct app *visitor_app(void)
{
	return &app;
}

static void add_variable(struct environment *environment, const char *name, const char *value)
{
	struct buf entry = { 0 };

	if (value == NULL)
		return;
	assert_true(environment->count < VARIABLES_MAX);
	buf_append_format(&entry, "%s=", name);
	buf_append_text(&entry, value);
	environment->entries[environment->count++] = buf_take(&entry);
}

static void add_extra(struct environment *environment, const char *const extra[VISIT_EXTRA_MAX])
{
	for (size_t i = 0; i < VISIT_EXTRA_MAX && extra[i] != NULL; i++) {
		struct str entry = str_from(extra[i]);
		char *name = str_dup(str_range(entry.data, str_find(entry, '=')));

		add_variable(environment, name, extra[i] + strlen(name) + 1);
		mem_free(name);
	}
}

static void fill_environment(struct environment *environment, const struct visit *visit)
{
	char length[32];

	snprintf(length, sizeof(length), "%zu", visit->body == NULL ? 0 : strlen(visit->body));
	add_variable(environment, "REQUEST_METHOD", visit->method == NULL ? "GET" : visit->method);
	add_variable(environment, "REMOTE_ADDR", "192.0.2.1");
	add_variable(environment, "HTTP_HOST", visit->host == NULL ? "localhost" : visit->host);
	add_variable(environment, "HTTP_COOKIE", visit->cookie);
	if (visit->content_length != NULL)
		add_variable(environment, "CONTENT_LENGTH", visit->content_length);
	else if (visit->body != NULL)
		add_variable(environment, "CONTENT_LENGTH", length);
	if (visit->is_plain_cgi) {
		add_variable(environment, "SCRIPT_NAME", "/cgi/chat");
		add_variable(environment, "PATH_INFO", visit->uri);
	} else {
		const char *query = strchr(visit->uri, '?');

		add_variable(environment, "REQUEST_URI", visit->uri);
		add_variable(environment, "QUERY_STRING", query == NULL ? "" : query + 1);
	}
	add_extra(environment, visit->extra);
}

static size_t read_body(void *context, char *out, size_t len)
{
	struct reader *reader = context;

	if (len > reader->rest.len)
		len = reader->rest.len;
	if (len > 0)
		memcpy(out, reader->rest.data, len);
	reader->rest = str_skip(reader->rest, len);
	reader->bytes_read += len;
	return len;
}

static void read_answer(struct answer *answer)
{
	static const char status[] = "Status: ";
	struct str whole = buf_str(&answer->whole);
	const char *end = memmem(whole.data, whole.len, "\r\n\r\n", 4);

	assert_non_null(end);
	answer->head = str_range(whole.data, (size_t)(end - whole.data) + 2);
	answer->body = str_skip(whole, answer->head.len + 2);
	assert_true(str_starts_with(whole, STR_OF(status)));
	answer->status = atoi(whole.data + strlen(status));
}

void visitor_visit(const struct visit *visit, struct answer *answer)
{
	struct environment environment = { 0 };
	struct reader reader = { .rest = str_from(visit->body) };

	fill_environment(&environment, visit);
	buf_clear(&answer->whole);
	exchange_answer(
		&app, environment.entries, visit->is_plain_cgi, read_body, &reader, &answer->whole);
	answer->body_bytes_read = reader.bytes_read;
	for (size_t i = 0; i < environment.count; i++)
		mem_free(environment.entries[i]);
	read_answer(answer);
}

void answer_finish(struct answer *answer)
{
	buf_finish(&answer->whole);
}

size_t answer_header(const struct answer *answer, const char *name, struct str *value_out)
{
	struct str rest = answer->head, line;
	size_t count = 0;

	*value_out = STR_OF("");
	while (str_next(&rest, '\n', &line)) {
		size_t colon = str_find(line, ':');

		assert_true(str_ends_with(line, STR_OF("\r")) && colon < line.len);
		if (!str_equals_ignore_case(str_range(line.data, colon), str_from(name)))
			continue;
		line.len--;
		*value_out = str_trim(str_skip(line, colon + 1));
		count++;
	}
	return count;
}

bool answer_says(const struct answer *answer, const char *text)
{
	return answer->body.len > 0 &&
	       memmem(answer->body.data, answer->body.len, text, strlen(text)) != NULL;
}

void visitor_user(struct user *user, char id, const char *name)
{
	*user = (struct user){ 0 };
	memset(user->id, id, sizeof(user->id));
	snprintf(user->name, sizeof(user->name), "%s", name);
}

void visitor_cookie(const struct user *user, struct buf *out)
{
	struct buf cookie = { 0 };

	guest_write_cookie(user, &app.secret, false, &cookie);
	buf_append_str(out, str_range(cookie.data, str_find(buf_str(&cookie), ';')));
	buf_finish(&cookie);
}

void visitor_token(const struct user *user, struct buf *out)
{
	csrf_write_token(&(struct identity){ .user = *user }, &app.secret, out);
}

struct accounts *visitor_accounts(void)
{
	enum store_problem problem;
	struct accounts *accounts = pool_borrow(app.accounts, &problem);

	assert_non_null(accounts);
	return accounts;
}

void visitor_account(struct account *account, char id, const char *username)
{
	struct accounts *accounts = visitor_accounts();
	enum account_result result;

	*account = (struct account){ .is_active = true, .joined_ms = clock_wall_ms() };
	visitor_user(&account->user, id, username);
	strcpy(account->username, username);
	assert_true(password_hash(STR_OF(VISITOR_PASSWORD), &config, account->password));
	assert_int_equal(accounts_add(accounts, account, NULL, &result), STORE_OK);
	assert_int_equal(result, ACCOUNT_DONE);
	pool_return(app.accounts, accounts, STORE_OK);
}

void visitor_session_cookie(
	const struct account *account, struct identity *identity, struct buf *out)
{
	struct accounts *accounts = visitor_accounts();
	struct session_row row = { .address = "192.0.2.1", .agent = "a browser" };
	struct buf cookie = { 0 };
	enum account_result result;

	session_create(&config, account->user.id, false, clock_wall_ms(), &row, &cookie);
	assert_int_equal(sessions_add(accounts, &row, NULL, NULL, &result), STORE_OK);
	assert_int_equal(result, ACCOUNT_DONE);
	pool_return(app.accounts, accounts, STORE_OK);
	buf_append_str(out, str_range(cookie.data, str_find(buf_str(&cookie), ';')));
	buf_finish(&cookie);
	*identity = (struct identity){ .user = account->user,
		.kind = IDENTITY_ACCOUNT,
		.session = { .user = account->user,
			.created_ms = row.created_ms,
			.seen_ms = row.seen_ms } };
	memcpy(identity->session.key_hash, row.key_hash, sizeof(row.key_hash));
}

void visitor_log_in(const struct account *account, struct identity *identity)
{
	struct buf cookie = { 0 };

	visitor_session_cookie(account, identity, &cookie);
	buf_finish(&cookie);
}

void visitor_identity_token(const struct identity *identity, struct buf *out)
{
	csrf_write_token(identity, &app.secret, out);
}

struct request visitor_request(const struct identity *identity, const char *client)
{
	return (struct request){
		.variables = { .user_agent = STR_OF("a browser") },
		.method = METHOD_POST,
		.scheme = STR_OF("http"),
		.client = str_from(client),
		.identity = *identity,
	};
}

size_t visitor_headers(const struct response *response, const char *line)
{
	struct str rest = buf_str(&response->headers), header;
	size_t count = 0;

	while (str_next(&rest, '\n', &header))
		count += str_starts_with(header, str_from(line));
	return count;
}
