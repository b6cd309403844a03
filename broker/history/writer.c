/* SPDX-License-Identifier: MIT */
/* The thread is a reactor: mails append to the queue, and a task at the turn's end commits, so
 * that a batch is what came in during a turn. While another process holds the database it is tried
 * again and again, and between two tries those are answered who only ask. What a batch comes to is
 * the ledger's affair; here are the queue, the state of the database and the timers. */
#include "broker/history/writer.h"

#include <inttypes.h>
#include <stdatomic.h>

#include "broker/history/ledger.h"
#include "broker/history/upkeep.h"
#include "broker/history/worker.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"

/* While there is a problem. */
#define PROBE_EVERY_MS 1000
/* While another process holds the database; a try waits, too. */
#define TRY_EVERY_MS 10
/* Of the log: a page and its header in it. */
#define WAL_FRAME_BYTES (4096 + 24)

struct writer {
	struct worker worker;
	struct writer_setup setup;
	struct ledger ledger;
	struct upkeep upkeep;
	struct caretaker *caretaker; /* borrowed */
	struct list queue; /* struct letter */
	struct reactor_task commit_task;
	struct timer again_timer;
	struct timer probe_timer; /* armed while there is a problem */
	struct timer upkeep_timer;
	struct log_rate troubles;
	bool was_logged; /* the problem that there is */
	uint64_t problem_since_ms;
	atomic_bool is_ending;
	_Atomic enum store_problem problem;
	_Atomic uint64_t wal_bytes;
};

enum store_problem writer_problem(const struct writer *writer)
{
	return atomic_load_explicit(&writer->problem, memory_order_relaxed);
}

uint64_t writer_wal_bytes(const struct writer *writer)
{
	return atomic_load_explicit(&writer->wal_bytes, memory_order_relaxed);
}

const char *writer_epoch(const struct writer *writer)
{
	return writer->ledger.connection.epoch;
}

static void begin_problem(struct writer *writer, enum store_problem problem)
{
	struct log_quoted quoted;
	uint64_t suppressed, now_ms = clock_monotonic_ms();

	writer->problem_since_ms = now_ms;
	writer->was_logged = log_rate_admits(&writer->troubles, now_ms, &suppressed);
	if (writer->was_logged)
		log_error("event=history problem=%s error=%s suppressed=%" PRIu64,
			store_problem_code(problem),
			log_quote(&quoted,
				str_from(archive_error_text(writer->ledger.connection.archive))),
			suppressed);
	reactor_arm(&writer->worker.reactor, &writer->probe_timer, PROBE_EVERY_MS);
}

static void end_problem(struct writer *writer)
{
	if (writer->was_logged)
		log_info("event=history problem=%s after_ms=%" PRIu64, store_problem_code(STORE_OK),
			clock_monotonic_ms() - writer->problem_since_ms);
	reactor_disarm(&writer->worker.reactor, &writer->probe_timer);
}

/* The one place where the state changes. */
static void note_problem(struct writer *writer, enum store_problem problem)
{
	enum store_problem before = writer_problem(writer);

	if (problem == STORE_BUSY && *writer->setup.is_hurried)
		return; /* nobody waited */
	atomic_store_explicit(&writer->problem, problem, memory_order_relaxed);
	if (before == STORE_OK && problem != STORE_OK)
		begin_problem(writer, problem);
	else if (before != STORE_OK && problem == STORE_OK)
		end_problem(writer);
}

static void note_wal(struct writer *writer)
{
	int pages = archive_wal_pages(writer->ledger.connection.archive);

	atomic_store_explicit(
		&writer->wal_bytes, (uint64_t)pages * WAL_FRAME_BYTES, memory_order_relaxed);
	caretaker_note_wal(writer->caretaker, pages);
}

static void arm_upkeep(struct writer *writer)
{
	struct reactor *reactor = &writer->worker.reactor;
	struct timer *timer = &writer->upkeep_timer;
	uint64_t wait_ms = upkeep_wait_ms(&writer->upkeep, clock_monotonic_ms());

	/* Never later than it is already: commits must not put it off for ever. */
	if (wait_ms != UINT64_MAX &&
		(!timer_is_armed(timer) || timer->due_ms > reactor->now_ms + wait_ms))
		reactor_arm(reactor, timer, wait_ms);
}

/* Timers fire before mail is taken: what waits is looked for there, too. */
static bool is_idle(struct writer *writer)
{
	return list_is_empty(&writer->queue) && mailbox_is_empty(&writer->worker.reactor.mailbox);
}

static void run_upkeep(struct timer *timer)
{
	struct writer *writer = list_entry(timer, struct writer, upkeep_timer);

	if (!is_idle(writer) || *writer->setup.is_hurried) {
		reactor_arm(&writer->worker.reactor, timer, UPKEEP_EVERY_MS);
		return;
	}
	if (writer_problem(writer) != STORE_OK) {
		reactor_arm(&writer->worker.reactor, timer, PROBE_EVERY_MS);
		return;
	}
	upkeep_step(&writer->upkeep, &writer->ledger.connection, clock_monotonic_ms());
	note_wal(writer);
	arm_upkeep(writer);
}

static void run_probe(struct timer *timer)
{
	struct writer *writer = list_entry(timer, struct writer, probe_timer);

	reactor_arm(&writer->worker.reactor, timer, PROBE_EVERY_MS);
	/* A log that begins anew needs no space. */
	if (writer_problem(writer) != STORE_BUSY)
		caretaker_ask_checkpoint(writer->caretaker);
	if (is_idle(writer)) /* else what waits is the better probe */
		note_problem(writer, ledger_probe(&writer->ledger));
}

static void send_back(struct writer *writer, struct list *letters)
{
	struct outbox outbox = { 0 };

	while (!list_is_empty(letters)) {
		struct letter *letter = list_entry(letters->next, struct letter, link);

		list_remove(&letter->link);
		letter->mail.handle = writer->setup.settle;
		outbox_add(&outbox, &letter->mail);
	}
	if (!outbox_is_empty(&outbox))
		reactor_post_all(writer->setup.main_reactor, &outbox);
}

static void take_batch(struct list *queue, struct list *batch)
{
	list_init(batch);
	for (size_t i = 0; i < LEDGER_BATCH_MAX && !list_is_empty(queue); i++) {
		struct list *link = queue->next;

		list_remove(link);
		list_append(batch, link);
	}
}

static bool may_wait(const struct writer *writer, const struct list *batch)
{
	const struct letter *first = list_entry(batch->next, struct letter, link);

	return !*writer->setup.is_hurried &&
	       clock_monotonic_ms() - first->posted_ms < LEDGER_PATIENCE_MS;
}

/* Ahead of what waits: what is committed later is not in the answer, wherever it stood. */
static void answer_heads(struct writer *writer)
{
	struct list heads, batch;

	list_init(&heads);
	list_each_safe (link, &writer->queue) {
		if (list_entry(link, struct letter, link)->kind != LETTER_HEAD)
			continue;
		list_remove(link);
		list_append(&heads, link);
	}
	while (!list_is_empty(&heads)) {
		take_batch(&heads, &batch);
		(void)ledger_settle(&writer->ledger, &batch);
		send_back(writer, &batch);
	}
}

static void wait_on(struct writer *writer, struct list *batch)
{
	list_splice(batch, &writer->queue);
	list_splice(&writer->queue, batch);
	answer_heads(writer);
	reactor_arm(&writer->worker.reactor, &writer->again_timer, TRY_EVERY_MS);
}

static void try_again(struct timer *timer)
{
	struct writer *writer = list_entry(timer, struct writer, again_timer);

	reactor_schedule(&writer->worker.reactor, &writer->commit_task);
}

static void run_commit(struct reactor_task *task)
{
	struct writer *writer = list_entry(task, struct writer, commit_task);
	uint64_t before = writer->ledger.committed;
	enum store_problem problem;
	struct list batch;
	bool has_written;

	if (writer->is_ending || list_is_empty(&writer->queue))
		return; /* the rest is sent back at the end */
	take_batch(&writer->queue, &batch);
	problem = ledger_settle(&writer->ledger, &batch);
	has_written = writer->ledger.committed > before;
	if (problem == STORE_BUSY && !has_written && may_wait(writer, &batch)) {
		wait_on(writer, &batch);
		return;
	}
	/* A disk that is full still answers heads and finds repeated refs. */
	if (has_written || problem != STORE_OK)
		note_problem(writer, problem);
	note_wal(writer);
	send_back(writer, &batch);
	if (has_written)
		upkeep_note_commit(&writer->upkeep);
	arm_upkeep(writer);
	if (!list_is_empty(&writer->queue))
		reactor_schedule(&writer->worker.reactor, task);
}

void writer_take(struct mail *mail)
{
	struct letter *letter = list_entry(mail, struct letter, mail);
	struct writer *writer = letter->writer;

	list_append(&writer->queue, &letter->link);
	reactor_schedule(&writer->worker.reactor, &writer->commit_task);
}

void writer_post(struct writer *writer, struct outbox *letters)
{
	reactor_post_all(&writer->worker.reactor, letters);
}

struct writer *writer_create(const struct writer_setup *setup, enum store_problem *problem_out)
{
	struct writer *writer = mem_new(struct writer);

	writer->setup = *setup;
	list_init(&writer->queue);
	timer_init(&writer->again_timer, try_again);
	reactor_task_init(&writer->commit_task, run_commit);
	timer_init(&writer->probe_timer, run_probe);
	timer_init(&writer->upkeep_timer, run_upkeep);
	upkeep_init(&writer->upkeep, setup->config);
	if (!worker_init(&writer->worker))
		*problem_out = STORE_IO;
	else
		*problem_out = connection_open(&writer->ledger.connection, setup->path, setup->mode,
			NULL, setup->is_hurried);
	ledger_init(&writer->ledger, &writer->is_ending);
	if (*problem_out == STORE_OK)
		return writer;
	writer_destroy(writer);
	return NULL;
}

bool writer_start(struct writer *writer, struct caretaker *caretaker)
{
	writer->caretaker = caretaker;
	arm_upkeep(writer);
	return worker_start(&writer->worker, "history-writer");
}

void writer_destroy(struct writer *writer)
{
	if (writer == NULL)
		return;
	atomic_store(&writer->is_ending, true);
	worker_finish(&writer->worker); /* what mail was left is in the queue now */
	ledger_turn_away(&writer->queue);
	send_back(writer, &writer->queue);
	ledger_finish(&writer->ledger);
	mem_free(writer);
}
