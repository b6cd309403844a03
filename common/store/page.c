/* SPDX-License-Identifier: MIT */
/* Messages are first written to a buffer, each with its end, whatever the direction of reading. So
 * a page that was read newest first can be turned round, and one that fails leaves nothing behind.
 * One message more than asked for is read to know whether there is more. */
#include "common/store/page.h"

#include <assert.h>

#include "common/base/clock.h"
#include "common/base/mem.h"

struct page_sheet {
	size_t limit;
	struct buf texts; /* owned; each behind the other */
	size_t ends[PAGE_MESSAGES_MAX]; /* of each, in texts */
	size_t count;
	bool has_more;
};

struct page_sheet *page_sheet_create(size_t limit)
{
	struct page_sheet *sheet = mem_new(struct page_sheet);

	assert(limit > 0 && limit <= PAGE_MESSAGES_MAX);
	sheet->limit = limit;
	return sheet;
}

void page_sheet_destroy(struct page_sheet *sheet)
{
	if (sheet == NULL)
		return;
	buf_finish(&sheet->texts);
	mem_free(sheet);
}

void page_write_message(const struct archive_message *message, struct json_writer *writer)
{
	char time[CLOCK_ISO_SIZE];

	clock_format_iso(message->time_ms, time);
	json_begin_object(writer, NULL);
	json_add_integer(writer, "seq", (int64_t)message->seq);
	if (message_kind_changes(message->kind)) {
		json_add_string(writer, "type", str_from(message_kind_word(message->kind)));
		json_add_integer(writer, "target", (int64_t)message->target);
	}
	json_add_string(writer, "user", message->user);
	if (message->kind != MESSAGE_DELETES)
		json_add_string(writer, "message", message->text);
	message_kind_write_state(message->kind, message->edited_ms, writer);
	json_add_string(writer, "time", str_from(time));
	json_end_object(writer);
}

static size_t separators_size(size_t count)
{
	return count * (sizeof(", ") - 1);
}

bool page_sheet_add(struct page_sheet *sheet, const struct archive_message *message)
{
	struct json_writer writer = json_writer_to(&sheet->texts);
	size_t begin = sheet->texts.len;

	sheet->has_more = true;
	if (sheet->count == sheet->limit)
		return false;
	page_write_message(message, &writer);
	if (sheet->count > 0 && sheet->texts.len + separators_size(sheet->count) > PAGE_BYTES_MAX) {
		sheet->texts.len = begin;
		return false;
	}
	sheet->ends[sheet->count++] = sheet->texts.len;
	sheet->has_more = false;
	return true;
}

static bool take_message(void *context, const struct archive_message *message)
{
	return page_sheet_add(context, message);
}

enum store_problem page_visit(
	struct archive *archive, const struct page *page, archive_visit_fn *visit, void *context)
{
	size_t limit = page->limit + 1;

	switch (page->kind) {
	case PAGE_AFTER:
		return archive_read_after(archive, page->room, page->seq, limit, visit, context);
	case PAGE_BEFORE:
		return archive_read_before(archive, page->room, page->seq, limit, visit, context);
	case PAGE_SEARCH:
		return archive_search(
			archive, page->room, page->query, page->seq, limit, visit, context);
	}
	return STORE_OK;
}

static struct str text_at(const struct page_sheet *sheet, size_t index)
{
	size_t begin = index > 0 ? sheet->ends[index - 1] : 0;

	return str_range(sheet->texts.data + begin, sheet->ends[index] - begin);
}

void page_sheet_write(const struct page_sheet *sheet, bool is_ascending, struct json_writer *writer)
{
	json_begin_array(writer, "messages");
	for (size_t i = 0; i < sheet->count; i++)
		json_add_json(
			writer, NULL, text_at(sheet, is_ascending ? i : sheet->count - 1 - i));
	json_end_array(writer);
	json_add_bool(writer, "more", sheet->has_more);
}

enum store_problem page_write(
	struct archive *archive, const struct page *page, struct json_writer *writer)
{
	struct page_sheet sheet = { .limit = page->limit };
	enum store_problem problem;

	assert(page->limit > 0 && page->limit <= PAGE_MESSAGES_MAX);
	problem = page_visit(archive, page, take_message, &sheet);
	if (problem == STORE_OK)
		page_sheet_write(&sheet, page->kind == PAGE_AFTER, writer);
	buf_finish(&sheet.texts);
	return problem;
}
