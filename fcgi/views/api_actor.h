/* SPDX-License-Identifier: MIT */
/* As whom a program acts: as the site itself, by its key's name; or, with an admin's key, as
 * somebody whose rights are then all it has. */
#pragma once

#include "common/store/accounts.h"
#include "fcgi/app.h"
#include "fcgi/refusal.h"
#include "fcgi/request.h"

/* In the field "as": somebody without an account. No account is called that. */
#define API_GUEST "guest"

struct api_actor {
	bool is_site;
	bool is_guest;
	bool is_superuser; /* of an account */
	struct user user; /* of the site: its name alone, which is the key's */
};

/* From the field "as" of a query or a form: an account's user name, or API_GUEST; without one, the
 * site. False with the refusal, which borrows nothing. */
bool api_actor_read(struct app *app, const struct request *request, struct str fields,
	struct api_actor *actor_out, struct refusal *refusal_out)
	__attribute__((warn_unused_result));
