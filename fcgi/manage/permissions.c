/* SPDX-License-Identifier: MIT */
/* The table of common/moderation.h, as roomwire-moderation(7) has it. */
#include <sysexits.h>

#include "common/moderation.h"
#include "fcgi/manage/commands.h"
#include "fcgi/manage/record.h"

static const char *const value_words[] = {
	[VERB_VALUE_NONE] = NULL,
	[VERB_VALUE_SWITCH] = "on",
	[VERB_VALUE_SECONDS] = "seconds",
	[VERB_VALUE_TEXT] = "text",
	[VERB_VALUE_ROLE] = "role",
};

/* The least role for it in each state. */
static void print_action(enum action action)
{
	struct record record;

	record_begin(&record);
	record_add_text(&record, "action", action_word(action));
	for (enum room_state state = 0; state < ROOM_STATE_COUNT; state++)
		record_add_text(&record, room_state_word(state),
			role_word(moderation_least_role(action, state)));
	record_print(&record);
}

int manage_permissions(const struct config *config, const char *unused)
{
	(void)config;
	(void)unused;
	for (enum action action = 0; action < ACTION_COUNT; action++)
		print_action(action);
	return EX_OK;
}

static void print_verb(const struct verb_row *verb)
{
	struct record record;

	record_begin(&record);
	record_add_text(&record, "verb", verb->word);
	record_add_text(&record, "action", action_word(verb->action));
	record_add_flag(&record, "person", verb->needs_person);
	record_add_text(&record, "value", value_words[verb->value]);
	record_print(&record);
}

int manage_permissions_verbs(const struct config *config, const char *unused)
{
	(void)config;
	(void)unused;
	for (enum verb verb = 0; verb < VERB_COUNT; verb++)
		print_verb(verb_row(verb));
	return EX_OK;
}
