/* SPDX-License-Identifier: MIT */
/* What all pages have in common: who reads them, where that leads, and what is said once. */
#pragma once

#include "common/base/clock.h"
#include "fcgi/render.h"
#include "fcgi/router.h"

/* The version that static files are asked for with, so that caches may keep them. */
#define PAGE_ASSET_VERSION ROOMWIRE_VERSION

/* What stands around a page's own content, from page_begin to page_end. */
struct page_frame {
	struct render render; /* what the page is written with */
	const struct app *app; /* borrowed, as the request is */
	const struct request *request;
	struct buf index_url;
	struct buf login_url; /* empty but for guests */
	struct buf register_url; /* empty where nobody new is registered, too */
	struct buf profile_url; /* empty but for accounts */
	struct buf logout_url;
	struct buf back; /* where a login leads: a path of this site */
	struct buf here; /* this page, or the form that was sent */
	struct buf language_url;
	const struct translation *other_language;
	struct buf theme_url;
	struct buf csrf_token;
	struct buf flash; /* sentences of what has happened before */
	enum flash_level flash_level;
};

/* Begins an HTML page in the reader's language. The frame is finished by page_end, not before the
 * page has been rendered. */
void page_begin(struct page_frame *frame, struct app *app, struct request *request,
	struct response *response);
void page_end(struct page_frame *frame);
/* A form was posted to an address of its own, and this page is what it is shown in again. */
void page_stand_at(struct page_frame *frame, struct str path);
/* Fills the arguments that head.part.html declares, but for the title. */
#define PAGE_COMMON(frame)                                                                      \
	.site_name = str_from((frame)->app->config->site_name),                                 \
	.language = str_from((frame)->request->language->language),                             \
	.asset_version = STR_OF(PAGE_ASSET_VERSION), .index_url = buf_str(&(frame)->index_url), \
	.is_guest = (frame)->request->identity.kind == IDENTITY_GUEST,                          \
	.has_account = (frame)->request->identity.kind == IDENTITY_ACCOUNT,                     \
	.name_is_given = page_name_is_given((frame)->request),                                  \
	.user = str_from((frame)->request->identity.user.name),                                 \
	.login_url = buf_str(&(frame)->login_url),                                              \
	.register_url = buf_str(&(frame)->register_url),                                        \
	.profile_url = buf_str(&(frame)->profile_url),                                          \
	.logout_url = buf_str(&(frame)->logout_url), .back = buf_str(&(frame)->back),           \
	.csrf_token = buf_str(&(frame)->csrf_token), .flash = buf_str(&(frame)->flash),         \
	.flash_level = str_from(flash_level_name((frame)->flash_level)),                        \
	.here = buf_str(&(frame)->here), .language_url = buf_str(&(frame)->language_url),       \
	.other_language = page_other_language(frame),                                           \
	.other_language_name = page_other_language_name(frame),                                 \
	.theme_url = buf_str(&(frame)->theme_url), .theme = page_theme(frame),                  \
	.theme_is_dark = (frame)->request->theme == THEME_DARK,                                 \
	.system_is_current = page_is_theme(frame, THEME_SYSTEM),                                \
	.light_is_current = page_is_theme(frame, THEME_LIGHT),                                  \
	.dark_is_current = page_is_theme(frame, THEME_DARK)

/* By somebody else's accounts: it cannot be changed here. */
bool page_name_is_given(const struct request *request);
/* A text of the program in the reader's language. */
struct str page_translate(const struct page_frame *frame, const char *message);

/* The name of the theme that was chosen; "" for the system's. */
struct str page_theme(const struct page_frame *frame);
/* "true" or "false", for aria-current. */
struct str page_is_theme(const struct page_frame *frame, enum theme theme);
/* The tag of the language that a page offers instead of its own, and its name for itself. */
struct str page_other_language(const struct page_frame *frame);
struct str page_other_language_name(const struct page_frame *frame);

/* Without a script a reader may have a page loaded again by itself: every so many seconds as the
 * field "refresh" says. False: it is not, as when that is missing or out of its range. */
bool page_add_refresh(const struct request *request, struct response *response);

/* Replaces *out by the field "next" when that is a path of this site, else by the index. */
void page_read_next(
	const struct app *app, const struct request *request, struct str fields, struct buf *out);
/* 303 to there. */
int page_go_back(const struct app *app, const struct request *request, struct response *response,
	struct str fields);
/* Replaces *out by the text in a field; by nothing when there is none, or none that is UTF-8. */
void page_read_field(struct str fields, const char *name, struct buf *out);
/* The same of a text of several lines. Forms write their ends as CR LF, and sockets as LF: the same
 * text is the same message. */
void page_read_text(struct str fields, const char *name, struct buf *out);
/* A moment as <time> has it. */
struct page_time {
	char iso[CLOCK_ISO_SIZE]; /* UTC, for its attribute */
	char minute[CLOCK_LOCAL_SIZE]; /* for people, in the server's time */
};

struct page_time page_time(int64_t wall_ms);
/* Replaces *out by the path of a page that is no room's. */
struct str page_url(
	const struct app *app, const struct request *request, const char *name, struct buf *out);
