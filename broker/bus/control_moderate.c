/* SPDX-License-Identifier: MIT */
/* Orders of the site and of people whom the pages know, and what brokers without accounts.db, and
 * pages, ask about order. Who orders something for somebody names them as the actor: nobody here
 * can tell whether that is true. */
#include <string.h>

#include "broker/broker.h"
#include "broker/bus/bus.h"
#include "broker/bus/control_request.h"
#include "broker/order/edges.h"
#include "broker/order/request.h"
#include "broker/order/tell.h"
#include "broker/order/wire.h"
#include "common/accounts_wire.h"
#include "common/base/mem.h"

/* In one answer; a broker that has missed more judges everybody anew. */
#define CHANGES_MAX 500
#define CHANGES_BYTES_MAX (64 * 1024)

static const struct refusal bad_actor = { "bad_actor",
	"\"actor\" has \"user\", a name, and \"user_id\", or \"site\"." };
static const struct refusal bad_via = { "bad_via",
	"\"via\" is socket, page, admin, api or shell." };
static const struct refusal bad_subject = { "bad_subject",
	"\"user_id\" and \"session\" are base64url of 16 and 32 bytes." };
static const struct refusal bad_order = { "bad_order",
	"\"order\" is the number of an order that was taken lately." };
static const struct refusal bad_after = { "bad_after", "\"after\" is a number." };
static const struct refusal no_accounts = { "no_accounts",
	"The accounts are on another host, whose broker is to be asked." };
static const struct refusal unreadable = { "unreadable",
	"Accounts cannot be read at this moment." };

static const char *const ways[] = { "shell", "socket", "page", "admin", "api" };

const struct refusal *request_read_via(const struct request *request, const char **via)
{
	const struct json *value = json_find(request->arguments, "via");
	struct str word;

	if (value == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (json_get_string(value, &word) && str_is(word, ways[i])) {
			*via = ways[i];
			return NULL;
		}
	}
	return &bad_via;
}

/* Without one the site itself orders it; with "site", too, by that name. */
static const struct refusal *read_actor(const struct request *request, struct registrar_job *job)
{
	const struct json *actor = json_find(request->arguments, "actor");
	struct order_wire_subject read;
	struct str name;
	bool is_site = false;

	if (actor == NULL)
		return NULL;
	if (!json_get_string(json_find(actor, "user"), &name) || name.len == 0 ||
		name.len >= USER_NAME_SIZE)
		return &bad_actor;
	job->order.actor_name = registrar_keep(job, name);
	if (json_get_bool(json_find(actor, "site"), &is_site) && is_site)
		return NULL;
	if (!order_wire_read_subject(actor, &read) || !event_user_is_acceptable(name))
		return &bad_actor;
	job->actor = (struct subject){
		.user = registrar_keep_bytes(job, read.user, sizeof(read.user)),
		.is_guest = read.subject.is_guest,
		.session = read.subject.session == NULL
				   ? NULL
				   : registrar_keep_bytes(job, read.session, sizeof(read.session)),
		.address = registrar_keep(job, read.subject.address),
	};
	job->order.actor = &job->actor;
	return NULL;
}

static enum control_outcome give_now(struct request *request, struct registrar_job *job)
{
	const struct order_refusal *busy;

	job->asker = REGISTRAR_REQUEST;
	job->asker_id = request->id;
	busy = order_give(request->broker, job);
	return busy == NULL ? CONTROL_WAITS : request_refuse_order(request, busy);
}

/* Answered at once with a number. */
static enum control_outcome give_for_later(struct request *request, struct registrar_job *job)
{
	uint64_t number = order_outcomes_add(request->broker->order_outcomes);
	const struct order_refusal *busy;

	job->asker = REGISTRAR_LATER;
	job->asker_id = number;
	busy = order_give(request->broker, job);
	if (busy != NULL)
		return request_refuse_order(request, busy);
	json_add_integer(request->answer, "order", (int64_t)number);
	return CONTROL_ANSWERED;
}

/* An edge's question cannot wait. */
static enum control_outcome give_order(struct request *request, struct registrar_job *job)
{
	bool is_for_later = request->asker == NULL;

	(void)json_get_bool(json_find(request->arguments, "later"), &is_for_later);
	return is_for_later ? give_for_later(request, job) : give_now(request, job);
}

enum control_outcome control_ordered(struct request *request)
{
	struct order_refusal refusal;
	enum order_outcome_state state;
	int64_t number;

	if (!json_get_integer(json_find(request->arguments, "order"), &number) || number < 1)
		return request_refuse(request, &bad_order);
	state = order_outcomes_find(request->broker->order_outcomes, (uint64_t)number, &refusal);
	if (state == ORDER_UNKNOWN)
		return request_refuse(request, &bad_order);
	if (state == ORDER_REFUSED)
		return request_refuse_order(request, &refusal);
	if (state == ORDER_UNDER_WAY)
		json_add_bool(request->answer, "under_way", true);
	return CONTROL_ANSWERED;
}

/* What an edge asks for when it has delivered the first message of a room. */
enum control_outcome control_own_room(struct request *request)
{
	const struct order_refusal *refusal;
	struct registrar_job *job;
	struct buf room = { 0 };
	struct user owner;

	if (request->broker->order.remote != NULL)
		return request_refuse(request, &no_accounts);
	if (!accounts_wire_read_user(request->arguments, &owner))
		return request_refuse(request, &bad_subject);
	if (!request_read_room(request, &room))
		return CONTROL_REFUSED;
	job = registrar_job_create(REGISTRAR_ROOM);
	job->order.room = registrar_keep(job, buf_str(&room));
	job->owner = owner;
	buf_finish(&room);
	refusal = order_give(request->broker, job);
	return refusal == NULL ? CONTROL_ANSWERED : request_refuse_order(request, refusal);
}

static enum control_outcome order_in(struct request *request, struct str room)
{
	const struct order_refusal *why;
	struct registrar_job *job = order_read(
		request->broker, room, request->arguments, true, &why);
	const struct refusal *refusal;

	if (job == NULL)
		return request_refuse_order(request, why);
	job->order.via = "shell";
	refusal = request_read_via(request, &job->order.via);
	if (refusal == NULL)
		refusal = read_actor(request, job);
	if (refusal == NULL)
		return give_order(request, job);
	registrar_job_destroy(job);
	return request_refuse(request, refusal);
}

/* "room": "" is the whole site. */
static bool is_about_site(const struct request *request)
{
	struct str room;

	return json_get_string(json_find(request->arguments, "room"), &room) && room.len == 0;
}

enum control_outcome control_moderate(struct request *request)
{
	struct buf room = { 0 };
	enum control_outcome outcome = CONTROL_REFUSED;

	if (request->broker->order.remote != NULL && request->asker == NULL)
		return request_refuse(request, &no_accounts);
	if (is_about_site(request) || request_read_room(request, &room))
		outcome = order_in(request, buf_str(&room));
	buf_finish(&room);
	return outcome;
}

static enum control_outcome tell_standing(
	struct request *request, struct str room, const struct subject *subject)
{
	struct order_answer answer;

	order_refresh(request->broker);
	if (!order_ask(request->broker, room, subject, NULL, &answer) || !answer.is_known)
		return request_refuse(request, &unreadable);
	order_wire_tell_standing(&answer, request->answer);
	return CONTROL_ANSWERED;
}

/* A request that waits until another broker has answered. */
struct relay {
	struct answer_waiter waiter;
	struct broker *broker;
	uint64_t request_id;
	struct order_wire_subject who;
	char *room; /* owned */
	char *address; /* owned */
};

/* Nothing is told when nobody can say. */
static void wake_relay(struct answer_waiter *waiter)
{
	struct relay *relay = list_entry(waiter, struct relay, waiter);
	struct buf members = { 0 };
	struct json_writer writer = json_writer_to(&members);
	struct order_answer answer;

	if (!order_ask(relay->broker, str_from(relay->room), &relay->who.subject, waiter, &answer))
		return;
	if (answer.is_known)
		order_wire_tell_standing(&answer, &writer);
	bus_tell_account(relay->broker->bus, relay->request_id, buf_str(&members));
	buf_finish(&members);
	mem_free(relay->room);
	mem_free(relay->address);
	mem_free(relay);
}

static enum control_outcome relay_standing(
	struct request *request, struct str room, const struct order_wire_subject *who)
{
	struct relay *relay;

	if (request->asker == NULL)
		return request_refuse(request, &no_accounts);
	relay = mem_new(struct relay);
	list_init(&relay->waiter.link);
	relay->waiter.wake = wake_relay;
	relay->broker = request->broker;
	relay->request_id = request->id;
	relay->room = str_dup(room);
	relay->address = str_dup(who->subject.address);
	relay->who = *who;
	relay->who.subject.user = relay->who.user;
	relay->who.subject.address = str_from(relay->address);
	if (who->subject.session != NULL)
		relay->who.subject.session = relay->who.session;
	wake_relay(&relay->waiter);
	return CONTROL_WAITS;
}

enum control_outcome control_standing(struct request *request)
{
	struct order_wire_subject who;
	struct buf room = { 0 };
	enum control_outcome outcome = CONTROL_REFUSED;

	if (!order_wire_read_subject(request->arguments, &who))
		return request_refuse(request, &bad_subject);
	if (!request_read_room(request, &room))
		return CONTROL_REFUSED;
	outcome = request->broker->order.remote == NULL
			  ? tell_standing(request, buf_str(&room), &who.subject)
			  : relay_standing(request, buf_str(&room), &who);
	buf_finish(&room);
	return outcome;
}

/* What is told of the changes behind a number. */
struct listing {
	struct request *request;
	size_t begin; /* of the answer's bytes */
	size_t count;
	bool is_cut;
};

static void tell_change(void *context, const struct room_change *change)
{
	struct listing *listing = context;
	struct json_writer *answer = listing->request->answer;

	listing->is_cut = listing->is_cut || listing->count >= CHANGES_MAX ||
			  answer->out->len - listing->begin > CHANGES_BYTES_MAX;
	if (listing->is_cut)
		return;
	order_wire_tell_change(change, answer);
	listing->count++;
}

static enum control_outcome tell_changes(struct request *request, int64_t after)
{
	struct account_book *book = &request->broker->revoker.book;
	struct listing listing = { .request = request, .begin = request->answer->out->len };
	bool is_complete = true;
	enum store_problem problem = STORE_OK;

	json_begin_array(request->answer, "changes");
	if (book->accounts == NULL)
		after = 0; /* as soon as there are any, the first comes behind it */
	else
		problem = room_changes_read(
			book->accounts, &after, tell_change, &listing, &is_complete);
	json_end_array(request->answer);
	account_book_note(book, problem);
	if (problem != STORE_OK)
		return request_refuse(request, &unreadable);
	json_add_integer(request->answer, "last", after);
	json_add_bool(request->answer, "complete", is_complete && !listing.is_cut);
	return CONTROL_ANSWERED;
}

enum control_outcome control_room_changes(struct request *request)
{
	const struct account_book *book = &request->broker->revoker.book;
	int64_t after;

	if (!json_get_integer(json_find(request->arguments, "after"), &after))
		return request_refuse(request, &bad_after);
	if (request->broker->order.remote != NULL)
		return request_refuse(request, &no_accounts);
	order_refresh(request->broker);
	if (book->accounts == NULL && book->problem != STORE_OK)
		return request_refuse(request, &unreadable);
	return tell_changes(request, after);
}
