/* SPDX-License-Identifier: MIT */
#include "fcgi/account.h"

#include <stdio.h>
#include <string.h>

#include "common/password.h"
#include "fcgi/attempt.h"
#include "fcgi/remote_accounts.h"

#define SESSIONS_MAX 1000 /* more than an account ever has */

struct account_session_id account_session_id(
	const struct secret *secret, const uint8_t key_hash[static SESSION_HASH_SIZE])
{
	struct account_session_id id = { "" };
	struct buf text = { 0 };

	secret_sign(secret, STR_OF("roomwire session id:"),
		str_range((const char *)key_hash, SESSION_HASH_SIZE), &text);
	memcpy(id.text, buf_text(&text), sizeof(id.text) - 1);
	buf_finish(&text);
	return id;
}

void account_log_name(struct account_log_name *name_out, const struct secret *secret,
	const struct identity *identity)
{
	char *end = name_out->text + sprintf(name_out->text, " user=");

	for (size_t i = 0; i < USER_ID_SIZE; i++)
		end += sprintf(end, "%02x", identity->user.id[i]);
	if (identity->kind == IDENTITY_ACCOUNT)
		sprintf(end, " session=%s",
			account_session_id(secret, identity->session.key_hash).text);
}

/* Reads the request's account as it is now. */
static enum verdict_kind find_own(struct attempt *attempt, struct account *account_out)
{
	bool is_found = false;
	enum verdict_kind kind;

	if (attempt->accounts == NULL)
		return VERDICT_UNREADABLE;
	kind = attempt_judge(
		attempt, accounts_find_id(attempt->accounts, attempt->request->identity.user.id,
				 account_out, &is_found));
	return kind == VERDICT_DONE && !is_found ? VERDICT_CHANGED : kind;
}

struct verdict account_find_own(struct app *app, struct request *request, struct response *response,
	struct account *account_out)
{
	struct attempt attempt;

	attempt_begin(&attempt, NULL, app, request, response);
	return attempt_end(&attempt, find_own(&attempt, account_out));
}

static enum verdict_kind check_old_password(
	struct attempt *attempt, const struct account *account, struct str old_password)
{
	bool matches = false;
	enum verdict_kind kind = attempt_charge(attempt, str_from(account->username));

	if (kind == VERDICT_DONE)
		kind = attempt_compare(attempt, old_password, account->password, &matches);
	return kind == VERDICT_DONE && !matches ? VERDICT_WRONG_PASSWORD : kind;
}

/* Stores the password and ends all other sessions in one transaction. */
static enum verdict_kind store_password(
	struct attempt *attempt, const struct account *account, const char *new_hash)
{
	enum account_result result = ACCOUNT_CHANGED;
	struct buf set_cookie = { 0 };
	struct session_row session;
	enum verdict_kind kind;

	attempt_make_session(attempt, account->user.id, &session, &set_cookie);
	kind = attempt_judge_change(attempt,
		accounts_change_password(attempt->accounts, account->user.id, account->password,
			new_hash, &session, attempt->now_ms, &result),
		&result);
	if (kind == VERDICT_DONE)
		attempt_enter(attempt, account, &session, buf_str(&set_cookie));
	buf_finish(&set_cookie);
	return kind;
}

static enum verdict_kind change_password(
	struct attempt *attempt, struct str old_password, struct str new_password)
{
	char new_hash[PASSWORD_HASH_SIZE];
	struct account account;
	enum verdict_kind kind = find_own(attempt, &account);

	if (kind != VERDICT_DONE)
		return kind;
	attempt->sentence = password_problem(new_password, str_from(account.username));
	if (attempt->sentence != NULL)
		return VERDICT_BAD_PASSWORD;
	kind = check_old_password(attempt, &account, old_password);
	if (kind == VERDICT_DONE)
		kind = attempt_hash(attempt, new_password, new_hash);
	if (kind == VERDICT_DONE)
		kind = store_password(attempt, &account, new_hash);
	if (kind == VERDICT_DONE)
		attempt_succeed(attempt);
	return kind;
}

struct verdict account_change_password(struct app *app, struct request *request,
	struct response *response, struct str old_password, struct str new_password)
{
	struct attempt attempt;

	attempt_begin(&attempt, "password_change", app, request, response);
	return attempt_end(&attempt, change_password(&attempt, old_password, new_password));
}

static enum verdict_kind change_name(struct attempt *attempt, struct str typed, struct buf *name)
{
	struct identity *identity = &attempt->request->identity;
	enum account_result result = ACCOUNT_CHANGED;
	enum verdict_kind kind = attempt_read_name(attempt, typed, name);

	if (kind == VERDICT_DONE && attempt->accounts == NULL)
		kind = remote_accounts_are_asked(attempt->app) ? VERDICT_ELSEWHERE
							       : VERDICT_UNREADABLE;
	if (kind == VERDICT_DONE)
		kind = attempt_judge_change(attempt,
			accounts_set_display_name(attempt->accounts, identity->user.id,
				buf_str(name), attempt->now_ms, &result),
			&result);
	if (kind == VERDICT_DONE)
		strcpy(identity->user.name, buf_text(name)); /* fits, as NAME_PERSON_MAX says */
	return kind;
}

struct verdict account_change_name(
	struct app *app, struct request *request, struct response *response, struct str name)
{
	struct buf normal = { 0 };
	struct attempt attempt;
	struct verdict verdict;

	attempt_begin(&attempt, "name_change", app, request, response);
	verdict = attempt_end(&attempt, change_name(&attempt, name, &normal));
	buf_finish(&normal);
	return verdict;
}

/* Asks about a name with an id that nobody has. */
static enum verdict_kind ask_about_name(struct app *app, struct str name)
{
	struct identity_oracle oracle = remote_accounts_oracle(app);
	struct user guest = { 0 };
	bool id_is_taken, name_is_taken;

	memcpy(guest.name, name.data, name.len); /* in normal form it fits */
	if (!oracle.judge_guest(oracle.context, &guest, &id_is_taken, &name_is_taken))
		return VERDICT_UNREADABLE;
	return name_is_taken ? VERDICT_NAME_TAKEN : VERDICT_DONE;
}

static enum verdict_kind judge_guest_name(struct attempt *attempt, struct str name)
{
	uint8_t owner[USER_ID_SIZE];
	bool is_taken = false;
	enum verdict_kind kind;

	if (remote_accounts_are_asked(attempt->app))
		return ask_about_name(attempt->app, name);
	if (attempt->accounts == NULL)
		return VERDICT_UNREADABLE;
	kind = attempt_judge(
		attempt, accounts_find_owner(attempt->accounts, name, owner, &is_taken));
	return kind == VERDICT_DONE && is_taken ? VERDICT_NAME_TAKEN : kind;
}

struct verdict account_judge_guest_name(struct app *app, struct response *response, struct str name)
{
	struct attempt attempt;

	attempt_begin(&attempt, NULL, app, NULL, response);
	return attempt_end(&attempt, judge_guest_name(&attempt, name));
}

struct listing {
	const struct attempt *attempt;
	struct account_session *sessions;
	size_t max;
	size_t count;
};

static bool is_own(const struct attempt *attempt, const uint8_t key_hash[static SESSION_HASH_SIZE])
{
	return memcmp(key_hash, attempt->request->identity.session.key_hash, SESSION_HASH_SIZE) ==
	       0;
}

static bool list_one(void *context, const struct session_row *row)
{
	struct listing *listing = context;
	const struct attempt *attempt = listing->attempt;
	struct account_session *session = &listing->sessions[listing->count];

	if (session_is_over(attempt->app->config, row, attempt->now_ms))
		return true;
	*session = (struct account_session){
		.id = account_session_id(&attempt->app->secret, row->key_hash),
		.created_ms = row->created_ms,
		.seen_ms = row->seen_ms,
		.is_current = is_own(attempt, row->key_hash),
	};
	memcpy(session->address, row->address, sizeof(session->address));
	memcpy(session->agent, row->agent, sizeof(session->agent));
	return ++listing->count < listing->max;
}

static enum verdict_kind visit_own(struct attempt *attempt,
	bool (*visit)(void *context, const struct session_row *session), void *context)
{
	if (attempt->accounts == NULL)
		return VERDICT_UNREADABLE;
	return attempt_judge(
		attempt, sessions_list(attempt->accounts, attempt->request->identity.user.id,
				 SESSIONS_MAX, visit, context));
}

struct verdict account_list_sessions(struct app *app, struct request *request,
	struct response *response, struct account_session *sessions, size_t max, size_t *count_out)
{
	struct attempt attempt;
	struct listing listing = { &attempt, sessions, max, 0 };
	struct verdict verdict;

	attempt_begin(&attempt, NULL, app, request, response);
	verdict = attempt_end(&attempt, visit_own(&attempt, list_one, &listing));
	*count_out = listing.count;
	return verdict;
}

struct search {
	const struct attempt *attempt;
	struct str id;
	uint8_t key_hash[SESSION_HASH_SIZE];
	bool is_found;
};

static bool compare_one(void *context, const struct session_row *row)
{
	struct search *search = context;
	struct account_session_id id = account_session_id(
		&search->attempt->app->secret, row->key_hash);

	search->is_found = str_is(search->id, id.text) && !is_own(search->attempt, row->key_hash);
	if (search->is_found)
		memcpy(search->key_hash, row->key_hash, sizeof(search->key_hash));
	return !search->is_found;
}

static enum verdict_kind end_session(struct attempt *attempt, struct str id)
{
	struct search search = { .attempt = attempt, .id = id };
	enum verdict_kind kind = visit_own(attempt, compare_one, &search);

	if (kind != VERDICT_DONE || !search.is_found)
		return kind;
	return attempt_judge(attempt, sessions_remove(attempt->accounts, search.key_hash,
					      attempt->request->identity.user.id, attempt->now_ms));
}

struct verdict account_end_session(
	struct app *app, struct request *request, struct response *response, struct str id)
{
	struct attempt attempt;

	attempt_begin(&attempt, "session_end", app, request, response);
	return attempt_end(&attempt, end_session(&attempt, id));
}

static enum verdict_kind end_others(struct attempt *attempt, size_t *count_out)
{
	const struct identity *identity = &attempt->request->identity;

	if (attempt->accounts == NULL)
		return VERDICT_UNREADABLE;
	return attempt_judge(
		attempt, sessions_remove_others(attempt->accounts, identity->user.id,
				 identity->session.key_hash, attempt->now_ms, count_out));
}

struct verdict account_end_other_sessions(
	struct app *app, struct request *request, struct response *response, size_t *count_out)
{
	struct attempt attempt;

	*count_out = 0;
	attempt_begin(&attempt, "session_end_others", app, request, response);
	return attempt_end(&attempt, end_others(&attempt, count_out));
}
