/* SPDX-License-Identifier: MIT */
/* The room page: everything that its script needs to know stands in it as JSON data. */
#include "templates/room.h"
#include "common/json.h"
#include "common/room_name.h"
#include "fcgi/url_code.h"
#include "fcgi/views/page.h"
#include "fcgi/views/views.h"

static void write_settings(
	const struct app *app, const struct request *request, struct str room, struct buf *json)
{
	struct json_writer writer = json_writer_to(json);
	struct buf path = { 0 }, group = { 0 };

	buf_append_text(&path, "/ws/chat/");
	url_encode(room, &path);
	buf_append_char(&path, '/');
	room_name_group(room, &group);
	json_begin_object(&writer, NULL);
	json_add_string(&writer, "room", room);
	json_add_string(&writer, "user", str_from(request->session.name));
	json_add_string(&writer, "site", str_from(app->config->site_name));
	json_add_string(&writer, "group", buf_str(&group));
	json_add_string(&writer, "socketUrl", str_from(app->config->site_socket_url));
	json_add_string(&writer, "socketPath", buf_str(&path));
	json_end_object(&writer);
	buf_finish(&group);
	buf_finish(&path);
}

static int show(
	struct app *app, struct request *request, struct response *response, struct str room)
{
	struct render render = page_begin(request, response);
	struct buf index_url = { 0 }, name_url = { 0 }, room_url = { 0 }, token = { 0 },
		   settings = { 0 }, group = { 0 };

	router_reverse(app->config, request, "name", STR_OF(""), &name_url);
	router_reverse(app->config, request, "room", room, &room_url);
	session_csrf_token(&request->session, &app->secret, &token);
	write_settings(app, request, room, &settings);
	room_name_group(room, &group);
	template_room(&render, &(struct template_room){
				       PAGE_COMMON(app, request, &index_url),
				       .title = room,
				       .room = room,
				       .settings = buf_str(&settings),
				       .user = str_from(request->session.name),
				       .name_url = buf_str(&name_url),
				       .room_url = buf_str(&room_url),
				       .csrf_token = buf_str(&token),
				       .group = buf_str(&group),
			       });
	buf_finish(&group);
	buf_finish(&settings);
	buf_finish(&token);
	buf_finish(&room_url);
	buf_finish(&name_url);
	buf_finish(&index_url);
	return 200;
}

static int redirect_to_room(struct app *app, struct request *request, struct response *response,
	int status, struct str room)
{
	struct buf url = { 0 };

	router_reverse(app->config, request, "room", room, &url);
	if (request->query.len > 0)
		buf_append_format(&url, "?%.*s", STR_ARG(request->query));
	status = response_redirect(response, status, buf_str(&url));
	buf_finish(&url);
	return status;
}

/* With the pages at "/", other parts of the site have their own first segments. */
static bool is_taken(const struct app *app, struct str room)
{
	return str_is(str_from(app->config->site_mount), "/") && room_name_is_reserved(room);
}

int view_room(struct app *app, struct request *request, struct response *response)
{
	struct buf name = { 0 };
	enum name_problem problem = room_name_normalize(buf_str(&request->room), &name);
	int status;

	if (problem != NAME_OK)
		status = view_error(app, request, response, 400, name_problem_sentence(problem));
	else if (is_taken(app, buf_str(&name)))
		status = view_error(app, request, response, 404, "");
	else if (!str_equals(buf_str(&name), buf_str(&request->room)))
		status = redirect_to_room(app, request, response, 302, buf_str(&name));
	else
		status = show(app, request, response, buf_str(&name));
	buf_finish(&name);
	return status;
}

int view_room_slash(struct app *app, struct request *request, struct response *response)
{
	return redirect_to_room(app, request, response, 301, buf_str(&request->room));
}
