/* SPDX-License-Identifier: MIT */
/* Whatever the direction of reading, messages are written aside first, each with its end: then a
 * page that was read newest first is turned round, and one that fails leaves nothing behind. One
 * message more than asked for is read to know whether there is more. */
#include "common/store/page.h"

#include <assert.h>

#include "common/base/clock.h"

struct reading {
	size_t limit;
	struct buf texts; /* owned; each behind the other */
	size_t ends[PAGE_MESSAGES_MAX]; /* of each, in texts */
	size_t count;
	bool has_more;
};

void page_write_message(const struct archive_message *message, struct json_writer *writer)
{
	char time[CLOCK_ISO_SIZE];

	clock_format_iso(message->time_ms, time);
	json_begin_object(writer, NULL);
	json_add_integer(writer, "seq", (int64_t)message->seq);
	json_add_string(writer, "user", message->user);
	json_add_string(writer, "message", message->text);
	json_add_string(writer, "time", str_from(time));
	json_end_object(writer);
}

static size_t separators_size(size_t count)
{
	return count * (sizeof(", ") - 1);
}

static bool take_message(void *context, const struct archive_message *message)
{
	struct reading *reading = context;
	struct json_writer writer = json_writer_to(&reading->texts);
	size_t begin = reading->texts.len;

	reading->has_more = true;
	if (reading->count == reading->limit)
		return false;
	page_write_message(message, &writer);
	if (reading->count > 0 &&
		reading->texts.len + separators_size(reading->count) > PAGE_BYTES_MAX) {
		reading->texts.len = begin;
		return false;
	}
	reading->ends[reading->count++] = reading->texts.len;
	reading->has_more = false;
	return true;
}

static enum store_problem read_page(
	struct archive *archive, const struct page *page, struct reading *reading)
{
	size_t limit = reading->limit + 1;

	switch (page->kind) {
	case PAGE_AFTER:
		return archive_read_after(
			archive, page->room, page->seq, limit, take_message, reading);
	case PAGE_BEFORE:
		return archive_read_before(
			archive, page->room, page->seq, limit, take_message, reading);
	case PAGE_SEARCH:
		return archive_search(
			archive, page->room, page->query, page->seq, limit, take_message, reading);
	}
	return STORE_OK;
}

static struct str text_at(const struct reading *reading, size_t index)
{
	size_t begin = index > 0 ? reading->ends[index - 1] : 0;

	return str_range(reading->texts.data + begin, reading->ends[index] - begin);
}

static void write_members(
	const struct reading *reading, bool is_ascending, struct json_writer *writer)
{
	json_begin_array(writer, "messages");
	for (size_t i = 0; i < reading->count; i++)
		json_add_json(
			writer, NULL, text_at(reading, is_ascending ? i : reading->count - 1 - i));
	json_end_array(writer);
	json_add_bool(writer, "more", reading->has_more);
}

enum store_problem page_write(
	struct archive *archive, const struct page *page, struct json_writer *writer)
{
	struct reading reading = { .limit = page->limit };
	enum store_problem problem;

	assert(page->limit > 0 && page->limit <= PAGE_MESSAGES_MAX);
	problem = read_page(archive, page, &reading);

	if (problem == STORE_OK)
		write_members(&reading, page->kind == PAGE_AFTER, writer);
	buf_finish(&reading.texts);
	return problem;
}
