/* SPDX-License-Identifier: MIT */
/* What a form about accounts shows of what became of it (fcgi/verdict.h). */
#pragma once

#include "fcgi/verdict.h"
#include "fcgi/views/page.h"

/* Where a problem is shown. */
enum form_place { FORM_WHOLE, FORM_USERNAME, FORM_OLD_PASSWORD, FORM_NEW_PASSWORD };

/* Of a form that nobody has sent yet. */
extern const struct verdict form_is_new;

/* The verdict's sentence in the reader's language where it belongs, "" elsewhere. */
struct str form_problem(
	const struct page_frame *frame, const struct verdict *verdict, enum form_place place);
/* How long nobody may try again, in one of two units; the other one is 0. */
int64_t form_wait_minutes(const struct verdict *verdict);
int64_t form_wait_seconds(const struct verdict *verdict);
/* Fills the arguments that form_problem.part.html declares. */
#define FORM_PROBLEM(frame, verdict)                                  \
	.form_problem = form_problem((frame), (verdict), FORM_WHOLE), \
	.wait_minutes = form_wait_minutes(verdict), .wait_seconds = form_wait_seconds(verdict)
