/* SPDX-License-Identifier: MIT */
/* Getting in and out (Django: authenticate, login, logout). Whoever knows no password learns
 * nothing from an answer or its time: the same work is done for every wrong try. */
#pragma once

#include "fcgi/app.h"
#include "fcgi/request.h"
#include "fcgi/response.h"
#include "fcgi/verdict.h"

/* As typed. */
struct login_form {
	struct str username;
	struct str password;
};

/* Done: request->identity is the account with a new session, whose cookie goes out; the session and
 * the guest that the browser had are over. Else nothing has changed. The caller redirects. */
struct verdict login_attempt(struct app *app, struct request *request, struct response *response,
	const struct login_form *form) __attribute__((warn_unused_result));
/* A logout: ends the session, if there is one, and makes the browser forget it, the guest and what
 * it has cached. The caller redirects. */
struct verdict login_end(struct app *app, struct request *request, struct response *response)
	__attribute__((warn_unused_result));
/* 303 to the page "login", with next= the page that was asked for (of a GET). */
int login_redirect(const struct app *app, const struct request *request, struct response *response);
