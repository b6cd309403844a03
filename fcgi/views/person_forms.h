/* SPDX-License-Identifier: MIT */
/* What those who keep order may do with a person: the end of the page of a room's people, and of
 * the page of one message. */
#pragma once

#include "common/store/moderation.h"
#include "fcgi/views/order_draft.h"

struct person_forms {
	const struct standing *standing; /* of who reads; borrowed, as all here */
	const struct order_draft *draft;
	struct str room;
	uint64_t target; /* the message whose author they are about; 0: a name is entered */
	bool may_sanction; /* and the standing lets them */
	bool may_appoint; /* likewise */
	struct str next; /* where what is done leads to, as does the link at the end */
	struct str back;
};

/* Why the draft was refused, when none of these forms says it; else "". */
struct str person_forms_problem_elsewhere(
	const struct person_forms *forms, const struct page_frame *frame);
/* Writes them and the end of the page. */
void person_forms_show(const struct person_forms *forms, struct page_frame *frame);
