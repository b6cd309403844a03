/* SPDX-License-Identifier: MIT */
/* The colours of the pages, by a link, as their language. */
#include "common/cookie.h"
#include "fcgi/url_code.h"
#include "fcgi/views/page.h"
#include "fcgi/views/views.h"

#define REMEMBERED_SECONDS (365 * 24 * 60 * 60)

int view_theme(struct app *app, struct request *request, struct response *response)
{
	struct buf name = { 0 }, cookie = { 0 };
	enum theme chosen;

	if (url_find_field(request->query, "to", &name) && theme_find(buf_str(&name), &chosen)) {
		cookie_write(&cookie, THEME_COOKIE, buf_str(&name), request_is_https(request),
			chosen == THEME_SYSTEM ? COOKIE_GONE : REMEMBERED_SECONDS);
		response_add_header(response, "Set-Cookie", buf_str(&cookie));
	}
	buf_finish(&cookie);
	buf_finish(&name);
	return page_go_back(app, request, response, request->query);
}
