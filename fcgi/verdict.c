/* SPDX-License-Identifier: MIT */
#include "fcgi/verdict.h"

#include "common/base/message.h"

static const struct {
	const char *name;
	int status;
	const char *sentence;
} rows[] = {
	[VERDICT_DONE] = { "done", 303, "" },
	[VERDICT_WRONG_LOGIN] = { "wrong_login", 400,
		MESSAGE("The user name or the password is wrong.") },
	[VERDICT_WRONG_PASSWORD] = { "wrong_password", 400, MESSAGE("The old password is wrong.") },
	[VERDICT_BAD_NAME] = { "bad_name", 400, MESSAGE("The name cannot be used.") },
	[VERDICT_BAD_PASSWORD] = { "bad_password", 400, MESSAGE("The password cannot be used.") },
	[VERDICT_RESERVED_NAME] = { "reserved_name", 400,
		MESSAGE("Names like this one are kept for guests. Choose another.") },
	[VERDICT_NAME_TAKEN] = { "name_taken", 400,
		MESSAGE("Somebody has this name, or one that looks like it. Choose another.") },
	[VERDICT_CLOSED] = { "closed", 403, MESSAGE("Nobody new can register here.") },
	[VERDICT_NO_INVITE] = { "no_invite", 403,
		MESSAGE("To register you need an invitation that is still good.") },
	[VERDICT_CHANGED] = { "changed", 409,
		MESSAGE("Something has changed in the meantime. Reload the page and try again.") },
	[VERDICT_PENALTY] = { "penalty", 429,
		MESSAGE("There were too many tries. Wait a little, then try again.") },
	[VERDICT_BUSY] = { "busy", 503,
		MESSAGE("Many people are logging in at the moment. Try again in a few seconds.") },
	[VERDICT_ELSEWHERE] = { "elsewhere", 503,
		MESSAGE("Accounts are kept on another host, and can be changed only there.") },
	[VERDICT_UNREADABLE] = { "unreadable", 503,
		MESSAGE("Accounts are away at the moment. Try again soon.") },
};

struct verdict verdict_of(enum verdict_kind kind)
{
	return (struct verdict){
		.kind = kind, .status = rows[kind].status, .sentence = rows[kind].sentence
	};
}

const char *verdict_name(enum verdict_kind kind)
{
	return rows[kind].name;
}
