/* SPDX-License-Identifier: MIT */
/* Pages carry a user's name and token: nobody but the reader's own browser may keep them. */
#include "fcgi/views/page.h"

struct render page_begin(const struct request *request, struct response *response)
{
	response_add_header(response, "Content-Type", STR_OF("text/html; charset=utf-8"));
	response_add_header(response, "Content-Language", str_from(request->language->language));
	return (struct render){ &response->body, request->language };
}

struct str page_index_url(const struct app *app, const struct request *request, struct buf *url)
{
	buf_clear(url);
	router_reverse(app->config, request, "index", STR_OF(""), url);
	return buf_str(url);
}
