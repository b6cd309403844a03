/* SPDX-License-Identifier: MIT */
/* What is wrong with one field is said beside it, where it can be mended. */
#include "fcgi/views/form.h"

#define MINUTES_FROM_SECONDS 120

const struct verdict form_is_new = { VERDICT_DONE, 200, "", 0 };

static const struct {
	enum verdict_kind kind;
	enum form_place place;
} places[] = {
	{ VERDICT_BAD_NAME, FORM_USERNAME },
	{ VERDICT_RESERVED_NAME, FORM_USERNAME },
	{ VERDICT_NAME_TAKEN, FORM_USERNAME },
	{ VERDICT_WRONG_PASSWORD, FORM_OLD_PASSWORD },
	{ VERDICT_BAD_PASSWORD, FORM_NEW_PASSWORD },
};

static enum form_place place_of(enum verdict_kind kind)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (places[i].kind == kind)
			return places[i].place;
	}
	return FORM_WHOLE;
}

struct str form_problem(
	const struct page_frame *frame, const struct verdict *verdict, enum form_place place)
{
	if (place_of(verdict->kind) != place)
		return STR_OF("");
	return page_translate(frame, verdict->sentence);
}

/* A crowd is told to come back, but not when: it would come at once. */
static int64_t seconds_to_wait(const struct verdict *verdict)
{
	return verdict->kind == VERDICT_PENALTY ? verdict->retry_after_seconds : 0;
}

int64_t form_wait_minutes(const struct verdict *verdict)
{
	int64_t seconds = seconds_to_wait(verdict);

	return seconds < MINUTES_FROM_SECONDS ? 0 : (seconds + 59) / 60;
}

int64_t form_wait_seconds(const struct verdict *verdict)
{
	return form_wait_minutes(verdict) > 0 ? 0 : seconds_to_wait(verdict);
}
