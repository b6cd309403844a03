/* SPDX-License-Identifier: MIT */
/* A table of checks, tried in their order: the first that refuses gives the status of an error
 * page. The headers that keep a page safe are put on every answer, error pages included. */
#include "fcgi/middleware.h"

#include "common/authority.h"
#include "common/base/log.h"
#include "common/guest.h"
#include "common/origin.h"
#include "fcgi/csrf.h"
#include "fcgi/router.h"
#include "fcgi/url_code.h"
#include "fcgi/views/views.h"

#define PASS 0

static int check_host(struct app *app, struct request *request)
{
	return origin_host_is_allowed(app->config, request->variables.host) ? PASS : 400;
}

static int find_user(struct app *app, struct request *request)
{
	struct identity *identity = &request->identity;

	if (!guest_read(&identity->user, &app->secret, request->variables.cookie,
		    str_is(request->scheme, "https"))) {
		guest_create(&identity->user);
		identity->guest_is_new = true;
	}
	return PASS;
}

/* OWASP: every request that may change something carries its user's token. */
static int check_token(struct app *app, struct request *request)
{
	struct buf token = { 0 };
	bool is_good;

	if (request->method != METHOD_POST)
		return PASS;
	is_good = !request->identity.guest_is_new &&
		  url_find_field(request->body, "csrf_token", &token) &&
		  csrf_matches(&request->identity, &app->secret, buf_str(&token));
	buf_finish(&token);
	return is_good ? PASS : 403;
}

static int (*const checks[])(struct app *app, struct request *request) = { check_host, find_user };

static int dispatch(struct app *app, struct request *request, struct response *response)
{
	const struct url *url;
	struct buf allow = { 0 };
	int status;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		status = checks[i](app, request);
		if (status != PASS)
			return view_error(app, request, response, status, "");
	}
	url = router_find(app->config, request, &status);
	if (url != NULL)
		status = check_token(app, request);
	if (url != NULL && status == PASS)
		return url->view(app, request, response);
	if (status == 405) {
		router_allow(app->config, request, &allow);
		response_add_header(response, "Allow", buf_str(&allow));
	}
	buf_finish(&allow);
	return view_error(app, request, response, status, "");
}

/* Scripts and styles are files of this site; sockets go to this host, or to where the
 * configuration says. */
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
	if (socket_origin.len > 0)
		buf_append_format(&policy, " %.*s", STR_ARG(socket_origin));
	response_add_header(response, "Content-Security-Policy", buf_str(&policy));
	buf_finish(&policy);
}

static void add_headers(struct app *app, struct request *request, struct response *response)
{
	struct buf cookie = { 0 };

	add_content_policy(app, request, response);
	response_add_header(response, "X-Content-Type-Options", STR_OF("nosniff"));
	response_add_header(response, "Referrer-Policy", STR_OF("same-origin"));
	response_add_header(response, "Cache-Control",
		response->cache_control == NULL ? STR_OF("no-store")
						: str_from(response->cache_control));
	if (request->identity.guest_is_new && response->cache_control == NULL) {
		guest_write_cookie(&request->identity.user, &app->secret,
			str_is(request->scheme, "https"), &cookie);
		response_add_header(response, "Set-Cookie", buf_str(&cookie));
	}
	buf_finish(&cookie);
}

static void finish(struct app *app, struct request *request, struct response *response)
{
	struct log_quoted path, client;

	add_headers(app, request, response);
	log_info("event=request status=%d method=%s path=%s client=%s bytes=%zu", response->status,
		request->method == METHOD_POST ? "POST"
		: request->is_head             ? "HEAD"
					       : "GET",
		log_quote(&path, buf_str(&request->path)), log_quote(&client, request->client),
		response->body.len);
}

void middleware_answer(struct app *app, struct request *request, struct response *response)
{
	response->status = dispatch(app, request, response);
	finish(app, request, response);
}

void middleware_refuse(
	struct app *app, struct request *request, struct response *response, int status)
{
	response->status = view_error(app, request, response, status, "");
	finish(app, request, response);
}
