/* SPDX-License-Identifier: MIT */
/* A text begins with the number of its row, so that what is read back says itself what it is; its
 * length varies from a part of a page to several. Room 3 is only spoken in now and then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "tests/support/archive_ledger.h"
#include "tests/support/crash_vfs.h"

#define READ_LIMIT 1000000
#define INDEX_SLICE 50
#define BEGIN_MS INT64_C(1700000000000)

static const struct str rooms[LEDGER_ROOMS] = { STR("lobby"), STR("房间"), STR("a.b-c"),
	STR("rare") };
static const uint8_t sender[ARCHIVE_SENDER_SIZE] = "0123456789abcde";

/* Borrowed until the next call. */
static struct str text_of(uint32_t number)
{
	static struct buf text;
	size_t len = number % 11 == 0 ? 5000 : number * 37 % 400;

	buf_clear(&text);
	buf_append_format(&text, "row %" PRIu32 " " LEDGER_WORD " ", number);
	memset(buf_reserve(&text, len), (int)('a' + number % 26), len);
	text.len += len;
	return buf_str(&text);
}

static uint32_t room_of(uint32_t number)
{
	return number % 13 == 12 ? LEDGER_ROOMS - 1 : number % (LEDGER_ROOMS - 1);
}

void ledger_finish(struct ledger *ledger)
{
	mem_free(ledger->rows);
	mem_free(ledger->batches);
	mem_free(ledger->prunes);
	*ledger = (struct ledger){ 0 };
}

static uint32_t add_row(struct ledger *ledger, uint32_t room, uint64_t seq)
{
	ledger->rows = mem_grow(
		ledger->rows, &ledger->row_capacity, ledger->row_count, sizeof(*ledger->rows));
	ledger->rows[ledger->row_count] = (struct ledger_row){
		.seq = seq,
		.room = room,
		.batch = ledger->batch_count - 1,
	};
	return ledger->row_count++;
}

static enum store_problem append(struct ledger *ledger, struct archive *archive,
	struct archive_room heads[static LEDGER_ROOMS])
{
	uint32_t room = room_of(ledger->row_count);
	struct archive_room *head = &heads[room];
	enum store_problem problem = STORE_OK;
	struct archive_message message;
	char ref[24];
	uint32_t number;

	if (head->id == 0)
		problem = archive_find_room(archive, rooms[room], head);
	if (problem == STORE_OK && head->id == 0)
		problem = archive_add_room(archive, rooms[room], head);
	if (problem != STORE_OK)
		return problem;
	number = add_row(ledger, room, ++head->seq);
	snprintf(ref, sizeof(ref), "ref-%" PRIu32, number);
	message = (struct archive_message){
		.seq = head->seq,
		.time_ms = BEGIN_MS + number,
		.user = str_from(number % 5 == 0 ? "" : "ann"),
		.text = text_of(number),
		.ref = str_from(number % 2 == 0 ? ref : ""),
		.sender = number % 2 == 0 ? sender : NULL,
	};
	return archive_append(archive, head->id, &message);
}

enum store_problem ledger_write(struct ledger *ledger, struct archive *archive, size_t messages)
{
	struct archive_room heads[LEDGER_ROOMS] = { 0 };
	struct ledger_batch *batch;
	enum store_problem problem;

	ledger->batches = mem_grow(ledger->batches, &ledger->batch_capacity, ledger->batch_count,
		sizeof(*ledger->batches));
	batch = &ledger->batches[ledger->batch_count++];
	*batch = (struct ledger_batch){ .begun_at = crash_vfs_moment(), .acked_at = LEDGER_NEVER };
	problem = archive_begin(archive);
	while (problem == STORE_OK && messages-- > 0)
		problem = append(ledger, archive, heads);
	if (problem == STORE_OK)
		problem = archive_commit(archive);
	if (problem == STORE_OK)
		batch->acked_at = crash_vfs_moment();
	else
		archive_roll_back(archive);
	return problem;
}

enum store_problem ledger_prune(
	struct ledger *ledger, struct archive *archive, uint64_t keep, size_t limit)
{
	struct archive_retention retention = { .keep_messages = keep };
	struct ledger_prune prune = { .begun_at = crash_vfs_moment() };
	enum store_problem problem = STORE_OK;
	struct archive_room head;
	int64_t room_id = 0;

	for (size_t i = 0; problem == STORE_OK && i < LEDGER_ROOMS; i++) {
		problem = archive_find_room(archive, rooms[i], &head);
		prune.first_seqs[i] = head.seq > keep ? head.seq - keep + 1 : 1;
	}
	if (problem != STORE_OK)
		return problem;
	ledger->prunes = mem_grow(ledger->prunes, &ledger->prune_capacity, ledger->prune_count,
		sizeof(*ledger->prunes));
	ledger->prunes[ledger->prune_count++] = prune;
	do
		problem = archive_prune_slice(archive, &retention, limit, &room_id);
	while (problem == STORE_OK && room_id != 0);
	return problem;
}

/* The first message of a room that must be there. */
static uint64_t first_seq_at(const struct ledger *ledger, uint32_t room, size_t moment)
{
	uint64_t first_seq = 1;

	for (uint32_t i = 0; i < ledger->prune_count; i++) {
		const struct ledger_prune *prune = &ledger->prunes[i];

		if (prune->begun_at <= moment && prune->first_seqs[room] > first_seq)
			first_seq = prune->first_seqs[room];
	}
	return first_seq;
}

struct inspection {
	struct ledger *ledger;
	size_t moment;
	uint32_t room;
	uint64_t next_seq; /* 0: any */
	struct ledger_finding finding;
};

__attribute__((format(printf, 3, 4))) static void find(
	struct inspection *inspection, size_t *counter, const char *format, ...)
{
	struct ledger_finding *finding = &inspection->finding;
	va_list arguments;

	(*counter)++;
	if (finding->what[0] != '\0')
		return;
	va_start(arguments, format);
	vsnprintf(finding->what, sizeof(finding->what), format, arguments);
	va_end(arguments);
}

/* The row a message says it is; NULL for none that was begun. */
static struct ledger_row *row_of(
	const struct inspection *inspection, const struct archive_message *message)
{
	const struct ledger *ledger = inspection->ledger;
	uint32_t number = 0;
	struct ledger_row *row;

	for (size_t i = 4; i < message->text.len && message->text.data[i] != ' '; i++)
		number = number * 10 + (uint32_t)(message->text.data[i] - '0');
	if (number >= ledger->row_count || !str_equals(message->text, text_of(number)))
		return NULL;
	row = &ledger->rows[number];
	if (row->room != inspection->room || row->seq != message->seq ||
		ledger->batches[row->batch].begun_at > inspection->moment)
		return NULL;
	return row;
}

static bool inspect_message(void *context, const struct archive_message *message)
{
	struct inspection *inspection = context;
	struct ledger_finding *finding = &inspection->finding;
	uint64_t first_seq = first_seq_at(inspection->ledger, inspection->room, inspection->moment);
	struct ledger_row *row = row_of(inspection, message);

	if (inspection->next_seq == 0 ? message->seq > first_seq
				      : message->seq != inspection->next_seq)
		find(inspection, &finding->wrong, "room %" PRIu32 ": %" PRIu64 " follows %" PRIu64,
			inspection->room, message->seq, inspection->next_seq - 1);
	inspection->next_seq = message->seq + 1;
	if (row != NULL)
		row->is_found = true;
	else
		find(inspection, &finding->wrong, "room %" PRIu32 ": %" PRIu64 " is no row",
			inspection->room, message->seq);
	return true;
}

static void inspect_room(struct inspection *inspection, struct archive *archive)
{
	struct ledger_finding *finding = &inspection->finding;
	struct str room = rooms[inspection->room];
	struct archive_room head = { 0 };
	enum store_problem problem;

	inspection->next_seq = 0;
	problem = archive_read_after(archive, room, 0, READ_LIMIT, inspect_message, inspection);
	if (problem == STORE_OK)
		problem = archive_find_room(archive, room, &head);
	if (problem != STORE_OK)
		find(inspection, &finding->wrong, "reading: %s", store_problem_code(problem));
	else if (inspection->next_seq != 0 && head.seq + 1 != inspection->next_seq)
		find(inspection, &finding->wrong, "room %" PRIu32 ": the head is %" PRIu64,
			inspection->room, head.seq);
}

/* Batches are whole, and none that was acknowledged is missing before one that is there. */
static void inspect_batches(struct inspection *inspection)
{
	const struct ledger *ledger = inspection->ledger;
	struct ledger_finding *finding = &inspection->finding;
	const struct ledger_row *later = NULL;
	uint64_t first_seqs[LEDGER_ROOMS];
	bool is_later_found = false;

	for (uint32_t room = 0; room < LEDGER_ROOMS; room++)
		first_seqs[room] = first_seq_at(ledger, room, inspection->moment);
	for (uint32_t i = ledger->row_count; i-- > 0;) {
		const struct ledger_row *row = &ledger->rows[i];
		bool is_lost = !row->is_found &&
			       ledger->batches[row->batch].acked_at <= inspection->moment;

		if (row->seq < first_seqs[row->room])
			continue;
		if (is_lost)
			find(inspection, &finding->lost, "row %" PRIu32 " is lost", i);
		if (is_lost && is_later_found)
			find(inspection, &finding->wrong, "row %" PRIu32 " left a hole", i);
		if (later != NULL && later->batch == row->batch && later->is_found != row->is_found)
			find(inspection, &finding->wrong, "a part of batch %" PRIu32, row->batch);
		is_later_found |= row->is_found;
		later = row;
	}
}

struct ledger_finding ledger_inspect(struct ledger *ledger, struct archive *archive, size_t moment)
{
	struct inspection inspection = { .ledger = ledger, .moment = moment };

	for (uint32_t i = 0; i < ledger->row_count; i++)
		ledger->rows[i].is_found = false;
	for (; inspection.room < LEDGER_ROOMS; inspection.room++)
		inspect_room(&inspection, archive);
	inspect_batches(&inspection);
	return inspection.finding;
}

static bool take_seq(void *context, const struct archive_message *message)
{
	*(uint64_t *)context = message->seq;
	return true;
}

void ledger_assert_goes_on(struct archive *archive)
{
	struct archive_message message = { .time_ms = BEGIN_MS * 2, .text = text_of(0) };
	struct archive_room head;
	uint64_t last_seq = 0;

	assert_int_equal(archive_begin(archive), STORE_OK);
	assert_int_equal(archive_find_room(archive, rooms[0], &head), STORE_OK);
	if (head.id == 0)
		assert_int_equal(archive_add_room(archive, rooms[0], &head), STORE_OK);
	message.seq = head.seq + 1;
	assert_int_equal(archive_append(archive, head.id, &message), STORE_OK);
	assert_int_equal(archive_commit(archive), STORE_OK);
	assert_int_equal(
		archive_read_after(archive, rooms[0], head.seq, 2, take_seq, &last_seq), STORE_OK);
	assert_int_equal(last_seq, head.seq + 1);
}

static bool count_message(void *context, const struct archive_message *message)
{
	(void)message;
	++*(size_t *)context;
	return true;
}

void ledger_assert_searches(struct archive *archive)
{
	bool is_more = true;

	while (is_more)
		assert_int_equal(archive_index_slice(archive, INDEX_SLICE, &is_more), STORE_OK);
	for (size_t i = 0; i < LEDGER_ROOMS; i++) {
		size_t found = 0;
		size_t kept = 0;

		assert_int_equal(archive_search(archive, rooms[i], STR_OF(LEDGER_WORD), UINT64_MAX,
					 READ_LIMIT, count_message, &found),
			STORE_OK);
		assert_int_equal(
			archive_read_after(archive, rooms[i], 0, READ_LIMIT, count_message, &kept),
			STORE_OK);
		assert_int_equal(found, kept);
	}
}

void ledger_assert_whole(const char *path)
{
	sqlite3 *database = NULL;
	sqlite3_stmt *statement = NULL;

	assert_int_equal(sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(
		sqlite3_prepare_v2(database, "PRAGMA integrity_check", -1, &statement, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
	sqlite3_finalize(statement);
	sqlite3_close(database);
}
