/* SPDX-License-Identifier: MIT */
/* One page for all that can go wrong: what happened, and where to go. */
#include "common/base/message.h"
#include "fcgi/views/page.h"
#include "fcgi/views/views.h"
#include "templates/error.h"

static const struct {
	int status;
	const char *title;
	const char *sentence;
} rows[] = {
	{ 500, MESSAGE("Something broke"),
		MESSAGE("This is our mistake, not yours. Try again in a moment.") },
	{ 400, MESSAGE("Bad request"),
		MESSAGE("The address or the form could not be understood.") },
	{ 401, MESSAGE("Who are you?"), MESSAGE("Log in to go on.") },
	{ 403, MESSAGE("Not allowed"),
		MESSAGE("This form has expired or came from another site. Go back, reload the page "
			"and try "
			"again.") },
	{ 404, MESSAGE("Not found"), MESSAGE("There is no page under this address.") },
	{ 405, MESSAGE("Not possible"), MESSAGE("This address cannot be used in this way.") },
	{ 409, MESSAGE("Somebody was faster"), MESSAGE("Reload the page and try again.") },
	{ 413, MESSAGE("Too large"),
		MESSAGE("The form is larger than anything that is expected here.") },
	{ 429, MESSAGE("Too many tries"), MESSAGE("Wait a while, and try again.") },
	{ 503, MESSAGE("Away at the moment"), MESSAGE("Try again in a moment.") },
	{ 431, MESSAGE("Too large"),
		MESSAGE("The request has too many or too long header fields.") },
};

/* Where another reader might be allowed more, and this one may have been logged out meanwhile. */
static bool can_log_in(const struct request *request, int status)
{
	return request->identity.kind == IDENTITY_GUEST && (status == 401 || status == 403);
}

int view_error(struct app *app, struct request *request, struct response *response, int status,
	const char *sentence)
{
	struct page_frame frame;
	size_t row = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].status == status)
			row = i;
	}
	page_begin(&frame, app, request, response);
	template_error(
		&frame.render, &(struct template_error){
				       PAGE_COMMON(&frame),
				       .title = page_translate(&frame, rows[row].title),
				       .status = status,
				       .can_log_in = can_log_in(request, status),
				       .sentence = page_translate(&frame,
					       sentence[0] != '\0' ? sentence : rows[row].sentence),
			       });
	page_end(&frame);
	return status;
}
