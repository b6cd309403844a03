/* SPDX-License-Identifier: MIT */
/* Maps paths to views and back (Django: URLconf and reverse). In a pattern '@' is the mount point,
 * and ":room" or another word is one path segment. */
#pragma once

#include "common/store/api_key.h"
#include "fcgi/app.h"
#include "fcgi/request.h"
#include "fcgi/response.h"

/* Answers a request; returns the HTTP status of what it wrote. */
typedef int view_fn(struct app *app, struct request *request, struct response *response);

/* Who may open a page, beyond what [site] guests says for all of them. */
enum url_flag {
	URL_PUBLIC = 1, /* anybody, guests or no guests */
	URL_LOGIN = 2, /* an account with a session of ours; others are led to the page "login" */
	URL_KEY = 4, /* programs that show a key, and nobody else */
	URL_EITHER = 8, /* refusals are JSON for a client that wants JSON */
	/* needs accounts.db: refused on a host that asks another about accounts */
	URL_ACCOUNTS = 16,
	/* superusers who have logged in here; guests are led to the page "login" */
	URL_SUPERUSER = 32,
};

struct url {
	enum request_method method;
	const char *pattern;
	view_fn *view;
	const char *name; /* for reverse */
	unsigned flags;
	enum api_scope scope; /* a key with this scope may do it, too; 0: none may */
};

extern const struct url urls[];
extern const size_t url_count;

/* Finds the row of a request and fills request->room. NULL with 404, or with 405 where other
 * methods are answered, or 400 for a path that cannot be decoded, in *status_out. */
const struct url *router_find(
	const struct config *config, struct request *request, int *status_out);
/* Whether there is a page, too, where something was posted. */
bool router_has_page(const struct config *config, const struct request *request);
/* Appends the methods of a path: "GET, HEAD, POST". */
void router_allow(const struct config *config, struct request *request, struct buf *out);
/* Appends the path of the row with that name; room is encoded into it. */
void router_reverse(const struct config *config, const struct request *request, const char *name,
	struct str room, struct buf *out);
