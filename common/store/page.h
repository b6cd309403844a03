/* SPDX-License-Identifier: MIT */
/* A page of a room's history as JSON, the same for sockets, control, HTTP and scripts. It is cut by
 * number and by bytes, is always ascending, and says whether there is more. */
#pragma once

#include "common/json.h"
#include "common/store/archive.h"

#define PAGE_MESSAGES_MAX 500
#define PAGE_MESSAGES_DEFAULT 50 /* when the request gives no number */
#define PAGE_BYTES_MAX (64 * 1024) /* but at least one message, whatever its length */

enum page_kind {
	PAGE_AFTER, /* the first with seq > seq */
	PAGE_BEFORE, /* the last with seq < seq */
	PAGE_SEARCH, /* as PAGE_BEFORE, of the messages that match the query */
};

struct page {
	enum page_kind kind;
	struct str room;
	uint64_t seq;
	size_t limit; /* 1 to PAGE_MESSAGES_MAX */
	struct str query; /* of PAGE_SEARCH */
};

/* Visits the messages of a page, PAGE_AFTER ascending and else the newest first. One more message
 * is visited, which shows that there is more. */
enum store_problem page_visit(struct archive *archive, const struct page *page,
	archive_visit_fn *visit, void *context) __attribute__((warn_unused_result));
/* Appends to the open object "messages": [{"seq", "user", "message", "time"}, …] and "more". A
 * message that was changed has "edited", or "deleted" and no text; edits and deletions have "type"
 * and "target". Appends nothing when it fails. */
enum store_problem page_write(struct archive *archive, const struct page *page,
	struct json_writer *writer) __attribute__((warn_unused_result));
/* Appends one message, as an element of that list. */
void page_write_message(const struct archive_message *message, struct json_writer *writer);

/* A page of messages that are not in an archive: as many as there are, limit + 1 at most, in either
 * direction. */
struct page_sheet;

struct page_sheet *page_sheet_create(size_t limit) __attribute__((warn_unused_result));
/* NULL is fine. */
void page_sheet_destroy(struct page_sheet *sheet);
/* False when the sheet takes no more. */
bool page_sheet_add(struct page_sheet *sheet, const struct archive_message *message);
/* As page_write does. */
void page_sheet_write(
	const struct page_sheet *sheet, bool is_ascending, struct json_writer *writer);
