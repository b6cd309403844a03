/* SPDX-License-Identifier: MIT */
/* What is revoked together is sought in one walk over all connections: 30 ns each, and nothing has
 * to be kept for it, neither lists of a session's connections nor an index of guests. The walk is
 * not cut up, so that who comes in later is not taken for somebody of before; what is cut up is the
 * closing. */
#include "broker/revoker.h"

#include <stdio.h>
#include <string.h>

#include "broker/away.h"
#include "broker/broker.h"
#include "broker/closing.h"
#include "broker/conn.h"
#include "broker/joiner.h"
#include "broker/logins.h"
#include "broker/shard.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/map.h"
#include "common/base/mem.h"

#define POLL_MS 250
/* In 30 minutes 144,000 sessions: more than there are sockets. */
#define RECHECKS_PER_POLL 20
#define LOOKS_PER_POLL 1000
#define PAST_ALL UINT64_MAX /* a position */

struct condemned {
	uint64_t channel;
	const struct closing *closing;
};

/* Whom to close, and why: hashes of sessions and ids of users, told apart by their length. */
struct batch {
	struct revoker *revoker;
	struct map *closings;
};

static struct batch batch_begin(struct revoker *revoker)
{
	return (struct batch){ revoker, map_create() };
}

static void batch_add(
	struct batch *batch, const uint8_t *key, size_t size, const struct closing *closing)
{
	map_put(batch->closings, str_range((const char *)key, size),
		(struct closing *)(uintptr_t)closing);
}

static const struct closing *batch_find(
	const struct batch *batch, const uint8_t *session, const uint8_t *user)
{
	const struct closing *closing = NULL;

	if (user != NULL)
		closing = map_find(batch->closings, str_range((const char *)user, USER_ID_SIZE));
	/* The user first: a ban ends the sessions, too. */
	if (closing == NULL && session != NULL)
		closing = map_find(
			batch->closings, str_range((const char *)session, SESSION_HASH_SIZE));
	return closing;
}

static const uint8_t *session_of(const struct login *login)
{
	return login == NULL ? NULL : login->key_hash;
}

static void condemn(struct revoker *revoker, uint64_t channel, const struct closing *closing)
{
	revoker->condemned = mem_grow(revoker->condemned, &revoker->condemned_capacity,
		revoker->condemned_count, sizeof(struct condemned));
	revoker->condemned[revoker->condemned_count++] = (struct condemned){ channel, closing };
	reactor_schedule(&revoker->broker->reactor, &revoker->task);
}

static void condemn_conns(const struct batch *batch)
{
	struct broker *broker = batch->revoker->broker;
	uint64_t position = 0;

	for (struct conn *conn = slab_next(&broker->conns, &position); conn != NULL;
		conn = slab_next(&broker->conns, &position)) {
		const struct closing *closing = batch_find(batch,
			session_of(broker_login(broker, &conn->channel)),
			broker_user(broker, &conn->channel));

		if (closing != NULL)
			condemn(batch->revoker, broker_channel_id(broker, &conn->channel), closing);
	}
}

/* Handshakes, and who waits to come into a room. */
static void condemn_scopes(const struct batch *batch)
{
	struct broker *broker = batch->revoker->broker;

	list_each_safe (link, &broker->scopes) {
		struct scope *scope = list_entry(link, struct scope, link);
		const struct closing *closing = batch_find(
			batch, session_of(scope->login), scope->who.user.id);

		if (closing == NULL)
			continue;
		scope->closing = closing;
		if (scope->joiner != NULL)
			joiner_turn_away(broker, scope->joiner, closing);
	}
}

static bool is_condemned(const void *batch, const uint8_t *session, const uint8_t *user)
{
	return batch_find(batch, session, user) != NULL;
}

static void batch_end(struct batch *batch)
{
	struct revoker *revoker = batch->revoker;
	uint32_t before = revoker->condemned_count;

	if (map_count(batch->closings) > 0) {
		condemn_scopes(batch);
		condemn_conns(batch);
		away_judge(revoker->broker->away, is_condemned, batch);
	}
	if (revoker->condemned_count > before)
		log_info("event=revoked keys=%zu connections=%u", map_count(batch->closings),
			revoker->condemned_count - before);
	map_destroy(batch->closings);
}

/* The newest first: that is how a person's channels are listed (broker/presence.h). */
static void close_some(struct revoker *revoker)
{
	struct broker *broker = revoker->broker;

	for (size_t i = 0; i < REVOKER_SLICE && revoker->condemned_count > 0; i++) {
		struct condemned last = revoker->condemned[--revoker->condemned_count];
		struct channel *channel = broker_find_channel(broker, last.channel);

		if (channel != NULL)
			shard_close_conn(conn_of(channel)->shard, conn_of(channel), last.closing);
	}
	if (revoker->condemned_count > 0)
		return;
	mem_free(revoker->condemned);
	revoker->condemned = NULL;
	revoker->condemned_capacity = 0;
}

/* False when nobody can tell at this moment. */
static bool ask_about_login(struct batch *batch, struct login *login)
{
	struct revoker *revoker = batch->revoker;
	struct session session;
	const struct closing *closing = NULL;

	switch (session_find(revoker->book.accounts, revoker->broker->config, login->key_hash,
		clock_wall_ms(), &session)) {
	case SESSION_UNREADABLE:
		return false;
	case SESSION_VALID:
		break;
	case SESSION_NONE:
	case SESSION_OVER:
		closing = &closing_logged_out;
		break;
	case SESSION_BANNED:
		closing = &closing_banned;
		break;
	}
	login->checked_s = (uint32_t)(revoker->broker->reactor.now_ms / 1000);
	if (closing != NULL)
		batch_add(batch, login->key_hash, SESSION_HASH_SIZE, closing);
	return true;
}

/* Nobody but its owner goes by an account's id, or by a name of its or one that looks like it. */
static bool ask_about_guest(struct batch *batch, const struct user *guest)
{
	struct accounts *accounts = batch->revoker->book.accounts;
	bool id_is_taken, name_is_taken;

	if (accounts == NULL ||
		accounts_judge_guest(accounts, guest, &id_is_taken, &name_is_taken) != STORE_OK)
		return false;
	if (id_is_taken || name_is_taken)
		batch_add(batch, guest->id, USER_ID_SIZE, &closing_logged_out);
	return true;
}

/* One in no room is heard by nobody. */
static bool ask_about_conn(struct batch *batch, const struct conn *conn)
{
	const struct person *person = conn->channel.person;
	struct user guest;

	if (!conn->is_guest || person == NULL)
		return true;
	memcpy(guest.id, person->id, sizeof(guest.id));
	snprintf(guest.name, sizeof(guest.name), "%s", person->name);
	return ask_about_guest(batch, &guest);
}

static void recheck_some(struct revoker *revoker)
{
	struct logins *logins = revoker->broker->logins;
	uint32_t now_s = (uint32_t)(revoker->broker->reactor.now_ms / 1000);
	struct batch batch = batch_begin(revoker);
	size_t checked = 0;

	for (size_t i = 0; i < LOOKS_PER_POLL && checked < RECHECKS_PER_POLL; i++) {
		struct login *login = logins_next(logins, &revoker->recheck_position);

		if (login == NULL) {
			revoker->recheck_position = 0;
			break;
		}
		if (now_s - login->checked_s < REVOKER_RECHECK_MS / 1000)
			continue;
		if (!ask_about_login(&batch, login))
			break;
		checked++;
	}
	batch_end(&batch);
}

static bool ask_anew(struct batch *batch)
{
	struct revoker *revoker = batch->revoker;
	struct login *login;
	struct conn *conn;
	size_t asked = 0;

	for (; asked < REVOKER_SLICE; asked++) {
		uint64_t position = revoker->anew_logins;

		login = logins_next(revoker->broker->logins, &position);
		if (login == NULL)
			break;
		if (!ask_about_login(batch, login))
			return false;
		revoker->anew_logins = position;
	}
	for (; asked < REVOKER_SLICE; asked++) {
		uint64_t position = revoker->anew_conns;

		conn = slab_next(&revoker->broker->conns, &position);
		if (conn == NULL) {
			revoker->asks_anew = false;
			break;
		}
		if (!ask_about_conn(batch, conn))
			return false;
		revoker->anew_conns = position;
	}
	return true;
}

static void run_slice(struct reactor_task *task)
{
	struct revoker *revoker = list_entry(task, struct revoker, task);
	bool goes_on = true;

	close_some(revoker);
	if (revoker->asks_anew) {
		struct batch batch = batch_begin(revoker);

		goes_on = ask_anew(&batch);
		batch_end(&batch);
	}
	/* What cannot be asked now is asked after the next look at the file. */
	if (revoker->condemned_count > 0 || (revoker->asks_anew && goes_on))
		reactor_schedule(&revoker->broker->reactor, task);
}

static void begin_anew(struct revoker *revoker)
{
	away_end(revoker->broker->away); /* they are looked up when they come again */
	if (revoker->broker->connections == 0)
		return;
	revoker->asks_anew = true;
	revoker->asked_anew++;
	revoker->anew_logins = revoker->anew_conns = 0;
	revoker->names_were_taken = false;
	log_info("event=asking_anew connections=%zu", revoker->broker->connections);
}

/* Guests may go by what is somebody's name now. One round at a time, and the next no sooner than
 * the next look: who changes names all the time does not keep everybody else from being served. */
static void begin_with_guests(struct revoker *revoker)
{
	if (!revoker->names_were_taken || revoker->asks_anew)
		return;
	revoker->names_were_taken = false;
	revoker->asks_anew = true;
	revoker->anew_logins = PAST_ALL;
	revoker->anew_conns = 0;
}

/* A user of whom something was revoked, and who has an account, may have a new name. */
static bool are_names_taken(const struct batch *batch)
{
	size_t position = 0;
	struct account account;
	struct str key;
	void *closing;

	while (map_next(batch->closings, &position, &key, &closing)) {
		bool is_found = false;

		if (key.len == USER_ID_SIZE &&
			(accounts_find_id(batch->revoker->book.accounts, (const uint8_t *)key.data,
				 &account, &is_found) != STORE_OK ||
				is_found))
			return true;
	}
	return false;
}

/* A session without connections here is nobody's business. */
static void note_revocation(void *context, const struct revocation *revocation)
{
	struct batch *batch = context;
	bool is_user = revocation->kind == REVOKED_USER;

	if (is_user || logins_find(batch->revoker->broker->logins, revocation->key) != NULL)
		batch_add(batch, revocation->key, is_user ? USER_ID_SIZE : SESSION_HASH_SIZE,
			revocation->is_ban ? &closing_banned : &closing_logged_out);
}

static enum store_problem read_revocations(struct revoker *revoker)
{
	struct batch batch = batch_begin(revoker);
	bool is_first = revoker->last_revocation < 0;
	bool is_complete;
	enum store_problem problem = revocations_read(revoker->book.accounts,
		&revoker->last_revocation, note_revocation, &batch, &is_complete);

	if (problem == STORE_OK && are_names_taken(&batch)) {
		revoker->names_were_taken = true;
		revoker->asked_anew++; /* handshakes, when they end */
	}
	batch_end(&batch);
	if (problem == STORE_OK && !is_complete && !is_first)
		begin_anew(revoker);
	return problem;
}

void revoker_catch_up(struct revoker *revoker)
{
	int64_t version;
	enum store_problem problem;

	if (account_book_look(&revoker->book, revoker->broker->reactor.now_ms)) {
		revoker->last_revocation = -1;
		begin_anew(revoker);
	}
	if (revoker->book.accounts == NULL)
		return;
	problem = accounts_read_version(revoker->book.accounts, &version);
	if (problem == STORE_OK && (revoker->last_revocation < 0 || version != revoker->version)) {
		problem = read_revocations(revoker);
		if (problem == STORE_OK)
			revoker->version = version;
	}
	account_book_note(&revoker->book, problem);
}

static void handle_timer(struct timer *timer)
{
	struct revoker *revoker = list_entry(timer, struct revoker, timer);
	struct broker *broker = revoker->broker;

	revoker_catch_up(revoker);
	recheck_some(revoker);
	begin_with_guests(revoker);
	if (revoker->asks_anew)
		reactor_schedule(&broker->reactor, &revoker->task);
	if (broker->connections > 0)
		reactor_arm(&broker->reactor, timer, POLL_MS);
}

void revoker_init(struct revoker *revoker, struct broker *broker)
{
	struct buf path = { 0 };

	*revoker = (struct revoker){ .broker = broker, .last_revocation = -1 };
	account_book_init(&revoker->book, config_path(broker->config, &path, "accounts.db"));
	timer_init(&revoker->timer, handle_timer);
	reactor_task_init(&revoker->task, run_slice);
	buf_finish(&path);
}

void revoker_finish(struct revoker *revoker)
{
	if (revoker->broker == NULL)
		return;
	reactor_disarm(&revoker->broker->reactor, &revoker->timer);
	reactor_unschedule(&revoker->task);
	account_book_finish(&revoker->book);
	mem_free(revoker->condemned);
	*revoker = (struct revoker){ 0 };
}

void revoker_watch(struct revoker *revoker, struct scope *scope)
{
	scope->asked_anew = revoker->asked_anew;
	if (!timer_is_armed(&revoker->timer))
		reactor_arm(&revoker->broker->reactor, &revoker->timer, POLL_MS);
}

const struct closing *revoker_judge(struct revoker *revoker, const struct scope *scope)
{
	struct batch batch;
	const struct closing *closing;

	if (scope->closing != NULL || scope->asked_anew == revoker->asked_anew)
		return scope->closing;
	batch = batch_begin(revoker);
	if (scope->who.kind == IDENTITY_GUEST)
		(void)ask_about_guest(&batch, &scope->who.user);
	else if (scope->login != NULL && !ask_about_login(&batch, scope->login))
		scope->login->checked_s -= REVOKER_RECHECK_MS / 1000; /* soon */
	closing = batch_find(&batch, session_of(scope->login), scope->who.user.id);
	map_destroy(batch.closings);
	return closing;
}
