/* SPDX-License-Identifier: MIT */
/* A table of checks, tried in their order: the first that refuses gives the status of an error
 * page. The headers that keep a page safe are put on every answer, error pages included. */
#include "fcgi/middleware.h"

#include <inttypes.h>

#include "common/authority.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/message.h"
#include "common/guest.h"
#include "common/origin.h"
#include "fcgi/account.h"
#include "fcgi/bearer.h"
#include "fcgi/csrf.h"
#include "fcgi/login.h"
#include "fcgi/remote_accounts.h"
#include "fcgi/router.h"
#include "fcgi/url_code.h"
#include "fcgi/views/views.h"

#define PASS 0

/* A request on its way. */
struct passage {
	struct app *app;
	struct request *request;
	struct response *response;
	const struct url *url; /* NULL: not found (yet) */
	int url_status; /* why it is not */
	enum identity_result who;
	struct refusal refusal; /* for scripts; status 0: the one of its HTTP status */
	const char *sentence; /* of a refusal; "": the one of its HTTP status */
};

static int check_host(struct passage *passage)
{
	const struct request *request = passage->request;

	return origin_host_is_allowed(passage->app->config, request->variables.host) ? PASS : 400;
}

/* Nobody waits for the result: whatever prevents this prevents more important things, too. */
static enum store_problem touch(
	const struct identity_sources *sources, const struct identity *identity)
{
	const struct session *session = &identity->session;
	int64_t age_ms = sources->now_ms - session->seen_ms;

	if (identity->kind != IDENTITY_ACCOUNT || age_ms <= session_touch_ms(sources->config))
		return STORE_OK;
	return sessions_touch(sources->accounts, &session->key_hash, 1, sources->now_ms);
}

/* Whether the web server has logged a user in. The variable is its own (RFC 3875 4.1.11); its
 * configuration must see to it that it names only users whom it has checked. */
static bool has_remote_user(const struct passage *passage)
{
	return passage->app->config->accounts_remote_user[0] != '\0' &&
	       passage->request->variables.remote_user.len > 0;
}

static int take_remote_user(struct passage *passage)
{
	struct request *request = passage->request;

	passage->who = IDENTITY_FOUND;
	return identity_vouch_remote(
		       &passage->app->secret, request->variables.remote_user, &request->identity)
		       ? PASS
		       : 400;
}

/* Always passes: check_route refuses a path without a row, when it is known who asks. */
static int find_route(struct passage *passage)
{
	passage->url = router_find(passage->app->config, passage->request, &passage->url_status);
	return PASS;
}

static int find_key(struct passage *passage)
{
	if (passage->url == NULL || passage->url->scope == 0 ||
		bearer_admit(passage->app, passage->request, passage->url, &passage->refusal))
		return PASS;
	return passage->refusal.status;
}

/* A program is what its key says, whatever cookies it has. And nobody becomes a guest by asking for
 * a path that is not for people. */
static bool is_nobody(const struct passage *passage)
{
	return passage->request->key.id != 0 ||
	       (passage->url == NULL && request_is_for_scripts(passage->request));
}

static int find_identity(struct passage *passage)
{
	struct app *app = passage->app;
	struct request *request = passage->request;
	struct identity_oracle oracle = remote_accounts_oracle(app);
	struct identity_sources sources = {
		.config = app->config,
		.secret = &app->secret,
		.oracle = remote_accounts_are_asked(app) ? &oracle : NULL,
		.now_ms = clock_wall_ms(),
	};
	enum store_problem problem = STORE_OK;

	if (is_nobody(passage))
		return PASS;
	if (has_remote_user(passage))
		return take_remote_user(passage);
	sources.accounts = pool_borrow(app->accounts, &sources.accounts_problem);
	passage->who = identity_find(
		&sources, request->variables.cookie, request_is_https(request), &request->identity);
	if (passage->who == IDENTITY_FOUND && sources.accounts != NULL)
		problem = touch(&sources, &request->identity);
	else if (passage->who == IDENTITY_UNREADABLE)
		problem = STORE_IO; /* whatever went wrong: this connection is not used again */
	pool_return(app->accounts, sources.accounts, problem);
	return PASS;
}

static int check_account(struct passage *passage)
{
	switch (passage->who) {
	case IDENTITY_FOUND:
	case IDENTITY_MUST_LOG_IN:
		break;
	case IDENTITY_BANNED:
		request_forget_identity(passage->request, passage->response);
		passage->sentence = MESSAGE("This account is banned. You have been logged out.");
		passage->refusal = refusal_for("banned", passage->sentence);
		return 403;
	case IDENTITY_UNREADABLE:
		passage->sentence = verdict_of(VERDICT_UNREADABLE).sentence;
		passage->refusal = refusal_for("unreadable", passage->sentence);
		return 503;
	}
	return PASS;
}

static int check_route(struct passage *passage)
{
	struct buf allow = { 0 };

	if (passage->url != NULL)
		return PASS;
	if (passage->url_status == 405) {
		router_allow(passage->app->config, passage->request, &allow);
		response_add_header(passage->response, "Allow", buf_str(&allow));
	}
	buf_finish(&allow);
	return passage->url_status;
}

static int check_place(struct passage *passage)
{
	if ((passage->url->flags & (URL_ACCOUNTS | URL_SUPERUSER)) == 0 ||
		!remote_accounts_are_asked(passage->app))
		return PASS;
	passage->sentence = verdict_of(VERDICT_ELSEWHERE).sentence;
	return 503;
}

/* Checks what browsers say about a form's origin, beyond its token (OWASP: Fetch Metadata,
 * Origin). */
static int check_sender(struct passage *passage)
{
	const struct request *request = passage->request;
	struct str site = request->variables.sec_fetch_site, origin = request->variables.origin;
	bool is_ours = origin.len > 0 && origin_is_allowed(passage->app->config, origin,
						 request->scheme, request->variables.host);

	if (request->method != METHOD_POST || request->key.id != 0)
		return PASS;
	if (origin.len > 0 && !is_ours)
		return 403;
	if (site.len == 0 || str_is(site, "same-origin") || str_is(site, "none"))
		return PASS;
	return str_is(site, "same-site") && is_ours ? PASS : 403;
}

/* OWASP: every request that may change something carries its user's token. A new guest got the id
 * just now, so no token can be right for it. */
static int check_token(struct passage *passage)
{
	const struct request *request = passage->request;
	struct buf token = { 0 };
	bool is_good;

	if (request->method != METHOD_POST || request->key.id != 0)
		return PASS;
	is_good = url_find_field(request->body, "csrf_token", &token) &&
		  csrf_matches(&request->identity, &passage->app->secret, buf_str(&token));
	buf_finish(&token);
	return is_good ? PASS : 403;
}

/* It says why: that there is an admin is no secret, and a superuser may be here under another name.
 */
static int check_superuser(struct passage *passage)
{
	const struct identity *identity = &passage->request->identity;

	if (identity->kind == IDENTITY_ACCOUNT && identity->session.is_superuser)
		return PASS;
	if (identity->kind == IDENTITY_GUEST)
		return 401;
	passage->sentence = MESSAGE("These pages are for superusers. Log in as one.");
	return 403;
}

static int check_access(struct passage *passage)
{
	unsigned flags = passage->url->flags;

	if ((flags & URL_PUBLIC) != 0 || passage->request->key.id != 0)
		return PASS;
	if (passage->who == IDENTITY_MUST_LOG_IN)
		return 401;
	if ((flags & URL_SUPERUSER) != 0)
		return check_superuser(passage);
	if ((flags & URL_LOGIN) == 0 || passage->request->identity.kind == IDENTITY_ACCOUNT)
		return PASS;
	return passage->request->identity.kind == IDENTITY_GUEST ? 401 : 404;
}

static int (*const checks[])(struct passage *passage) = {
	check_host,
	find_route,
	find_key,
	find_identity,
	check_route,
	check_place,
	check_account,
	check_sender,
	check_token,
	check_access,
};

static const struct {
	int status;
	const char *code;
} script_codes[] = {
	{ 500, "server_error" },
	{ 400, "bad_request" },
	{ 401, "login_required" },
	{ 403, "csrf" },
	{ 404, "not_found" },
	{ 405, "method_not_allowed" },
	{ 413, "too_large" },
	{ 431, "too_many_fields" },
};

/* A script is refused in JSON. */
static int refuse_script(struct passage *passage, int status)
{
	struct refusal *refusal = &passage->refusal;
	size_t row = 0;

	for (size_t i = 0; i < sizeof(script_codes) / sizeof(script_codes[0]); i++) {
		if (script_codes[i].status == status)
			row = i;
	}
	if (refusal->status == 0)
		*refusal = refusal_for(script_codes[row].code, NULL);
	if (passage->url != NULL && passage->url->scope != 0)
		bearer_challenge(refusal, passage->url, passage->response);
	return refusal_answer(refusal, passage->response);
}

static bool is_script(const struct passage *passage)
{
	unsigned flags = passage->url == NULL ? 0 : passage->url->flags;

	return request_is_for_scripts(passage->request) ||
	       ((flags & URL_EITHER) != 0 && request_wants_json(passage->request));
}

static int refuse(struct passage *passage, int status)
{
	if (is_script(passage))
		return refuse_script(passage, status);
	if (status == 401)
		return login_redirect(passage->app, passage->request, passage->response);
	refusal_add_header(&passage->refusal, passage->response);
	return view_error(
		passage->app, passage->request, passage->response, status, passage->sentence);
}

static int dispatch(struct app *app, struct request *request, struct response *response)
{
	struct passage passage = {
		.app = app, .request = request, .response = response, .sentence = ""
	};

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		int status = checks[i](&passage);

		if (status != PASS)
			return refuse(&passage, status);
	}
	return passage.url->view(app, request, response);
}

/* Scripts and styles are files of this site; sockets go to this host, or to where the configuration
 * says, and so do the streams beside them. */
static void add_content_policy(
	const struct app *app, const struct request *request, struct response *response)
{
	struct str socket_origin = url_origin(str_from(app->config->site_socket_url));
	struct buf policy = { 0 };

	buf_append_text(&policy,
		"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
		"font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
		"frame-ancestors 'none'; connect-src 'self'");
	if (origin_host_is_allowed(app->config, request->variables.host))
		buf_append_format(&policy, " ws://%.*s wss://%.*s",
			STR_ARG(request->variables.host), STR_ARG(request->variables.host));
	if (str_starts_with(socket_origin, STR_OF("ws")))
		buf_append_format(&policy, " %.*s http%.*s", STR_ARG(socket_origin),
			STR_ARG(str_skip(socket_origin, STR_OF("ws").len)));
	response_add_header(response, "Content-Security-Policy", buf_str(&policy));
	buf_finish(&policy);
}

/* A cache may keep for all only what is the same for everybody: not when there are no guests, or
 * when a key opened it. */
static void add_cache_control(
	const struct app *app, const struct request *request, struct response *response)
{
	bool is_public = app->config->site_guests && request->key.id == 0 && !response->is_private;
	struct buf value = { 0 };

	if (response->cache_control == NULL)
		buf_append_text(&value, "no-store");
	else
		buf_append_format(
			&value, "%s%s", is_public ? "" : "private, ", response->cache_control);
	response_add_header(response, "Cache-Control", buf_str(&value));
	buf_finish(&value);
}

static void add_headers(struct app *app, struct request *request, struct response *response)
{
	struct buf cookie = { 0 };

	add_content_policy(app, request, response);
	add_cache_control(app, request, response);
	response_add_header(response, "X-Content-Type-Options", STR_OF("nosniff"));
	response_add_header(response, "Referrer-Policy", STR_OF("same-origin"));
	if (request->identity.guest_is_new && response->cache_control == NULL) {
		guest_write_cookie(
			&request->identity.user, &app->secret, request_is_https(request), &cookie);
		response_add_header(response, "Set-Cookie", buf_str(&cookie));
	}
	buf_finish(&cookie);
	flash_finish(app, request, response);
}

/* Appends who has asked to the log line. */
static void write_asker(const struct app *app, const struct request *request, struct buf *out)
{
	struct account_log_name who = { "" };

	if (request->key.id != 0)
		buf_append_format(out, " key=%" PRId64, request->key.id);
	else if (request->identity.user.name[0] != '\0')
		account_log_name(&who, &app->secret, &request->identity);
	buf_append_text(out, who.text);
}

static void finish(struct app *app, struct request *request, struct response *response)
{
	struct log_quoted path, client;
	struct buf asker = { 0 };

	write_asker(app, request, &asker);
	add_headers(app, request, response);
	log_info("event=request status=%d method=%s path=%s client=%s bytes=%zu%s",
		response->status,
		request->method == METHOD_POST ? "POST"
		: request->is_head             ? "HEAD"
					       : "GET",
		log_quote(&path, buf_str(&request->path)), log_quote(&client, request->client),
		response->body.len, buf_text(&asker));
	buf_finish(&asker);
}

void middleware_answer(struct app *app, struct request *request, struct response *response)
{
	response->status = dispatch(app, request, response);
	finish(app, request, response);
}

void middleware_refuse(
	struct app *app, struct request *request, struct response *response, int status)
{
	struct passage passage = {
		.app = app, .request = request, .response = response, .sentence = ""
	};

	response->status = refuse(&passage, status);
	finish(app, request, response);
}
