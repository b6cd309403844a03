/* SPDX-License-Identifier: MIT */
/* Lines of the log name users by their ids, and only those who have shown that they are these: what
 * is typed at a login may be a password in the wrong field. */
#include "fcgi/attempt.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/utf8.h"
#include "common/guest.h"
#include "common/name_key.h"
#include "fcgi/account.h"

#define BUSY_RETRY_SECONDS 2 /* the queue of the hasher is empty by then */
#define UNREADABLE_RETRY_SECONDS 5

void attempt_begin(struct attempt *attempt, const char *event, struct app *app,
	struct request *request, struct response *response)
{
	enum store_problem problem;

	*attempt = (struct attempt){
		.event = event,
		.app = app,
		.request = request,
		.response = response,
		.accounts = pool_borrow(app->accounts, &problem),
		.now_ms = clock_wall_ms(),
	};
}

static int64_t retry_seconds(const struct attempt *attempt, enum verdict_kind kind)
{
	switch (kind) {
	case VERDICT_PENALTY:
		return (attempt->wait_ms + 999) / 1000;
	case VERDICT_BUSY:
		return BUSY_RETRY_SECONDS;
	case VERDICT_UNREADABLE:
		return UNREADABLE_RETRY_SECONDS;
	default:
		return 0;
	}
}

static void add_retry_after(struct response *response, int64_t seconds)
{
	struct buf value = { 0 };

	buf_append_number(&value, seconds);
	response_add_header(response, "Retry-After", buf_str(&value));
	buf_finish(&value);
}

/* The try was refused by ourselves, not by a wrong password. */
static void refund(struct attempt *attempt, bool is_success)
{
	enum store_problem problem = penalties_refund(
		attempt->accounts, &attempt->penalty, is_success);

	if (attempt->problem == STORE_OK)
		attempt->problem = problem;
	attempt->is_charged = false;
}

static void log_result(const struct attempt *attempt, enum verdict_kind kind)
{
	struct account_log_name who = { "" };
	struct log_quoted client;

	if (attempt->event == NULL)
		return;
	if (kind == VERDICT_DONE)
		account_log_name(&who, &attempt->app->secret, &attempt->request->identity);
	log_info("event=%s result=%s client=%s%s", attempt->event, verdict_name(kind),
		log_quote(&client, attempt->request->client), who.text);
}

struct verdict attempt_end(struct attempt *attempt, enum verdict_kind kind)
{
	struct verdict verdict = verdict_of(kind);

	if (attempt->is_charged && (kind == VERDICT_BUSY || kind == VERDICT_UNREADABLE))
		refund(attempt, false);
	pool_return(attempt->app->accounts, attempt->accounts, attempt->problem);
	attempt->accounts = NULL;
	log_result(attempt, kind);
	if (kind != VERDICT_DONE && attempt->sentence != NULL)
		verdict.sentence = attempt->sentence;
	verdict.retry_after_seconds = retry_seconds(attempt, kind);
	if (verdict.retry_after_seconds > 0)
		add_retry_after(attempt->response, verdict.retry_after_seconds);
	return verdict;
}

enum verdict_kind attempt_judge(struct attempt *attempt, enum store_problem problem)
{
	if (problem == STORE_OK)
		return VERDICT_DONE;
	attempt->problem = problem;
	return VERDICT_UNREADABLE;
}

static const enum verdict_kind kinds_of_results[] = {
	[ACCOUNT_DONE] = VERDICT_DONE,
	[ACCOUNT_NAME_TAKEN] = VERDICT_NAME_TAKEN,
	[ACCOUNT_ID_TAKEN] = VERDICT_CHANGED, /* the same guest has registered in another tab */
	[ACCOUNT_NO_INVITE] = VERDICT_NO_INVITE,
	[ACCOUNT_UNKNOWN] = VERDICT_CHANGED,
	[ACCOUNT_CHANGED] = VERDICT_CHANGED,
};

enum verdict_kind attempt_judge_change(
	struct attempt *attempt, enum store_problem problem, const enum account_result *result)
{
	enum verdict_kind kind = attempt_judge(attempt, problem);

	return kind == VERDICT_DONE ? kinds_of_results[*result] : kind;
}

enum verdict_kind attempt_read_name(struct attempt *attempt, struct str typed, struct buf *name_out)
{
	enum name_problem problem = name_normalize(typed, NAME_PERSON_MAX, name_out);

	if (problem != NAME_OK) {
		attempt->sentence = name_problem_sentence(problem);
		return VERDICT_BAD_NAME;
	}
	return name_is_reserved(buf_str(name_out)) ? VERDICT_RESERVED_NAME : VERDICT_DONE;
}

enum verdict_kind attempt_charge(struct attempt *attempt, struct str username)
{
	int64_t cap_ms = attempt->app->config->limits_login_penalty_seconds * 1000;
	enum verdict_kind kind;

	if (attempt->accounts == NULL)
		return VERDICT_UNREADABLE;
	attempt->penalty = (struct penalty_try){
		.username = username,
		.source = attempt->request->client,
		.now_ms = attempt->now_ms,
		.cap_ms = cap_ms,
	};
	kind = attempt_judge(
		attempt, penalties_charge(attempt->accounts, &attempt->penalty, &attempt->wait_ms));
	if (kind == VERDICT_DONE && attempt->wait_ms > 0)
		kind = VERDICT_PENALTY;
	attempt->is_charged = kind == VERDICT_DONE;
	return kind;
}

void attempt_succeed(struct attempt *attempt)
{
	refund(attempt, true);
}

static enum verdict_kind kind_of(enum hasher_result result)
{
	switch (result) {
	case HASHER_DONE:
		return VERDICT_DONE;
	case HASHER_BUSY:
		return VERDICT_BUSY;
	case HASHER_FAILED:
		break;
	}
	return VERDICT_UNREADABLE;
}

enum verdict_kind attempt_hash(
	struct attempt *attempt, struct str password, char hash_out[static PASSWORD_HASH_SIZE])
{
	return kind_of(hasher_hash(attempt->app->hasher, password, hash_out));
}

enum verdict_kind attempt_compare(
	struct attempt *attempt, struct str password, const char *hash, bool *matches_out)
{
	return kind_of(hasher_matches(attempt->app->hasher, password, hash, matches_out));
}

/* Cut at a code point's end; nothing of what is no text. */
static void copy_text(struct str text, char *out, size_t size)
{
	size_t len = text.len < size ? text.len : size - 1;

	if (!utf8_is_valid(text) || str_find(text, '\0') < text.len)
		len = 0;
	while (len > 0 && len < text.len && ((unsigned char)text.data[len] & 0xc0) == 0x80)
		len--;
	if (len > 0)
		memcpy(out, text.data, len);
	out[len] = '\0';
}

void attempt_make_session(struct attempt *attempt, const uint8_t account[static USER_ID_SIZE],
	struct session_row *session_out, struct buf *set_cookie)
{
	const struct request *request = attempt->request;

	*session_out = (struct session_row){ 0 };
	session_create(attempt->app->config, account, request_is_https(request), attempt->now_ms,
		session_out, set_cookie);
	copy_text(request->client, session_out->address, sizeof(session_out->address));
	copy_text(request->variables.user_agent, session_out->agent, sizeof(session_out->agent));
}

/* A new guest has left nothing behind. */
static struct session_origin origin_of(const struct identity *identity)
{
	struct session_origin origin = { 0 };

	if (identity->kind == IDENTITY_ACCOUNT)
		origin.key_hash = identity->session.key_hash;
	else if (identity->kind == IDENTITY_GUEST && !identity->guest_is_new)
		origin.guest_id = identity->user.id;
	return origin;
}

enum verdict_kind attempt_log_in(
	struct attempt *attempt, const struct account *account, const char *password_hash)
{
	struct session_origin origin = origin_of(&attempt->request->identity);
	enum account_result result = ACCOUNT_DONE;
	struct buf set_cookie = { 0 };
	struct session_row session;
	enum verdict_kind kind;

	attempt_make_session(attempt, account->user.id, &session, &set_cookie);
	kind = attempt_judge_change(attempt,
		sessions_add(attempt->accounts, &session, password_hash, &origin, &result),
		&result);
	if (kind == VERDICT_DONE)
		attempt_enter(attempt, account, &session, buf_str(&set_cookie));
	buf_finish(&set_cookie);
	return kind;
}

static void forget_guest(struct attempt *attempt)
{
	struct buf cookie = { 0 };

	guest_forget_cookie(request_is_https(attempt->request), &cookie);
	response_add_header(attempt->response, "Set-Cookie", buf_str(&cookie));
	buf_finish(&cookie);
}

void attempt_enter(struct attempt *attempt, const struct account *account,
	const struct session_row *session, struct str set_cookie)
{
	struct identity *identity = &attempt->request->identity;

	*identity = (struct identity){
		.user = account->user,
		.kind = IDENTITY_ACCOUNT,
		.session = {
			.user = account->user,
			.is_superuser = account->is_superuser,
			.created_ms = session->created_ms,
			.seen_ms = session->seen_ms,
		},
	};
	memcpy(identity->session.key_hash, session->key_hash, sizeof(session->key_hash));
	response_add_header(attempt->response, "Set-Cookie", set_cookie);
	forget_guest(attempt);
}
