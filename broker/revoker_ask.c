/* SPDX-License-Identifier: MIT */
/* Looks up again who is connected: sessions and guests, in accounts.db or with the broker that has
 * it. Another broker's answer takes time: the next look begins where this one got none, and knows
 * it by then. */
#include <stdio.h>
#include <string.h>

#include "broker/broker.h"
#include "broker/closing.h"
#include "broker/conn.h"
#include "broker/logins.h"
#include "broker/remote_accounts.h"
#include "broker/revoker_private.h"
#include "common/base/clock.h"

/* In 30 minutes 144,000 sessions: more than there are sockets. */
#define RECHECKS_PER_POLL 20
#define LOOKS_PER_POLL 1000

static enum session_state find_session(struct revoker *revoker, const uint8_t *key_hash)
{
	enum session_state state = SESSION_UNREADABLE;
	struct session session;

	if (revoker->remote == NULL)
		return session_find(revoker->book.accounts, revoker->broker->config, key_hash,
			clock_wall_ms(), &session);
	(void)!remote_accounts_find_session(revoker->remote, key_hash, NULL, &state, &session);
	return state;
}

bool revoker_ask_about_login(struct revoker_batch *batch, struct login *login)
{
	struct revoker *revoker = batch->revoker;
	const struct closing *closing = NULL;

	switch (find_session(revoker, login->key_hash)) {
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
		revoker_batch_add(batch, login->key_hash, SESSION_HASH_SIZE, closing);
	return true;
}

static bool judge_guest(struct revoker *revoker, const struct user *guest, bool *id_is_taken_out,
	bool *name_is_taken_out)
{
	struct accounts *accounts = revoker->book.accounts;
	bool is_judged = false;

	if (revoker->remote == NULL)
		return accounts != NULL && accounts_judge_guest(accounts, guest, id_is_taken_out,
						   name_is_taken_out) == STORE_OK;
	return remote_accounts_judge_guest(revoker->remote, guest, NULL, &is_judged,
		       id_is_taken_out, name_is_taken_out) &&
	       is_judged;
}

/* Only its owner may use an account's id, its name, or a name that looks like it. */
bool revoker_ask_about_guest(struct revoker_batch *batch, const struct user *guest)
{
	bool id_is_taken, name_is_taken;

	if (!judge_guest(batch->revoker, guest, &id_is_taken, &name_is_taken))
		return false;
	if (id_is_taken || name_is_taken)
		revoker_batch_add(batch, guest->id, USER_ID_SIZE, &closing_logged_out);
	return true;
}

/* Nobody hears a guest in no room. */
static bool ask_about_conn(struct revoker_batch *batch, const struct conn *conn)
{
	const struct person *person = conn->channel.person;
	struct user guest;

	if (!conn->is_guest || person == NULL)
		return true;
	memcpy(guest.id, person->id, sizeof(guest.id));
	snprintf(guest.name, sizeof(guest.name), "%s", person->name);
	return revoker_ask_about_guest(batch, &guest);
}

/* Whether a look goes on after somebody about whom nobody can say; the next look begins there. With
 * another broker it goes on, so that the others are asked about meanwhile. */
static bool goes_on(const struct revoker *revoker, bool is_told, bool *moves)
{
	*moves = *moves && is_told;
	return is_told || revoker->remote != NULL;
}

/* The question tells the broker with accounts.db that the session is in use, which keeps it
 * awake. */
static uint32_t recheck_seconds(const struct revoker *revoker)
{
	int64_t ms = revoker->remote == NULL ? REVOKER_RECHECK_MS
					     : session_touch_ms(revoker->broker->config);

	return (uint32_t)(ms / 1000);
}

void revoker_recheck_some(struct revoker *revoker)
{
	struct logins *logins = revoker->broker->logins;
	uint32_t now_s = (uint32_t)(revoker->broker->reactor.now_ms / 1000);
	struct revoker_batch batch = revoker_batch_begin(revoker);
	uint64_t position = revoker->recheck_position;
	size_t checked = 0;
	bool moves = true;

	for (size_t i = 0; i < LOOKS_PER_POLL && checked < RECHECKS_PER_POLL; i++) {
		struct login *login = logins_next(logins, &position);

		if (login != NULL && now_s - login->checked_s >= recheck_seconds(revoker)) {
			if (!goes_on(revoker, revoker_ask_about_login(&batch, login), &moves))
				break;
			checked++;
		}
		if (moves)
			revoker->recheck_position = login == NULL ? 0 : position;
		if (login == NULL)
			break;
	}
	revoker_batch_end(&batch);
}

/* False when nobody could say about some; *asked counts on. */
static bool ask_logins(struct revoker_batch *batch, size_t *asked)
{
	struct revoker *revoker = batch->revoker;
	uint64_t position = revoker->anew_logins;
	bool moves = true;

	for (; *asked < REVOKER_SLICE; (*asked)++) {
		struct login *login = logins_next(revoker->broker->logins, &position);

		if (login == NULL ||
			!goes_on(revoker, revoker_ask_about_login(batch, login), &moves))
			break;
		if (moves)
			revoker->anew_logins = position;
	}
	return moves;
}

static bool ask_conns(struct revoker_batch *batch, size_t *asked)
{
	struct revoker *revoker = batch->revoker;
	uint64_t position = revoker->anew_conns;
	bool moves = true;

	for (; *asked < REVOKER_SLICE; (*asked)++) {
		struct conn *conn = slab_next(&revoker->broker->conns, &position);

		if (conn == NULL) {
			revoker->asks_anew = !moves;
			break;
		}
		if (!goes_on(revoker, ask_about_conn(batch, conn), &moves))
			break;
		if (moves)
			revoker->anew_conns = position;
	}
	return moves;
}

bool revoker_ask_anew(struct revoker_batch *batch)
{
	size_t asked = 0;

	return ask_logins(batch, &asked) && ask_conns(batch, &asked);
}
