/* SPDX-License-Identifier: MIT */
/* Requests to the pages without a web server, a socket or a broker: what CGI would say goes in, the
 * bytes of the answer come out. One state directory and one app a test program. */
#pragma once

#include "common/base/buf.h"
#include "common/guest.h"
#include "common/store/sessions.h"
#include "fcgi/app.h"
#include "fcgi/request.h"
#include "fcgi/response.h"

#define VISIT_EXTRA_MAX 4

/* What is NULL is not said; a request without method is a GET, one without host is for localhost.
 */
struct visit {
	const char *method;
	const char *uri;
	const char *host;
	const char *cookie;
	const char *body;
	const char *content_length; /* NULL: the body's */
	const char *extra[VISIT_EXTRA_MAX]; /* more variables: NAME=VALUE */
	bool is_plain_cgi; /* the uri is PATH_INFO then, below SCRIPT_NAME /cgi/chat */
};

/* All zero to begin with; reused by visits. */
struct answer {
	struct buf whole;
	int status;
	struct str head; /* whole lines, with the status */
	struct str body;
	size_t body_bytes_read; /* of the request's */
};

/* Group set-up and tear-down of cmocka: a state directory with a secret; the defaults. */
int visitor_start(void **state);
int visitor_stop(void **state);
struct app *visitor_app(void);

void visitor_visit(const struct visit *visit, struct answer *answer);
void answer_finish(struct answer *answer);
/* How many headers of that name there are; the last one's value. */
size_t answer_header(const struct answer *answer, const char *name, struct str *value_out);
bool answer_says(const struct answer *answer, const char *text);

/* A guest whom the site knows: the id is 16 times id. */
void visitor_user(struct user *user, char id, const char *name);
/* Appends the Cookie header and the form token of a user. */
void visitor_cookie(const struct user *user, struct buf *out);
void visitor_token(const struct user *user, struct buf *out);

#define VISITOR_PASSWORD "correct horse battery"

/* An account with that password; the id is 16 times id. Its name is nobody else's. */
void visitor_account(struct account *account, char id, const char *username);
/* Who has logged in to it, as the middleware would say. */
void visitor_log_in(const struct account *account, struct identity *identity);
/* Appends the Cookie header of a new session. */
void visitor_session_cookie(
	const struct account *account, struct identity *identity, struct buf *out);
void visitor_identity_token(const struct identity *identity, struct buf *out);
/* A connection to accounts.db, to look behind the pages with; given back by pool_return. */
struct accounts *visitor_accounts(void);
/* A POST by somebody, from an address, beside the middleware. */
struct request visitor_request(const struct identity *identity, const char *client);
/* How many headers with that name and beginning a response has. */
size_t visitor_headers(const struct response *response, const char *line);
