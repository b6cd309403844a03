/* SPDX-License-Identifier: MIT */
/* One message, and what can be done with it without a script: its author edits and deletes it, who
 * keeps order deletes it and deals with its author. */
#include "templates/message.h"
#include "common/base/message.h"
#include "fcgi/standing.h"
#include "fcgi/url_code.h"
#include "fcgi/views/message_rows.h"
#include "fcgi/views/order_draft.h"
#include "fcgi/views/person.h"
#include "fcgi/views/person_forms.h"
#include "fcgi/views/room_gate.h"
#include "fcgi/views/views.h"

#define MESSAGE_IS_GONE MESSAGE("This message is gone.")

static bool is_fresh(const struct message_row *row)
{
	int64_t time_ms;

	return clock_read_iso(row->time, &time_ms) && clock_wall_ms() - time_ms < EDIT_MS;
}

/* What must be kept of a page's arguments until it is rendered. */
struct kept {
	struct buf here, message, edit, delete, entered;
};

static void append_seq(struct buf *path, const char *before, uint64_t seq)
{
	buf_append_text(path, before);
	buf_append_number(path, (int64_t)seq);
}

static void kept_write(
	struct kept *kept, const struct page_frame *frame, struct str room, uint64_t seq)
{
	const struct config *config = frame->app->config;
	const struct request *request = frame->request;

	router_reverse(config, request, "message", room, &kept->here);
	append_seq(&kept->here, "?seq=", seq);
	router_reverse(config, request, "room", room, &kept->message);
	append_seq(&kept->message, "?message=", seq);
	append_seq(&kept->message, "#message-", seq);
	router_reverse(config, request, "room-edit", room, &kept->edit);
	router_reverse(config, request, "room-delete", room, &kept->delete);
}

static void kept_finish(struct kept *kept)
{
	buf_finish(&kept->here);
	buf_finish(&kept->message);
	buf_finish(&kept->edit);
	buf_finish(&kept->delete);
	buf_finish(&kept->entered);
}

static bool may_edit(const struct message_row *row, const struct standing *standing)
{
	return row->is_own && !row->is_deleted && is_fresh(row) &&
	       standing_may(standing, ACTION_EDIT);
}

static bool may_delete(const struct message_row *row, const struct standing *standing)
{
	return !row->is_deleted &&
	       standing_may(standing, row->is_own ? ACTION_WITHDRAW : ACTION_DELETE);
}

static void render(struct page_frame *frame, struct kept *kept, const struct message_row *row,
	const struct person_forms *forms)
{
	bool has_edit = may_edit(row, forms->standing);
	bool is_of_edit = has_edit && forms->draft->verb == VERB_COUNT;
	struct str none = STR("");

	if (is_of_edit && order_draft_is_refused(forms->draft))
		page_read_text(forms->draft->fields, "message", &kept->entered);
	else
		buf_append_str(&kept->entered, row->text);
	template_message(&frame->render,
		&(struct template_message){
			PAGE_COMMON(frame),
			.title = page_translate(frame, "Message"),
			.form_problem = is_of_edit ? none
						   : person_forms_problem_elsewhere(forms, frame),
			.seq = (int64_t)row->seq,
			.shown_user = row->shown_user,
			.text = row->text,
			.time = row->time,
			.minute = row->minute,
			.is_deleted = row->is_deleted,
			.edit_url = buf_str(&kept->edit),
			.delete_url = buf_str(&kept->delete),
			.may_edit = has_edit,
			.entered = buf_str(&kept->entered),
			.edit_problem = is_of_edit ? order_draft_problem(forms->draft, frame)
						   : none,
			.may_delete = may_delete(row, forms->standing),
		});
	person_forms_show(forms, frame);
}

/* Guests have no roles. Whether another site vouches for an author is kept nowhere. */
static bool is_of_guest(
	struct app *app, struct str room, const struct order_draft *draft, uint64_t seq)
{
	struct named_person author;

	return draft->verb != VERB_ROLE &&
	       person_by_message(app, room, seq, &author) == PERSON_FOUND && author.is_guest;
}

static void show(struct app *app, struct request *request, struct response *response,
	const struct room_entry *entry, const struct message_row *row,
	const struct order_draft *draft)
{
	struct str room = buf_str(&entry->name);
	bool is_others = !row->is_own && row->user.len > 0;
	struct kept kept = { 0 };
	struct page_frame frame;

	page_begin(&frame, app, request, response);
	kept_write(&kept, &frame, room, row->seq);
	page_stand_at(&frame, buf_str(&kept.here));
	render(&frame, &kept, row,
		&(struct person_forms){
			.standing = &entry->standing,
			.draft = draft,
			.room = room,
			.target = row->seq,
			.may_sanction = is_others,
			.may_appoint = is_others && !is_of_guest(app, room, draft, row->seq),
			.next = buf_str(&kept.message),
			.back = buf_str(&kept.message),
		});
	kept_finish(&kept);
	page_end(&frame);
}

static int find_and_show(struct app *app, struct request *request, struct response *response,
	const struct room_entry *entry, uint64_t seq, const struct order_draft *draft)
{
	struct page page = { PAGE_AFTER, buf_str(&entry->name), seq - 1, 1, STR("") };
	struct message_rows rows = { 0 };
	int status = draft->refusal.status;

	message_rows_read(app, &request->identity.user, &page, &rows);
	if (rows.problem != STORE_OK) {
		status = view_error(app, request, response, 503,
			MESSAGE("The history cannot be read at the moment. Try again later."));
	} else if (rows.count == 0 || rows.rows[0].seq != seq) {
		status = view_error(app, request, response, 404, MESSAGE_IS_GONE);
	} else {
		refusal_add_header(&draft->refusal, response);
		show(app, request, response, entry, &rows.rows[0], draft);
	}
	message_rows_finish(&rows);
	return status;
}

int message_show(struct app *app, struct request *request, struct response *response, uint64_t seq,
	const struct order_draft *draft)
{
	struct room_entry entry;
	int status;

	if (room_enter(app, request, response, "message", &entry, &status))
		status = seq > 0 ? find_and_show(app, request, response, &entry, seq, draft)
				 : view_error(app, request, response, 404, MESSAGE_IS_GONE);
	room_entry_finish(&entry);
	return status;
}

int view_message(struct app *app, struct request *request, struct response *response)
{
	struct order_draft draft = order_draft_new(request);
	uint64_t seq = 0;

	if (!url_read_number(request->query, "seq", &seq))
		seq = 0;
	return message_show(app, request, response, seq, &draft);
}
