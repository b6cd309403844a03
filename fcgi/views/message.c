/* SPDX-License-Identifier: MIT */
/* One message, and what can be done with it without a script: its author edits and deletes it, who
 * keeps order deletes it and deals with its author. */
#include "templates/message.h"
#include "fcgi/standing.h"
#include "fcgi/url_code.h"
#include "fcgi/views/message_rows.h"
#include "fcgi/views/page.h"
#include "fcgi/views/room_gate.h"
#include "fcgi/views/views.h"

#define MESSAGE_IS_GONE "This message is gone."

static bool is_fresh(const struct message_row *row)
{
	int64_t time_ms;

	return clock_read_iso(row->time, &time_ms) && clock_wall_ms() - time_ms < EDIT_MS;
}

/* What must be kept of a page's arguments until it is rendered. */
struct paths {
	struct buf room, message, edit, delete, moderate;
};

static void paths_write(struct paths *paths, struct app *app, const struct request *request,
	struct str room, uint64_t seq)
{
	router_reverse(app->config, request, "room", room, &paths->room);
	router_reverse(app->config, request, "room-edit", room, &paths->edit);
	router_reverse(app->config, request, "room-delete", room, &paths->delete);
	router_reverse(app->config, request, "room-moderate", room, &paths->moderate);
	buf_append_str(&paths->message, buf_str(&paths->room));
	buf_append_text(&paths->message, "?message=");
	buf_append_number(&paths->message, (int64_t)seq);
	buf_append_text(&paths->message, "#message-");
	buf_append_number(&paths->message, (int64_t)seq);
}

static void paths_finish(struct paths *paths)
{
	buf_finish(&paths->room);
	buf_finish(&paths->message);
	buf_finish(&paths->edit);
	buf_finish(&paths->delete);
	buf_finish(&paths->moderate);
}

static void show(struct app *app, struct request *request, struct response *response,
	const struct room_entry *entry, const struct message_row *row)
{
	const struct standing *standing = &entry->standing;
	bool is_deleted = row->is_deleted;
	bool is_others = !row->is_own && row->user.len > 0;
	struct paths paths = { 0 };
	struct page_frame frame;

	page_begin(&frame, app, request, response);
	paths_write(&paths, app, request, buf_str(&entry->name), row->seq);
	template_message(&frame.render,
		&(struct template_message){
			PAGE_COMMON(&frame),
			.title = page_translate(&frame, "Message"),
			.seq = (int64_t)row->seq,
			.target = (int64_t)row->seq,
			.shown_user = row->shown_user,
			.text = row->text,
			.time = row->time,
			.minute = row->minute,
			.is_deleted = is_deleted,
			.message_url = buf_str(&paths.message),
			.next = buf_str(&paths.message),
			.edit_url = buf_str(&paths.edit),
			.delete_url = buf_str(&paths.delete),
			.moderate_url = buf_str(&paths.moderate),
			.may_edit = row->is_own && !is_deleted && is_fresh(row) &&
				    standing_may(standing, ACTION_EDIT),
			.may_delete = !is_deleted &&
				      standing_may(standing,
					      row->is_own ? ACTION_WITHDRAW : ACTION_DELETE),
			.may_mute = is_others && standing_may(standing, ACTION_MUTE),
			.may_admit = is_others && standing_may(standing, ACTION_ADMIT),
			.may_appoint = is_others && standing_may(standing, ACTION_APPOINT),
			.may_hand_over = is_others && standing_may(standing, ACTION_HAND_OVER),
		});
	paths_finish(&paths);
	page_end(&frame);
}

static int find_and_show(struct app *app, struct request *request, struct response *response,
	const struct room_entry *entry, uint64_t seq)
{
	struct page page = { PAGE_AFTER, buf_str(&entry->name), seq - 1, 1, STR("") };
	struct message_rows rows = { 0 };
	int status = 200;

	message_rows_read(app, &request->identity.user, &page, &rows);
	if (rows.problem != STORE_OK)
		status = view_error(app, request, response, 503,
			"The history cannot be read at the moment. Try again later.");
	else if (rows.count == 0 || rows.rows[0].seq != seq)
		status = view_error(app, request, response, 404, MESSAGE_IS_GONE);
	else
		show(app, request, response, entry, &rows.rows[0]);
	message_rows_finish(&rows);
	return status;
}

int view_message(struct app *app, struct request *request, struct response *response)
{
	struct room_entry entry;
	uint64_t seq = 0;
	int status;

	if (room_enter(app, request, response, "message", &entry, &status))
		status = url_read_number(request->query, "seq", &seq) && seq > 0
				 ? find_and_show(app, request, response, &entry, seq)
				 : view_error(app, request, response, 404, MESSAGE_IS_GONE);
	room_entry_finish(&entry);
	return status;
}
