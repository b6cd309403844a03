/* SPDX-License-Identifier: MIT */
/* New accounts. A guest who registers keeps the id, and with it what the guest has said. */
#pragma once

#include "fcgi/app.h"
#include "fcgi/request.h"
#include "fcgi/response.h"
#include "fcgi/verdict.h"

/* As typed; invite is what the invitation's link carries, or empty. */
struct register_form {
	struct str username;
	struct str password;
	struct str invite;
};

/* Whether a form is worth showing: VERDICT_DONE, _CLOSED, _NO_INVITE or _UNREADABLE. */
struct verdict register_judge(struct app *app, struct response *response, struct str invite)
	__attribute__((warn_unused_result));
/* Done: logged in as login_attempt does it; the display name is the user name. */
struct verdict register_attempt(struct app *app, struct request *request, struct response *response,
	const struct register_form *form) __attribute__((warn_unused_result));
