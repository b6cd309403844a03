/* SPDX-License-Identifier: MIT */
/* An order of a moderator (common/store/moderation.h) as a form says it, of a page or of a program.
 */
#pragma once

#include "common/store/moderation.h"
#include "fcgi/app.h"
#include "fcgi/refusal.h"
#include "fcgi/request.h"

/* Who orders something. */
struct orderer {
	bool is_site; /* which may do everything; then only name and via count */
	bool is_guest;
	uint8_t user[USER_ID_SIZE];
	const uint8_t *session; /* borrowed; NULL: none */
	struct str address; /* borrowed, as the next two */
	struct str name;
	const char *via; /* "page", "api" */
};

/* Does what the fields of the request's body say in the room of its path: action; about whom, one
 * of user, user_id, target, sanction or address; by, seconds, text, on, role. The refusal borrows
 * nothing; its status is 200 when it is done. */
struct refusal order_form_do(struct app *app, const struct request *request,
	const struct orderer *orderer) __attribute__((warn_unused_result));
