/* SPDX-License-Identifier: MIT */
/* Callers bring their own room: a job lies on the stack of whoever waits for it, and the queue is a
 * list of these. */
#include "fcgi/hasher.h"

#include <inttypes.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "fcgi/thread.h"

#define NICE 19

struct job {
	struct str password; /* borrowed, as all it points to */
	const char *hash; /* to compare with; NULL: make one */
	char *hash_out;
	bool matches;
	enum hasher_result result;
	bool is_done;
	struct job *next;
};

struct hasher {
	const struct config *config; /* borrowed */
	size_t waiting_max; /* the one at work counts */
	pthread_mutex_t lock;
	pthread_cond_t has_come; /* a job, or the end */
	pthread_cond_t has_gone; /* a job is done */
	pthread_t thread;
	bool is_started;
	bool is_ending;
	struct job *first, **end; /* those that nobody works at yet */
	size_t waiting;
	struct hasher_counts counts;
};

struct hasher *hasher_create(const struct config *config)
{
	struct hasher *hasher = mem_new(struct hasher);

	hasher->config = config;
	hasher->waiting_max = config->fcgi_threads < 2 ? 1 : (size_t)config->fcgi_threads / 2;
	hasher->end = &hasher->first;
	pthread_mutex_init(&hasher->lock, NULL);
	pthread_cond_init(&hasher->has_come, NULL);
	pthread_cond_init(&hasher->has_gone, NULL);
	return hasher;
}

/* Without the lock. */
static void work(const struct hasher *hasher, struct job *job)
{
	uint64_t start_ms = clock_monotonic_ms();
	bool is_done = true;

	if (job->hash == NULL)
		is_done = password_hash(job->password, hasher->config, job->hash_out);
	else
		job->matches = password_matches(job->password, job->hash, hasher->config);
	job->result = is_done ? HASHER_DONE : HASHER_FAILED;
	log_info("event=hash result=%s ms=%" PRIu64, is_done ? "done" : "failed",
		clock_monotonic_ms() - start_ms);
}

/* With the lock held; NULL at the end, when nothing is left to do. */
static struct job *take_job(struct hasher *hasher)
{
	struct job *job;

	while (hasher->first == NULL && !hasher->is_ending)
		pthread_cond_wait(&hasher->has_come, &hasher->lock);
	job = hasher->first;
	if (job != NULL)
		hasher->first = job->next;
	if (hasher->first == NULL)
		hasher->end = &hasher->first;
	return job;
}

static void *run(void *context)
{
	struct hasher *hasher = context;
	struct job *job;

	/* Linux: of this thread alone. */
	if (setpriority(PRIO_PROCESS, (id_t)gettid(), NICE) != 0)
		log_errno("event=hasher_nice");
	pthread_mutex_lock(&hasher->lock);
	while ((job = take_job(hasher)) != NULL) {
		pthread_mutex_unlock(&hasher->lock);
		work(hasher, job);
		pthread_mutex_lock(&hasher->lock);
		job->is_done = true;
		hasher->waiting--;
		pthread_cond_broadcast(&hasher->has_gone);
	}
	pthread_mutex_unlock(&hasher->lock);
	return NULL;
}

bool hasher_start(struct hasher *hasher)
{
	hasher->is_started = thread_start(&hasher->thread, "hasher", run, hasher);
	return hasher->is_started;
}

void hasher_destroy(struct hasher *hasher)
{
	if (hasher == NULL)
		return;
	pthread_mutex_lock(&hasher->lock);
	hasher->is_ending = true;
	pthread_cond_signal(&hasher->has_come);
	pthread_mutex_unlock(&hasher->lock);
	if (hasher->is_started)
		pthread_join(hasher->thread, NULL);
	pthread_cond_destroy(&hasher->has_gone);
	pthread_cond_destroy(&hasher->has_come);
	pthread_mutex_destroy(&hasher->lock);
	mem_free(hasher);
}

/* With the lock held. */
static void wait_for(struct hasher *hasher, struct job *job)
{
	*hasher->end = job;
	hasher->end = &job->next;
	pthread_cond_signal(&hasher->has_come);
	while (!job->is_done)
		pthread_cond_wait(&hasher->has_gone, &hasher->lock);
}

/* With the lock held. */
static bool admit(struct hasher *hasher)
{
	if (hasher->waiting == hasher->waiting_max) {
		hasher->counts.refusals++;
		return false;
	}
	hasher->counts.hashes++;
	hasher->waiting++;
	return true;
}

static enum hasher_result submit(struct hasher *hasher, struct job *job)
{
	bool is_admitted;

	pthread_mutex_lock(&hasher->lock);
	is_admitted = admit(hasher);
	if (is_admitted && hasher->is_started) {
		wait_for(hasher, job);
	} else if (is_admitted) {
		work(hasher, job); /* the only request of this process */
		hasher->waiting--;
	}
	pthread_mutex_unlock(&hasher->lock);
	return is_admitted ? job->result : HASHER_BUSY;
}

enum hasher_result hasher_hash(
	struct hasher *hasher, struct str password, char hash_out[static PASSWORD_HASH_SIZE])
{
	struct job job = { .password = password, .hash_out = hash_out };

	return submit(hasher, &job);
}

enum hasher_result hasher_matches(
	struct hasher *hasher, struct str password, const char *hash, bool *matches_out)
{
	struct job job = { .password = password, .hash = hash };
	enum hasher_result result = submit(hasher, &job);

	*matches_out = job.matches;
	return result;
}

struct hasher_counts hasher_read_counts(struct hasher *hasher)
{
	struct hasher_counts counts;

	pthread_mutex_lock(&hasher->lock);
	counts = hasher->counts;
	counts.waiting = hasher->waiting;
	pthread_mutex_unlock(&hasher->lock);
	return counts;
}
