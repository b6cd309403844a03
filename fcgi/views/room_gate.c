/* SPDX-License-Identifier: MIT */
/* A name that is typed differently is led to the same room, so that there is one address to share
 * and to remember. */
#include "fcgi/views/room_gate.h"

#include "common/room_name.h"
#include "fcgi/views/views.h"

int room_redirect(struct app *app, struct request *request, struct response *response, int status,
	const char *page, struct str room)
{
	struct buf url = { 0 };

	router_reverse(app->config, request, page, room, &url);
	if (request->query.len > 0)
		buf_append_format(&url, "?%.*s", STR_ARG(request->query));
	status = response_redirect(response, status, buf_str(&url));
	buf_finish(&url);
	return status;
}

bool room_is_taken(const struct app *app, struct str room)
{
	return str_is(str_from(app->config->site_mount), "/") && room_name_is_reserved(room);
}

bool room_gate(struct app *app, struct request *request, struct response *response,
	const char *page, struct buf *name_out, int *status_out)
{
	struct str typed = buf_str(&request->room);
	enum name_problem problem = room_name_normalize(typed, name_out);

	if (problem != NAME_OK)
		*status_out = view_error(
			app, request, response, 400, name_problem_sentence(problem));
	else if (room_is_taken(app, buf_str(name_out)))
		*status_out = view_error(app, request, response, 404, "");
	else if (!str_equals(buf_str(name_out), typed))
		*status_out = room_redirect(app, request, response, 302, page, buf_str(name_out));
	else
		return true;
	return false;
}
