/* SPDX-License-Identifier: MIT */
/* What users do with their own accounts: password, display name, sessions. request->identity is an
 * IDENTITY_ACCOUNT unless something else is said; the middleware sees to that (URL_LOGIN). */
#pragma once

#include <stdbool.h>

#include "common/store/sessions.h"
#include "fcgi/app.h"
#include "fcgi/request.h"
#include "fcgi/response.h"
#include "fcgi/verdict.h"

/* The account as it is now: VERDICT_DONE, _CHANGED (it is gone) or _UNREADABLE. */
struct verdict account_find_own(struct app *app, struct request *request, struct response *response,
	struct account *account_out) __attribute__((warn_unused_result));
/* Done: all sessions of the account are over, and the browser goes on with a new one, whose cookie
 * goes out. Wrong old passwords cost what they do at the login. */
struct verdict account_change_password(struct app *app, struct request *request,
	struct response *response, struct str old_password, struct str new_password)
	__attribute__((warn_unused_result));
/* What others read, as typed. Done: request->identity has it. */
struct verdict account_change_name(struct app *app, struct request *request,
	struct response *response, struct str name) __attribute__((warn_unused_result));
/* Whether a guest may be called name, which is in normal form: VERDICT_DONE, _NAME_TAKEN (an
 * account's, or it looks like one) or _UNREADABLE. Changes nothing. */
struct verdict account_judge_guest_name(struct app *app, struct response *response, struct str name)
	__attribute__((warn_unused_result));

#define ACCOUNT_SESSION_ID_SIZE 17

/* A session for forms and logs: tells nothing about the cookie, nor about its hash. */
struct account_session_id {
	char text[ACCOUNT_SESSION_ID_SIZE]; /* base64url, NUL-terminated */
};

struct account_session {
	struct account_session_id id;
	int64_t created_ms;
	int64_t seen_ms;
	char address[SESSION_ADDRESS_SIZE];
	char agent[SESSION_AGENT_SIZE]; /* as the browser says it */
	bool is_current; /* the one that asks */
};

struct account_session_id account_session_id(
	const struct secret *secret, const uint8_t key_hash[static SESSION_HASH_SIZE]);
#define ACCOUNT_LOG_NAME_SIZE 80

struct account_log_name {
	char text[ACCOUNT_LOG_NAME_SIZE];
};

/* Who somebody is, for the end of a line of the log: " user=ID", and " session=ID" where there is
 * one. */
void account_log_name(struct account_log_name *name_out, const struct secret *secret,
	const struct identity *identity);
/* The newest first, max at most, those that are still good. */
struct verdict account_list_sessions(struct app *app, struct request *request,
	struct response *response, struct account_session *sessions, size_t max, size_t *count_out)
	__attribute__((warn_unused_result));
/* Of one's own sessions the one with that id, if it is there and not the one that asks (for that
 * there is login_end). */
struct verdict account_end_session(struct app *app, struct request *request,
	struct response *response, struct str id) __attribute__((warn_unused_result));
/* All but the one that asks. */
struct verdict account_end_other_sessions(struct app *app, struct request *request,
	struct response *response, size_t *count_out) __attribute__((warn_unused_result));
