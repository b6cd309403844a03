/* SPDX-License-Identifier: MIT */
/* Pages carry a user's name and token: nobody but the reader's own browser may keep them. */
#include "fcgi/views/page.h"

#include "fcgi/csrf.h"

struct str page_url(
	const struct app *app, const struct request *request, const char *name, struct buf *out)
{
	buf_clear(out);
	router_reverse(app->config, request, name, STR_OF(""), out);
	return buf_str(out);
}

struct str page_translate(const struct page_frame *frame, const char *message)
{
	return str_from(translate(frame->render.language, message));
}

/* Several are read as one text, at the level of the gravest. */
static void add_flash(struct page_frame *frame, struct app *app, struct request *request)
{
	struct flash_message messages[FLASH_MAX];
	size_t count = flash_take(app, request, messages);

	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_append_char(&frame->flash, ' ');
		buf_append_text(&frame->flash, translate(request->language, messages[i].sentence));
		if (messages[i].level > frame->flash_level)
			frame->flash_level = messages[i].level;
	}
}

void page_begin(struct page_frame *frame, struct app *app, struct request *request,
	struct response *response)
{
	*frame = (struct page_frame){
		.render = { &response->body, request->language },
		.app = app,
		.request = request,
	};
	response_add_header(response, "Content-Type", STR_OF("text/html; charset=utf-8"));
	response_add_header(response, "Content-Language", str_from(request->language->language));
	page_url(app, request, "index", &frame->index_url);
	csrf_write_token(&request->identity, &app->secret, &frame->csrf_token);
	add_flash(frame, app, request);
}

void page_end(struct page_frame *frame)
{
	buf_finish(&frame->index_url);
	buf_finish(&frame->csrf_token);
	buf_finish(&frame->flash);
}
