/* SPDX-License-Identifier: MIT */
/* Every wrong try takes the same way: one charge, one look-up, one hash, which is a dummy's where
 * there is no account, and then the same verdict. */
#include "fcgi/login.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/guest.h"
#include "fcgi/attempt.h"
#include "fcgi/router.h"
#include "fcgi/url_code.h"

/* All zero, whose password is "", for names that nobody has. */
static enum verdict_kind find_account(
	struct attempt *attempt, struct str username, struct account *account_out)
{
	struct buf name = { 0 };
	enum verdict_kind kind = VERDICT_DONE;
	bool is_found = false;

	if (name_normalize(username, NAME_PERSON_MAX, &name) == NAME_OK)
		kind = attempt_judge(attempt, accounts_find_username(attempt->accounts,
						      buf_str(&name), account_out, &is_found));
	if (!is_found)
		*account_out = (struct account){ 0 };
	buf_finish(&name);
	return kind;
}

/* A password that is known to be right gets the configured cost. Whatever stands against that
 * stands against it next time too, and hinders nobody. */
static void rehash(struct attempt *attempt, struct account *account, struct str password)
{
	enum account_result result = ACCOUNT_UNKNOWN;
	char hash[PASSWORD_HASH_SIZE];
	enum store_problem problem;

	if (!password_is_outdated(account->password, attempt->app->config) ||
		hasher_hash(attempt->app->hasher, password, hash) != HASHER_DONE)
		return;
	problem = accounts_rehash_password(
		attempt->accounts, account->user.id, account->password, hash, &result);
	if (problem != STORE_OK)
		log_warning("event=rehash problem=%s", store_problem_code(problem));
	else if (result == ACCOUNT_DONE)
		strcpy(account->password, hash);
}

static enum verdict_kind enter(
	struct attempt *attempt, struct account *account, struct str password)
{
	enum verdict_kind kind;

	rehash(attempt, account, password);
	kind = attempt_log_in(attempt, account, account->password);
	if (kind == VERDICT_DONE)
		attempt_succeed(attempt);
	return kind == VERDICT_CHANGED ? VERDICT_WRONG_LOGIN : kind;
}

static enum verdict_kind try(struct attempt *attempt, const struct login_form *form)
{
	struct account account;
	bool matches = false;
	enum verdict_kind kind = attempt_charge(attempt, form->username);

	if (kind == VERDICT_DONE)
		kind = find_account(attempt, form->username, &account);
	if (kind == VERDICT_DONE)
		kind = attempt_compare(attempt, form->password, account.password, &matches);
	if (kind != VERDICT_DONE)
		return kind;
	if (!matches || !account.is_active)
		return VERDICT_WRONG_LOGIN;
	return enter(attempt, &account, form->password);
}

struct verdict login_attempt(struct app *app, struct request *request, struct response *response,
	const struct login_form *form)
{
	struct attempt attempt;

	attempt_begin(&attempt, "login", app, request, response);
	return attempt_end(&attempt, try(&attempt, form));
}

static enum verdict_kind end_session(struct attempt *attempt)
{
	const struct identity *identity = &attempt->request->identity;

	if (identity->kind != IDENTITY_ACCOUNT)
		return VERDICT_DONE;
	if (attempt->accounts == NULL)
		return VERDICT_UNREADABLE;
	return attempt_judge(attempt, sessions_remove(attempt->accounts, identity->session.key_hash,
					      identity->user.id, attempt->now_ms));
}

struct verdict login_end(struct app *app, struct request *request, struct response *response)
{
	struct attempt attempt;
	struct verdict verdict;

	attempt_begin(&attempt, "logout", app, request, response);
	verdict = attempt_end(&attempt, end_session(&attempt));
	if (verdict.kind != VERDICT_DONE)
		return verdict;
	request_forget_identity(request, response);
	response_add_header(response, "Clear-Site-Data", STR_OF("\"cache\""));
	return verdict;
}

int login_redirect(const struct app *app, const struct request *request, struct response *response)
{
	struct buf next = { 0 }, url = { 0 };
	int status;

	buf_append_str(&next, request->prefix);
	buf_append_str(&next, buf_str(&request->path));
	if (request->query.len > 0)
		buf_append_format(&next, "?%.*s", STR_ARG(request->query));
	router_reverse(app->config, request, "login", STR_OF(""), &url);
	if (request->method == METHOD_GET) {
		buf_append_text(&url, "?next=");
		url_encode(buf_str(&next), &url);
	}
	status = response_redirect(response, 303, buf_str(&url));
	buf_finish(&url);
	buf_finish(&next);
	return status;
}
