/* SPDX-License-Identifier: MIT */
/* The table of roles, actions and states, and how it is read. */
#include "common/moderation.h"

#include <string.h>

#include "common/base/utf8.h"

#define COUNT_OF(rows) (sizeof(rows) / sizeof((rows)[0]))

#define G ROLE_GUEST
#define M ROLE_MEMBER
#define MOD ROLE_MODERATOR
#define OWN ROLE_OWNER

/* clang-format off */
static const struct {
	const char *word;
	enum role least[ROOM_STATE_COUNT];
} actions[ACTION_COUNT] = {
	/*                                         open  members  locked  slow  hidden */
	[ACTION_FIND]         = { "find",         { G,    G,       G,      G,    M   } },
	[ACTION_ENTER]        = { "enter",        { G,    M,       G,      G,    G   } },
	[ACTION_SAY]          = { "say",          { G,    M,       MOD,    G,    G   } },
	[ACTION_HURRY]        = { "hurry",        { G,    M,       G,      MOD,  G   } },
	[ACTION_EDIT]         = { "edit",         { G,    M,       MOD,    G,    G   } },
	[ACTION_WITHDRAW]     = { "withdraw",     { G,    M,       G,      G,    G   } },
	[ACTION_DELETE]       = { "delete",       { MOD,  MOD,     MOD,    MOD,  MOD } },
	[ACTION_TOPIC]        = { "topic",        { MOD,  MOD,     MOD,    MOD,  MOD } },
	[ACTION_LOCK]         = { "lock",         { MOD,  MOD,     MOD,    MOD,  MOD } },
	[ACTION_SLOW]         = { "slow",         { MOD,  MOD,     MOD,    MOD,  MOD } },
	[ACTION_MUTE]         = { "mute",         { MOD,  MOD,     MOD,    MOD,  MOD } },
	[ACTION_KICK]         = { "kick",         { MOD,  MOD,     MOD,    MOD,  MOD } },
	[ACTION_BAN]          = { "ban",          { MOD,  MOD,     MOD,    MOD,  MOD } },
	[ACTION_ADMIT]        = { "admit",        { MOD,  MOD,     MOD,    MOD,  MOD } },
	[ACTION_MEMBERS_ONLY] = { "members_only", { OWN,  OWN,     OWN,    OWN,  OWN } },
	[ACTION_HIDE]         = { "hide",         { OWN,  OWN,     OWN,    OWN,  OWN } },
	[ACTION_APPOINT]      = { "appoint",      { OWN,  OWN,     OWN,    OWN,  OWN } },
	[ACTION_HAND_OVER]    = { "hand_over",    { OWN,  OWN,     OWN,    OWN,  OWN } },
};
/* clang-format on */

static const char *const role_words[ROLE_COUNT] = {
	[ROLE_GUEST] = "guest",
	[ROLE_USER] = "user",
	[ROLE_MEMBER] = "member",
	[ROLE_MODERATOR] = "moderator",
	[ROLE_OWNER] = "owner",
	[ROLE_SUPERUSER] = "superuser",
};

static const char *const state_words[ROOM_STATE_COUNT] = {
	[ROOM_OPEN] = "open",
	[ROOM_MEMBERS_ONLY] = "members_only",
	[ROOM_LOCKED] = "locked",
	[ROOM_SLOW] = "slow",
	[ROOM_HIDDEN] = "hidden",
};

static const struct verb_row verbs[VERB_COUNT] = {
	[VERB_TOPIC] = { "topic", ACTION_TOPIC, false, VERB_VALUE_TEXT },
	[VERB_LOCK] = { "lock", ACTION_LOCK, false, VERB_VALUE_SWITCH },
	[VERB_SLOW] = { "slow", ACTION_SLOW, false, VERB_VALUE_SECONDS },
	[VERB_MEMBERS_ONLY] = { "members_only", ACTION_MEMBERS_ONLY, false, VERB_VALUE_SWITCH },
	[VERB_HIDE] = { "hide", ACTION_HIDE, false, VERB_VALUE_SWITCH },
	[VERB_MUTE] = { "mute", ACTION_MUTE, true, VERB_VALUE_SECONDS },
	[VERB_UNMUTE] = { "unmute", ACTION_MUTE, true, VERB_VALUE_NONE },
	[VERB_KICK] = { "kick", ACTION_KICK, true, VERB_VALUE_NONE },
	[VERB_BAN] = { "ban", ACTION_BAN, true, VERB_VALUE_SECONDS },
	[VERB_UNBAN] = { "unban", ACTION_BAN, true, VERB_VALUE_NONE },
	[VERB_ROLE] = { "role", ACTION_ADMIT, true, VERB_VALUE_ROLE },
};

enum role moderation_least_role(enum action action, enum room_state state)
{
	return actions[action].least[state];
}

bool room_rules_has(const struct room_rules *rules, enum room_state state)
{
	switch (state) {
	case ROOM_OPEN:
		return true;
	case ROOM_MEMBERS_ONLY:
		return rules->is_members_only;
	case ROOM_LOCKED:
		return rules->is_locked;
	case ROOM_SLOW:
		return rules->slow_seconds > 0;
	case ROOM_HIDDEN:
		return rules->is_hidden;
	case ROOM_STATE_COUNT:
		break;
	}
	return false;
}

bool standing_allows(const struct standing *standing, enum action action, int64_t now_ms)
{
	bool is_muted = standing->muted_until_ms > now_ms;

	if (standing->banned_until_ms > now_ms)
		return false;
	if (is_muted && (action == ACTION_SAY || action == ACTION_EDIT))
		return false;
	for (enum room_state state = ROOM_OPEN; state < ROOM_STATE_COUNT; state++) {
		if (room_rules_has(&standing->rules, state) &&
			standing->role < moderation_least_role(action, state))
			return false;
	}
	return true;
}

bool role_is_above(enum role role, enum role other)
{
	return role > other;
}

const char *role_word(enum role role)
{
	return role_words[role];
}

const char *room_state_word(enum room_state state)
{
	return state_words[state];
}

const char *action_word(enum action action)
{
	return actions[action].word;
}

bool role_find(struct str word, enum role *role_out)
{
	for (size_t i = 0; i < COUNT_OF(role_words); i++) {
		if (str_is(word, role_words[i])) {
			*role_out = (enum role)i;
			return true;
		}
	}
	return false;
}

const struct verb_row *verb_row(enum verb verb)
{
	return &verbs[verb];
}

bool verb_find(struct str word, enum verb *verb_out)
{
	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		if (str_is(word, verbs[i].word)) {
			*verb_out = (enum verb)i;
			return true;
		}
	}
	return false;
}

enum action moderation_role_action(enum role from, enum role to)
{
	enum role higher = from > to ? from : to;

	if (higher >= ROLE_OWNER)
		return ACTION_HAND_OVER;
	return higher == ROLE_MODERATOR ? ACTION_APPOINT : ACTION_ADMIT;
}

static bool breaks_line(uint32_t code_point)
{
	return code_point < ' ' || (code_point >= 0x7f && code_point < 0xa0) ||
	       code_point == 0x2028 || code_point == 0x2029;
}

bool moderation_text_is_valid(struct str text, size_t characters_max)
{
	size_t position = 0, count = 0;
	uint32_t code_point;

	if (!utf8_is_valid(text))
		return false;
	while (utf8_next(text, &position, &code_point)) {
		if (breaks_line(code_point) || ++count > characters_max)
			return false;
	}
	return true;
}
