/* SPDX-License-Identifier: MIT */
/* What an archive lends for the length of a call is copied here: pages are rendered when the
 * connection is already back. */
#include "fcgi/views/message_rows.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"

#define MINUTE_LENGTH strlen("2026-11-21 03:35")

struct reading {
	struct str site_name;
	const struct user *user;
	struct message_rows *rows;
	size_t limit;
};

static struct str copy(struct str text)
{
	return str_range(str_dup(text), text.len);
}

static bool is_of(const struct user *user, const uint8_t *sender)
{
	_Static_assert(sizeof(user->id) == ARCHIVE_SENDER_SIZE, "a sender is a user's id");
	return sender != NULL && memcmp(sender, user->id, sizeof(user->id)) == 0;
}

static bool add_row(void *context, const struct archive_message *message)
{
	struct reading *reading = context;
	struct message_rows *rows = reading->rows;
	struct str user;
	char time[CLOCK_ISO_SIZE], local[CLOCK_LOCAL_SIZE];

	rows->has_more = rows->count == reading->limit;
	if (rows->has_more)
		return false;
	user = copy(message->user);
	clock_format_iso(message->time_ms, time);
	clock_format_local(message->time_ms, local);
	rows->rows[rows->count++] = (struct message_row){
		.seq = message->seq,
		.is_own = is_of(reading->user, message->sender),
		.user = user,
		.shown_user = user.len > 0 ? user : reading->site_name,
		.text = copy(message->text),
		.time = copy(str_from(time)),
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

static void move_into_room(struct page *page, const struct archive_room *room)
{
	if (page->kind == PAGE_AFTER && page->seq >= room->seq) {
		page->kind = PAGE_BEFORE;
		page->seq = MESSAGE_ROWS_NEWEST;
	} else if (page->kind == PAGE_BEFORE && page->seq <= room->first_seq) {
		page->kind = PAGE_AFTER;
		page->seq = 0;
	}
}

/* One more than the limit is asked for: whether it is there is has_more. */
static enum store_problem read_page(
	struct archive *archive, const struct page *page, struct reading *reading)
{
	enum store_problem problem;

	switch (page->kind) {
	case PAGE_AFTER:
		return archive_read_after(
			archive, page->room, page->seq, page->limit + 1, add_row, reading);
	case PAGE_BEFORE:
		problem = archive_read_before(
			archive, page->room, page->seq, page->limit + 1, add_row, reading);
		reverse(reading->rows);
		return problem;
	case PAGE_SEARCH:
		return archive_search(archive, page->room, page->query, page->seq, page->limit + 1,
			add_row, reading);
	}
	return STORE_OK;
}

static enum store_problem read_room(
	struct archive *archive, struct page page, struct reading *reading)
{
	struct message_rows *rows = reading->rows;
	enum store_problem problem = archive_find_room(archive, page.room, &rows->room);

	strcpy(rows->epoch, archive_epoch(archive));
	if (problem != STORE_OK || rows->room.seq == 0)
		return problem;
	move_into_room(&page, &rows->room);
	return read_page(archive, &page, reading);
}

void message_rows_read(struct app *app, const struct user *user, const struct page *page,
	struct message_rows *rows_out)
{
	struct reading reading = { str_from(app->config->site_name), user, rows_out, page->limit };
	struct archive *archive;

	*rows_out = (struct message_rows){
		.rows = mem_alloc_array(page->limit, sizeof(struct message_row)),
	};
	archive = history_borrow(app->history, &rows_out->problem);
	if (archive != NULL)
		rows_out->problem = read_room(archive, *page, &reading);
	pool_return(app->history, archive, rows_out->problem);
}

void message_rows_finish(struct message_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct str texts[] = { rows->rows[i].user, rows->rows[i].text,
			rows->rows[i].time, rows->rows[i].minute };

		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
			mem_free((char *)texts[k].data);
	}
	mem_free(rows->rows);
}
