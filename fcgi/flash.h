/* SPDX-License-Identifier: MIT */
/* What the next page says once (Django: messages). A signed cookie carries codes of a table, never
 * text, so that nobody can put words onto a page; it is gone with the page that has shown it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/base/str.h"

#define FLASH_COOKIE "roomwire_flash"
#define FLASH_MAX 4 /* the oldest go */

enum flash_code {
	FLASH_LOGGED_IN,
	FLASH_LOGGED_OUT,
	FLASH_REGISTERED,
	FLASH_PASSWORD_CHANGED,
	FLASH_NAME_CHANGED,
	FLASH_SESSION_ENDED,
	FLASH_SESSIONS_ENDED,
	FLASH_ORDER_DONE,
	FLASH_MESSAGE_EDITED,
	FLASH_MESSAGE_DELETED,
	FLASH_CODE_COUNT
};

enum flash_level { FLASH_SUCCESS, FLASH_INFO, FLASH_WARNING };

struct flash_message {
	enum flash_level level;
	const char *sentence; /* untranslated */
};

/* Of one request; in struct request. */
struct flashes {
	/* private */
	enum flash_code codes[FLASH_MAX];
	size_t count;
	bool is_read; /* the request's cookie has been looked at */
	bool is_changed; /* a cookie goes out */
	bool came_with_cookie;
};

struct app;
struct request;
struct response;

/* For the next page that shows any, or for this one if it has not shown them yet. */
void flash_add(const struct app *app, struct request *request, enum flash_code code);
/* Those that wait, in order; they will not be shown again. Returns how many. Not for answers that
 * caches may keep. */
size_t flash_take(const struct app *app, struct request *request,
	struct flash_message messages_out[static FLASH_MAX]);
/* "success", "info", "warning": for a class of the page. */
const char *flash_level_name(enum flash_level level);
/* Adds the cookie that is needed, if any. Called once, by the middleware. */
void flash_finish(const struct app *app, struct request *request, struct response *response);
