/* SPDX-License-Identifier: MIT */
/* The key that a program shows (RFC 6750): Authorization: Bearer KEY. */
#pragma once

#include "fcgi/app.h"
#include "fcgi/refusal.h"
#include "fcgi/router.h"

/* Lets a program with a key to the row of the table that it asks for: request->key is filled. Also
 * true when it shows none, or another scheme's, and needs none. False with the refusal. What is
 * good is let in whatever others try from its address: nobody guesses a key, so that there is
 * nothing to gain. */
bool bearer_admit(struct app *app, struct request *request, const struct url *url,
	struct refusal *refusal_out) __attribute__((warn_unused_result));
/* Adds WWW-Authenticate where a refusal of such a row has to have it. */
void bearer_challenge(
	const struct refusal *refusal, const struct url *url, struct response *response);
