/* SPDX-License-Identifier: MIT */
/* The index: a field for a room's name, which works without JavaScript too, and the rooms that
 * are open. */
#include "templates/index.h"
#include "common/base/mem.h"
#include "common/json.h"
#include "common/room_name.h"
#include "fcgi/standing.h"
#include "fcgi/url_code.h"
#include "fcgi/views/page.h"
#include "fcgi/views/views.h"

#define HIDDEN_LOOKS_MAX 50 /* of a page; each may be a question to another host */

int view_root(struct app *app, struct request *request, struct response *response)
{
	struct buf url = { 0 };
	int status = response_redirect(response, 302, page_url(app, request, "index", &url));

	buf_finish(&url);
	return status;
}

/* Only members find a room that is hidden, so that guests need not be looked for among them. */
static bool can_find(struct app *app, const struct request *request, const struct json *room,
	struct str name, int *looks_left)
{
	struct standing standing;
	struct room_row row;
	bool is_hidden = false;

	if (!json_get_bool(json_find(room, "hidden"), &is_hidden) || !is_hidden)
		return true;
	return request->identity.kind != IDENTITY_GUEST && (*looks_left)-- > 0 &&
	       standing_find(app, request, name, &standing, &row) == STORE_OK &&
	       standing_may(&standing, ACTION_FIND);
}

/* The rows of the page; their texts borrow from rooms, their links are owned. */
struct room_rows {
	struct template_index_rooms *rows;
	struct buf *links;
	size_t count;
};

static struct room_rows rows_create(
	struct app *app, const struct request *request, const struct json *rooms)
{
	size_t count = json_count(rooms);
	struct room_rows made = { mem_alloc_array(count, sizeof(struct template_index_rooms)),
		mem_alloc_array(count, sizeof(struct buf)), 0 };
	int looks_left = HIDDEN_LOOKS_MAX;

	for (size_t i = 0; i < count; i++) {
		struct template_index_rooms *row = &made.rows[made.count];
		struct json *room = json_at(rooms, i);

		if (!json_get_string(json_find(room, "room"), &row->name) ||
			!json_get_integer(json_find(room, "people"), &row->people) ||
			!can_find(app, request, room, row->name, &looks_left))
			continue;
		if (!json_get_string(json_find(room, "topic"), &row->topic))
			row->topic = STR_OF("");
		router_reverse(app->config, request, "room", row->name, &made.links[made.count]);
		row->link = buf_str(&made.links[made.count]);
		made.count++;
	}
	return made;
}

static void rows_finish(struct room_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		buf_finish(&rows->links[i]);
	mem_free(rows->links);
	mem_free(rows->rows);
}

static int show(struct app *app, struct request *request, struct response *response,
	struct str entered, const char *problem)
{
	struct json *answer = app_ask_rooms(app);
	struct room_rows rows = rows_create(app, request, json_find(answer, "rooms"));
	struct page_frame frame;

	page_begin(&frame, app, request, response);
	template_index(&frame.render, &(struct template_index){
					      PAGE_COMMON(&frame),
					      .title = page_translate(&frame, "Rooms"),
					      .entered = entered,
					      .problem = str_from(problem),
					      .broker_is_up = answer != NULL,
					      .rooms = rows.rows,
					      .rooms_count = rows.count,
				      });
	rows_finish(&rows);
	json_destroy(answer);
	page_end(&frame);
	return problem[0] == '\0' ? 200 : 400;
}

static int go_to_room(
	struct app *app, struct request *request, struct response *response, struct str entered)
{
	struct buf name = { 0 }, url = { 0 };
	enum name_problem problem = room_name_normalize(entered, &name);
	int status;

	if (problem == NAME_OK) {
		router_reverse(app->config, request, "room", buf_str(&name), &url);
		status = response_redirect(response, 302, buf_str(&url));
	} else {
		status = show(app, request, response, entered,
			translate(request->language, name_problem_sentence(problem)));
	}
	buf_finish(&name);
	buf_finish(&url);
	return status;
}

int view_index(struct app *app, struct request *request, struct response *response)
{
	struct buf entered = { 0 };
	int status;

	if (url_find_field(request->query, "room", &entered))
		status = go_to_room(app, request, response, buf_str(&entered));
	else
		status = show(app, request, response, STR_OF(""), "");
	buf_finish(&entered);
	return status;
}
