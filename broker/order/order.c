/* SPDX-License-Identifier: MIT */
#include "broker/order/order.h"

#include <limits.h>

#include "broker/broker.h"
#include "broker/closing.h"
#include "broker/conn.h"
#include "broker/identity.h"
#include "broker/layer/author.h"
#include "broker/logins.h"
#include "broker/order/pause.h"
#include "broker/order/remote.h"
#include "broker/order/room.h"
#include "broker/quota.h"
#include "common/base/clock.h"

static enum store_problem look_up(struct accounts *accounts, struct str room,
	const struct subject *subject, struct order_answer *answer)
{
	int64_t now_ms = clock_wall_ms();
	struct standing everywhere;
	struct room_row nowhere;
	enum store_problem problem = moderation_find_standing(
		accounts, room, subject, now_ms, &answer->standing, &answer->room);

	if (problem != STORE_OK || answer->standing.banned_until_ms <= now_ms)
		return problem;
	problem = moderation_find_standing(
		accounts, STR_OF(""), subject, now_ms, &everywhere, &nowhere);
	answer->is_banned_everywhere = everywhere.banned_until_ms > now_ms;
	return problem;
}

static struct order_answer unknown(const struct subject *subject)
{
	return (struct order_answer){
		.standing.role = subject->is_guest ? ROLE_GUEST : ROLE_USER,
	};
}

bool order_ask(struct broker *broker, struct str room, const struct subject *subject,
	struct answer_waiter *waiter, struct order_answer *answer_out)
{
	struct account_book *book = &broker->revoker.book;
	enum store_problem problem;

	if (broker->order.remote != NULL)
		return order_remote_find(broker->order.remote, room, subject, waiter, answer_out);
	*answer_out = unknown(subject);
	answer_out->is_known = book->problem == STORE_OK; /* none yet */
	if (book->accounts == NULL)
		return true;
	problem = look_up(book->accounts, room, subject, answer_out);
	account_book_note(book, problem);
	if (problem != STORE_OK)
		*answer_out = unknown(subject);
	answer_out->is_known = problem == STORE_OK;
	return true;
}

void order_refresh(struct broker *broker)
{
	revoker_catch_up(&broker->revoker);
	order_catch_up(&broker->order);
}

const struct closing *order_judge(const struct order_answer *answer)
{
	const struct standing *standing = &answer->standing;
	int64_t now_ms = clock_wall_ms();

	if (answer->is_banned_everywhere && standing->role < ROLE_SUPERUSER)
		return &closing_banned;
	if (standing_allows(standing, ACTION_ENTER, now_ms))
		return NULL;
	return standing->banned_until_ms > now_ms ? &closing_banned_here : &closing_members_only;
}

struct subject order_subject(
	const struct broker *broker, const struct channel *channel, struct buf *address)
{
	const struct login *login = broker_login(broker, channel);

	struct address_block block;

	buf_clear(address);
	if (channel->quota != NULL && quota_find_block(channel->quota, &block)) {
		block.prefix = ADDRESS_SIZE * CHAR_BIT;
		address_block_write(&block, address);
	}
	return (struct subject){ .user = channel->person->id,
		.is_guest = list_entry(channel, struct conn, channel)->is_guest,
		.session = login == NULL ? NULL : login->key_hash,
		.address = buf_str(address) };
}

/* A new guest has another id each time that its request is judged, and nobody knows any of them. */
static struct subject subject_of(const struct scope *scope)
{
	static const uint8_t nobody[USER_ID_SIZE];
	struct address address;

	return (struct subject){ .user = scope->who.guest_is_new ? nobody : scope->who.user.id,
		.is_guest = scope->who.kind == IDENTITY_GUEST,
		.session = scope->who.kind == IDENTITY_ACCOUNT ? scope->who.session.key_hash : NULL,
		.address = address_parse(scope->client, &address) ? scope->client : STR_OF("") };
}

int order_prepare(struct broker *broker, struct scope *scope)
{
	struct subject subject = subject_of(scope);
	struct order_answer answer;

	if (broker->order.remote == NULL || scope->room.len == 0 || scope->closing != NULL)
		return 101;
	return order_ask(broker, buf_str(&scope->room), &subject,
		       scope->patience == NULL ? NULL : &scope->patience->waiter, &answer)
		       ? 101
		       : IDENTITY_LATER;
}

struct standing order_remembered(const struct room *room, const struct subject *subject)
{
	const struct person *person = presence_find_id(&room->presence, subject->user);
	struct standing standing = unknown(subject).standing;

	if (person != NULL)
		return order_standing(room, person);
	standing.rules = order_rules(room);
	return standing;
}

/* Whoever comes back otherwise than by a poll has loaded the page anew. */
static bool has_to_hear_of_kick(struct broker *broker, const struct scope *scope)
{
	return kicks_take(&broker->order.kicks, buf_str(&scope->room), scope->who.user.id,
		       broker->reactor.now_ms) &&
	       dialect_transport(scope->dialect) == TRANSPORT_LONG_POLL;
}

const struct closing *order_admit(struct room *room, struct scope *scope)
{
	struct broker *broker = rooms_broker(room->rooms);
	struct subject subject = subject_of(scope);
	const struct closing *closing;
	struct order_answer answer;

	order_catch_up(&broker->order);
	if (order_ask(broker, str_from(room->name), &subject, NULL, &answer) && answer.is_known) {
		order_take_rules(&broker->order, room, &answer.room);
	} else if (!room->has_known_rules) {
		return &closing_accounts;
	} else {
		answer = unknown(&subject);
		answer.standing = order_remembered(room, &subject);
		order_miss(&broker->order);
	}
	scope->standing = answer.standing;
	closing = order_judge(&answer);
	return closing == NULL && has_to_hear_of_kick(broker, scope) ? &closing_kicked : closing;
}

static const struct order_refusal muted = { "muted", "You are muted in this room.", 0 };
static const struct order_refusal banned = { "banned", "You are banned from this room.", 0 };
static const struct order_refusal slow = { "slow",
	"This room is slow: wait a moment between two messages.", 0 };

static const struct {
	enum room_state state;
	struct order_refusal refusal;
} by_state[] = {
	{ ROOM_LOCKED, { "locked", "This room is locked: nobody says anything for now.", 0 } },
	{ ROOM_MEMBERS_ONLY, { "members_only", "This room is for its members.", 0 } },
};

static struct order_refusal find_refusal(
	const struct standing *standing, enum action action, int64_t now_ms)
{
	if (standing->banned_until_ms > now_ms)
		return banned;
	if (standing->muted_until_ms > now_ms)
		return muted;
	for (size_t i = 0; i < sizeof(by_state) / sizeof(by_state[0]); i++) {
		if (room_rules_has(&standing->rules, by_state[i].state) &&
			standing->role < moderation_least_role(action, by_state[i].state))
			return by_state[i].refusal;
	}
	return muted;
}

bool order_lets(
	const struct standing *standing, enum action action, struct order_refusal *refusal_out)
{
	int64_t now_ms = clock_wall_ms();

	if (standing_allows(standing, action, now_ms))
		return true;
	*refusal_out = find_refusal(standing, action, now_ms);
	return false;
}

static bool has_to_pause(const struct standing *standing)
{
	return room_rules_has(&standing->rules, ROOM_SLOW) &&
	       standing->role < moderation_least_role(ACTION_HURRY, ROOM_SLOW);
}

bool order_lets_speak(const struct broker *broker, const struct standing *standing,
	const struct order_speaker *speaker, struct order_refusal *refusal_out)
{
	if (!order_lets(standing, ACTION_SAY, refusal_out))
		return false;
	if (!has_to_pause(standing))
		return true;
	*refusal_out = slow;
	refusal_out->retry_after_ms = pauses_wait(broker->pauses, speaker->room, speaker->user,
		speaker->ref, broker->reactor.now_ms,
		(uint64_t)standing->rules.slow_seconds * 1000);
	return refusal_out->retry_after_ms == 0;
}

bool order_looks_for(struct broker *broker, struct event *event, const struct author *author)
{
	if (!broker->layer->finds_said || !author_has_ref(author))
		return false;
	event->is_only_looked_for = true;
	return broker_group_send(broker, event, author) == LAYER_SENT;
}

void order_note_spoken(
	struct broker *broker, const struct standing *standing, const struct order_speaker *speaker)
{
	if (has_to_pause(standing))
		pauses_note(broker->pauses, speaker->room, speaker->user, speaker->ref,
			broker->reactor.now_ms);
}
