/* SPDX-License-Identifier: MIT */
/* All revocations of one look are searched in one walk over all connections. It takes 30 ns for
 * each, and no lists of a session's connections and no index of guests must be kept. The walk is
 * done in one turn, so that a later newcomer is not taken for an earlier one; only the closing is
 * cut up. */
#include "broker/revoker.h"

#include <unistd.h>

#include "broker/away.h"
#include "broker/broker.h"
#include "broker/closing.h"
#include "broker/conn.h"
#include "broker/joiner.h"
#include "broker/logins.h"
#include "broker/remote_accounts.h"
#include "broker/revoker_private.h"
#include "broker/shard.h"
#include "common/base/log.h"
#include "common/base/map.h"
#include "common/base/mem.h"

#define POLL_MS 250
#define PAST_ALL UINT64_MAX /* a position */

struct condemned {
	uint64_t channel;
	const struct closing *closing;
};

struct revoker_batch revoker_batch_begin(struct revoker *revoker)
{
	return (struct revoker_batch){ revoker, map_create() };
}

void revoker_batch_add(
	struct revoker_batch *batch, const uint8_t *key, size_t size, const struct closing *closing)
{
	map_put(batch->closings, str_range((const char *)key, size),
		(struct closing *)(uintptr_t)closing);
}

static const struct closing *batch_find(
	const struct revoker_batch *batch, const uint8_t *session, const uint8_t *user)
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

static void condemn_conns(const struct revoker_batch *batch)
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

/* Handshakes and joiners. */
static void condemn_scopes(const struct revoker_batch *batch)
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

void revoker_batch_end(struct revoker_batch *batch)
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

static void run_slice(struct reactor_task *task)
{
	struct revoker *revoker = list_entry(task, struct revoker, task);
	bool goes_on = true;

	close_some(revoker);
	if (revoker->asks_anew) {
		struct revoker_batch batch = revoker_batch_begin(revoker);

		goes_on = revoker_ask_anew(&batch);
		revoker_batch_end(&batch);
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

/* Guests may have a name that is an account's now. There is one round at a time, and the next
 * begins no sooner than the next look: who changes names all the time must not hold up everybody
 * else. */
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
static bool are_names_taken(const struct revoker_batch *batch)
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

static void tell_others(
	struct revoker *revoker, const uint8_t *key, size_t key_size, const struct closing *closing)
{
	struct layer *layer = revoker->broker->layer;
	struct layer_notice notice = { NOTICE_REVOKE, str_from(closing->reason), key, key_size };

	layer->ops->notify(layer, &notice);
}

/* A session without connections here concerns the other brokers alone. */
static void note_revocation(void *context, const struct revocation *revocation)
{
	struct revoker_batch *batch = context;
	bool is_user = revocation->kind == REVOKED_USER;
	size_t key_size = is_user ? USER_ID_SIZE : SESSION_HASH_SIZE;
	const struct closing *closing = revocation->is_ban ? &closing_banned : &closing_logged_out;

	if (is_user || logins_find(batch->revoker->broker->logins, revocation->key) != NULL)
		revoker_batch_add(batch, revocation->key, key_size, closing);
	tell_others(batch->revoker, revocation->key, key_size, closing);
}

void revoker_take(
	struct revoker *revoker, const uint8_t *key, size_t key_size, const struct closing *closing)
{
	struct revoker_batch batch;

	/* Remote accounts tell it in its place among their answers. */
	if (revoker->remote != NULL)
		return;
	batch = revoker_batch_begin(revoker);
	revoker_batch_add(&batch, key, key_size, closing);
	revoker_batch_end(&batch);
}

/* Remote accounts miss nothing, and without accounts.db there is nobody to ask. */
void revoker_miss(struct revoker *revoker)
{
	if (revoker->remote == NULL && revoker->book.accounts != NULL)
		begin_anew(revoker);
}

static enum store_problem read_revocations(struct revoker *revoker)
{
	struct revoker_batch batch = revoker_batch_begin(revoker);
	bool is_first = revoker->last_revocation < 0;
	bool is_complete;
	enum store_problem problem = revocations_read(revoker->book.accounts,
		&revoker->last_revocation, note_revocation, &batch, &is_complete);

	if (problem == STORE_OK && are_names_taken(&batch)) {
		revoker->names_were_taken = true;
		revoker->asked_anew++; /* handshakes, when they end */
	}
	revoker_batch_end(&batch);
	if (problem == STORE_OK && !is_complete && !is_first)
		begin_anew(revoker);
	return problem;
}

void revoker_catch_up(struct revoker *revoker)
{
	int64_t version;
	enum store_problem problem;

	if (revoker->remote != NULL)
		return;
	if (account_book_look(&revoker->book, revoker->broker->reactor.now_ms)) {
		revoker->last_revocation = -1;
		revoker->broker->order.last_change = -1;
		begin_anew(revoker);
		order_begin_anew(&revoker->broker->order);
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

static bool has_to_look(const struct revoker *revoker)
{
	const struct broker *broker = revoker->broker;

	return broker->connections > 0 || broker->layer->is_shared || revoker->remote != NULL;
}

static void look(struct revoker *revoker)
{
	if (revoker->remote == NULL)
		revoker_catch_up(revoker);
	else
		remote_accounts_poll(revoker->remote);
	order_look(&revoker->broker->order);
	revoker_recheck_some(revoker);
	begin_with_guests(revoker);
	if (revoker->asks_anew)
		reactor_schedule(&revoker->broker->reactor, &revoker->task);
}

static void look_later(struct revoker *revoker)
{
	if (!timer_is_armed(&revoker->timer))
		reactor_arm(&revoker->broker->reactor, &revoker->timer, POLL_MS);
}

static void handle_timer(struct timer *timer)
{
	struct revoker *revoker = list_entry(timer, struct revoker, timer);

	look(revoker);
	if (has_to_look(revoker))
		look_later(revoker);
}

/* Collects keys with their closings until all of one answer has been told. */
static void note_remote(void *context, const struct revocation *revocation, bool names_are_taken)
{
	struct revoker *revoker = context;
	struct revoker_batch batch = { revoker, revoker->closings };

	revoker_batch_add(&batch, revocation->key,
		revocation->kind == REVOKED_USER ? USER_ID_SIZE : SESSION_HASH_SIZE,
		revocation->is_ban ? &closing_banned : &closing_logged_out);
	if (!names_are_taken)
		return;
	revoker->names_were_taken = true;
	revoker->asked_anew++; /* handshakes, when they end */
}

static void take_remote(void *context, bool is_complete)
{
	struct revoker *revoker = context;
	struct revoker_batch batch = { revoker, revoker->closings };

	revoker->closings = map_create();
	revoker_batch_end(&batch);
	if (!is_complete)
		begin_anew(revoker);
}

/* The file may be from before this was an edge. */
static void warn_of_file(const struct broker *broker)
{
	struct buf path = { 0 };

	if (access(config_path(broker->config, &path, "accounts.db"), F_OK) == 0)
		log_warning("event=accounts_not_read path=%s hint=\"the hub has the accounts; "
			    "[accounts] broker = here if this host has\"",
			buf_text(&path));
	buf_finish(&path);
}

static void begin_to_ask(struct revoker *revoker)
{
	struct broker *broker = revoker->broker;
	struct remote_accounts_sink sink = { note_remote, take_remote, revoker };
	struct asker *asker = broker->control_asker;

	if (str_is(str_from(broker->config->accounts_broker), "hub")) {
		asker = broker->hub_asker;
		warn_of_file(broker);
	}
	if (asker == NULL)
		return;
	revoker->asker = asker;
	revoker->closings = map_create();
	revoker->remote = remote_accounts_create(&broker->reactor, asker, &sink);
}

void revoker_start(struct revoker *revoker)
{
	begin_to_ask(revoker);
	look(revoker);
	if (has_to_look(revoker))
		look_later(revoker);
}

void revoker_stop_asking(struct revoker *revoker)
{
	struct remote_accounts *remote = revoker->remote;

	remote_accounts_destroy(remote);
	revoker->remote = NULL;
	map_destroy(revoker->closings);
	revoker->closings = NULL;
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
	revoker_stop_asking(revoker);
	reactor_disarm(&revoker->broker->reactor, &revoker->timer);
	reactor_unschedule(&revoker->task);
	account_book_finish(&revoker->book);
	mem_free(revoker->condemned);
	*revoker = (struct revoker){ 0 };
}

void revoker_watch(struct revoker *revoker, struct scope *scope)
{
	scope->asked_anew = revoker->asked_anew;
	look_later(revoker);
}

const struct closing *revoker_judge(struct revoker *revoker, const struct scope *scope)
{
	struct revoker_batch batch;
	const struct closing *closing;

	if (scope->closing != NULL || scope->asked_anew == revoker->asked_anew)
		return scope->closing;
	batch = revoker_batch_begin(revoker);
	if (scope->who.kind == IDENTITY_GUEST)
		(void)revoker_ask_about_guest(&batch, &scope->who.user);
	else if (scope->login != NULL && !revoker_ask_about_login(&batch, scope->login))
		scope->login->checked_s -= REVOKER_RECHECK_MS / 1000; /* soon */
	closing = batch_find(&batch, session_of(scope->login), scope->who.user.id);
	map_destroy(batch.closings);
	return closing;
}
