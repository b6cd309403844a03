/* SPDX-License-Identifier: MIT */
#include "fcgi/views/order_draft.h"

#include "common/base/utf8.h"
#include "fcgi/url_code.h"
#include "fcgi/views/refused.h"

struct order_draft order_draft_new(const struct request *request)
{
	return (struct order_draft){
		.fields = request->query, .refusal = { .status = 200 }, .verb = VERB_COUNT
	};
}

struct order_draft order_draft_refused(const struct request *request, const struct refusal *refusal)
{
	struct order_draft draft = { request->body, *refusal, VERB_COUNT };
	struct buf action = { 0 };

	page_read_field(request->body, "action", &action);
	if (!verb_find(buf_str(&action), &draft.verb))
		draft.verb = VERB_COUNT;
	buf_finish(&action);
	return draft;
}

bool order_draft_is_refused(const struct order_draft *draft)
{
	return draft->refusal.status != 200;
}

struct str order_draft_problem(const struct order_draft *draft, const struct page_frame *frame)
{
	if (!order_draft_is_refused(draft))
		return STR_OF("");
	return page_translate(frame, refused_sentence(draft->refusal.code));
}

struct str order_draft_field(
	const struct order_draft *draft, const char *name, struct str otherwise, struct buf *out)
{
	if (!url_find_field(draft->fields, name, out) || !utf8_is_valid(buf_str(out))) {
		buf_clear(out);
		buf_append_str(out, otherwise);
	}
	return buf_str(out);
}
