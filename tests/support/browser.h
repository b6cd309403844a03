/* SPDX-License-Identifier: MIT */
/* A visitor of the pages with what a browser has: cookies that answers set, and the token of the
 * form that it looks at. */
#pragma once

#include "tests/support/visitor.h"

#define BROWSER_COOKIES_MAX 4

struct browser_cookie {
	char *name; /* owned; NULL: no cookie */
	char *value; /* owned */
};

/* All zero to begin with. */
struct browser {
	struct browser_cookie cookies[BROWSER_COOKIES_MAX];
	struct answer answer; /* the last one */
	const char *agent; /* what it calls itself; may be NULL */
};

void browser_finish(struct browser *browser);
/* Returns the status; the answer is the browser's then. */
int browser_get(struct browser *browser, const char *uri);
/* Sends a form, fields encoded, with the token of the page that was last looked at. */
int browser_post(struct browser *browser, const char *uri, const char *fields);
/* NULL when it has none of that name. */
const char *browser_cookie(const struct browser *browser, const char *name);
/* Where the last answer leads to; borrowed from it. */
struct str browser_location(const struct browser *browser);
