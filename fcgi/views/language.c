/* SPDX-License-Identifier: MIT */
/* The language of the pages, by a link: it changes nothing but what its follower reads, so that a
 * page needs no token for it, and an error's page can have it too. */
#include "common/cookie.h"
#include "fcgi/url_code.h"
#include "fcgi/views/page.h"
#include "fcgi/views/views.h"

#define REMEMBERED_SECONDS (365 * 24 * 60 * 60)

int view_language(struct app *app, struct request *request, struct response *response)
{
	const struct translation *chosen = NULL;
	struct buf tag = { 0 }, cookie = { 0 };

	if (url_find_field(request->query, "to", &tag))
		chosen = translation_named(buf_str(&tag));
	if (chosen != NULL) {
		cookie_write(&cookie, LANGUAGE_COOKIE, str_from(chosen->language),
			request_is_https(request), REMEMBERED_SECONDS);
		response_add_header(response, "Set-Cookie", buf_str(&cookie));
	}
	buf_finish(&cookie);
	buf_finish(&tag);
	return page_go_back(app, request, response, request->query);
}
