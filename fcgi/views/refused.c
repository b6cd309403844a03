/* SPDX-License-Identifier: MIT */
/* The broker's own sentences are for programs, in English. */
#include "fcgi/views/refused.h"

#include "common/base/message.h"

static const struct {
	const char *code;
	const char *sentence;
} rows[] = {
	{ "above", MESSAGE("That person's role is not below yours.") },
	{ "ambiguous", MESSAGE("Several people here are called that.") },
	{ "bad_order", MESSAGE("A value is missing or out of its range.") },
	{ "bad_room", MESSAGE("There is no room under this name.") },
	{ "banned", MESSAGE("You have been banned.") },
	{ "banned_here", MESSAGE("You have been banned from this room.") },
	{ "busy",
		MESSAGE("There is too much to do at the moment. Wait a moment, then try again.") },
	{ "empty", MESSAGE("There is nothing in this message.") },
	{ "forbidden", MESSAGE("You may not do that here.") },
	{ "list_full", MESSAGE("There are too many of these in this room already.") },
	{ "locked", MESSAGE("The room is locked: this was not sent.") },
	{ "members_only", MESSAGE("Only members write here: this was not sent.") },
	{ "muted", MESSAGE("You are muted in this room: this was not sent.") },
	{ "no_history", MESSAGE("Nothing that is said here is kept, so nothing can be changed.") },
	{ "no_message", MESSAGE("There is nothing in this message.") },
	{ "no_target", MESSAGE("This message is gone.") },
	{ "nobody", MESSAGE("There is nobody of that name here.") },
	{ "not_yours", MESSAGE("This message is somebody else's.") },
	{ "slow", MESSAGE("This room is slow, and you wrote a moment ago. Wait, then retry.") },
	{ "stopping",
		MESSAGE("The chat service is restarting. Whether it was done is not known.") },
	{ "storage", MESSAGE("Messages cannot be stored at the moment. Try again later.") },
	{ "timeout", MESSAGE("No answer came in time. Whether it was done is not known.") },
	{ "too_fast", MESSAGE("You are writing too fast. Wait a moment, then retry.") },
	{ "too_late", MESSAGE("A message can be changed for ten minutes only.") },
	{ "too_long", MESSAGE("This message is too long. Shorten it and send it again.") },
	{ "too_many_rooms",
		MESSAGE("There are too many open rooms at the moment. Try again later.") },
	{ "unavailable", MESSAGE("The chat service is away at the moment. Nothing was done.") },
	{ "unreadable", MESSAGE("Accounts are away at the moment. Try again soon.") },
};

const char *refused_sentence(struct str code)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (str_is(code, rows[i].code))
			return rows[i].sentence;
	}
	return MESSAGE("This could not be done.");
}
