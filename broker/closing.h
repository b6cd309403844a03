/* SPDX-License-Identifier: MIT */
/* Why the main thread closes connections: one row a reason. */
#pragma once

#include "broker/stats.h"
#include "broker/ws/close.h"
#include "common/base/str.h"

struct closing {
	enum close_code code;
	enum stat_id cause; /* what it counts as */
	const char *reason; /* told in the close frame */
};

extern const struct closing closing_restart;
extern const struct closing closing_history; /* it cannot be read, nobody can be let in */
extern const struct closing closing_by_administrator;
extern const struct closing closing_logged_out; /* its session is over */
extern const struct closing closing_banned; /* its user is */
extern const struct closing closing_ticket; /* it is not good */
extern const struct closing closing_poll_again; /* a long poll has its answer */
extern const struct closing closing_other_user; /* the page took it for somebody else's */

/* By its reason, of those for which another broker may ask. NULL when there is none. */
const struct closing *closing_find(struct str reason);
