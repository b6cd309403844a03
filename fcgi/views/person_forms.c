/* SPDX-License-Identifier: MIT */
#include "fcgi/views/person_forms.h"

#include "common/base/message.h"
#include "fcgi/standing.h"
#include "templates/person_forms.h"

/* Of a field: what may be chosen there by who may do the action. */
static const struct choice {
	const char *field;
	const char *value;
	const char *label; /* untranslated */
	enum action action;
	bool is_first; /* chosen when nothing is */
} choices[] = {
	{ "action", "mute", MESSAGE("Mute: reads and does not write"), ACTION_MUTE, true },
	{ "action", "unmute", MESSAGE("Unmute"), ACTION_MUTE, false },
	{ "action", "kick", MESSAGE("Ask to leave"), ACTION_KICK, false },
	{ "action", "ban", MESSAGE("Ban from this room"), ACTION_BAN, false },
	{ "action", "unban", MESSAGE("Let in again"), ACTION_BAN, false },
	{ "seconds", "300", MESSAGE("5 minutes"), ACTION_MUTE, false },
	{ "seconds", "600", MESSAGE("10 minutes"), ACTION_MUTE, true },
	{ "seconds", "3600", MESSAGE("1 hour"), ACTION_MUTE, false },
	{ "seconds", "86400", MESSAGE("1 day"), ACTION_MUTE, false },
	{ "seconds", "604800", MESSAGE("7 days"), ACTION_MUTE, false },
	{ "seconds", "2592000", MESSAGE("30 days"), ACTION_MUTE, false },
	{ "seconds", "0", MESSAGE("For good"), ACTION_MUTE, false },
	{ "role", "member", MESSAGE("Member"), ACTION_ADMIT, true },
	{ "role", "moderator", MESSAGE("Moderator"), ACTION_APPOINT, false },
	{ "role", "owner", MESSAGE("Owner, instead of you"), ACTION_HAND_OVER, false },
	{ "role", "user", MESSAGE("None any more"), ACTION_ADMIT, false },
};

#define CHOICE_COUNT (sizeof(choices) / sizeof(choices[0]))

static bool may_sanction(const struct person_forms *forms)
{
	return forms->may_sanction && standing_may(forms->standing, ACTION_MUTE);
}

static bool may_appoint(const struct person_forms *forms)
{
	return forms->may_appoint && standing_may(forms->standing, ACTION_ADMIT);
}

/* A sanction is lifted by a button in a list of them, too, which has no place of its own. */
static bool is_of_sanction(const struct person_forms *forms)
{
	const struct order_draft *draft = forms->draft;
	struct buf sanction = { 0 };
	bool is_in_list;

	page_read_field(draft->fields, "sanction", &sanction);
	is_in_list = sanction.len > 0;
	buf_finish(&sanction);
	return may_sanction(forms) && !is_in_list && draft->verb < VERB_COUNT &&
	       draft->verb != VERB_ROLE && verb_row(draft->verb)->needs_person;
}

static bool is_of_role(const struct person_forms *forms)
{
	return may_appoint(forms) && forms->draft->verb == VERB_ROLE;
}

struct str person_forms_problem_elsewhere(
	const struct person_forms *forms, const struct page_frame *frame)
{
	return is_of_sanction(forms) || is_of_role(forms)
		       ? STR_OF("")
		       : order_draft_problem(forms->draft, frame);
}

static bool is_chosen(const struct choice *choice, const struct order_draft *draft)
{
	struct buf value = { 0 };
	bool is_chosen;

	page_read_field(draft->fields, choice->field, &value);
	is_chosen = value.len > 0 ? str_is(buf_str(&value), choice->value) : choice->is_first;
	buf_finish(&value);
	return is_chosen;
}

/* Returns how many there are for who reads. */
static size_t add_choices(const struct person_forms *forms, const struct page_frame *frame,
	struct template_person_forms_choices rows[static CHOICE_COUNT])
{
	size_t count = 0;

	for (const struct choice *choice = choices; choice < choices + CHOICE_COUNT; choice++) {
		struct str field = str_from(choice->field);

		if (standing_may(forms->standing, choice->action))
			rows[count++] = (struct template_person_forms_choices){
				.is_deed = str_is(field, "action"),
				.is_period = str_is(field, "seconds"),
				.is_role = str_is(field, "role"),
				.value = str_from(choice->value),
				.label = page_translate(frame, choice->label),
				.is_chosen = is_chosen(choice, forms->draft),
			};
	}
	return count;
}

void person_forms_show(const struct person_forms *forms, struct page_frame *frame)
{
	struct template_person_forms_choices rows[CHOICE_COUNT];
	struct str problem = order_draft_problem(forms->draft, frame), none = STR("");
	struct buf user = { 0 }, reason = { 0 }, moderate_url = { 0 };

	router_reverse(
		frame->app->config, frame->request, "room-moderate", forms->room, &moderate_url);
	page_read_field(forms->draft->fields, "user", &user);
	page_read_field(forms->draft->fields, "text", &reason);
	template_person_forms(
		&frame->render, &(struct template_person_forms){
					PAGE_COMMON(frame),
					.moderate_url = buf_str(&moderate_url),
					.next = forms->next,
					.room_url = forms->back,
					.target = (int64_t)forms->target,
					.may_mute = may_sanction(forms),
					.entered_user = buf_str(&user),
					.entered_reason = buf_str(&reason),
					.sanction_problem = is_of_sanction(forms) ? problem : none,
					.may_admit = may_appoint(forms),
					.role_problem = is_of_role(forms) ? problem : none,
					.choices = rows,
					.choices_count = add_choices(forms, frame, rows),
				});
	buf_finish(&moderate_url);
	buf_finish(&reason);
	buf_finish(&user);
}
