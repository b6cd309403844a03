/* SPDX-License-Identifier: MIT */
/* Doubts are settled first come, first served: what was remembered of a room before what its people
 * may do in it. A person without connections here is in the lists all the same, and keeps a role
 * in them. */
#include "broker/order/follow.h"

#include <string.h>

#include "broker/away.h"
#include "broker/broker.h"
#include "broker/closing.h"
#include "broker/order/edges.h"
#include "broker/order/order.h"
#include "broker/order/remote.h"
#include "broker/order/room.h"
#include "broker/order/tell.h"
#include "broker/shard.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/json.h"

/* The end of a mute is told at most so late; and it is looked for at least so often, because the
 * wall clock may be set. */
#define MUTE_LOOK_MS 250
#define MUTE_LOOK_MAX_MS 5000

struct doubt {
	enum doubt_kind {
		DOUBT_RULES, /* of a room */
		DOUBT_STANDING, /* of a connection */
		DOUBT_PERSON, /* without connections here, in a room */
		DOUBT_NONE, /* a connection is to be told what it may do now */
		DOUBT_KICK, /* of a connection */
		DOUBT_KICK_PERSON,
	} kind;
	uint64_t round;
	uint64_t channel;
	char *room; /* owned; NULL for a connection */
	uint8_t user[USER_ID_SIZE];
};

/* Changes of a room after which nobody in it is to be judged anew. */
static const bool keeps_standings[VERB_COUNT] = {
	[VERB_TOPIC] = true,
	[VERB_HIDE] = true,
	[VERB_LOCK] = true,
	[VERB_SLOW] = true,
};

static void drop_doubts(struct order_follower *follower)
{
	for (uint32_t i = follower->first_doubt; i < follower->doubt_count; i++)
		mem_free(follower->doubts[i].room);
	mem_free(follower->doubts);
	follower->doubts = NULL;
	follower->first_doubt = follower->doubt_count = follower->doubt_capacity = 0;
}

/* What a new judgement of everybody makes up for; a kick leaves nothing behind to judge by. */
static void drop_doubts_but_kicks(struct order_follower *follower)
{
	uint32_t kept = 0;

	for (uint32_t i = follower->first_doubt; i < follower->doubt_count; i++) {
		struct doubt *doubt = &follower->doubts[i];

		if (doubt->kind == DOUBT_KICK || doubt->kind == DOUBT_KICK_PERSON)
			follower->doubts[kept++] = *doubt;
		else
			mem_free(doubt->room);
	}
	follower->first_doubt = 0;
	follower->doubt_count = kept;
}

static struct doubt *add_doubt(struct order_follower *follower, enum doubt_kind kind)
{
	struct doubt *doubt;

	follower->doubts = mem_grow(follower->doubts, &follower->doubt_capacity,
		follower->doubt_count, sizeof(struct doubt));
	doubt = &follower->doubts[follower->doubt_count++];
	*doubt = (struct doubt){ .kind = kind, .round = follower->round };
	reactor_schedule(&follower->broker->reactor, &follower->task);
	return doubt;
}

static void doubt_rules(struct order_follower *follower, const struct room *room)
{
	add_doubt(follower, DOUBT_RULES)->room = mem_strdup(room->name);
}

static void doubt_channel(
	struct order_follower *follower, enum doubt_kind kind, const struct channel *channel)
{
	add_doubt(follower, kind)->channel = broker_channel_id(follower->broker, channel);
}

/* The newest connection first: that is how a person's are listed. */
static void doubt_person(struct order_follower *follower, enum doubt_kind kind,
	const struct room *room, const struct person *person)
{
	const struct channel *channel = person->channels;
	struct doubt *doubt;

	for (; channel != NULL; channel = channel->next)
		doubt_channel(follower, kind, channel);
	if (person->channels != NULL || kind == DOUBT_NONE)
		return;
	doubt = add_doubt(follower, kind == DOUBT_KICK ? DOUBT_KICK_PERSON : DOUBT_PERSON);
	doubt->room = mem_strdup(room->name);
	memcpy(doubt->user, person->id, sizeof(doubt->user));
}

static void doubt_room(
	struct order_follower *follower, enum doubt_kind kind, const struct room *room)
{
	for (uint32_t i = 0; i < room->presence.here.count; i++)
		doubt_person(follower, kind, room, room->presence.here.people[i]);
}

void order_begin_anew(struct order_follower *follower)
{
	size_t count;
	struct room **rooms = rooms_sorted(follower->broker->rooms, &count);

	drop_doubts_but_kicks(follower);
	follower->has_missed = false;
	follower->round++;
	for (size_t i = 0; i < count; i++) {
		doubt_rules(follower, rooms[i]);
		doubt_room(follower, DOUBT_STANDING, rooms[i]);
	}
	if (count > 0)
		log_info("event=judging_anew rooms=%zu", count);
	mem_free(rooms);
}

bool order_is_in_doubt(const struct order_follower *follower)
{
	return follower->doubt_count > follower->first_doubt;
}

void order_miss(struct order_follower *follower)
{
	follower->has_missed = true;
}

/* VERB_COUNT when the notice names none that is known. */
static enum verb verb_of(struct str notice)
{
	const char *problem;
	struct json *object = json_parse(notice, &problem);
	struct str word = STR("");
	enum verb verb = VERB_COUNT;

	(void)json_get_string(json_find(object, "action"), &word);
	(void)!verb_find(word, &verb);
	json_destroy(object);
	return verb;
}

static void note_in_room(struct order_follower *follower, struct room *room,
	const struct room_change *change, enum verb verb)
{
	struct person *person;

	if (change->user == NULL) {
		doubt_rules(follower, room);
		if (verb == VERB_COUNT || !keeps_standings[verb])
			doubt_room(follower, DOUBT_STANDING, room);
		return;
	}
	person = presence_find_id(&room->presence, change->user);
	if (person != NULL)
		doubt_person(
			follower, verb == VERB_KICK ? DOUBT_KICK : DOUBT_STANDING, room, person);
}

/* A sanction of the whole site is told where the person is. */
static void note_everywhere(
	struct order_follower *follower, const struct room_change *change, enum verb verb)
{
	size_t count;
	struct room **rooms = rooms_sorted(follower->broker->rooms, &count);

	for (size_t i = 0; i < count; i++) {
		if (change->user != NULL &&
			presence_find_id(&rooms[i]->presence, change->user) == NULL)
			continue;
		if (change->user != NULL)
			order_tell_notice(rooms[i], change->notice);
		note_in_room(follower, rooms[i], change, verb);
	}
	mem_free(rooms);
}

void order_note_change(struct order_follower *follower, const struct room_change *change)
{
	enum verb verb = verb_of(change->notice);
	struct room *room;

	/* Whoever was kicked is found by no judging anew. */
	if (follower->doubt_count - follower->first_doubt > DOUBTS_MAX && verb != VERB_KICK) {
		follower->has_missed = true;
		return;
	}
	follower->round++;
	if (change->room.len == 0) {
		note_everywhere(follower, change, verb);
		return;
	}
	room = rooms_find(follower->broker->rooms, change->room);
	if (room == NULL)
		return;
	order_tell_notice(room, change->notice);
	note_in_room(follower, room, change, verb);
}

void order_take_rules(
	struct order_follower *follower, struct room *room, const struct room_row *row)
{
	struct room_rules before = order_rules(room);

	if (!order_set_rules(room, row) || room_connections(room) == 0)
		return;
	order_tell_rules(room);
	if (!order_rules_allow_the_same(&before, &row->rules))
		doubt_room(follower, DOUBT_NONE, room);
}

/* Each returns false when nobody can say now. */

static bool settle_rules(struct order_follower *follower, const struct doubt *doubt)
{
	static const uint8_t nobody[USER_ID_SIZE];
	struct room *room = rooms_find(follower->broker->rooms, str_from(doubt->room));
	struct subject subject = { .user = nobody, .is_guest = true };
	struct order_answer answer;

	if (room == NULL)
		return true;
	if (!order_ask(follower->broker, str_from(doubt->room), &subject, NULL, &answer) ||
		!answer.is_known)
		return false;
	order_take_rules(follower, room, &answer.room);
	return true;
}

static bool settle_standing(struct order_follower *follower, const struct doubt *doubt)
{
	struct broker *broker = follower->broker;
	struct channel *channel = broker_find_channel(broker, doubt->channel);
	struct buf address = { 0 };
	struct subject subject;
	struct order_answer answer;
	const struct closing *closing;
	bool is_known;

	if (channel == NULL || channel->room == NULL)
		return true;
	subject = order_subject(broker, channel, &address);
	is_known = order_ask(broker, str_from(channel->room->name), &subject, NULL, &answer) &&
		   answer.is_known;
	buf_finish(&address);
	if (!is_known)
		return false;
	closing = order_judge(&answer);
	if (closing != NULL)
		shard_close_conn(conn_of(channel)->shard, conn_of(channel), closing);
	else if (order_set_person(channel->room, channel->person, &answer.standing, doubt->round))
		order_tell_person(channel->person, NULL);
	return true;
}

/* Whoever is not on this broker is closed by another. Whether it is a guest is not known: it is
 * asked for by its id, which has a role where it is somebody's who has one. */
static bool settle_person(struct order_follower *follower, const struct doubt *doubt)
{
	struct broker *broker = follower->broker;
	struct room *room = rooms_find(broker->rooms, str_from(doubt->room));
	struct person *person = room == NULL ? NULL
					     : presence_find_id(&room->presence, doubt->user);
	struct subject subject = { .user = doubt->user };
	struct order_answer answer;

	if (person == NULL || person->channels != NULL)
		return true;
	if (!order_ask(broker, str_from(doubt->room), &subject, NULL, &answer) || !answer.is_known)
		return false;
	(void)order_set_person(room, person, &answer.standing, doubt->round);
	if (order_judge(&answer) != NULL)
		(void)away_let_go(broker->away, room, doubt->user);
	return true;
}

static bool settle_none(struct order_follower *follower, const struct doubt *doubt)
{
	struct channel *channel = broker_find_channel(follower->broker, doubt->channel);

	if (channel != NULL && channel->room != NULL)
		order_tell_you(channel);
	return true;
}

static bool settle_kick(struct order_follower *follower, const struct doubt *doubt)
{
	struct channel *channel = broker_find_channel(follower->broker, doubt->channel);

	if (channel != NULL)
		shard_close_conn(conn_of(channel)->shard, conn_of(channel), &closing_kicked);
	return true;
}

static bool settle_kick_person(struct order_follower *follower, const struct doubt *doubt)
{
	struct broker *broker = follower->broker;
	struct room *room = rooms_find(broker->rooms, str_from(doubt->room));

	if (room != NULL && away_let_go(broker->away, room, doubt->user))
		kicks_note(&follower->kicks, str_from(doubt->room), doubt->user,
			broker->reactor.now_ms);
	return true;
}

static bool (*const settlers[])(struct order_follower *follower, const struct doubt *doubt) = {
	[DOUBT_RULES] = settle_rules,
	[DOUBT_STANDING] = settle_standing,
	[DOUBT_PERSON] = settle_person,
	[DOUBT_NONE] = settle_none,
	[DOUBT_KICK] = settle_kick,
	[DOUBT_KICK_PERSON] = settle_kick_person,
};

/* Gives back the places of those that are settled, once they are as many as those that wait. */
static void close_up(struct order_follower *follower)
{
	uint32_t count = follower->doubt_count - follower->first_doubt;

	if (count == 0)
		drop_doubts(follower);
	if (count == 0 || follower->first_doubt < count)
		return;
	memmove(follower->doubts, follower->doubts + follower->first_doubt,
		count * sizeof(struct doubt));
	follower->first_doubt = 0;
	follower->doubt_count = count;
}

/* What cannot be settled now waits behind the others, and for the next look. */
static void settle_some(struct reactor_task *task)
{
	struct order_follower *follower = list_entry(task, struct order_follower, task);
	uint32_t waiting = follower->doubt_count - follower->first_doubt;
	uint32_t put_off = 0;

	for (uint32_t i = 0; i < waiting && i < ORDER_SLICE; i++) {
		struct doubt doubt = follower->doubts[follower->first_doubt++];

		if (settlers[doubt.kind](follower, &doubt)) {
			mem_free(doubt.room);
		} else {
			*add_doubt(follower, doubt.kind) = doubt;
			put_off++;
		}
	}
	close_up(follower);
	if (waiting <= put_off || put_off == ORDER_SLICE)
		reactor_unschedule(task);
	else if (follower->doubt_count > 0)
		reactor_schedule(&follower->broker->reactor, task);
}

static void note_change(void *context, const struct room_change *change)
{
	order_note_change(context, change);
}

static enum store_problem read_changes(struct order_follower *follower)
{
	bool is_first = follower->last_change < 0;
	bool is_complete;
	enum store_problem problem = room_changes_read(follower->broker->revoker.book.accounts,
		&follower->last_change, note_change, follower, &is_complete);

	if (problem == STORE_OK && !is_complete && !is_first)
		order_begin_anew(follower);
	return problem;
}

void order_catch_up(struct order_follower *follower)
{
	struct account_book *book = &follower->broker->revoker.book;
	int64_t version;
	enum store_problem problem;

	if (follower->remote != NULL || book->accounts == NULL)
		return;
	problem = accounts_read_version(book->accounts, &version);
	if (problem == STORE_OK && (follower->last_change < 0 || version != follower->version)) {
		problem = read_changes(follower);
		if (problem == STORE_OK)
			follower->version = version;
	}
	account_book_note(book, problem);
}

void order_look(struct order_follower *follower)
{
	if (follower->remote != NULL)
		order_remote_poll(follower->remote);
	else
		order_catch_up(follower);
	if (follower->has_missed &&
		(follower->remote != NULL || follower->broker->revoker.book.accounts != NULL))
		order_begin_anew(follower);
	if (follower->doubt_count > 0)
		reactor_schedule(&follower->broker->reactor, &follower->task);
}

/* False when there is nobody left whose mute is over; *next_ms is moved to the next end. */
static bool end_one(struct room *room, int64_t now_ms, int64_t *next_ms)
{
	int64_t next_in_room_ms;
	struct person *person = order_end_mute(room, now_ms, &next_in_room_ms);

	if (person != NULL)
		order_tell_person(person, NULL);
	else if (next_in_room_ms < *next_ms)
		*next_ms = next_in_room_ms;
	return person != NULL;
}

static void end_mutes(struct timer *timer)
{
	struct order_follower *follower = list_entry(timer, struct order_follower, mute_timer);
	int64_t now_ms = clock_wall_ms(), next_ms = FOR_GOOD;
	size_t count;
	struct room **rooms = rooms_sorted(follower->broker->rooms, &count);

	for (size_t i = 0; i < count; i++) {
		while (end_one(rooms[i], now_ms, &next_ms))
			continue;
	}
	mem_free(rooms);
	follower->mute_ms = FOR_GOOD;
	order_expect_end(follower, next_ms);
}

void order_expect_end(struct order_follower *follower, int64_t until_ms)
{
	int64_t wait_ms = until_ms - clock_wall_ms();

	if (until_ms >= follower->mute_ms)
		return;
	follower->mute_ms = until_ms;
	wait_ms = wait_ms < MUTE_LOOK_MS ? MUTE_LOOK_MS : wait_ms;
	wait_ms = wait_ms > MUTE_LOOK_MAX_MS ? MUTE_LOOK_MAX_MS : wait_ms;
	reactor_arm(&follower->broker->reactor, &follower->mute_timer, (uint64_t)wait_ms);
}

void order_follower_init(struct order_follower *follower, struct broker *broker)
{
	*follower = (struct order_follower){
		.broker = broker, .last_change = -1, .mute_ms = FOR_GOOD
	};
	list_init(&follower->sent);
	reactor_task_init(&follower->task, settle_some);
	timer_init(&follower->mute_timer, end_mutes);
}

void order_follower_start(struct order_follower *follower)
{
	const struct revoker *revoker = &follower->broker->revoker;

	if (revoker->remote != NULL)
		follower->remote = order_remote_create(follower, revoker->asker);
	else
		order_catch_up(follower);
}

void order_follower_stop_asking(struct order_follower *follower)
{
	order_forget_sent(follower->broker);
	order_remote_destroy(follower->remote);
	follower->remote = NULL;
}

void order_follower_finish(struct order_follower *follower)
{
	if (follower->broker == NULL)
		return;
	order_follower_stop_asking(follower);
	reactor_unschedule(&follower->task);
	reactor_disarm(&follower->broker->reactor, &follower->mute_timer);
	drop_doubts(follower);
	*follower = (struct order_follower){ 0 };
}
