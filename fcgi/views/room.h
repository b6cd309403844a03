/* SPDX-License-Identifier: MIT */
/* The page of a room, for those who lead back to it. */
#pragma once

#include "fcgi/app.h"
#include "fcgi/refusal.h"
#include "fcgi/request.h"
#include "fcgi/response.h"

/* What somebody has written without a script and could not say. */
struct room_draft {
	struct str text;
	struct str problem; /* a sentence, or "" */
};

struct room_entry;

/* Writes the page of a room that was entered, with what its address asks for. */
void room_write(struct app *app, struct request *request, struct response *response,
	const struct room_entry *entry, const struct room_draft *draft);
/* The same with a text that was refused, to be corrected; who may not even read there any more is
 * told that instead. Returns the status. */
int room_give_back(struct app *app, struct request *request, struct response *response,
	struct str text, const struct refusal *refusal);
