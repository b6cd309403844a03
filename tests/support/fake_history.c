/* SPDX-License-Identifier: MIT */
/* One history at a time, as there is one broker. */
#include "tests/support/fake_history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"

struct fake_history fake_history;

static struct history *the_history(void)
{
	return (struct history *)(void *)&fake_history;
}

struct history *history_create(const struct config *config, struct reactor *main_reactor,
	struct stats *stats, const struct history_sink *sink, int *exit_status_out)
{
	(void)config, (void)main_reactor, (void)stats, (void)exit_status_out;
	fake_history = (struct fake_history){ .sink = *sink };
	return the_history();
}

void history_destroy(struct history *history)
{
	if (history == NULL)
		return;
	while (fake_history.submitted > 0)
		fake_history_settle(HISTORY_BUSY, 0);
}

const char *history_epoch(const struct history *history)
{
	(void)history;
	return "00000000000000aa";
}

static struct str copy(struct str text)
{
	return str_from(str_dup(text));
}

static void free_copy(struct str text)
{
	mem_free((void *)(uintptr_t)text.data);
}

bool history_submit(struct history *history, const struct history_entry *entry)
{
	struct history_entry *copied;

	(void)history;
	if (fake_history.is_full || fake_history.is_hurried)
		return false;
	copied = mem_new(struct history_entry);
	*copied = *entry;
	copied->room = copy(entry->room);
	copied->user = copy(entry->user);
	copied->text = copy(entry->text);
	copied->ref = copy(entry->ref);
	copied->sender = NULL;
	assert_true(fake_history.submitted < 64);
	fake_history.entries[fake_history.submitted++] = copied;
	return true;
}

void fake_history_settle(enum history_result result, uint64_t seq)
{
	struct history_entry *entry = fake_history.entries[0];
	struct history_outcome outcome = { result, seq, 1000, entry };

	assert_true(fake_history.submitted > 0);
	memmove(fake_history.entries, fake_history.entries + 1,
		--fake_history.submitted * sizeof(entry));
	fake_history.sink.settle(fake_history.sink.context, &outcome);
	free_copy(entry->room);
	free_copy(entry->user);
	free_copy(entry->text);
	free_copy(entry->ref);
	mem_free(entry);
}

void history_ask_head(struct history *history, struct str room)
{
	(void)history;
	assert_true(fake_history.heads_asked < 8);
	snprintf(fake_history.head_rooms[fake_history.heads_asked++], 32, "%.*s", STR_ARG(room));
}

void fake_history_tell_head(uint64_t seq, enum store_problem problem)
{
	char room[32];

	assert_true(fake_history.heads_asked > 0);
	memcpy(room, fake_history.head_rooms[0], sizeof(room));
	memmove(fake_history.head_rooms, fake_history.head_rooms + 1,
		--fake_history.heads_asked * sizeof(room));
	fake_history.sink.open(fake_history.sink.context, str_from(room), seq, problem);
}

bool history_ask_rows(
	struct history *history, struct str room, uint64_t after, uint64_t until, size_t bytes_max)
{
	(void)history;
	if (fake_history.is_full)
		return false;
	assert_false(fake_history.has_range); /* one at a time for a room */
	fake_history.has_range = true;
	fake_history.rows_asked++;
	snprintf(fake_history.range_room, sizeof(fake_history.range_room), "%.*s", STR_ARG(room));
	fake_history.range_after = after;
	fake_history.range_until = until;
	fake_history.range_bytes_max = bytes_max;
	return true;
}

void fake_history_tell_rows(uint64_t first, enum store_problem problem)
{
	struct history_rows rows = { .room = str_from(fake_history.range_room),
		.problem = problem,
		.until = fake_history.range_until,
		.is_whole = first == fake_history.range_after + 1 };
	struct archive_message *messages = NULL;
	char(*texts)[32] = NULL;

	assert_true(fake_history.has_range);
	fake_history.has_range = false;
	if (problem == STORE_OK)
		rows.count = (size_t)(rows.until - first + 1);
	messages = mem_alloc_array(rows.count, sizeof(*messages));
	texts = mem_alloc_array(rows.count, sizeof(*texts));
	for (size_t i = 0; i < rows.count; i++) {
		snprintf(texts[i], sizeof(texts[i]), "text %" PRIu64, first + i);
		messages[i] = (struct archive_message){
			.seq = first + i, .user = STR("ann"), .text = str_from(texts[i])
		};
	}
	rows.messages = messages;
	fake_history.sink.tell_rows(fake_history.sink.context, &rows);
	mem_free(texts);
	mem_free(messages);
}

void fake_history_tell_none(const char *room, uint64_t until)
{
	struct history_rows rows = { .room = str_from(room), .until = until };

	fake_history.sink.tell_rows(fake_history.sink.context, &rows);
}

bool history_ask_page(struct history *history, const struct page *page, uint64_t asker)
{
	(void)history;
	if (fake_history.is_full)
		return false;
	fake_history.pages_asked++;
	fake_history.page = *page;
	snprintf(fake_history.page_room, sizeof(fake_history.page_room), "%.*s",
		STR_ARG(page->room));
	snprintf(fake_history.page_query, sizeof(fake_history.page_query), "%.*s",
		STR_ARG(page->query));
	fake_history.page.room = str_from(fake_history.page_room);
	fake_history.page.query = str_from(fake_history.page_query);
	fake_history.page_asker = asker;
	return true;
}

bool history_back_up(struct history *history, const char *path, uint64_t asker)
{
	(void)history;
	if (fake_history.is_full)
		return false;
	snprintf(fake_history.backup_path, sizeof(fake_history.backup_path), "%s", path);
	fake_history.backup_asker = asker;
	return true;
}

void history_hurry(struct history *history)
{
	(void)history;
	fake_history.is_hurried = true;
}

bool history_is_idle(const struct history *history)
{
	(void)history;
	return fake_history.submitted == 0;
}

enum store_problem history_problem(const struct history *history)
{
	(void)history;
	return fake_history.problem;
}

uint64_t history_wal_bytes(const struct history *history)
{
	(void)history;
	return 0;
}
