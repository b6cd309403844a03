/* SPDX-License-Identifier: MIT */
/* Why the main thread closes connections: one row for each reason. */
#pragma once

#include "broker/stats.h"
#include "broker/ws/close.h"
#include "common/base/str.h"

struct closing {
	enum close_code code;
	enum stat_id cause; /* the counter of such closings */
	const char *reason; /* told in the close frame */
};

extern const struct closing closing_restart;
extern const struct closing closing_history; /* the history cannot be read, so nobody can join */
extern const struct closing closing_accounts; /* the room's rules cannot be read */
extern const struct closing closing_by_administrator;
extern const struct closing closing_logged_out; /* the session is over */
extern const struct closing closing_banned; /* the user is banned */
extern const struct closing closing_ticket; /* the ticket is not valid */
extern const struct closing closing_poll_again; /* a long poll has its answer */
extern const struct closing closing_other_user; /* the page was made for another user */
extern const struct closing closing_banned_here; /* from this room */
extern const struct closing closing_members_only; /* the room is, and the user is no member */
extern const struct closing closing_kicked; /* out of the room, to which the user may come back */

/* Finds a closing by its reason, among those that another broker may ask for. NULL when there is
 * none. */
const struct closing *closing_find(struct str reason);
