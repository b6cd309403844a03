/* SPDX-License-Identifier: MIT */
/* What the forms of who keeps order begin with: nothing; what a link has chosen; or what was
 * entered into one of them and refused, with the reason. */
#pragma once

#include "common/moderation.h"
#include "fcgi/refusal.h"
#include "fcgi/views/page.h"

struct order_draft {
	struct str fields; /* borrowed: the query, or the body of the form */
	struct refusal refusal; /* its status is 200 when nothing was refused */
	enum verb verb; /* that was refused; VERB_COUNT: none of them */
};

/* Of a page that is asked for. */
struct order_draft order_draft_new(const struct request *request);
/* Of a form that was posted. */
struct order_draft order_draft_refused(
	const struct request *request, const struct refusal *refusal);
bool order_draft_is_refused(const struct order_draft *draft);
/* Why it was refused, in the reader's language; "" when it was not. */
struct str order_draft_problem(const struct order_draft *draft, const struct page_frame *frame);
/* Replaces *out by a field of it; by otherwise when there is none. Returns what *out is then. */
struct str order_draft_field(
	const struct order_draft *draft, const char *name, struct str otherwise, struct buf *out);

/* Pages of a room, each with its forms filled in as the draft says, at the status of its refusal.
 * They return the status. */
int settings_show(struct app *app, struct request *request, struct response *response,
	const struct order_draft *draft);
int people_show(struct app *app, struct request *request, struct response *response,
	const struct order_draft *draft);
int message_show(struct app *app, struct request *request, struct response *response, uint64_t seq,
	const struct order_draft *draft);
