/* SPDX-License-Identifier: MIT */
#include "broker/closing.h"

const struct closing closing_restart = { CLOSE_SERVICE_RESTART, STAT_CLOSED_RESTART, "restart" };
const struct closing closing_history = { CLOSE_TRY_AGAIN_LATER, STAT_CLOSED_TOO_SLOW, "history" };
const struct closing closing_accounts = { CLOSE_TRY_AGAIN_LATER, STAT_CLOSED_ACCOUNTS, "accounts" };
const struct closing closing_by_administrator = { CLOSE_FORBIDDEN, STAT_CLOSED_BY_ADMINISTRATOR,
	"closed by an administrator" };
const struct closing closing_logged_out = { CLOSE_LOGIN_ENDED, STAT_CLOSED_LOGGED_OUT,
	"logged out" };
const struct closing closing_banned = { CLOSE_FORBIDDEN, STAT_CLOSED_BANNED, "banned" };
const struct closing closing_ticket = { CLOSE_LOGIN_ENDED, STAT_CLOSED_TICKET, "ticket" };
const struct closing closing_poll_again = { CLOSE_NORMAL, STAT_CLOSED_POLL_AGAIN, "poll again" };
const struct closing closing_other_user = { CLOSE_LOGIN_ENDED, STAT_CLOSED_OTHER_USER,
	"another user" };

const struct closing closing_banned_here = { CLOSE_FORBIDDEN, STAT_CLOSED_BANNED_HERE,
	"banned here" };
const struct closing closing_members_only = { CLOSE_FORBIDDEN, STAT_CLOSED_MEMBERS_ONLY,
	"members only" };
const struct closing closing_kicked = { CLOSE_FORBIDDEN, STAT_CLOSED_KICKED, "kicked" };

static const struct closing *const of_other_brokers[] = {
	&closing_banned,
	&closing_logged_out,
	&closing_ticket,
};

const struct closing *closing_find(struct str reason)
{
	for (size_t i = 0; i < sizeof(of_other_brokers) / sizeof(of_other_brokers[0]); i++) {
		if (str_is(reason, of_other_brokers[i]->reason))
			return of_other_brokers[i];
	}
	return NULL;
}
