/* SPDX-License-Identifier: MIT */
/* Connections of the broker beside these pages. The broker lists them behind a cursor of its own; a
 * page of ours may end in the middle of one of its, so a key is that cursor and how many rows of it
 * are passed. */
#include <inttypes.h>

#include "fcgi/url_code.h"
#include "fcgi/views/admin/lists.h"

#define BROKER_ROWS 500
#define BROKER_PAGES_MAX 20 /* that are looked through for one of ours */

struct reading {
	struct admin_listing *listing; /* borrowed */
	struct buf cursor;
	uint64_t passed; /* rows behind the cursor */
	bool is_over;
};

static struct json *ask_page(struct reading *reading)
{
	const struct admin_listing *listing = reading->listing;
	struct buf request = { 0 };
	struct json_writer writer = json_writer_to(&request);
	struct json *answer;

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "op", STR_OF("connections"));
	json_add_string(&writer, "after", buf_str(&reading->cursor));
	json_add_integer(&writer, "limit", BROKER_ROWS);
	if (listing->room.len > 0)
		json_add_string(&writer, "room", buf_str(&listing->room));
	json_end_object(&writer);
	answer = desk_ask(listing->desk, &request, APP_LIST_MS, &reading->listing->problem);
	buf_finish(&request);
	return answer;
}

static bool is_wanted(const struct admin_listing *listing, const struct json *row)
{
	struct str search = buf_str(&listing->search);

	return desk_has_part(desk_text_of(row, "user"), search) ||
	       desk_has_part(desk_text_of(row, "address"), search) ||
	       desk_has_part(desk_text_of(row, "channel"), search);
}

/* "" where there is none to speak of. */
static struct str role_of(struct admin_page *page, const struct json *row)
{
	enum role role;

	return role_find(desk_text_of(row, "role"), &role) ? admin_say(page, role_word(role))
							   : STR_OF("");
}

static void show(struct admin_listing *listing, const struct json *row)
{
	struct admin_page *page = listing->page;
	struct str channel = desk_text_of(row, "channel"), room = desk_text_of(row, "room");
	struct str user = desk_text_of(row, "user");

	admin_row(page, channel, user.len > 0 ? user : channel, STR_OF(""));
	admin_cell_link(page, room, room.len > 0 ? admin_url(page, "rooms", room) : STR_OF(""));
	admin_cell(page, role_of(page, row));
	admin_cell(page, desk_text_of(row, "address"));
	admin_cell(page, desk_text_of(row, "transport"));
	admin_cell_time(page, desk_time_of(row, "since"));
	admin_cell(page, channel);
	admin_row_end(page);
}

/* False when the page is full. */
static bool show_rows(struct reading *reading, const struct json *list)
{
	struct admin_listing *listing = reading->listing;
	struct buf key = { 0 };
	bool goes_on = true;

	for (size_t i = reading->passed; i < json_count(list) && goes_on; i++) {
		const struct json *row = json_at(list, i);

		if (!is_wanted(listing, row))
			continue;
		buf_clear(&key);
		buf_append_format(&key, "%zu:", i + 1);
		buf_append_str(&key, buf_str(&reading->cursor));
		goes_on = admin_listing_take(listing, buf_str(&key));
		if (goes_on)
			show(listing, row);
	}
	buf_finish(&key);
	return goes_on;
}

static void read_key(struct reading *reading)
{
	struct str rest = buf_str(&reading->listing->after), passed;

	if (!str_next(&rest, ':', &passed) || !str_to_uint64(passed, &reading->passed))
		return;
	buf_append_str(&reading->cursor, rest);
}

static bool go_on(struct reading *reading, const struct json *answer)
{
	struct str next = desk_text_of(answer, "next");

	buf_clear(&reading->cursor);
	buf_append_str(&reading->cursor, next);
	reading->passed = 0;
	return next.len > 0;
}

/* The next page looks through what comes behind the cursor. */
static void stop_early(struct reading *reading)
{
	struct admin_listing *listing = reading->listing;

	listing->has_more = true;
	buf_clear(&listing->last);
	buf_append_text(&listing->last, "0:");
	buf_append_str(&listing->last, buf_str(&reading->cursor));
}

static void read_connections(struct admin_listing *listing)
{
	struct reading reading = { .listing = listing };
	bool goes_on = true;

	read_key(&reading);
	for (int i = 0; i < BROKER_PAGES_MAX && goes_on; i++) {
		struct json *answer = ask_page(&reading);

		goes_on = show_rows(&reading, json_find(answer, "connections")) &&
			  go_on(&reading, answer);
		json_destroy(answer);
	}
	if (goes_on)
		stop_early(&reading);
	buf_finish(&reading.cursor);
}

static const char *run_close(struct admin_desk *desk, struct str channel)
{
	struct buf request = { 0 };
	struct json_writer writer = json_writer_to(&request);
	const char *problem;

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "op", STR_OF("close"));
	json_add_string(&writer, "channel", channel);
	json_end_object(&writer);
	problem = desk_tell(desk, &request);
	if (problem == NULL)
		problem = desk_note(desk, "close", STR_OF(""), channel, STR_OF(""));
	buf_finish(&request);
	return problem;
}

static const struct admin_action actions[] = {
	{ "close", MESSAGE("Close"), MESSAGE("Close these connections? People may come back."),
		NULL, true, run_close },
	{ .word = NULL },
};

static const char *const labels[] = { MESSAGE("Who"), MESSAGE("Room"), MESSAGE("Role"),
	MESSAGE("Address"), MESSAGE("Transport"), MESSAGE("Since"), MESSAGE("Channel"), NULL };

static const char *const keys[] = { "user", "room", "role", "address", "transport", "since",
	"channel" };

const struct admin_list admin_connections = {
	.name = "connections",
	.title = MESSAGE("Connections"),
	.intro = MESSAGE("Those of the broker beside these pages."),
	.search_label = MESSAGE("Part of a name, an address or a channel"),
	.room_label = MESSAGE("Only in the room"),
	.labels = labels,
	.keys = keys,
	.actions = actions,
	.read = read_connections,
};
