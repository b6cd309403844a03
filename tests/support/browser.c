/* SPDX-License-Identifier: MIT */
/* Cookies are kept by their names: all of ours are for the whole site. */
#include "tests/support/browser.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

#define TOKEN_FIELD "name=\"csrf_token\" value=\""

static struct browser_cookie *find_cookie(struct browser *browser, struct str name)
{
	struct browser_cookie *unused = NULL;

	for (size_t i = 0; i < BROWSER_COOKIES_MAX; i++) {
		struct browser_cookie *cookie = &browser->cookies[i];

		if (cookie->name != NULL && str_is(name, cookie->name))
			return cookie;
		if (cookie->name == NULL && unused == NULL)
			unused = cookie;
	}
	assert_non_null(unused);
	return unused;
}

static void drop_cookie(struct browser_cookie *cookie)
{
	mem_free(cookie->name);
	mem_free(cookie->value);
	*cookie = (struct browser_cookie){ 0 };
}

/* The value of a Set-Cookie header; Max-Age=0 takes one away. */
static void take_cookie(struct browser *browser, struct str header)
{
	struct str pair = str_range(header.data, str_find(header, ';'));
	struct str name = str_range(pair.data, str_find(pair, '='));
	struct browser_cookie *cookie = find_cookie(browser, name);

	drop_cookie(cookie);
	if (memmem(header.data, header.len, "Max-Age=0", strlen("Max-Age=0")) != NULL)
		return;
	cookie->name = str_dup(name);
	cookie->value = str_dup(str_skip(pair, name.len + 1));
}

static void take_cookies(struct browser *browser)
{
	struct str rest = browser->answer.head, line;

	while (str_next(&rest, '\n', &line)) {
		struct str name = STR("Set-Cookie:");

		if (str_starts_with(line, name))
			take_cookie(browser, str_trim(str_skip(line, name.len)));
	}
}

static void write_cookies(const struct browser *browser, struct buf *out)
{
	for (size_t i = 0; i < BROWSER_COOKIES_MAX; i++) {
		const struct browser_cookie *cookie = &browser->cookies[i];

		if (cookie->name != NULL)
			buf_append_format(out, "%s%s=%s", out->len > 0 ? "; " : "", cookie->name,
				cookie->value);
	}
}

static int visit(struct browser *browser, const char *method, const char *uri, const char *body)
{
	struct buf cookies = { 0 }, agent = { 0 };

	write_cookies(browser, &cookies);
	buf_append_format(&agent, "HTTP_USER_AGENT=%s", browser->agent);
	visitor_visit(&(struct visit){ .method = method,
			      .uri = uri,
			      .cookie = cookies.len > 0 ? buf_text(&cookies) : NULL,
			      .body = body,
			      .extra = { browser->agent != NULL ? buf_text(&agent) : NULL } },
		&browser->answer);
	take_cookies(browser);
	buf_finish(&agent);
	buf_finish(&cookies);
	return browser->answer.status;
}

int browser_get(struct browser *browser, const char *uri)
{
	return visit(browser, "GET", uri, NULL);
}

static struct str find_token(const struct answer *answer)
{
	struct str field = STR(TOKEN_FIELD);
	const char *found = answer->body.len == 0 ? NULL
						  : memmem(answer->body.data, answer->body.len,
							    field.data, field.len);
	struct str rest;

	assert_non_null(found);
	rest = str_skip(answer->body, (size_t)(found - answer->body.data) + field.len);
	return str_range(rest.data, str_find(rest, '"'));
}

int browser_post(struct browser *browser, const char *uri, const char *fields)
{
	struct str token = find_token(&browser->answer);
	struct buf body = { 0 };
	int status;

	buf_append_format(&body, "csrf_token=%.*s", STR_ARG(token));
	buf_append_text(&body, fields);
	status = visit(browser, "POST", uri, buf_text(&body));
	buf_finish(&body);
	return status;
}

const char *browser_cookie(const struct browser *browser, const char *name)
{
	for (size_t i = 0; i < BROWSER_COOKIES_MAX; i++) {
		const struct browser_cookie *cookie = &browser->cookies[i];

		if (cookie->name != NULL && strcmp(cookie->name, name) == 0)
			return cookie->value;
	}
	return NULL;
}

struct str browser_location(const struct browser *browser)
{
	struct str location;

	answer_header(&browser->answer, "Location", &location);
	return location;
}

void browser_finish(struct browser *browser)
{
	for (size_t i = 0; i < BROWSER_COOKIES_MAX; i++)
		drop_cookie(&browser->cookies[i]);
	answer_finish(&browser->answer);
}
