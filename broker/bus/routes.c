/* SPDX-License-Identifier: MIT */
/* Rows are few and read at start; a walk over them for each event is cheaper than keeping a table
 * of rooms. */
#include "broker/bus/routes.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/json.h"
#include "common/room_name.h"

bool routes_match(struct str pattern, struct str room)
{
	/* The last '*' seen, and where the text behind it was tried. */
	size_t star = pattern.len, tried = 0;
	size_t p = 0, r = 0;

	while (r < room.len) {
		if (p < pattern.len && pattern.data[p] == '*') {
			star = p++;
			tried = r;
		} else if (p < pattern.len && pattern.data[p] == room.data[r]) {
			p++;
			r++;
		} else if (star < pattern.len) {
			p = star + 1;
			r = ++tried;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.data[p] == '*')
		p++;
	return p == pattern.len;
}

enum visit { VISIT_NEVER, VISIT_NOW, VISIT_DONE };

/* Whether the rows that follow from one come back to it. */
static bool has_circle(const struct config *config, size_t row, enum visit *visits)
{
	const struct config_route *route = &config->routes[row];

	if (visits[row] != VISIT_NEVER)
		return visits[row] == VISIT_NOW;
	visits[row] = VISIT_NOW;
	for (size_t i = 0; i < route->rooms.count; i++) {
		for (size_t next = 0; next < config->route_count; next++) {
			if (routes_match(str_from(config->routes[next].pattern),
				    str_from(route->rooms.items[i])) &&
				has_circle(config, next, visits))
				return true;
		}
	}
	visits[row] = VISIT_DONE;
	return false;
}

static bool check_rooms(const struct config_route *route, struct buf *problem)
{
	bool is_good = true;

	for (size_t i = 0; i < route->rooms.count && is_good; i++) {
		struct str room = str_from(route->rooms.items[i]);

		is_good = room_name_is_normal(room);
		if (!is_good)
			buf_append_format(problem,
				"[routes] %s: \"%.*s\" is not the name of a room", route->pattern,
				STR_ARG(room));
	}
	return is_good;
}

bool routes_check(const struct config *config, struct buf *problem)
{
	enum visit *visits = mem_alloc_array(config->route_count, sizeof(*visits));
	bool is_good = true;

	for (size_t row = 0; row < config->route_count && is_good; row++) {
		is_good = check_rooms(&config->routes[row], problem);
		if (is_good && has_circle(config, row, visits)) {
			buf_append_format(problem,
				"[routes] %s: the rows make a loop: what is said there would come "
				"back to it for ever",
				config->routes[row].pattern);
			is_good = false;
		}
	}
	mem_free(visits);
	return is_good;
}

/* array is the text of a JSON array of strings, or "". */
static bool array_has(struct str array, struct str text)
{
	const char *problem;
	struct json *document = array.len > 0 ? json_parse(array, &problem) : NULL;
	bool is_found = false;

	for (size_t i = 0; document != NULL && i < json_count(document) && !is_found; i++) {
		struct str item;

		is_found = json_get_string(json_at(document, i), &item) && str_equals(item, text);
	}
	json_destroy(document);
	return is_found;
}

/* Rooms in the order in which they were chosen, borrowed from the configuration. */
struct choice {
	const char **rooms;
	size_t count;
};

static bool is_chosen(const struct choice *choice, const char *room)
{
	for (size_t i = 0; i < choice->count; i++) {
		if (strcmp(choice->rooms[i], room) == 0)
			return true;
	}
	return false;
}

static void choose_rooms(
	struct choice *choice, const struct config_list *rooms, const struct event *event)
{
	for (size_t i = 0; i < rooms->count; i++) {
		struct str room = str_from(rooms->items[i]);

		if (array_has(event->via, room) || array_has(event->copies, room) ||
			is_chosen(choice, rooms->items[i]))
			continue;
		choice->rooms = mem_resize(choice->rooms, (choice->count + 1) * sizeof(char *));
		choice->rooms[choice->count++] = rooms->items[i];
	}
}

bool routes_copies(const struct config *config, const struct event *event, struct buf *json)
{
	struct json_writer writer = json_writer_to(json);
	struct choice choice = { 0 };

	for (size_t row = 0; row < config->route_count; row++) {
		if (routes_match(str_from(config->routes[row].pattern), event->room))
			choose_rooms(&choice, &config->routes[row].rooms, event);
	}
	if (choice.count == 0)
		return false;
	json_begin_array(&writer, NULL);
	for (size_t i = 0; i < choice.count; i++)
		json_add_string(&writer, NULL, str_from(choice.rooms[i]));
	json_end_array(&writer);
	mem_free(choice.rooms);
	return true;
}
