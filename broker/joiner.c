/* SPDX-License-Identifier: MIT */
/* Each room has its joiners. One reading of the history serves all of them, however many they are:
 * it begins for the one that has missed most. */
#include "broker/joiner.h"

#include "broker/closing.h"
#include "broker/conn.h"
#include "broker/history/tail.h"
#include "broker/order/order.h"
#include "broker/past.h"
#include "broker/shard.h"
#include "common/base/mem.h"

/* For a joiner that cannot be told all. */
#define LAST_MESSAGES 50
/* Text beyond this is not replayed, however few messages it is. */
#define RESUME_BYTES_MAX (16 * 1024 * 1024)
/* Until a full reader is asked again. */
#define ASK_AGAIN_MS 50
/* What a client has heard from another broker comes here within this time, if the others can be
 * reached. */
#define CATCH_UP_MS 10000

struct joiner {
	struct list link; /* in its room's */
	struct conn *conn;
	struct scope *scope; /* owned */
	struct buf early_bytes;
	bool has_opened; /* the room's head was asked for after it came */
};

/* What a joiner is told of the past. */
struct need {
	uint64_t after; /* the messages behind that one */
	bool is_recovered; /* they are all that it has missed */
};

/* The place from which a client asks to resume. */
struct resume {
	struct str epoch; /* "": nobody's, it begins anew */
	bool has_named_epoch; /* else the number is of the current epoch */
	uint64_t after;
};

/* Reads Last-Event-ID: E-S, or ?epoch=E&after=S (roomwire-protocol(7)), or after alone, which is a
 * typed address and means the current epoch. The header counts before the query, because a
 * browser's EventSource comes back to its old address. False when no past is asked for. */
static bool read_resume(
	const struct room *room, const struct scope *scope, struct resume *resume_out)
{
	struct str after = scope->handshake.last_event_id, query = scope->handshake.query;
	bool has_epoch = true, has_after = true;

	if (after.len > 0) {
		(void)str_next(&after, '-', &resume_out->epoch);
	} else {
		has_epoch = handshake_query_find(query, "epoch", &resume_out->epoch);
		has_after = handshake_query_find(query, "after", &after);
	}
	if (!has_epoch && !has_after)
		return false;
	if (!has_epoch)
		resume_out->epoch = str_from(room->head.epoch);
	resume_out->has_named_epoch = has_epoch;
	if (!str_to_uint64(after, &resume_out->after))
		resume_out->epoch = STR_OF("");
	return true;
}

static bool may_recover(
	const struct broker *broker, const struct room *room, const struct resume *resume)
{
	uint64_t most = (uint64_t)broker->config->limits_resume_messages;

	return str_equals(resume->epoch, str_from(room->head.epoch)) &&
	       resume->after <= room->head.seq && room->head.seq - resume->after <= most &&
	       (room->past == NULL || resume->after + 1 >= room->past->floor);
}

/* CATCH_UP_MS count for each number that is waited for; a lower number begins again. */
static bool may_catch_up(const struct broker *broker, struct room *room, uint64_t after)
{
	bool is_news = room->ahead_seq <= room->head.seq || after < room->ahead_seq;

	if (is_news || broker->is_cut_off) {
		room->ahead_seq = after;
		room->ahead_since_ms = broker->reactor.now_ms;
	}
	return broker->reactor.now_ms - room->ahead_since_ms < CATCH_UP_MS;
}

/* True when the client has heard from another broker what has not come here yet: the last messages
 * would be told to it twice. It may come back when this broker has caught up. What never comes was
 * lost where it was kept, or the client lies. Either concerns this client alone, and it begins
 * anew; so does a client that has typed a number without its epoch, because it has heard nothing
 * yet. */
static bool is_ahead(const struct broker *broker, struct room *room, const struct scope *scope)
{
	struct resume resume;

	return broker->layer->is_shared && room->is_open && read_resume(room, scope, &resume) &&
	       resume.has_named_epoch && str_equals(resume.epoch, str_from(room->head.epoch)) &&
	       resume.after > room->head.seq && may_catch_up(broker, room, resume.after);
}

static struct need need_of(
	const struct broker *broker, const struct room *room, const struct scope *scope)
{
	uint64_t head = room->head.seq;
	struct need last = { head < LAST_MESSAGES ? 0 : head - LAST_MESSAGES, false };
	struct resume resume;

	if (!read_resume(room, scope, &resume))
		return (struct need){ head, false };
	if (may_recover(broker, room, &resume))
		return (struct need){ resume.after, true };
	if (room->past != NULL && last.after + 1 < room->past->floor)
		last.after = room->past->floor - 1;
	return last;
}

static bool is_at_hand(const struct room *room, const struct need *need)
{
	const struct tail *tail = room->past == NULL ? NULL : room->past->tail;

	return need->after >= room->head.seq ||
	       (tail != NULL && need->after + 1 >= tail_first(tail));
}

/* Without history there is no past to replay: a client that has missed nothing has still
 * recovered. */
static void forgo_past(const struct broker *broker, const struct room *room, struct need *need)
{
	if (!broker->layer->keeps_past && need->after < room->head.seq)
		*need = (struct need){ room->head.seq, false };
}

static void joiner_destroy(struct joiner *joiner)
{
	list_remove(&joiner->link);
	buf_finish(&joiner->early_bytes);
	mem_free(joiner);
}

/* False when it has to wait for missed messages. */
static bool try_to_enter(struct broker *broker, struct room *room, struct conn *conn,
	struct scope *scope, struct str early_bytes)
{
	struct need need;
	struct room_past past;

	if (!room->is_open)
		return false;
	need = need_of(broker, room, scope);
	forgo_past(broker, room, &need);
	if (!is_at_hand(room, &need))
		return false;
	past.is_recovered = need.is_recovered;
	past.replay = rooms_replay(room, need.after, conn->dialect);
	broker_enter(broker, conn, scope, &past, early_bytes);
	return true;
}

/* Asks for the joiner that needs most; the tail has what earlier ones needed. */
static void ask_for_rows(struct broker *broker, struct room *room)
{
	struct past *past = room->past;
	size_t bytes = tail_bytes(past->tail);
	uint64_t until = tail_first(past->tail) - 1;
	uint64_t after = until;

	list_each (link, &past->joiners) {
		struct need need = need_of(
			broker, room, list_entry(link, struct joiner, link)->scope);

		if (need.after < after)
			after = need.after;
	}
	past->is_reading = broker->layer->ops->ask_rows(broker->layer, str_from(room->name), after,
		until, bytes < RESUME_BYTES_MAX ? RESUME_BYTES_MAX - bytes : 0);
	if (!past->is_reading)
		reactor_arm(&broker->reactor, &past->timer, ASK_AGAIN_MS);
}

void joiners_ask(struct room *room)
{
	if (room->is_open && past_has_joiners(room->past) && !room->past->is_reading)
		ask_for_rows(rooms_broker(room->rooms), room);
}

static void turn_away(struct broker *broker, struct joiner *joiner, const struct closing *closing)
{
	broker_turn_away(broker, joiner->conn, joiner->scope, closing);
	joiner_destroy(joiner);
}

static void let_in(struct broker *broker, struct room *room)
{
	list_each_safe (link, &past_of(room)->joiners) {
		struct joiner *joiner = list_entry(link, struct joiner, link);
		const struct closing *closing = revoker_judge(&broker->revoker, joiner->scope);

		if (closing == NULL)
			closing = order_admit(room, joiner->scope);
		if (closing == NULL && !joiner->has_opened && is_ahead(broker, room, joiner->scope))
			closing = &closing_history;
		if (closing != NULL)
			turn_away(broker, joiner, closing);
		else if (try_to_enter(broker, room, joiner->conn, joiner->scope,
				 buf_str(&joiner->early_bytes)))
			joiner_destroy(joiner);
	}
	joiners_ask(room);
	past_settle(room);
}

void joiner_begin(
	struct broker *broker, struct conn *conn, struct scope *scope, struct str early_bytes)
{
	struct room *room = rooms_open(broker->rooms, buf_str(&scope->room));
	const struct closing *closing = order_admit(room, scope);
	struct joiner *joiner;

	if (closing == NULL && is_ahead(broker, room, scope))
		closing = &closing_history;
	if (closing != NULL) {
		broker_turn_away(broker, conn, scope, closing);
		rooms_close_if_empty(room);
		return;
	}
	if (try_to_enter(broker, room, conn, scope, early_bytes))
		return;
	if (broker->goodbye_spread_seconds > 0) {
		broker_turn_away(broker, conn, scope, &closing_restart);
		rooms_close_if_empty(room);
		return;
	}
	joiner = mem_new(struct joiner);
	joiner->has_opened = !room->is_open && !past_has_joiners(room->past);
	joiner->conn = conn;
	joiner->scope = scope;
	scope->joiner = joiner;
	buf_append_str(&joiner->early_bytes, early_bytes);
	list_append(&past_of(room)->joiners, &joiner->link);
	joiners_ask(room);
}

static void send_away(struct room *room, const struct closing *closing)
{
	while (past_has_joiners(room->past))
		turn_away(rooms_broker(room->rooms),
			list_entry(room->past->joiners.next, struct joiner, link), closing);
	rooms_close_if_empty(room);
}

void joiner_turn_away(struct broker *broker, struct joiner *joiner, const struct closing *closing)
{
	struct room *room = rooms_find(broker->rooms, buf_str(&joiner->scope->room));

	turn_away(broker, joiner, closing);
	past_settle(room);
	rooms_close_if_empty(room);
}

void joiners_open_room(struct broker *broker, struct str name, const struct layer_head *head)
{
	struct room *room = rooms_find(broker->rooms, name);

	if (room == NULL || room->is_open) /* no joiner waits any more */
		return;
	if (head == NULL) {
		send_away(room,
			broker->goodbye_spread_seconds > 0 ? &closing_restart : &closing_history);
		return;
	}
	rooms_set_head(room, head);
	let_in(broker, room);
	rooms_close_if_empty(room);
}

/* False: the question was asked before the room was last closed, or twice at once. */
static bool answers_question(const struct room *room, const struct history_rows *rows)
{
	return room->past != NULL && room->past->tail != NULL &&
	       rows->until + 1 == tail_first(room->past->tail);
}

void joiners_look_again(struct room *room)
{
	if (past_has_joiners(room->past))
		let_in(rooms_broker(room->rooms), room);
	rooms_close_if_empty(room);
}

void joiners_take_rows(struct broker *broker, const struct history_rows *rows)
{
	struct room *room = rooms_find(broker->rooms, rows->room);
	struct past *past;
	uint64_t floor;

	if (room != NULL && room->past != NULL && room->past->is_stale) {
		room->past->is_stale = room->past->is_reading = false;
		joiners_look_again(room);
		return;
	}
	if (room == NULL || !answers_question(room, rows))
		return;
	past = room->past;
	floor = past->floor;
	past->is_reading = false;
	if (rows->problem == STORE_ELSEWHERE) { /* another broker may have it, or this one later */
		send_away(room, &closing_history);
		return;
	}
	if (rows->problem != STORE_OK)
		past->floor = tail_first(past->tail);
	else if (tail_prepend(past->tail, rows->messages, rows->count) && !rows->is_whole)
		floor = past->floor = tail_first(past->tail);
	past->keeps_tail = true;
	reactor_arm(&broker->reactor, &past->timer, PAST_KEPT_MS);
	let_in(broker, room);
	past->floor = floor; /* who comes later may find the disk in better health */
	rooms_close_if_empty(room);
}

void joiners_send_away(struct broker *broker)
{
	size_t count;
	struct room **rooms = rooms_sorted(broker->rooms, &count);

	for (size_t i = 0; i < count; i++)
		send_away(rooms[i], &closing_restart);
	mem_free(rooms);
}
