/* SPDX-License-Identifier: MIT */
/* What all pages have in common. */
#pragma once

#include "fcgi/render.h"
#include "fcgi/router.h"

/* The version that static files are asked for with, so that caches may keep them. */
#define PAGE_ASSET_VERSION ROOMWIRE_VERSION

/* Begins an HTML page in the reader's language. */
struct render page_begin(const struct request *request, struct response *response);
/* Fills the arguments that every page declares: site_name, language, asset_version, index_url.
 * url is kept alive by the caller. */
#define PAGE_COMMON(app, request, url)                       \
	.site_name = str_from((app)->config->site_name),     \
	.language = str_from((request)->language->language), \
	.asset_version = STR_OF(PAGE_ASSET_VERSION),         \
	.index_url = page_index_url(app, request, url)
/* Writes the index's path into url and returns it. */
struct str page_index_url(const struct app *app, const struct request *request, struct buf *url);
