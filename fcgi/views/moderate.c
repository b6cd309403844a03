/* SPDX-License-Identifier: MIT */
/* An order of a moderator, from a page's form or its script. */
#include <string.h>

#include "fcgi/standing.h"
#include "fcgi/url_code.h"
#include "fcgi/views/order_draft.h"
#include "fcgi/views/order_form.h"
#include "fcgi/views/page.h"
#include "fcgi/views/refused.h"
#include "fcgi/views/room_gate.h"
#include "fcgi/views/views.h"

/* In the page that has the form. */
static int give_back(struct app *app, struct request *request, struct response *response,
	const struct refusal *refusal)
{
	struct order_draft draft = order_draft_refused(request, refusal);
	uint64_t target = 0;

	if (draft.verb == VERB_COUNT)
		return view_error(
			app, request, response, refusal->status, refused_sentence(refusal->code));
	if (!verb_row(draft.verb)->needs_person)
		return settings_show(app, request, response, &draft);
	if (url_read_number(request->body, "target", &target) && target > 0)
		return message_show(app, request, response, target, &draft);
	return people_show(app, request, response, &draft);
}

static int answer(struct app *app, struct request *request, struct response *response,
	const struct refusal *refusal)
{
	if (request_wants_json(request)) {
		if (refusal->status != 200)
			return refusal_answer(refusal, response);
		response_add_header(response, "Content-Type", STR_OF("application/json"));
		buf_append_text(&response->body, "{\"ok\": true}\n");
		return 200;
	}
	if (refusal->status != 200)
		return give_back(app, request, response, refusal);
	flash_add(app, request, FLASH_ORDER_DONE);
	return page_go_back(app, request, response, request->body);
}

static struct refusal order(struct app *app, const struct request *request)
{
	const struct subject subject = standing_subject(request);
	struct orderer orderer = {
		.is_guest = subject.is_guest,
		.session = subject.session,
		.address = subject.address,
		.name = str_from(request->identity.user.name),
		.via = "page",
	};

	memcpy(orderer.user, subject.user, sizeof(orderer.user));
	return order_form_do(app, request, &orderer);
}

int view_moderate(struct app *app, struct request *request, struct response *response)
{
	struct buf room = { 0 };
	struct refusal refusal;
	int status;

	if (room_gate_post(app, request, response, &room, &status)) {
		refusal = order(app, request);
		status = answer(app, request, response, &refusal);
	}
	buf_finish(&room);
	return status;
}
