/* SPDX-License-Identifier: MIT */
/* Answers what hosts without accounts.db ask about accounts: their brokers, and the pages beside
 * them. A broker with accounts.db reads it. Another broker passes the question on; the answer comes
 * back through what it remembers (broker/remote_accounts.h). */
#include <string.h>

#include "broker/broker.h"
#include "broker/bus/bus.h"
#include "broker/bus/control_request.h"
#include "broker/remote_accounts.h"
#include "broker/remote_sessions.h"
#include "broker/tickets.h"
#include "common/accounts_wire.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

/* in one answer; a broker that has missed more looks everybody up again */
#define REVOCATIONS_MAX 500

static const struct refusal bad_session = { "bad_session",
	"\"session\" is the SHA-256 of a session's key." };
static const struct refusal bad_guest = { "bad_guest",
	"\"user_id\" and \"user\" are the id and the name of a guest." };
static const struct refusal bad_ticket = { "bad_ticket",
	"\"ticket\" is the hash of a ticket's jti, and \"issued\" its iat." };
static const struct refusal bad_after = { "bad_after", "\"after\" is a number." };
static const struct refusal no_accounts = { "no_accounts",
	"The accounts are on another host, whose broker is to be asked." };
static const struct refusal no_tickets = { "no_tickets",
	"Which tickets were used is known elsewhere." };
static const struct refusal unreadable = { "unreadable",
	"Accounts cannot be read at this moment." };

static struct account_book *book_of(const struct request *request)
{
	return &request->broker->revoker.book;
}

/* Brings the book up to date. One without accounts and without a problem has no accounts yet. */
static bool has_accounts(struct request *request)
{
	revoker_catch_up(&request->broker->revoker);
	return book_of(request)->accounts != NULL || book_of(request)->problem == STORE_OK;
}

static enum control_outcome refuse_unreadable(struct request *request)
{
	account_book_note(book_of(request), STORE_BUSY);
	return request_refuse(request, &unreadable);
}

/* Before there are accounts nothing was revoked, and the first revocation comes after 0. */
static void write_position(const struct request *request)
{
	int64_t last = request->broker->revoker.last_revocation;

	json_add_integer(request->answer, "last", last < 0 ? 0 : last);
}

/* A request that waits until another broker has answered. */
struct relay {
	struct answer_waiter waiter;
	struct broker *broker;
	uint64_t request_id;
	/* Appends the members of the answer, or nothing when nobody can say. False while the
	 * question is under way. */
	bool (*write)(struct relay *relay, struct json_writer *writer);
	uint8_t key_hash[SESSION_HASH_SIZE];
	struct user guest;
};

static bool write_session(struct relay *relay, struct json_writer *writer)
{
	enum session_state state;
	struct session session;

	if (!remote_accounts_find_session(relay->broker->revoker.remote, relay->key_hash,
		    &relay->waiter, &state, &session))
		return false;
	if (state != SESSION_UNREADABLE)
		accounts_wire_tell_session(state, &session, writer);
	return true;
}

static bool write_guest(struct relay *relay, struct json_writer *writer)
{
	bool is_judged, id_is_taken, name_is_taken;

	if (!remote_accounts_judge_guest(relay->broker->revoker.remote, &relay->guest,
		    &relay->waiter, &is_judged, &id_is_taken, &name_is_taken))
		return false;
	if (is_judged)
		accounts_wire_tell_guest(id_is_taken, name_is_taken, writer);
	return true;
}

/* False while the question is under way; else the relay is freed. */
static bool try_to_answer(struct relay *relay)
{
	struct buf members = { 0 };
	struct json_writer writer = json_writer_to(&members);
	bool is_known = relay->write(relay, &writer);

	if (is_known) {
		bus_tell_account(relay->broker->bus, relay->request_id, buf_str(&members));
		mem_free(relay);
	}
	buf_finish(&members);
	return is_known;
}

static void wake_relay(struct answer_waiter *waiter)
{
	(void)try_to_answer(list_entry(waiter, struct relay, waiter));
}

static struct relay *relay_create(const struct request *request,
	bool (*write)(struct relay *relay, struct json_writer *writer))
{
	struct relay *relay = mem_new(struct relay);

	list_init(&relay->waiter.link);
	relay->waiter.wake = wake_relay;
	relay->broker = request->broker;
	relay->request_id = request->id;
	relay->write = write;
	return relay;
}

void control_end_account(struct buf *answer, struct str members)
{
	struct json_writer writer = { .out = answer, .comma = true };

	if (members.len == 0) {
		request_write_refusal(&unreadable, answer);
		return;
	}
	json_add_members(&writer, members);
	json_end_object(&writer);
}

/* Without accounts nobody has a session. */
static enum control_outcome tell_session(
	struct request *request, const uint8_t key_hash[static SESSION_HASH_SIZE])
{
	enum session_state state = SESSION_OVER;
	struct session session;

	if (!has_accounts(request))
		return request_refuse(request, &unreadable);
	if (book_of(request)->accounts != NULL)
		state = session_find(book_of(request)->accounts, request->broker->config, key_hash,
			clock_wall_ms(), &session);
	if (state == SESSION_UNREADABLE)
		return refuse_unreadable(request);
	if (state == SESSION_VALID)
		remote_sessions_note(request->broker->remote_sessions, key_hash,
			request->broker->reactor.now_ms);
	accounts_wire_tell_session(state, &session, request->answer);
	write_position(request);
	return CONTROL_ANSWERED;
}

enum control_outcome control_session(struct request *request)
{
	uint8_t key_hash[SESSION_HASH_SIZE];
	struct relay *relay;

	if (!accounts_wire_read_bytes(request->arguments, "session", key_hash, sizeof(key_hash)))
		return request_refuse(request, &bad_session);
	if (request->broker->revoker.remote == NULL)
		return tell_session(request, key_hash);
	if (request->asker == NULL)
		return request_refuse(request, &no_accounts);
	relay = relay_create(request, write_session);
	memcpy(relay->key_hash, key_hash, sizeof(relay->key_hash));
	(void)try_to_answer(relay);
	return CONTROL_WAITS;
}

static enum control_outcome tell_guest(struct request *request, const struct user *guest)
{
	bool id_is_taken = false, name_is_taken = false;

	if (!has_accounts(request))
		return request_refuse(request, &unreadable);
	if (book_of(request)->accounts != NULL &&
		accounts_judge_guest(book_of(request)->accounts, guest, &id_is_taken,
			&name_is_taken) != STORE_OK)
		return refuse_unreadable(request);
	accounts_wire_tell_guest(id_is_taken, name_is_taken, request->answer);
	write_position(request);
	return CONTROL_ANSWERED;
}

enum control_outcome control_guest(struct request *request)
{
	struct user guest;
	struct relay *relay;

	if (!accounts_wire_read_user(request->arguments, &guest))
		return request_refuse(request, &bad_guest);
	if (request->broker->revoker.remote == NULL)
		return tell_guest(request, &guest);
	if (request->asker == NULL)
		return request_refuse(request, &no_accounts);
	relay = relay_create(request, write_guest);
	relay->guest = guest;
	(void)try_to_answer(relay);
	return CONTROL_WAITS;
}

enum control_outcome control_ticket(struct request *request)
{
	struct tickets_use use;
	enum ticket_problem problem;
	struct refusal refusal;

	if (!accounts_wire_read_bytes(
		    request->arguments, "ticket", use.number_hash, sizeof(use.number_hash)) ||
		!json_get_integer(json_find(request->arguments, "issued"), &use.issued_s))
		return request_refuse(request, &bad_ticket);
	if (request->broker->ticket_uses != NULL)
		return request_refuse(request, &no_tickets);
	problem = tickets_use_up(request->broker->tickets, &use, clock_wall_ms() / 1000);
	if (problem == TICKET_OK)
		return CONTROL_ANSWERED;
	refusal = (struct refusal){ ticket_problem_code(problem),
		ticket_problem_sentence(problem) };
	return request_refuse(request, &refusal);
}

/* Copies of revocations, because accounts.db is asked about each of them. */
struct listing {
	struct {
		struct revocation revocation;
		uint8_t key[SESSION_HASH_SIZE];
	} rows[REVOCATIONS_MAX];
	size_t count; /* with those that did not fit */
};

static void note_revocation(void *context, const struct revocation *revocation)
{
	struct listing *listing = context;
	size_t i = listing->count++;

	if (i >= REVOCATIONS_MAX)
		return;
	listing->rows[i].revocation = *revocation;
	listing->rows[i].revocation.key = listing->rows[i].key;
	memcpy(listing->rows[i].key, revocation->key,
		revocation->kind == REVOKED_USER ? USER_ID_SIZE : SESSION_HASH_SIZE);
}

/* Whether the revoked user's name may be a guest's. True when that is not known. */
static bool has_account(struct accounts *accounts, const struct revocation *revocation)
{
	struct account account;
	bool is_found = false;

	return revocation->kind == REVOKED_USER &&
	       (accounts_find_id(accounts, revocation->key, &account, &is_found) != STORE_OK ||
		       is_found);
}

static void write_listing(struct request *request, const struct listing *listing)
{
	struct accounts *accounts = book_of(request)->accounts;

	json_begin_array(request->answer, "revocations");
	for (size_t i = 0; i < listing->count && i < REVOCATIONS_MAX; i++) {
		const struct revocation *revocation = &listing->rows[i].revocation;

		accounts_wire_tell_revocation(
			revocation, has_account(accounts, revocation), request->answer);
	}
	json_end_array(request->answer);
}

static enum control_outcome tell_revocations(struct request *request, int64_t after)
{
	struct listing *listing = mem_new(struct listing);
	bool is_complete = true;
	enum store_problem problem = STORE_OK;

	if (book_of(request)->accounts == NULL)
		after = 0; /* as in write_position */
	else
		problem = revocations_read(
			book_of(request)->accounts, &after, note_revocation, listing, &is_complete);
	if (problem == STORE_OK) {
		write_listing(request, listing);
		json_add_integer(request->answer, "last", after);
		json_add_bool(request->answer, "complete",
			is_complete && listing->count <= REVOCATIONS_MAX);
	}
	mem_free(listing);
	return problem == STORE_OK ? CONTROL_ANSWERED : refuse_unreadable(request);
}

enum control_outcome control_revocations(struct request *request)
{
	int64_t after;

	if (!json_get_integer(json_find(request->arguments, "after"), &after))
		return request_refuse(request, &bad_after);
	if (request->broker->revoker.remote != NULL)
		return request_refuse(request, &no_accounts);
	return has_accounts(request) ? tell_revocations(request, after)
				     : request_refuse(request, &unreadable);
}
