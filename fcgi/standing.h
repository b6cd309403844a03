/* SPDX-License-Identifier: MIT */
/* What somebody who asks for a page is in a room, and the room's rules: from accounts.db, or from
 * the broker when that is on another host. Any thread. */
#pragma once

#include "common/store/moderation.h"
#include "fcgi/app.h"
#include "fcgi/refusal.h"
#include "fcgi/request.h"

/* Who asks, as the store wants to know it. Borrows from the request. */
struct subject standing_subject(const struct request *request);
/* STORE_OK: both are filled. Without accounts everybody is a guest in a room without rules; for a
 * program with a key every room is open. STORE_ELSEWHERE: the broker that knows cannot be asked
 * now. Any other failure is logged. */
enum store_problem standing_find(struct app *app, const struct request *request, struct str room,
	struct standing *standing_out, struct room_row *room_out)
	__attribute__((warn_unused_result));
/* The same of anybody, by the accounts.db of this host alone. */
enum store_problem standing_find_here(struct app *app, const struct subject *subject,
	struct str room, struct standing *standing_out, struct room_row *room_out)
	__attribute__((warn_unused_result));
/* What those are told who ask while it cannot be found. */
struct refusal standing_refusal(enum store_problem problem);
/* Whether an action is allowed at this moment. */
bool standing_may(const struct standing *standing, enum action action);
/* Whether nothing was ever said in a room, which is then its first owner's who orders something
 * there. False when nobody knows. */
bool standing_room_is_new(struct app *app, struct str room);
