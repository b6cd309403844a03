/* SPDX-License-Identifier: MIT */
/* A job travels as one mail, to the thread and back. */
#include "broker/order/registrar.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "broker/history/worker.h"
#include "broker/stats.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/config.h"
#include "common/store/archive.h"

/* Other processes hold the database for moments only. */
#define PATIENCE_MS 2000

struct kept {
	struct kept *next;
	char data[];
};

struct registrar {
	struct reactor *reactor; /* borrowed */
	struct stats *stats; /* borrowed */
	void (*tell)(void *context, const struct registrar_job *job);
	void *context;
	size_t waiting; /* the main thread's: jobs that are not back */
	bool has_worker;
	struct worker worker;
	_Atomic bool is_ending;
	/* The thread's. */
	int patience_ms;
	char *accounts_path; /* owned */
	char *history_path; /* owned */
	struct accounts *accounts; /* owned; NULL: not open */
};

struct registrar_job *registrar_job_create(enum registrar_task task)
{
	struct registrar_job *job = mem_new(struct registrar_job);

	job->task = task;
	return job;
}

void registrar_job_destroy(struct registrar_job *job)
{
	if (job == NULL)
		return;
	while (job->kept != NULL) {
		struct kept *kept = job->kept;

		job->kept = kept->next;
		mem_free(kept);
	}
	mem_free(job);
}

const uint8_t *registrar_keep_bytes(struct registrar_job *job, const uint8_t *data, size_t size)
{
	struct kept *kept = mem_alloc(sizeof(*kept) + size + 1);

	if (size > 0)
		memcpy(kept->data, data, size);
	kept->next = job->kept;
	job->kept = kept;
	return (const uint8_t *)kept->data;
}

struct str registrar_keep(struct registrar_job *job, struct str text)
{
	return str_range(
		(const char *)registrar_keep_bytes(job, (const uint8_t *)text.data, text.len),
		text.len);
}

/* On the thread. */

static void close_accounts(struct registrar *registrar)
{
	accounts_close(registrar->accounts);
	registrar->accounts = NULL;
}

static bool is_missing(const char *path)
{
	return access(path, F_OK) != 0 && errno == ENOENT;
}

/* Another file may have taken its place. */
static enum store_problem open_accounts(struct registrar *registrar, bool was_there)
{
	enum store_problem problem;

	if (registrar->accounts != NULL && accounts_check_file(registrar->accounts) != STORE_OK)
		close_accounts(registrar);
	if (registrar->accounts != NULL) {
		accounts_set_patience(registrar->accounts, registrar->patience_ms);
		return STORE_OK;
	}
	/* A new one would have no rules and no bans, and all would come in. */
	if (was_there && is_missing(registrar->accounts_path))
		return STORE_GONE;
	registrar->accounts = accounts_open(registrar->accounts_path, ACCOUNTS_WRITE, &problem);
	if (registrar->accounts == NULL)
		return problem;
	accounts_set_patience(registrar->accounts, registrar->patience_ms);
	return STORE_OK;
}

static bool note_author(void *context, const struct archive_message *message)
{
	struct user *author = context;

	snprintf(author->name, sizeof(author->name), "%.*s", STR_ARG(message->user));
	return false;
}

/* Who said the message; *is_found: somebody did, and not the site. */
static enum store_problem read_author(
	struct archive *archive, struct str room, uint64_t seq, struct user *author, bool *is_found)
{
	struct archive_room found;
	struct archive_target target = { 0 };
	enum store_problem problem = archive_find_room(archive, room, &found);

	if (problem == STORE_OK)
		problem = archive_find_target(archive, found.id, seq, &target);
	*is_found = target.has_sender;
	if (problem != STORE_OK || !target.has_sender)
		return problem;
	memcpy(author->id, target.sender, sizeof(author->id));
	return archive_read_after(archive, room, seq - 1, 1, note_author, author);
}

static bool find_author(struct registrar *registrar, struct str room, uint64_t seq,
	struct user *author, enum store_problem *problem)
{
	struct archive *archive = archive_open(registrar->history_path, ARCHIVE_READ, problem);
	bool is_found;

	if (archive == NULL)
		return false;
	*problem = read_author(archive, room, seq, author, &is_found);
	archive_close(archive);
	return is_found && *problem == STORE_OK;
}

/* Somebody from another site has no account, but may have a role in the room. */
static bool is_guest(
	struct accounts *accounts, struct str room, const uint8_t id[static USER_ID_SIZE])
{
	struct subject subject = { .user = id, .address = STR("") };
	struct account account;
	struct standing standing;
	struct room_row row;
	bool is_found = false;

	return accounts_find_id(accounts, id, &account, &is_found) == STORE_OK && !is_found &&
	       moderation_find_standing(
		       accounts, room, &subject, clock_wall_ms(), &standing, &row) == STORE_OK &&
	       standing.role < ROLE_MEMBER;
}

static void do_order(struct registrar_job *job)
{
	struct user author;

	if (job->target > 0) {
		if (!find_author(
			    job->registrar, job->order.room, job->target, &author, &job->problem)) {
			job->result = MODERATION_NOBODY;
			return;
		}
		job->order.user = author.id;
		job->order.name = str_from(author.name);
		job->order.user_is_guest = is_guest(
			job->registrar->accounts, job->order.room, author.id);
	}
	job->problem = moderation_order(
		job->registrar->accounts, &job->order, clock_wall_ms(), &job->result);
	if (job->target > 0) { /* the author does not outlive this call */
		job->order.user = NULL;
		job->order.name = STR_OF("");
	}
}

static void do_room(struct registrar_job *job)
{
	job->problem = moderation_make_room(
		job->registrar->accounts, job->order.room, &job->owner, clock_wall_ms());
}

static void do_audit(struct registrar_job *job)
{
	job->problem = audit_add(job->registrar->accounts, &job->audit);
}

static void (*const doers[])(struct registrar_job *job) = {
	[REGISTRAR_ORDER] = do_order,
	[REGISTRAR_ROOM] = do_room,
	[REGISTRAR_AUDIT] = do_audit,
};

/* At the end all that waits shares the patience of one: others may keep the file for long. */
static void note_problem(struct registrar *registrar, enum store_problem problem)
{
	log_error("event=registrar problem=%s", store_problem_code(problem));
	close_accounts(registrar);
	if (problem == STORE_BUSY && registrar->is_ending)
		registrar->patience_ms = 0;
}

static void handle_done(struct mail *mail);

static void handle_job(struct mail *mail)
{
	struct registrar_job *job = list_entry(mail, struct registrar_job, mail);
	struct registrar *registrar = job->registrar;

	job->problem = open_accounts(registrar, job->has_accounts);
	if (job->problem == STORE_OK)
		doers[job->task](job);
	if (job->problem != STORE_OK)
		note_problem(registrar, job->problem);
	job->mail.handle = handle_done;
	reactor_post(registrar->reactor, &job->mail);
}

/* On the main thread. */

static void note_outcome(struct registrar *registrar, const struct registrar_job *job)
{
	bool is_done = job->problem == STORE_OK && job->result == MODERATION_DONE;

	if (job->task == REGISTRAR_ORDER)
		stat_add(registrar->stats, is_done ? STAT_ORDERS : STAT_ORDERS_REFUSED, 1);
}

static void handle_done(struct mail *mail)
{
	struct registrar_job *job = list_entry(mail, struct registrar_job, mail);
	struct registrar *registrar = job->registrar;

	registrar->waiting--;
	note_outcome(registrar, job);
	registrar->tell(registrar->context, job);
	registrar_job_destroy(job);
}

struct registrar *registrar_create(const struct config *config, struct reactor *reactor,
	struct stats *stats, void (*tell)(void *context, const struct registrar_job *job),
	void *context)
{
	struct registrar *registrar = mem_new(struct registrar);
	struct buf path = { 0 };

	registrar->reactor = reactor;
	registrar->patience_ms = PATIENCE_MS;
	registrar->stats = stats;
	registrar->tell = tell;
	registrar->context = context;
	registrar->accounts_path = mem_strdup(config_path(config, &path, "accounts.db"));
	registrar->history_path = mem_strdup(config_path(config, &path, "history.db"));
	buf_finish(&path);
	return registrar;
}

static bool start(struct registrar *registrar)
{
	if (registrar->has_worker || registrar->is_ending)
		return !registrar->is_ending;
	if (!worker_init(&registrar->worker))
		return false;
	registrar->has_worker = worker_start(&registrar->worker, "registrar");
	if (!registrar->has_worker)
		worker_finish(&registrar->worker);
	return registrar->has_worker;
}

bool registrar_take(struct registrar *registrar, struct registrar_job *job)
{
	if (registrar->waiting >= REGISTRAR_JOBS_MAX || !start(registrar)) {
		stat_add(registrar->stats, STAT_ORDERS_BUSY, 1);
		registrar_job_destroy(job);
		return false;
	}
	registrar->waiting++;
	job->registrar = registrar;
	job->mail.handle = handle_job;
	reactor_post(&registrar->worker.reactor, &job->mail);
	return true;
}

void registrar_stop(struct registrar *registrar)
{
	if (registrar == NULL)
		return;
	registrar->is_ending = true;
	if (!registrar->has_worker)
		return;
	worker_finish(&registrar->worker);
	registrar->has_worker = false;
}

void registrar_destroy(struct registrar *registrar)
{
	if (registrar == NULL)
		return;
	registrar_stop(registrar);
	close_accounts(registrar);
	mem_free(registrar->accounts_path);
	mem_free(registrar->history_path);
	mem_free(registrar);
}
