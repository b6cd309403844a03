/* SPDX-License-Identifier: MIT */
/* What login.c, register.c and account.c have in common: a connection to accounts.db for as long as
 * something is tried, what the try costs, and the session that it may end with. Steps answer with
 * VERDICT_DONE to go on. */
#pragma once

#include "common/store/penalties.h"
#include "common/store/sessions.h"
#include "fcgi/app.h"
#include "fcgi/request.h"
#include "fcgi/response.h"
#include "fcgi/verdict.h"

struct attempt {
	const char *event; /* in logs: "login"; NULL: nothing that is worth a line */
	struct app *app; /* borrowed, as the next two */
	struct request *request; /* NULL where nothing depends on who asks */
	struct response *response;
	struct accounts *accounts; /* NULL: cannot be read */
	int64_t now_ms;
	enum store_problem problem; /* what came of the use of accounts */
	struct penalty_try penalty;
	bool is_charged;
	const char *sentence; /* instead of the verdict's own; or NULL */
	int64_t wait_ms; /* of VERDICT_PENALTY */
};

void attempt_begin(struct attempt *attempt, const char *event, struct app *app,
	struct request *request, struct response *response);
/* What was charged for a try that was not judged is given back. Adds Retry-After. Logs one line. */
struct verdict attempt_end(struct attempt *attempt, enum verdict_kind kind)
	__attribute__((warn_unused_result));

/* Keeps a problem with accounts.db: VERDICT_DONE or VERDICT_UNREADABLE. */
enum verdict_kind attempt_judge(struct attempt *attempt, enum store_problem problem)
	__attribute__((warn_unused_result));
/* The same of a change that may be against the rules; result is read when it could be made. */
enum verdict_kind attempt_judge_change(struct attempt *attempt, enum store_problem problem,
	const enum account_result *result) __attribute__((warn_unused_result));
/* Of the names that a new account or a renamed one may have. name_out is the normal form. */
enum verdict_kind attempt_read_name(struct attempt *attempt, struct str typed, struct buf *name_out)
	__attribute__((warn_unused_result));

/* Pays for a try as username, which is borrowed until attempt_end: VERDICT_DONE, _PENALTY or
 * _UNREADABLE. */
enum verdict_kind attempt_charge(struct attempt *attempt, struct str username)
	__attribute__((warn_unused_result));
/* The password was right: the try costs nothing. */
void attempt_succeed(struct attempt *attempt);

/* VERDICT_DONE, _BUSY or _UNREADABLE. */
enum verdict_kind attempt_hash(struct attempt *attempt, struct str password,
	char hash_out[static PASSWORD_HASH_SIZE]) __attribute__((warn_unused_result));
enum verdict_kind attempt_compare(struct attempt *attempt, struct str password, const char *hash,
	bool *matches_out) __attribute__((warn_unused_result));

/* A new session for an account, not yet in accounts.db; set_cookie is for attempt_enter. */
void attempt_make_session(struct attempt *attempt, const uint8_t account[static USER_ID_SIZE],
	struct session_row *session_out, struct buf *set_cookie);
/* A login: adds the session, which ends what the browser was before. VERDICT_CHANGED when the
 * account is gone or has another password than password_hash meanwhile. */
enum verdict_kind attempt_log_in(struct attempt *attempt, const struct account *account,
	const char *password_hash) __attribute__((warn_unused_result));
/* The session is in accounts.db: its cookie goes out, and the request is the account's. */
void attempt_enter(struct attempt *attempt, const struct account *account,
	const struct session_row *session, struct str set_cookie);
