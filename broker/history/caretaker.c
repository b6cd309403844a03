/* SPDX-License-Identifier: MIT */
/* A checkpoint is asked for whenever the log has grown by a step, or cannot grow, and only one at a
 * time. Far beyond, readers and the writer are waited for so that the log can begin anew: what an
 * impatient one has copied before makes that a short wait. */
#include "broker/history/caretaker.h"

#include <stdatomic.h>
#include <string.h>

#include "broker/history/worker.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define STEP_PAGES 1000
#define PATIENT_PAGES 16000
/* The writer waits as long as a patient checkpoint does: much less than a message may. */
#define PATIENCE_MS 500

struct caretaker {
	struct worker worker;
	struct connection connection;
	errand_done_fn *done;
	atomic_bool is_ending;
	struct log_rate failures;
	/* The checkpoint's; at most one is under way. */
	struct mail checkpoint_mail;
	atomic_bool has_checkpoint;
	atomic_bool is_patient;
	/* The writer's. */
	int last_pages;
	int next_pages;
};

static enum store_problem prepare(struct caretaker *caretaker)
{
	struct connection *connection = &caretaker->connection;
	enum store_problem problem = connection_renew(connection);

	if (problem == STORE_OK)
		connection_set_patience(connection, PATIENCE_MS);
	return problem;
}

static void handle_checkpoint(struct mail *mail)
{
	struct caretaker *caretaker = list_entry(mail, struct caretaker, checkpoint_mail);
	struct connection *connection = &caretaker->connection;
	enum store_problem problem;
	uint64_t suppressed;

	if (caretaker->is_ending)
		return;
	problem = prepare(caretaker);
	if (problem == STORE_OK)
		problem = archive_checkpoint(connection->archive, false);
	if (problem == STORE_OK && atomic_exchange(&caretaker->is_patient, false))
		problem = archive_checkpoint(connection->archive, true);
	connection_note(connection, problem);
	atomic_store(&caretaker->has_checkpoint, false);
	if (problem != STORE_OK && problem != STORE_BUSY &&
		log_rate_admits(&caretaker->failures, clock_monotonic_ms(), &suppressed))
		log_warning("event=history_checkpoint problem=%s", store_problem_code(problem));
}

void caretaker_ask_checkpoint(struct caretaker *caretaker)
{
	if (!atomic_exchange(&caretaker->has_checkpoint, true))
		reactor_post(&caretaker->worker.reactor, &caretaker->checkpoint_mail);
}

void caretaker_note_wal(struct caretaker *caretaker, int pages)
{
	if (pages < caretaker->last_pages)
		caretaker->next_pages = STEP_PAGES; /* the log has begun anew */
	caretaker->last_pages = pages;
	if (pages < caretaker->next_pages)
		return;
	caretaker->next_pages = pages + STEP_PAGES;
	if (pages >= PATIENT_PAGES)
		atomic_store(&caretaker->is_patient, true);
	caretaker_ask_checkpoint(caretaker);
}

static void handle_errand(struct mail *mail)
{
	struct errand *errand = list_entry(mail, struct errand, mail);
	struct caretaker *caretaker = errand->caretaker;

	errand->problem = STORE_BUSY;
	if (!caretaker->is_ending)
		errand->problem = prepare(caretaker);
	if (!caretaker->is_ending && errand->problem == STORE_OK)
		errand->problem = connection_note(&caretaker->connection,
			archive_backup(caretaker->connection.archive, errand->path));
	caretaker->done(errand);
}

void caretaker_post(struct caretaker *caretaker, struct errand *errand)
{
	errand->caretaker = caretaker;
	errand->mail.handle = handle_errand;
	reactor_post(&caretaker->worker.reactor, &errand->mail);
}

struct caretaker *caretaker_create(const char *path, enum archive_mode mode, const char *epoch,
	errand_done_fn *done, enum store_problem *problem_out)
{
	struct caretaker *caretaker = mem_new(struct caretaker);
	bool is_ready = worker_init(&caretaker->worker);

	caretaker->done = done;
	caretaker->next_pages = STEP_PAGES;
	caretaker->checkpoint_mail.handle = handle_checkpoint;
	*problem_out = connection_open(
		&caretaker->connection, path, mode, epoch, &caretaker->is_ending);
	if (*problem_out == STORE_OK && is_ready &&
		worker_start(&caretaker->worker, "history-care"))
		return caretaker;
	if (*problem_out == STORE_OK)
		*problem_out = STORE_BUSY;
	caretaker_destroy(caretaker);
	return NULL;
}

void caretaker_destroy(struct caretaker *caretaker)
{
	if (caretaker == NULL)
		return;
	atomic_store(&caretaker->is_ending, true);
	worker_finish(&caretaker->worker);
	connection_close(&caretaker->connection);
	mem_free(caretaker);
}
