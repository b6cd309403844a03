/* SPDX-License-Identifier: MIT */
/* What every page of a room begins with: the room's name in its one form, at its one address; and
 * whether who asks may read there at all. */
#pragma once

#include "common/store/moderation.h"
#include "fcgi/refusal.h"
#include "fcgi/router.h"

/* The normal name of the room in the address, for the page with that name in the table of URLs.
 * False when the answer is made already, a redirect to the room's address or an error page, with
 * its status in *status_out. */
bool room_gate(struct app *app, struct request *request, struct response *response,
	const char *page, struct buf *name_out, int *status_out)
	__attribute__((warn_unused_result));
/* The same for what is posted in a room, from a page or a script: under any form of its name, and
 * refused in JSON where that is asked for. */
bool room_gate_post(struct app *app, struct request *request, struct response *response,
	struct buf *name_out, int *status_out) __attribute__((warn_unused_result));
/* A room that may be read, and what who asks is in it. */
struct room_entry {
	struct buf name; /* normal */
	enum store_problem
		problem; /* STORE_OK, or the others are those of a guest in an open room */
	struct standing standing;
	struct room_row row;
};

/* The same, and the page that says why and until when somebody is kept out: 403; or 503 when nobody
 * can tell. Finish the entry in any case. */
bool room_enter(struct app *app, struct request *request, struct response *response,
	const char *page, struct room_entry *entry_out, int *status_out)
	__attribute__((warn_unused_result));
/* The same, but whom nobody can judge at the moment comes in, with the entry's problem: to a page
 * that shows nothing of what was said, and that waits with its script. */
bool room_approach(struct app *app, struct request *request, struct response *response,
	const char *page, struct room_entry *entry_out, int *status_out)
	__attribute__((warn_unused_result));
void room_entry_finish(struct room_entry *entry);
/* For scripts: false when the room of a normal name must not be read, with the refusal.
 * *is_public_out: every guest may read it. */
bool room_is_open_to(struct app *app, const struct request *request, struct str room,
	bool *is_public_out, struct refusal *refusal_out) __attribute__((warn_unused_result));
/* To a page of a room, with the query of the request. */
int room_redirect(struct app *app, struct request *request, struct response *response, int status,
	const char *page, struct str room);
