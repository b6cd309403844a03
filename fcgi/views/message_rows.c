/* SPDX-License-Identifier: MIT */
/* A history lends its texts for the length of a call; they are copied here, because pages are
 * rendered after the history is done with. */
#include "fcgi/views/message_rows.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"

#define MINUTE_LENGTH strlen("2026-11-21 03:35")

struct reading {
	struct str site_name;
	const struct user *user;
	struct message_rows *rows;
	bool knows_senders;
};

static struct str copy(struct str text)
{
	return str_range(str_dup(text), text.len);
}

static bool is_own(const struct reading *reading, const struct archive_message *message)
{
	const struct user *user = reading->user;

	_Static_assert(sizeof(user->id) == ARCHIVE_SENDER_SIZE, "a sender is a user's id");
	if (!reading->knows_senders)
		return str_is(message->user, user->name);
	return message->sender != NULL && memcmp(message->sender, user->id, sizeof(user->id)) == 0;
}

static void note_seq(struct message_rows *rows, uint64_t seq)
{
	if (rows->first_seq == 0 || seq < rows->first_seq)
		rows->first_seq = seq;
	if (seq > rows->last_seq)
		rows->last_seq = seq;
}

static bool add_row(void *context, const struct archive_message *message)
{
	struct reading *reading = context;
	struct message_rows *rows = reading->rows;
	struct str user;
	char time[CLOCK_ISO_SIZE], edited[CLOCK_ISO_SIZE] = "", local[CLOCK_LOCAL_SIZE];

	note_seq(rows, message->seq);
	if (message_kind_changes(message->kind))
		return true;
	user = copy(message->user);
	clock_format_iso(message->time_ms, time);
	if (message->edited_ms != 0)
		clock_format_iso(message->edited_ms, edited);
	clock_format_local(message->time_ms, local);
	rows->rows[rows->count++] = (struct message_row){
		.seq = message->seq,
		.is_own = is_own(reading, message),
		.is_deleted = message->kind == MESSAGE_DELETED,
		.user = user,
		.shown_user = user.len > 0 ? user : reading->site_name,
		.text = copy(message->text),
		.time = copy(str_from(time)),
		.edited = copy(str_from(edited)),
		.minute = copy(str_range(local, MINUTE_LENGTH)),
	};
	return true;
}

static void reverse(struct message_rows *rows)
{
	for (size_t i = 0; i < rows->count / 2; i++) {
		struct message_row *other = &rows->rows[rows->count - 1 - i];
		struct message_row row = rows->rows[i];

		rows->rows[i] = *other;
		*other = row;
	}
}

static enum store_problem read_page(
	struct app *app, const struct page *page, struct reading *reading, bool *has_more_out)
{
	struct history_reading source;
	enum store_problem problem = history_begin(app->history, page, &source);

	if (problem == STORE_OK) {
		reading->rows->head = source.head;
		reading->knows_senders = source.knows_senders;
		problem = history_visit(&source, add_row, reading, has_more_out);
	}
	history_end(&source);
	if (page->kind == PAGE_BEFORE)
		reverse(reading->rows);
	return problem;
}

static bool note_any(void *context, const struct archive_message *message)
{
	(void)message;
	*(bool *)context = true;
	return false;
}

/* Finds out whether any message before the first row is kept. */
static enum store_problem look_before(struct app *app, struct str room, struct message_rows *rows)
{
	struct page page = { PAGE_BEFORE, room, rows->first_seq, 1, STR("") };
	struct history_reading source;
	enum store_problem problem = history_begin(app->history, &page, &source);
	bool has_more;

	if (problem == STORE_OK)
		problem = history_visit(&source, note_any, &rows->has_older, &has_more);
	history_end(&source);
	return problem;
}

/* Turns a page that would lie outside the room into the page at its other end. */
static void turn(struct page *page)
{
	page->seq = page->kind == PAGE_AFTER ? MESSAGE_ROWS_NEWEST : 0;
	page->kind = page->kind == PAGE_AFTER ? PAGE_BEFORE : PAGE_AFTER;
}

static enum store_problem read_room(struct app *app, struct page page, struct reading *reading)
{
	struct message_rows *rows = reading->rows;
	bool has_more = false;
	enum store_problem problem = read_page(app, &page, reading, &has_more);

	if (problem == STORE_OK && rows->last_seq == 0 && rows->head.seq > 0 &&
		page.kind != PAGE_SEARCH) {
		turn(&page);
		problem = read_page(app, &page, reading, &has_more);
	}
	if (page.kind != PAGE_AFTER)
		rows->has_older = has_more;
	else if (problem == STORE_OK && rows->first_seq > 1)
		problem = look_before(app, page.room, rows);
	return problem;
}

void message_rows_read(struct app *app, const struct user *user, const struct page *page,
	struct message_rows *rows_out)
{
	struct reading reading = { str_from(app->config->site_name), user, rows_out, false };

	*rows_out = (struct message_rows){
		.rows = mem_alloc_array(page->limit, sizeof(struct message_row)),
	};
	rows_out->problem = read_room(app, *page, &reading);
}

void message_rows_finish(struct message_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct message_row *row = &rows->rows[i];
		const struct str texts[] = { row->user, row->text, row->time, row->edited,
			row->minute };

		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
			mem_free((char *)texts[k].data);
	}
	mem_free(rows->rows);
}
