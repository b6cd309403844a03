/* SPDX-License-Identifier: MIT */
/* What every page of a room begins with: the room's name in its one form, at its one address. */
#pragma once

#include "fcgi/router.h"

/* The normal name of the room in the address, for the page with that name in the table of URLs.
 * False when the answer is made already, a redirect to the room's address or an error page, with
 * its status in *status_out. */
bool room_gate(struct app *app, struct request *request, struct response *response,
	const char *page, struct buf *name_out, int *status_out)
	__attribute__((warn_unused_result));
/* With the pages at "/", other parts of the site have their own first segments: no rooms. */
bool room_is_taken(const struct app *app, struct str room);
/* To a page of a room, with the query of the request. */
int room_redirect(struct app *app, struct request *request, struct response *response, int status,
	const char *page, struct str room);
