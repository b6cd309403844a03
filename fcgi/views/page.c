/* SPDX-License-Identifier: MIT */
/* Pages carry a user's name and token: nobody but the reader's own browser may keep them. */
#include "fcgi/views/page.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/utf8.h"
#include "fcgi/csrf.h"
#include "fcgi/url_code.h"

#define REFRESH_SECONDS_MIN 5
#define REFRESH_SECONDS_MAX 3600

struct str page_url(
	const struct app *app, const struct request *request, const char *name, struct buf *out)
{
	buf_clear(out);
	router_reverse(app->config, request, name, STR_OF(""), out);
	return buf_str(out);
}

bool page_name_is_given(const struct request *request)
{
	return request->identity.kind != IDENTITY_GUEST &&
	       request->identity.kind != IDENTITY_ACCOUNT;
}

struct str page_translate(const struct page_frame *frame, const char *message)
{
	return str_from(translate(frame->render.language, message));
}

struct str page_other_language(const struct page_frame *frame)
{
	return str_from(frame->other_language->language);
}

struct str page_other_language_name(const struct page_frame *frame)
{
	/* Translators: the name of your own language, as its readers write it. */
	return str_from(translate(frame->other_language, "English"));
}

struct str page_theme(const struct page_frame *frame)
{
	enum theme theme = frame->request->theme;

	return str_from(theme == THEME_SYSTEM ? "" : theme_name(theme));
}

struct str page_is_theme(const struct page_frame *frame, enum theme theme)
{
	return str_from(frame->request->theme == theme ? "true" : "false");
}

static void add_account_urls(struct page_frame *frame)
{
	const struct app *app = frame->app;
	const struct request *request = frame->request;

	switch (request->identity.kind) {
	case IDENTITY_GUEST:
		page_url(app, request, "login", &frame->login_url);
		if (!str_is(str_from(app->config->site_registration), "closed"))
			page_url(app, request, "register", &frame->register_url);
		break;
	case IDENTITY_ACCOUNT:
		page_url(app, request, "profile", &frame->profile_url);
		page_url(app, request, "logout", &frame->logout_url);
		break;
	case IDENTITY_REMOTE:
	case IDENTITY_TICKET:
		break; /* somebody else's accounts */
	}
}

/* Where a form was sent there may be the page with it; else the form says where it leads. */
static void add_here(struct page_frame *frame)
{
	const struct request *request = frame->request;

	if (request->method == METHOD_POST && !router_has_page(frame->app->config, request)) {
		page_read_next(frame->app, request, request->body, &frame->here);
		return;
	}
	buf_append_str(&frame->here, request->prefix);
	buf_append_str(&frame->here, buf_str(&request->path));
	buf_append_text(&frame->here, request->query.len > 0 ? "?" : "");
	buf_append_str(&frame->here, request->query);
	if (!url_is_local_path(buf_str(&frame->here))) {
		buf_clear(&frame->here);
		buf_append_str(&frame->here, buf_str(&frame->index_url));
	}
}

/* To this page, when it is one that can be come back to. */
static void add_way_back(struct page_frame *frame)
{
	bool is_seen = frame->request->method == METHOD_GET;

	buf_append_str(&frame->back, buf_str(is_seen ? &frame->here : &frame->index_url));
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
		.other_language = translation_after(request->language),
	};
	response_add_header(response, "Content-Type", STR_OF("text/html; charset=utf-8"));
	response_add_header(response, "Vary", STR_OF("Accept-Language, Cookie"));
	response_add_header(response, "Content-Language", str_from(request->language->language));
	page_url(app, request, "index", &frame->index_url);
	add_account_urls(frame);
	page_url(app, request, "language", &frame->language_url);
	page_url(app, request, "theme", &frame->theme_url);
	add_here(frame);
	add_way_back(frame);
	csrf_write_token(&request->identity, &app->secret, &frame->csrf_token);
	add_flash(frame, app, request);
}

void page_stand_at(struct page_frame *frame, struct str path)
{
	if (frame->request->method == METHOD_GET)
		return;
	buf_clear(&frame->here);
	buf_append_str(&frame->here, path);
}

void page_end(struct page_frame *frame)
{
	struct buf *const bufs[] = { &frame->index_url, &frame->login_url, &frame->register_url,
		&frame->profile_url, &frame->logout_url, &frame->here, &frame->back,
		&frame->language_url, &frame->theme_url, &frame->csrf_token, &frame->flash };

	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		buf_finish(bufs[i]);
}

bool page_add_refresh(const struct request *request, struct response *response)
{
	uint64_t seconds = 0;
	struct buf value = { 0 };

	if (!url_read_number(request->query, "refresh", &seconds) ||
		seconds < REFRESH_SECONDS_MIN || seconds > REFRESH_SECONDS_MAX)
		return false;
	buf_append_format(&value, "%" PRIu64, seconds);
	response_add_header(response, "Refresh", buf_str(&value));
	buf_finish(&value);
	return true;
}

void page_read_next(
	const struct app *app, const struct request *request, struct str fields, struct buf *out)
{
	if (!url_find_field(fields, "next", out) || !url_is_local_path(buf_str(out)))
		page_url(app, request, "index", out);
}

int page_go_back(const struct app *app, const struct request *request, struct response *response,
	struct str fields)
{
	struct buf next = { 0 };
	int status;

	page_read_next(app, request, fields, &next);
	status = response_redirect(response, 303, buf_str(&next));
	buf_finish(&next);
	return status;
}

struct page_time page_time(int64_t wall_ms)
{
	struct page_time time;

	clock_format_iso(wall_ms, time.iso);
	clock_format_local(wall_ms, time.minute);
	time.minute[strlen("2026-11-21 03:35")] = '\0';
	return time;
}

void page_read_field(struct str fields, const char *name, struct buf *out)
{
	if (!url_find_field(fields, name, out) || !utf8_is_valid(buf_str(out)))
		buf_clear(out);
}

void page_read_text(struct str fields, const char *name, struct buf *out)
{
	size_t len = 0;

	page_read_field(fields, name, out);
	for (size_t i = 0; i < out->len; i++) {
		if (out->data[i] != '\r' || i + 1 == out->len || out->data[i + 1] != '\n')
			out->data[len++] = out->data[i];
	}
	out->len = len;
}
