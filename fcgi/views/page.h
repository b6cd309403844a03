/* SPDX-License-Identifier: MIT */
/* What all pages have in common: who reads them, and what is said once. */
#pragma once

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
	struct buf csrf_token;
	struct buf flash; /* sentences of what has happened before */
	enum flash_level flash_level;
};

/* Begins an HTML page in the reader's language. The frame is finished by page_end, not before the
 * page has been rendered. */
void page_begin(struct page_frame *frame, struct app *app, struct request *request,
	struct response *response);
void page_end(struct page_frame *frame);
/* Fills the arguments that head.part.html declares, but for the title. */
#define PAGE_COMMON(frame)                                                                      \
	.site_name = str_from((frame)->app->config->site_name),                                 \
	.language = str_from((frame)->request->language->language),                             \
	.asset_version = STR_OF(PAGE_ASSET_VERSION), .index_url = buf_str(&(frame)->index_url), \
	.user = str_from((frame)->request->identity.user.name),                                 \
	.csrf_token = buf_str(&(frame)->csrf_token), .flash = buf_str(&(frame)->flash),         \
	.flash_level = str_from(flash_level_name((frame)->flash_level))

/* A text of the program in the reader's language. */
struct str page_translate(const struct page_frame *frame, const char *message);

/* Replaces *out by the path of a page that is no room's. */
struct str page_url(
	const struct app *app, const struct request *request, const char *name, struct buf *out);
