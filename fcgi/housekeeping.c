/* SPDX-License-Identifier: MIT */
#include "fcgi/housekeeping.h"

#include <inttypes.h>
#include <pthread.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/json.h"
#include "common/session.h"
#include "common/store/api_keys.h"
#include "fcgi/thread.h"

#define SECOND_MS ((uint64_t)1000)
#define FIRST_MS (60 * SECOND_MS) /* the broker may start later than we do */
#define PURGE_MS (24 * 3600 * SECOND_MS)
#define MINUTE_MS (60 * (int64_t)1000)

struct housekeeping {
	struct app *app; /* borrowed */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t has_ended;
	bool is_ending;
	uint64_t purge_ms; /* monotonic: when */
};

static void read_hash(const struct json *value, struct buf *hashes)
{
	uint8_t hash[SESSION_HASH_SIZE];
	struct str text;
	size_t len;

	if (json_get_string(value, &text) && crypto_base64_decode(text, hash, sizeof(hash), &len) &&
		len == sizeof(hash))
		buf_append(hashes, hash, sizeof(hash));
}

static void touch_all(struct app *app, const struct buf *hashes, int64_t now_ms)
{
	enum store_problem problem;
	struct accounts *accounts = pool_borrow(app->accounts, &problem);

	if (accounts == NULL)
		return;
	problem = sessions_touch(accounts, (const uint8_t(*)[SESSION_HASH_SIZE])hashes->data,
		hashes->len / SESSION_HASH_SIZE, now_ms);
	pool_return(app->accounts, accounts, problem);
}

void housekeeping_touch(struct app *app, const struct json *answer, int64_t now_ms)
{
	const struct json *sessions = json_find(answer, "sessions");
	struct buf hashes = { 0 };

	for (size_t i = 0; i < json_count(sessions); i++)
		read_hash(json_at(sessions, i), &hashes);
	if (hashes.len > 0)
		touch_all(app, &hashes, now_ms);
	buf_finish(&hashes);
}

static int64_t before(int64_t now_ms, int64_t minutes)
{
	return minutes == 0 ? INT64_MIN : now_ms - minutes * MINUTE_MS;
}

static enum store_problem purge(
	const struct config *config, struct accounts *accounts, int64_t now_ms)
{
	size_t sessions = 0, keys = 0;
	enum store_problem problem = sessions_purge(accounts,
		before(now_ms, config->sessions_lifetime_minutes),
		before(now_ms, config->sessions_idle_minutes), now_ms, &sessions);

	if (problem == STORE_OK)
		problem = api_keys_purge(accounts, now_ms, &keys);
	if (sessions > 0)
		log_info("event=sessions_purged count=%zu", sessions);
	if (keys > 0)
		log_info("event=api_keys_purged count=%zu", keys);
	return problem;
}

void housekeeping_purge(struct app *app, int64_t now_ms)
{
	enum store_problem problem;
	struct accounts *accounts = pool_borrow(app->accounts, &problem);

	if (accounts == NULL)
		return;
	problem = purge(app->config, accounts, now_ms);
	pool_return(app->accounts, accounts, problem);
}

static bool is_ending(struct housekeeping *housekeeping)
{
	bool is_ending;

	pthread_mutex_lock(&housekeeping->lock);
	is_ending = housekeeping->is_ending;
	pthread_mutex_unlock(&housekeeping->lock);
	return is_ending;
}

/* All pages of the broker's answer. */
static void touch_live(struct housekeeping *housekeeping)
{
	struct app *app = housekeeping->app;
	struct buf after = { 0 };
	bool has_more = true;

	while (has_more && !is_ending(housekeeping)) {
		struct json *answer = app_ask_sessions(app, buf_str(&after));
		struct str next;

		housekeeping_touch(app, answer, clock_wall_ms());
		has_more = json_get_string(json_find(answer, "next"), &next);
		buf_clear(&after);
		if (has_more)
			buf_append_str(&after, next);
		json_destroy(answer);
	}
	buf_finish(&after);
}

static void work(struct housekeeping *housekeeping)
{
	touch_live(housekeeping);
	if (clock_monotonic_ms() < housekeeping->purge_ms)
		return;
	housekeeping_purge(housekeeping->app, clock_wall_ms());
	housekeeping->purge_ms = clock_monotonic_ms() + PURGE_MS;
}

/* False when it is time to stop. */
static bool wait_until(struct housekeeping *housekeeping, uint64_t until_ms)
{
	struct timespec deadline = { .tv_sec = (time_t)(until_ms / 1000),
		.tv_nsec = (long)(until_ms % 1000) * 1000000 };
	int problem = 0;
	bool goes_on;

	pthread_mutex_lock(&housekeeping->lock);
	while (!housekeeping->is_ending && problem == 0)
		problem = pthread_cond_timedwait(
			&housekeeping->has_ended, &housekeeping->lock, &deadline);
	goes_on = !housekeeping->is_ending;
	pthread_mutex_unlock(&housekeeping->lock);
	return goes_on;
}

static void *run(void *context)
{
	struct housekeeping *housekeeping = context;
	uint64_t round_ms = (uint64_t)session_touch_ms(housekeeping->app->config);
	uint64_t next_ms = clock_monotonic_ms() + (round_ms < FIRST_MS ? round_ms : FIRST_MS);

	while (wait_until(housekeeping, next_ms)) {
		work(housekeeping);
		next_ms = clock_monotonic_ms() + round_ms;
	}
	return NULL;
}

static void destroy(struct housekeeping *housekeeping)
{
	pthread_cond_destroy(&housekeeping->has_ended);
	pthread_mutex_destroy(&housekeeping->lock);
	mem_free(housekeeping);
}

struct housekeeping *housekeeping_start(struct app *app)
{
	struct housekeeping *housekeeping = mem_new(struct housekeeping);
	pthread_condattr_t monotonic;

	housekeeping->app = app;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&housekeeping->has_ended, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&housekeeping->lock, NULL);
	if (thread_start(&housekeeping->thread, "housekeeping", run, housekeeping))
		return housekeeping;
	destroy(housekeeping);
	return NULL;
}

void housekeeping_stop(struct housekeeping *housekeeping)
{
	if (housekeeping == NULL)
		return;
	pthread_mutex_lock(&housekeeping->lock);
	housekeeping->is_ending = true;
	pthread_cond_signal(&housekeeping->has_ended);
	pthread_mutex_unlock(&housekeeping->lock);
	pthread_join(housekeeping->thread, NULL);
	destroy(housekeeping);
}
