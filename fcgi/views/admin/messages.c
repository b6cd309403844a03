/* SPDX-License-Identifier: MIT */
/* Messages: the newest of a room, those in it that have all words of a search, or those of all
 * rooms that have them. The last goes through the rooms by name, as many as are searched in the
 * time of a page, and goes on behind the last one. */
#include <inttypes.h>

#include "common/base/clock.h"
#include "common/store/search_text.h"
#include "fcgi/url_code.h"
#include "fcgi/views/admin/lists.h"
#include "fcgi/views/message_rows.h"

#define OF_A_ROOM_MAX 10 /* where all rooms are searched */
#define SEARCH_MS 1500 /* of a page */

#define UNREADABLE MESSAGE("The history cannot be read at the moment.")
#define UNSEARCHABLE MESSAGE("This history cannot be searched here.")

/* What a message is selected by: its number and its room. */
static struct str id_of(struct admin_page *page, uint64_t seq, struct str room)
{
	return admin_format(page, "%" PRIu64 " %.*s", seq, STR_ARG(room));
}

static bool read_id(struct str id, uint64_t *seq_out, struct str *room_out)
{
	struct str number = STR("");

	*room_out = id;
	return str_next(room_out, ' ', &number) && str_to_uint64(number, seq_out) &&
	       *seq_out <= INT64_MAX;
}

static void show(struct admin_listing *listing, struct str room, const struct message_row *row)
{
	struct admin_page *page = listing->page;
	struct buf url = { 0 };
	int64_t time_ms = 0;

	if (!clock_read_iso(row->time, &time_ms))
		time_ms = 0;
	router_reverse(page->app->config, page->request, "room", room, &url);
	buf_append_format(&url, "?message=%" PRIu64 "#message-%" PRIu64, row->seq, row->seq);
	admin_row(page, id_of(page, row->seq, room), row->shown_user, STR_OF(""));
	if (row->is_deleted)
		admin_cell_mark(page, "mark", admin_say_instead(page, MESSAGE("deleted")));
	else
		admin_cell(page, row->text);
	admin_cell_link(page, room, buf_str(&url));
	admin_cell_time(page, time_ms);
	admin_row_end(page);
	buf_finish(&url);
}

static struct page page_of(const struct admin_listing *listing, struct str room, size_t limit)
{
	bool is_search = listing->search.len > 0;

	return (struct page){ .kind = is_search ? PAGE_SEARCH : PAGE_BEFORE,
		.room = room,
		.seq = MESSAGE_ROWS_NEWEST,
		.limit = limit,
		.query = buf_str(&listing->search) };
}

/* Newest first, whatever order the rows are in. */
static void show_newest_first(
	struct admin_listing *listing, const struct page *page, const struct message_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		size_t k = page->kind == PAGE_SEARCH ? i : rows->count - 1 - i;
		struct buf key = { 0 };

		buf_append_format(&key, "%" PRIu64, rows->rows[k].seq);
		if (admin_listing_take(listing, buf_str(&key)))
			show(listing, page->room, &rows->rows[k]);
		buf_finish(&key);
	}
	listing->has_more |= rows->has_older;
	if (page->kind == PAGE_BEFORE && rows->first_seq > 0) {
		buf_clear(&listing->last); /* edits and deletions are no rows, and are passed too */
		buf_append_number(&listing->last, (int64_t)rows->first_seq);
	}
}

static void read_room(struct admin_listing *listing)
{
	struct page page = page_of(listing, buf_str(&listing->room), listing->limit);
	struct message_rows rows;
	int64_t before = admin_listing_number(listing);

	if (before > 0)
		page.seq = (uint64_t)before;
	message_rows_read(listing->desk->app, &listing->desk->request->identity.user, &page, &rows);
	listing->problem = desk_judge_history(listing->desk, rows.problem, UNREADABLE);
	show_newest_first(listing, &page, &rows);
	message_rows_finish(&rows);
}

/* The walk through all rooms. */
struct walk {
	struct admin_listing *listing; /* borrowed */
	struct texts rooms; /* that are to be searched */
	uint64_t end_ms; /* monotonic */
};

#define ROOMS_AT_ONCE 200

static bool note_room(void *context, struct str name, const struct archive_room *room)
{
	struct walk *walk = context;

	(void)room;
	texts_keep(&walk->rooms, name);
	return walk->rooms.count < ROOMS_AT_ONCE;
}

/* False when the page is full or its time is over: the next page begins with this room. */
static bool search_room(struct walk *walk, struct str room)
{
	struct admin_listing *listing = walk->listing;
	struct page page = page_of(listing, room, OF_A_ROOM_MAX);
	struct message_rows rows;
	bool goes_on = listing->count + OF_A_ROOM_MAX <= listing->limit &&
		       clock_monotonic_ms() < walk->end_ms;

	if (!goes_on)
		return false;
	message_rows_read(listing->desk->app, &listing->desk->request->identity.user, &page, &rows);
	listing->problem = desk_judge_history(listing->desk, rows.problem, UNREADABLE);
	for (size_t i = 0; i < rows.count; i++) {
		if (admin_listing_take(listing, room))
			show(listing, room, &rows.rows[i]);
	}
	buf_clear(&listing->last);
	buf_append_str(&listing->last, room);
	message_rows_finish(&rows);
	return listing->problem == NULL;
}

/* A room that is listed is searched. Returns false behind the last one. */
static bool search_rooms(struct walk *walk, struct buf *after)
{
	struct admin_listing *listing = walk->listing;
	enum store_problem problem;
	uint32_t i;

	walk->rooms = (struct texts){ 0 };
	problem = history_visit_rooms(listing->desk->app->history, buf_str(after), note_room, walk);
	listing->problem = desk_judge_history(listing->desk, problem, UNSEARCHABLE);
	for (i = 0; i < walk->rooms.count && search_room(walk, str_from(walk->rooms.items[i])); i++)
		continue;
	listing->has_more = i < walk->rooms.count || walk->rooms.count == ROOMS_AT_ONCE;
	buf_clear(after);
	buf_append_str(after, buf_str(&listing->last));
	texts_finish(&walk->rooms);
	return i > 0 && i == ROOMS_AT_ONCE;
}

static void read_all_rooms(struct admin_listing *listing)
{
	struct walk walk = { .listing = listing, .end_ms = clock_monotonic_ms() + SEARCH_MS };
	struct buf after = { 0 };

	buf_append_str(&after, buf_str(&listing->after));
	while (search_rooms(&walk, &after))
		continue;
	buf_finish(&after);
}

static const char *judge_search(struct str search)
{
	struct buf match = { 0 };
	bool has_word = search_text_query(STR_OF(""), search, &match);

	buf_finish(&match);
	return has_word ? NULL : MESSAGE("There is no word in that. Search for letters or digits.");
}

static void read_messages(struct admin_listing *listing)
{
	struct str search = buf_str(&listing->search);

	if (search.len > SEARCH_QUERY_BYTES_MAX)
		listing->problem = MESSAGE("That is too long. Search for fewer words.");
	else if (search.len > 0)
		listing->problem = judge_search(search);
	if (listing->problem != NULL)
		return;
	if (search.len > 0 && !history_can_search(listing->desk->app->history))
		listing->problem = desk_judge_history(listing->desk, STORE_ELSEWHERE, UNSEARCHABLE);
	else if (listing->room.len > 0)
		read_room(listing);
	else if (search.len > 0)
		read_all_rooms(listing);
	else
		listing->nothing = MESSAGE("Say which words, or which room.");
}

static void write_name(struct admin_desk *desk, struct str id, struct buf *out)
{
	struct page page = { .kind = PAGE_BEFORE, .limit = 1 };
	struct message_rows rows;
	uint64_t seq;

	if (!read_id(id, &seq, &page.room))
		return;
	page.seq = seq + 1;
	message_rows_read(desk->app, &desk->request->identity.user, &page, &rows);
	if (rows.count == 1 && rows.rows[0].seq == seq)
		buf_append_format(out, "%.*s: %.*s", STR_ARG(rows.rows[0].shown_user),
			STR_ARG(rows.rows[0].text));
	message_rows_finish(&rows);
}

/* The broker writes it into the audit log, as every deletion. */
static const char *run_delete(struct admin_desk *desk, struct str id)
{
	struct buf request = { 0 };
	struct json_writer writer = json_writer_to(&request);
	const char *problem;
	struct str room;
	uint64_t seq;

	if (!read_id(id, &seq, &room))
		return MESSAGE("This message is gone already.");
	json_begin_object(&writer, NULL);
	json_add_string(&writer, "op", STR_OF("delete"));
	json_add_string(&writer, "room", room);
	json_add_integer(&writer, "target", (int64_t)seq);
	desk_add_author(desk, &writer);
	json_add_bool(&writer, "any", true);
	json_end_object(&writer);
	problem = desk_tell(desk, &request);
	buf_finish(&request);
	return problem;
}

static const struct admin_action actions[] = {
	{ "delete", MESSAGE("Delete"),
		MESSAGE("Delete these messages? Their text is gone everywhere."), NULL, true,
		run_delete },
	{ .word = NULL },
};

static const char *const labels[] = { MESSAGE("Who"), MESSAGE("Message"), MESSAGE("Room"),
	MESSAGE("When"), NULL };

static const char *const keys[] = { "user", "message", "room", "time" };

const struct admin_list admin_messages = {
	.name = "messages",
	.title = MESSAGE("Messages"),
	.intro = MESSAGE(
		"With a room: its newest messages, or those with all of the words. Without one, "
		"all rooms are searched, by name, and up to 10 messages of each are shown."),
	.search_label = MESSAGE("Words"),
	.room_label = MESSAGE("Only in the room"),
	.labels = labels,
	.keys = keys,
	.actions = actions,
	.read = read_messages,
	.write_name = write_name,
};
