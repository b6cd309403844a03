/* SPDX-License-Identifier: MIT */
/* Rooms that are open, that have rules, or in which something was said: what the broker,
 * accounts.db and the history know of them, by name. Each of the three is in that order, so that
 * the first rooms of each behind a name are all that a page behind it can have. */
#include <string.h>

#include "common/base/mem.h"
#include "fcgi/views/admin/lists.h"

#define BROKER_PAGES_MAX                                                        \
	20 /* of 500 rooms; behind those only names that were said something in \
	    */

struct room {
	char *name; /* owned */
	int64_t people, connections;
	int64_t last_ms; /* of the last message; 0: none */
	uint64_t messages;
	bool has_rules;
	struct room_rules rules;
};

struct rooms {
	struct admin_listing *listing; /* borrowed */
	struct room *rows; /* owned, sorted by name */
	uint32_t count, capacity;
	/* Of the source that is being read. */
	bool is_primary; /* it adds rooms; else it tells more of those that are there */
	size_t found;
};

static struct str name_at(const struct rooms *rooms, uint32_t index)
{
	return str_from(rooms->rows[index].name);
}

/* The index of the first that is not before a name. */
static uint32_t find_place(const struct rooms *rooms, struct str name)
{
	uint32_t low = 0, high = rooms->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (str_compare(name_at(rooms, middle), name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct room *insert(struct rooms *rooms, uint32_t place, struct str name)
{
	rooms->rows = mem_grow(rooms->rows, &rooms->capacity, rooms->count, sizeof(*rooms->rows));
	memmove(&rooms->rows[place + 1], &rooms->rows[place],
		(rooms->count - place) * sizeof(*rooms->rows));
	rooms->rows[place] = (struct room){ .name = str_dup(name) };
	rooms->count++;
	return &rooms->rows[place];
}

/* The row of a room that a source knows, for what it has to tell; NULL: not on this page. */
static struct room *note(struct rooms *rooms, struct str name)
{
	uint32_t place = find_place(rooms, name);

	if (place < rooms->count && str_equals(name_at(rooms, place), name)) {
		rooms->found++;
		return &rooms->rows[place];
	}
	if (!rooms->is_primary || !desk_has_part(name, buf_str(&rooms->listing->search)))
		return NULL;
	rooms->found++;
	return insert(rooms, place, name);
}

/* Whether a source need not go on behind a name: a page and one more are known, or no room of the
 * page comes after it. */
static bool is_done(const struct rooms *rooms, struct str name)
{
	if (rooms->is_primary)
		return rooms->found > rooms->listing->limit;
	return rooms->count == 0 || str_compare(name, name_at(rooms, rooms->count - 1)) >= 0;
}

static bool has_filtered_rule(const struct admin_listing *listing, const struct room_rules *rules)
{
	for (enum room_state state = ROOM_MEMBERS_ONLY; state < ROOM_STATE_COUNT; state++) {
		if (admin_listing_has_filter(listing, room_state_word(state)))
			return room_rules_has(rules, state);
	}
	return true;
}

static bool note_rules(void *context, const struct room_row *row)
{
	struct rooms *rooms = context;
	struct str name = str_from(row->name);
	struct room *room = NULL;

	if (!rooms->is_primary || has_filtered_rule(rooms->listing, &row->rules))
		room = note(rooms, name);
	if (room != NULL) {
		room->has_rules = true;
		room->rules = row->rules;
	}
	return !is_done(rooms, name);
}

static void read_rules(struct rooms *rooms, bool is_primary)
{
	struct admin_desk *desk = rooms->listing->desk;
	const struct list_query query = { .after = buf_str(&rooms->listing->after),
		.limit = INT32_MAX };
	const char *problem;

	rooms->is_primary = is_primary;
	rooms->found = 0;
	problem = desk_judge(desk, rooms_list(desk->accounts, &query, note_rules, rooms));
	if (problem != NULL)
		rooms->listing->problem = problem;
}

static bool note_past(void *context, struct str name, const struct archive_room *row)
{
	struct rooms *rooms = context;
	struct room *room = note(rooms, name);

	if (room != NULL) {
		room->messages = row->seq;
		room->last_ms = row->time_ms;
	}
	return !is_done(rooms, name);
}

/* Without a history of its own the site's rooms are those of the others. */
static void read_past(struct rooms *rooms, bool is_primary)
{
	struct admin_listing *listing = rooms->listing;
	enum store_problem problem;

	rooms->is_primary = is_primary;
	rooms->found = 0;
	problem = history_visit_rooms(
		listing->desk->app->history, buf_str(&listing->after), note_past, rooms);
	if (problem != STORE_OK && problem != STORE_ELSEWHERE)
		listing->problem = desk_judge_history(listing->desk, problem,
			MESSAGE("The history cannot be read: some rooms may be missing."));
}

/* False behind the last one that is needed. */
static bool note_open(struct rooms *rooms, const struct json *list)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *row = json_at(list, i);
		struct str name = desk_text_of(row, "room");
		struct room *room = note(rooms, name);

		if (room != NULL) {
			room->people = desk_number_of(row, "people");
			room->connections = desk_number_of(row, "connections");
		}
		if (is_done(rooms, name))
			return false;
	}
	return true;
}

static struct json *ask_page(struct rooms *rooms, struct str after, const char **problem_out)
{
	struct buf request = { 0 };
	struct json_writer writer = json_writer_to(&request);
	struct json *answer;

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "op", STR_OF("rooms"));
	json_add_string(&writer, "after", after);
	json_add_bool(&writer, "hidden", true);
	json_end_object(&writer);
	answer = desk_ask(rooms->listing->desk, &request, APP_LIST_MS, problem_out);
	buf_finish(&request);
	return answer;
}

static void read_open(struct rooms *rooms, bool is_primary)
{
	struct buf after = { 0 };
	bool goes_on = true;

	rooms->is_primary = is_primary;
	rooms->found = 0;
	buf_append_str(&after, buf_str(&rooms->listing->after));
	for (int i = 0; i < BROKER_PAGES_MAX && goes_on; i++) {
		struct json *answer = ask_page(rooms, buf_str(&after), &rooms->listing->problem);
		struct str next = desk_text_of(answer, "next");

		goes_on = note_open(rooms, json_find(answer, "rooms")) && next.len > 0;
		buf_clear(&after);
		buf_append_str(&after, next);
		json_destroy(answer);
	}
	buf_finish(&after);
}

/* What may have rooms of its own for this page is read before what tells more of them. */
static void gather(struct rooms *rooms)
{
	const struct admin_listing *listing = rooms->listing;
	bool is_all = listing->filter.len == 0;
	bool is_open = admin_listing_has_filter(listing, "here");

	if (is_all || is_open)
		read_open(rooms, true);
	if (!is_open)
		read_rules(rooms, true);
	read_past(rooms, is_all);
	if (is_open)
		read_rules(rooms, false);
	else if (!is_all)
		read_open(rooms, false);
}

static struct str describe_rules(struct admin_page *page, const struct room *room)
{
	static const char *const words[ROOM_STATE_COUNT] = {
		[ROOM_MEMBERS_ONLY] = MESSAGE("members only"),
		[ROOM_LOCKED] = MESSAGE("locked"),
		[ROOM_SLOW] = MESSAGE("slow"),
		[ROOM_HIDDEN] = MESSAGE("hidden"),
	};
	struct buf text = { 0 };
	struct str kept;

	for (enum room_state state = ROOM_MEMBERS_ONLY; state < ROOM_STATE_COUNT; state++) {
		if (!room_rules_has(&room->rules, state))
			continue;
		buf_append_text(&text, text.len == 0 ? "" : page->is_data ? " " : " · ");
		buf_append_str(&text, page->is_data ? str_from(room_state_word(state))
						    : admin_say(page, words[state]));
	}
	kept = admin_keep(page, buf_str(&text));
	buf_finish(&text);
	return kept;
}

static void show(struct admin_page *page, const struct room *room)
{
	struct str name = str_from(room->name);

	admin_row(page, name, name, admin_url(page, "rooms", name));
	admin_cell_mark(page, "mark", describe_rules(page, room));
	admin_cell_number(page, room->people);
	admin_cell_number(page, room->connections);
	admin_cell_number(page, (int64_t)room->messages);
	admin_cell_time(page, room->last_ms);
	admin_row_end(page);
}

static void read_rooms(struct admin_listing *listing)
{
	struct rooms rooms = { .listing = listing };

	gather(&rooms);
	for (uint32_t i = 0; i < rooms.count && admin_listing_take(listing, name_at(&rooms, i));
		i++)
		show(listing->page, &rooms.rows[i]);
	for (uint32_t i = 0; i < rooms.count; i++)
		mem_free(rooms.rows[i].name);
	mem_free(rooms.rows);
}

static const char *give(struct admin_desk *desk, struct str room, enum verb verb, bool is_on)
{
	return desk_order(desk, &(struct order){ .verb = verb, .room = room, .is_on = is_on });
}

static const char *run_lock(struct admin_desk *desk, struct str room)
{
	return give(desk, room, VERB_LOCK, true);
}

static const char *run_unlock(struct admin_desk *desk, struct str room)
{
	return give(desk, room, VERB_LOCK, false);
}

static const char *run_close(struct admin_desk *desk, struct str room)
{
	return give(desk, room, VERB_MEMBERS_ONLY, true);
}

static const char *run_open(struct admin_desk *desk, struct str room)
{
	return give(desk, room, VERB_MEMBERS_ONLY, false);
}

static const char *run_hide(struct admin_desk *desk, struct str room)
{
	return give(desk, room, VERB_HIDE, true);
}

static const char *run_show(struct admin_desk *desk, struct str room)
{
	return give(desk, room, VERB_HIDE, false);
}

static const char *run_topic(struct admin_desk *desk, struct str room)
{
	struct buf topic = { 0 };
	const char *problem;

	page_read_field(desk->request->body, "topic", &topic);
	problem = desk_order(
		desk, &(struct order){ .verb = VERB_TOPIC, .room = room, .text = buf_str(&topic) });
	buf_finish(&topic);
	return problem;
}

static const char *run_slow(struct admin_desk *desk, struct str room)
{
	struct buf text = { 0 };
	uint64_t seconds = 0;
	bool is_number;

	page_read_field(desk->request->body, "seconds", &text);
	is_number = text.len == 0 || str_to_uint64(str_trim(buf_str(&text)), &seconds);
	buf_finish(&text);
	if (!is_number || seconds > SLOW_SECONDS_MAX)
		return MESSAGE("The pause is a number of seconds, at most an hour.");
	return desk_order(desk,
		&(struct order){ .verb = VERB_SLOW, .room = room, .seconds = (int64_t)seconds });
}

static const struct admin_field topic_fields[] = {
	{ .kind = ADMIN_TEXT,
		.name = "topic",
		.label = MESSAGE("Topic"),
		.hint = MESSAGE("Empty: the rooms have none.") },
	{ .name = NULL },
};

static const struct admin_field slow_fields[] = {
	{ .kind = ADMIN_NUMBER,
		.name = "seconds",
		.label = MESSAGE("Seconds between two messages"),
		.hint = MESSAGE("0: as fast as they like.") },
	{ .name = NULL },
};

static const struct admin_action actions[] = {
	{ "lock", MESSAGE("Lock"), MESSAGE("Lock these rooms?"), NULL, false, run_lock },
	{ "unlock", MESSAGE("Unlock"), MESSAGE("Unlock these rooms?"), NULL, false, run_unlock },
	{ "members", MESSAGE("For members only"), MESSAGE("Let only members into these rooms?"),
		NULL, false, run_close },
	{ "everybody", MESSAGE("For everybody"), MESSAGE("Let everybody into these rooms?"), NULL,
		false, run_open },
	{ "hide", MESSAGE("Hide"), MESSAGE("Hide these rooms from the index?"), NULL, false,
		run_hide },
	{ "show", MESSAGE("Show"), MESSAGE("Show these rooms in the index?"), NULL, false,
		run_show },
	{ "topic", MESSAGE("Set the topic"), MESSAGE("Which topic shall these rooms have?"),
		topic_fields, false, run_topic },
	{ "slow", MESSAGE("Set the pace"), MESSAGE("How fast may people write in these rooms?"),
		slow_fields, false, run_slow },
	{ .word = NULL },
};

static const struct admin_filter filters[] = {
	{ "", MESSAGE("All") },
	{ "here", MESSAGE("With people") },
	{ "members_only", MESSAGE("Members only") },
	{ "locked", MESSAGE("Locked") },
	{ "slow", MESSAGE("Slow") },
	{ "hidden", MESSAGE("Hidden") },
	{ "ruled", MESSAGE("Owned or with rules") },
	{ .word = NULL },
};

static const char *const labels[] = { MESSAGE("Room"), MESSAGE("Rules"), MESSAGE("People"),
	MESSAGE("Connections"), MESSAGE("Messages"), MESSAGE("Last message"), NULL };

static const char *const keys[] = { "room", "rules", "people", "connections", "messages",
	"last_message" };

const struct admin_list admin_rooms = {
	.name = "rooms",
	.title = MESSAGE("Rooms"),
	.intro = MESSAGE("Rooms that are open, that have rules, or in which something was said."),
	.search_label = MESSAGE("Part of the name"),
	.labels = labels,
	.keys = keys,
	.filters = filters,
	.actions = actions,
	.can_be_exported = true,
	.read = read_rooms,
};
