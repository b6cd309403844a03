/* SPDX-License-Identifier: MIT */
/* The page of a room, for those who lead back to it. */
#pragma once

#include "fcgi/app.h"
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
