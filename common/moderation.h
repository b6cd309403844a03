/* SPDX-License-Identifier: MIT */
/* Who may do what in a room: one table says it, role × action × state of the room. Sockets, pages,
 * HTTP and commands are judged by it, roomwire-manage prints it, and roomwire-moderation(7) has it.
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/str.h"

/* What somebody is in a room; each may do what those before it may. */
enum role {
	ROLE_GUEST, /* without an account */
	ROLE_USER, /* with one, or vouched for by another site */
	ROLE_MEMBER, /* let into a room that is for members */
	ROLE_MODERATOR,
	ROLE_OWNER, /* who made the room, or was given it */
	ROLE_SUPERUSER, /* of the whole site */
	ROLE_COUNT
};

/* Any number of them at a time: what is refused in one of them is refused. ROOM_OPEN always is. */
enum room_state {
	ROOM_OPEN,
	ROOM_MEMBERS_ONLY,
	ROOM_LOCKED, /* only moderators say anything for now */
	ROOM_SLOW, /* a pause between two messages of one person */
	ROOM_HIDDEN, /* not in the index */
	ROOM_STATE_COUNT
};

enum action {
	ACTION_FIND, /* see the room in the index */
	ACTION_ENTER, /* hear and read what is said */
	ACTION_SAY,
	ACTION_HURRY, /* say it without the pause */
	ACTION_EDIT, /* one's own message, for EDIT_MS */
	ACTION_WITHDRAW, /* delete one's own message */
	ACTION_DELETE, /* anybody's */
	ACTION_TOPIC,
	ACTION_LOCK,
	ACTION_SLOW,
	ACTION_MUTE,
	ACTION_KICK,
	ACTION_BAN,
	ACTION_ADMIT, /* make members, and end that */
	ACTION_MEMBERS_ONLY,
	ACTION_HIDE,
	ACTION_APPOINT, /* make moderators, and end that */
	ACTION_HAND_OVER, /* make another owner */
	ACTION_COUNT
};

/* How long a message may be edited by who said it. */
#define EDIT_MS ((int64_t)10 * 60 * 1000)
/* As the end of a sanction: there is none. */
#define FOR_GOOD INT64_MAX
/* The longest pause of a slow room. */
#define SLOW_SECONDS_MAX 3600
#define TOPIC_CHARACTERS_MAX 250
#define REASON_CHARACTERS_MAX 250

struct room_rules {
	bool is_members_only;
	bool is_locked;
	bool is_hidden;
	uint32_t slow_seconds; /* 0: the room is not slow */
};

/* What somebody is in a room at a moment. All zero: a guest in a room without rules. */
struct standing {
	enum role role;
	struct room_rules rules;
	int64_t muted_until_ms; /* wall clock; FOR_GOOD; 0: not muted */
	int64_t banned_until_ms;
};

/* The least role for an action in a state of the room. */
enum role moderation_least_role(enum action action, enum room_state state);
/* Whether the room is in that state. */
bool room_rules_has(const struct room_rules *rules, enum room_state state);
/* The table, and sanctions: who is banned may nothing, who is muted may not say or edit. */
bool standing_allows(const struct standing *standing, enum action action, int64_t now_ms)
	__attribute__((warn_unused_result));
/* Whether somebody may act on another at all: only on who has a lower role. */
bool role_is_above(enum role role, enum role other);

/* Words of the protocol, of commands and of the manual: "moderator", "members_only", "ban". */
const char *role_word(enum role role);
const char *room_state_word(enum room_state state);
const char *action_word(enum action action);
/* False for a word that is none. */
bool role_find(struct str word, enum role *role_out) __attribute__((warn_unused_result));

/* What a moderator can order. */
enum verb {
	VERB_TOPIC,
	VERB_LOCK,
	VERB_SLOW,
	VERB_MEMBERS_ONLY,
	VERB_HIDE,
	VERB_MUTE,
	VERB_UNMUTE,
	VERB_KICK,
	VERB_BAN,
	VERB_UNBAN,
	VERB_ROLE,
	VERB_COUNT
};

/* What an order says beside its verb. */
enum verb_value {
	VERB_VALUE_NONE,
	VERB_VALUE_SWITCH, /* "on", true where it is missing */
	VERB_VALUE_SECONDS, /* "seconds" */
	VERB_VALUE_TEXT, /* "text" */
	VERB_VALUE_ROLE, /* "role" */
};

struct verb_row {
	const char *word; /* "mute" */
	enum action action; /* that it needs; of VERB_ROLE see moderation_role_action */
	bool needs_person;
	enum verb_value value;
};

/* The row of a verb. */
const struct verb_row *verb_row(enum verb verb);
bool verb_find(struct str word, enum verb *verb_out) __attribute__((warn_unused_result));
/* What VERB_ROLE needs, to make somebody of that role out of one: the higher of both counts. */
enum action moderation_role_action(enum role from, enum role to);

/* A topic or a reason: valid UTF-8 in one line, without control characters, not too long. Empty is
 * fine. */
bool moderation_text_is_valid(struct str text, size_t characters_max)
	__attribute__((warn_unused_result));
