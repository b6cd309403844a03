/* SPDX-License-Identifier: MIT */
#include "fcgi/verdict.h"

static const struct {
	int status;
	const char *sentence;
} rows[] = {
	[VERDICT_DONE] = { 303, "" },
	[VERDICT_WRONG_LOGIN] = { 400, "The user name or the password is wrong." },
	[VERDICT_WRONG_PASSWORD] = { 400, "The old password is wrong." },
	[VERDICT_BAD_NAME] = { 400, "The name cannot be used." },
	[VERDICT_BAD_PASSWORD] = { 400, "The password cannot be used." },
	[VERDICT_RESERVED_NAME] = { 400,
		"Names like this one are kept for guests. Choose another." },
	[VERDICT_NAME_TAKEN] = { 400,
		"Somebody has this name, or one that looks like it. Choose another." },
	[VERDICT_CLOSED] = { 403, "Nobody new can register here." },
	[VERDICT_NO_INVITE] = { 403, "To register you need an invitation that is still good." },
	[VERDICT_CHANGED] = { 409,
		"Something has changed in the meantime. Reload the page and try again." },
	[VERDICT_PENALTY] = { 429, "There were too many tries. Wait a little, then try again." },
	[VERDICT_BUSY] = { 503,
		"Many people are logging in at the moment. Try again in a few seconds." },
	[VERDICT_UNREADABLE] = { 503, "Accounts are away at the moment. Try again soon." },
};

struct verdict verdict_of(enum verdict_kind kind)
{
	return (struct verdict){
		.kind = kind, .status = rows[kind].status, .sentence = rows[kind].sentence
	};
}
