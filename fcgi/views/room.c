/* SPDX-License-Identifier: MIT */
/* The room page: a piece of the history as HTML, which reads without a script, and as JSON data all
 * that the script needs to know. */
#include "templates/room.h"
#include "common/base/mem.h"
#include "common/json.h"
#include "common/room_name.h"
#include "fcgi/csrf.h"
#include "fcgi/standing.h"
#include "fcgi/url_code.h"
#include "fcgi/views/message_rows.h"
#include "fcgi/views/page.h"
#include "fcgi/views/refused.h"
#include "fcgi/views/room.h"
#include "fcgi/views/room_gate.h"
#include "fcgi/views/views.h"

#define ACTION_MARK STR_OF("/me ")
#define PAGE_MESSAGES 50
#define MESSAGES_BEFORE_LINKED 25 /* what comes before the linked message is read first */

/* The page that the address asks for: the last messages, unless it names a number. */
static struct page page_asked_for(struct str fields, struct str room)
{
	struct page page = { .kind = PAGE_BEFORE,
		.room = room,
		.seq = MESSAGE_ROWS_NEWEST,
		.limit = PAGE_MESSAGES };
	uint64_t linked = 0, after = 0, before = 0;

	if (url_read_number(fields, "message", &linked) && linked > 0) {
		page.kind = PAGE_AFTER;
		page.seq = linked > MESSAGES_BEFORE_LINKED ? linked - MESSAGES_BEFORE_LINKED - 1
							   : 0;
		return page;
	}
	if (url_read_number(fields, "after", &after) && after > 0) {
		page.kind = PAGE_AFTER;
		page.seq = after;
	} else if (url_read_number(fields, "before", &before) && before > 0) {
		page.seq = before;
	}
	return page;
}

/* Which part of the room's history a page shows. */
struct extent {
	uint64_t first; /* 0: none */
	uint64_t last;
	bool has_older;
	bool is_newest;
};

static struct extent extent_of(const struct message_rows *rows)
{
	struct extent extent = { .is_newest = true };

	if (rows->last_seq == 0)
		return extent;
	extent.first = rows->first_seq;
	extent.last = rows->last_seq;
	extent.has_older = rows->has_older;
	extent.is_newest = extent.last >= rows->head.seq;
	return extent;
}

static void add_path(struct json_writer *writer, const char *key, const struct app *app,
	const struct request *request, const char *page, struct str room)
{
	struct buf path = { 0 };

	router_reverse(app->config, request, page, room, &path);
	json_add_string(writer, key, buf_str(&path));
	buf_finish(&path);
}

static void add_socket(struct json_writer *writer, const struct app *app, struct str room)
{
	struct buf path = { 0 }, group = { 0 };

	buf_append_text(&path, "/ws/chat/");
	url_encode(room, &path);
	buf_append_char(&path, '/');
	room_name_group(room, &group);
	json_add_string(writer, "group", buf_str(&group));
	json_add_string(writer, "socketUrl", str_from(app->config->site_socket_url));
	json_add_string(writer, "socketPath", buf_str(&path));
	buf_finish(&group);
	buf_finish(&path);
}

/* A socket for this page is asked for with the tag, so that it is of the same user. */
static void add_identity(
	struct json_writer *writer, const struct app *app, const struct request *request)
{
	struct buf tag = { 0 };

	identity_write_tag(&request->identity.user, &app->secret, &tag);
	json_add_string(writer, "identity", buf_str(&tag));
	json_add_bool(writer, "isGuest", request->identity.kind == IDENTITY_GUEST);
	buf_finish(&tag);
}

static void add_history(struct json_writer *writer, const struct message_rows *rows)
{
	struct extent extent = extent_of(rows);

	json_add_string(writer, "epoch", str_from(rows->head.epoch));
	json_add_integer(writer, "seq", extent.is_newest ? (int64_t)extent.last : 0);
	json_add_integer(writer, "first", (int64_t)extent.first);
	json_add_bool(writer, "hasOlder", extent.has_older);
	json_add_bool(writer, "isNewest", extent.is_newest);
}

/* The form token, for sending without a socket. */
static void add_token(
	struct json_writer *writer, const struct app *app, const struct request *request)
{
	struct buf token = { 0 };

	csrf_write_token(&request->identity, &app->secret, &token);
	json_add_string(writer, "csrfToken", buf_str(&token));
	buf_finish(&token);
}

static void write_settings(const struct app *app, const struct request *request, struct str room,
	const struct message_rows *rows, bool is_reading, struct buf *json)
{
	struct json_writer writer = json_writer_to(json);

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "room", room);
	json_add_string(&writer, "user", str_from(request->identity.user.name));
	add_identity(&writer, app, request);
	json_add_string(&writer, "site", str_from(app->config->site_name));
	json_add_integer(&writer, "messageBytes", app->config->limits_message_bytes);
	add_socket(&writer, app, room);
	add_history(&writer, rows);
	add_path(&writer, "apiUrl", app, request, "api-messages", room);
	add_path(&writer, "headsUrl", app, request, "heads", room);
	add_path(&writer, "postUrl", app, request, "room-say", room);
	add_path(&writer, "editUrl", app, request, "room-edit", room);
	add_path(&writer, "deleteUrl", app, request, "room-delete", room);
	add_path(&writer, "moderateUrl", app, request, "room-moderate", room);
	add_token(&writer, app, request);
	json_add_bool(&writer, "isReading", is_reading);
	json_add_bool(&writer, "isGivenBack", request->method != METHOD_GET);
	json_end_object(&writer);
}

/* "/me waves" is shown as "* ann waves": what the page's script makes of it (message_text.js). */
static bool is_action(struct str text)
{
	return str_starts_with(text, ACTION_MARK);
}

/* The caller owns the array; its texts are borrowed. */
static struct template_room_messages *template_messages(const struct message_rows *rows)
{
	struct template_room_messages *messages = mem_alloc_array(
		rows->count, sizeof(struct template_room_messages));

	for (size_t i = 0; i < rows->count; i++) {
		const struct message_row *row = &rows->rows[i];

		messages[i] = (struct template_room_messages){
			.seq = (int64_t)row->seq,
			.is_own = row->is_own,
			.is_deleted = row->is_deleted,
			.user = row->user,
			.shown_user = row->shown_user,
			.is_action = is_action(row->text),
			.text = is_action(row->text) ? str_skip(row->text, ACTION_MARK.len)
						     : row->text,
			.time = row->time,
			.edited = row->edited,
			.minute = row->minute,
		};
	}
	return messages;
}

/* What must be kept of a page's arguments until it is rendered. */
struct kept {
	struct buf name_url, room_url, search_url, settings;
};

static void kept_finish(struct kept *kept)
{
	buf_finish(&kept->name_url);
	buf_finish(&kept->room_url);
	buf_finish(&kept->search_url);
	buf_finish(&kept->settings);
}

/* What links to parts of the room begin with: nothing but on the answer to a form, which has an
 * address of its own. */
static struct str base_of(const struct request *request, const struct kept *kept)
{
	return request->method == METHOD_GET ? STR_OF("") : buf_str(&kept->room_url);
}

/* Whether there is anything in the settings for who asks. */
static bool may_set(const struct standing *standing)
{
	return standing_may(standing, ACTION_TOPIC);
}

static void show(struct app *app, struct request *request, struct response *response,
	const struct room_entry *entry, const struct message_rows *rows,
	const struct room_draft *draft)
{
	const struct room_rules *rules = &entry->row.rules;
	struct str room = buf_str(&entry->name);
	struct template_room_messages *messages = template_messages(rows);
	struct extent extent = extent_of(rows);
	bool is_reading = page_add_refresh(request, response);
	struct kept kept = { 0 };
	struct page_frame frame;

	page_begin(&frame, app, request, response);
	page_url(app, request, "name", &kept.name_url);
	router_reverse(app->config, request, "room", room, &kept.room_url);
	page_stand_at(&frame, buf_str(&kept.room_url));
	router_reverse(app->config, request, "search", room, &kept.search_url);
	write_settings(app, request, room, rows, is_reading, &kept.settings);
	template_room(&frame.render, &(struct template_room){
					     PAGE_COMMON(&frame),
					     .title = room,
					     .room = room,
					     .entered = draft->text,
					     .problem = draft->problem,
					     .topic = str_from(entry->row.topic),
					     .is_locked = rules->is_locked,
					     .is_slow = rules->slow_seconds > 0,
					     .is_members_only = rules->is_members_only,
					     .is_hidden = rules->is_hidden,
					     .may_set = may_set(&entry->standing),
					     .settings = buf_str(&kept.settings),
					     .name_url = buf_str(&kept.name_url),
					     .room_url = buf_str(&kept.room_url),
					     .base = base_of(request, &kept),
					     .search_url = buf_str(&kept.search_url),
					     .is_reading = is_reading,
					     .can_search = history_can_search(app->history),
					     .history_is_readable = rows->problem == STORE_OK,
					     .has_older = extent.has_older,
					     .is_newest = extent.is_newest,
					     .first_seq = (int64_t)extent.first,
					     .last_seq = (int64_t)extent.last,
					     .messages = messages,
					     .messages_count = rows->count,
				     });
	kept_finish(&kept);
	page_end(&frame);
	mem_free(messages);
}

void room_write(struct app *app, struct request *request, struct response *response,
	const struct room_entry *entry, const struct room_draft *draft)
{
	struct page page = page_asked_for(request->query, buf_str(&entry->name));
	struct message_rows rows = { .problem = entry->problem };

	if (rows.problem == STORE_OK)
		message_rows_read(app, &request->identity.user, &page, &rows);
	show(app, request, response, entry, &rows, draft);
	message_rows_finish(&rows);
}

int room_give_back(struct app *app, struct request *request, struct response *response,
	struct str text, const struct refusal *refusal)
{
	struct room_entry entry;
	int status = refusal->status;

	if (room_approach(app, request, response, "room", &entry, &status)) {
		refusal_add_header(refusal, response);
		room_write(app, request, response, &entry,
			&(struct room_draft){ text, str_from(translate(request->language,
							    refused_sentence(refusal->code))) });
	}
	room_entry_finish(&entry);
	return status;
}

int view_room(struct app *app, struct request *request, struct response *response)
{
	struct room_entry entry;
	int status = 200;

	if (room_approach(app, request, response, "room", &entry, &status))
		room_write(app, request, response, &entry, &(struct room_draft){ 0 });
	room_entry_finish(&entry);
	return status;
}

int view_room_slash(struct app *app, struct request *request, struct response *response)
{
	return room_redirect(app, request, response, 301, "room", buf_str(&request->room));
}
