/* SPDX-License-Identifier: MIT */
/* A batch is tried as one transaction; when that fails, letter by letter, so that only those fail
 * that have to. What a try changed in memory (heads, refs) is taken back with it. The file is
 * looked at before the commit, not behind it: a message that is refused because its file was
 * deleted must not turn up when the file is put back. */
#include "broker/history/ledger.h"

#include <assert.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/moderation.h"

/* Singly after a batch has failed: then the rest fails with them. */
#define FAILURES_IN_A_ROW 3

void ledger_init(struct ledger *ledger, const _Atomic bool *is_ending)
{
	ledger->heads = heads_create();
	ledger->refs = refs_create(REFS_MAX);
	ledger->knows_refs = false;
	ledger->is_ending = is_ending;
	ledger->reopened = ledger->connection.reopened;
	ledger->steady_offset_ms = clock_wall_ms() - (int64_t)clock_monotonic_ms();
	ledger->added = mem_alloc_array(LEDGER_BATCH_MAX, sizeof(*ledger->added));
	ledger->is_open = false;
	ledger->committed = ledger->written = ledger->added_count = 0;
}

void ledger_finish(struct ledger *ledger)
{
	mem_free(ledger->added);
	refs_destroy(ledger->refs);
	heads_destroy(ledger->heads);
	connection_close(&ledger->connection);
}

static struct letter *letter_of(struct list *link)
{
	return list_entry(link, struct letter, link);
}

/* Refs grow old by this one: a wall clock that is set makes none of them old at once. */
static int64_t steady_ms(const struct ledger *ledger)
{
	return (int64_t)clock_monotonic_ms() + ledger->steady_offset_ms;
}

static enum store_problem find_head(struct ledger *ledger, struct str room, struct head **head_out)
{
	struct archive_room found;
	enum store_problem problem;

	*head_out = heads_find(ledger->heads, room);
	if (*head_out != NULL)
		return STORE_OK;
	problem = archive_find_room(ledger->connection.archive, room, &found);
	if (problem == STORE_OK)
		*head_out = heads_add(ledger->heads, room, &found);
	return problem;
}

/* Of a room that is not written it is not remembered: most rooms that are opened stay silent. */
static enum store_problem answer_head(struct ledger *ledger, struct letter *letter)
{
	const struct head *head = heads_find(ledger->heads, letter->entry.room);
	struct archive_room found = { 0 };

	letter->problem = STORE_OK;
	if (head != NULL)
		found = head->room;
	else
		letter->problem = archive_find_room(
			ledger->connection.archive, letter->entry.room, &found);
	letter->seq = letter->problem == STORE_OK ? found.seq : 0;
	return letter->problem;
}

static bool learn_ref(void *context, struct str room, const struct archive_message *message)
{
	uint8_t key[REFS_KEY_SIZE];

	refs_key(room, message->sender, message->ref, key);
	(void)refs_add(context, key, message->seq, message->time_ms);
	return true;
}

/* All at once, from one piece of the disk: the messages of one room lie far apart, and to look for
 * them room by room costs the writer seconds for each. */
static enum store_problem learn_refs(struct ledger *ledger)
{
	enum store_problem problem = STORE_OK;

	if (!ledger->knows_refs)
		problem = archive_read_refs(ledger->connection.archive,
			steady_ms(ledger) - REFS_KEEP_MS, REFS_MAX, learn_ref, ledger->refs);
	ledger->knows_refs = problem == STORE_OK;
	return problem;
}

static enum store_problem begin(struct ledger *ledger)
{
	enum store_problem problem;

	if (ledger->is_open)
		return STORE_OK;
	problem = archive_begin(ledger->connection.archive);
	ledger->is_open = problem == STORE_OK;
	return problem;
}

static struct archive_message next_message(
	const struct history_entry *entry, const struct head *head)
{
	int64_t now_ms = clock_wall_ms();

	return (struct archive_message){
		.seq = head->room.seq + 1,
		.time_ms = now_ms > head->room.time_ms ? now_ms : head->room.time_ms,
		.user = entry->user,
		.text = entry->text,
		.ref = entry->ref,
		.sender = entry->sender,
		.kind = entry->kind,
		.target = entry->target,
	};
}

/* STORE_OK also for what is refused by itself: the transaction goes on. */
static enum store_problem append(struct ledger *ledger, struct letter *letter, struct head *head,
	const struct archive_message *message)
{
	enum store_problem problem = begin(ledger);

	letter->result = HISTORY_STORAGE;
	heads_change(ledger->heads, head);
	if (problem == STORE_OK && head->room.id == 0)
		problem = archive_add_room(
			ledger->connection.archive, letter->entry.room, &head->room);
	if (problem == STORE_OK)
		problem = archive_append(ledger->connection.archive, head->room.id, message);
	if (problem != STORE_OK)
		return problem == STORE_REFUSED ? STORE_OK : problem;
	head->room.seq = letter->seq = message->seq;
	head->room.time_ms = letter->time_ms = message->time_ms;
	letter->result = HISTORY_COMMITTED;
	ledger->written++;
	return STORE_OK;
}

static enum history_result judge(
	const struct history_entry *entry, const struct archive_target *target, int64_t now_ms)
{
	if (target->id == 0)
		return HISTORY_NO_TARGET;
	if (entry->changes_any)
		return HISTORY_COMMITTED;
	if (entry->sender == NULL || !target->has_sender ||
		memcmp(entry->sender, target->sender, ARCHIVE_SENDER_SIZE) != 0)
		return HISTORY_NOT_YOURS;
	return entry->kind == MESSAGE_EDITS && now_ms - target->time_ms > EDIT_MS
		       ? HISTORY_TOO_LATE
		       : HISTORY_COMMITTED;
}

/* The row comes first: when it is refused by itself, its target is as it was. */
static enum store_problem append_change(struct ledger *ledger, struct letter *letter,
	struct head *head, const struct archive_message *change)
{
	struct archive *archive = ledger->connection.archive;
	struct archive_target target = { 0 };
	enum store_problem problem = begin(ledger);

	if (problem == STORE_OK && head->room.id != 0)
		problem = archive_find_target(archive, head->room.id, change->target, &target);
	if (problem != STORE_OK)
		return problem;
	letter->result = judge(&letter->entry, &target, change->time_ms);
	if (letter->result != HISTORY_COMMITTED)
		return STORE_OK;
	problem = append(ledger, letter, head, change);
	if (problem != STORE_OK || letter->result != HISTORY_COMMITTED)
		return problem;
	problem = archive_change(archive, head->room.id, &target, change);
	/* Nothing of it may stay. */
	return problem == STORE_REFUSED ? STORE_CORRUPT : problem;
}

static enum store_problem write_entry(
	struct ledger *ledger, struct letter *letter, struct head *head)
{
	struct archive_message message = next_message(&letter->entry, head);

	return message_kind_changes(message.kind) ? append_change(ledger, letter, head, &message)
						  : append(ledger, letter, head, &message);
}

static enum store_problem write_named(
	struct ledger *ledger, struct letter *letter, struct head *head)
{
	const struct history_entry *entry = &letter->entry;
	enum store_problem problem = learn_refs(ledger);
	uint8_t key[REFS_KEY_SIZE];

	if (problem != STORE_OK)
		return problem;
	refs_key(entry->room, entry->sender, entry->ref, key);
	if (refs_find(ledger->refs, key, steady_ms(ledger), &letter->seq)) {
		letter->result = HISTORY_REPEATED;
		return STORE_OK;
	}
	if (entry->is_only_looked_for) {
		letter->result = HISTORY_NOT_SAID;
		return STORE_OK;
	}
	problem = write_entry(ledger, letter, head);
	if (problem != STORE_OK || letter->result != HISTORY_COMMITTED)
		return problem;
	ledger->added[ledger->added_count++] = refs_add(
		ledger->refs, key, letter->seq, steady_ms(ledger));
	return STORE_OK;
}

static enum store_problem write_letter(struct ledger *ledger, struct letter *letter)
{
	struct head *head;
	enum store_problem problem;

	letter->seq = 0;
	letter->time_ms = 0;
	if (letter->kind == LETTER_HEAD)
		return answer_head(ledger, letter);
	problem = find_head(ledger, letter->entry.room, &head);
	if (problem != STORE_OK)
		return problem;
	if (letter->entry.ref.len > 0 && letter->entry.sender != NULL)
		return write_named(ledger, letter, head);
	return write_entry(ledger, letter, head);
}

static enum store_problem write_all(struct ledger *ledger, struct list *letters)
{
	list_each (link, letters) {
		enum store_problem problem = write_letter(ledger, letter_of(link));

		if (problem != STORE_OK)
			return problem;
	}
	return STORE_OK;
}

static enum store_problem commit(struct ledger *ledger)
{
	enum store_problem problem;

	if (!ledger->is_open)
		return STORE_OK;
	problem = connection_check(&ledger->connection);
	return problem == STORE_OK ? archive_commit(ledger->connection.archive) : problem;
}

static void take_back(struct ledger *ledger)
{
	if (ledger->is_open)
		archive_roll_back(ledger->connection.archive);
	heads_take_back(ledger->heads);
	while (ledger->added_count > 0)
		refs_take_back(ledger->refs, &ledger->added[--ledger->added_count]);
}

/* Room heads are as the database has it; another file may have others. */
static enum store_problem prepare(struct ledger *ledger)
{
	enum store_problem problem = connection_prepare(&ledger->connection);

	if (problem != STORE_OK)
		return problem;
	if (ledger->reopened != ledger->connection.reopened) {
		ledger->reopened = ledger->connection.reopened;
		heads_forget(ledger->heads);
		refs_destroy(ledger->refs);
		ledger->refs = refs_create(REFS_MAX);
		ledger->knows_refs = false;
	}
	heads_trim(ledger->heads);
	connection_set_patience(&ledger->connection, LEDGER_TRY_MS);
	return STORE_OK;
}

/* All of them in one transaction, or nothing. */
static enum store_problem try(struct ledger *ledger, struct list *letters)
{
	uint64_t begin_us = clock_monotonic_us();
	struct letter *last = letter_of(letters->previous);
	enum store_problem problem = prepare(ledger);

	ledger->is_open = false;
	ledger->written = ledger->added_count = 0;
	if (problem == STORE_OK)
		problem = write_all(ledger, letters);
	if (problem == STORE_OK)
		problem = commit(ledger);
	if (problem == STORE_OK)
		heads_keep(ledger->heads);
	else
		take_back(ledger);
	if (problem == STORE_OK && ledger->written > 0) {
		ledger->committed += ledger->written;
		last->committed = ledger->written;
		last->commit_us = clock_monotonic_us() - begin_us;
	}
	return connection_note(&ledger->connection, problem);
}

static void fail(struct ledger *ledger, struct letter *letter, enum store_problem problem)
{
	letter->seq = 0;
	letter->time_ms = 0;
	letter->result = problem == STORE_BUSY ? HISTORY_BUSY : HISTORY_STORAGE;
	if (letter->kind == LETTER_ENTRY)
		return;
	/* Reading may well work where writing does not. */
	letter->problem = prepare(ledger);
	if (letter->problem == STORE_OK)
		connection_note(&ledger->connection, answer_head(ledger, letter));
}

static void fail_all(struct ledger *ledger, struct list *letters, enum store_problem problem)
{
	list_each (link, letters)
		fail(ledger, letter_of(link), problem);
}

static enum store_problem settle_singly(struct ledger *ledger, struct list *batch)
{
	enum store_problem problem = STORE_OK;
	unsigned failures = 0;
	struct list settled, one;

	list_init(&settled);
	list_init(&one);
	while (!list_is_empty(batch) && failures < FAILURES_IN_A_ROW && !*ledger->is_ending) {
		struct letter *letter = letter_of(batch->next);
		enum store_problem outcome;

		list_remove(&letter->link);
		list_append(&one, &letter->link);
		outcome = try(ledger, &one);
		failures = outcome == STORE_OK ? 0 : failures + 1;
		if (outcome != STORE_OK || ledger->written > 0)
			problem = outcome;
		if (outcome != STORE_OK)
			fail(ledger, letter, outcome);
		list_splice(&settled, &one);
	}
	fail_all(ledger, batch, *ledger->is_ending ? STORE_BUSY : problem);
	list_splice(&settled, batch);
	list_splice(batch, &settled);
	return problem;
}

enum store_problem ledger_settle(struct ledger *ledger, struct list *batch)
{
	enum store_problem problem = try(ledger, batch);

	if (problem == STORE_BUSY)
		fail_all(ledger, batch, STORE_BUSY);
	return problem == STORE_OK || problem == STORE_BUSY ? problem
							    : settle_singly(ledger, batch);
}

void ledger_turn_away(struct list *batch)
{
	list_each (link, batch) {
		letter_of(link)->result = HISTORY_BUSY;
		letter_of(link)->problem = STORE_BUSY;
	}
}

enum store_problem ledger_probe(struct ledger *ledger)
{
	enum store_problem problem = connection_renew(&ledger->connection);

	if (problem != STORE_OK)
		return problem;
	connection_set_patience(&ledger->connection, 0);
	return connection_note(&ledger->connection, archive_probe(ledger->connection.archive));
}
