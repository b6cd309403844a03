/* SPDX-License-Identifier: MIT */
/* All rooms share what is kept: the more of them are open, the less each keeps. */
#include "broker/past.h"

#include <assert.h>

#include "broker/broker.h"
#include "broker/history/tail.h"
#include "broker/joiner.h"
#include "common/base/mem.h"

/* What open rooms keep of what was said, for those who come back: each its share. */
#define ALL_BYTES_MAX (64 * 1024 * 1024)
#define SHARE_BYTES_MAX (256 * 1024)
#define SHARE_BYTES_MIN (16 * 1024)

static struct broker *broker_of(const struct past *past)
{
	return rooms_broker(past->room->rooms);
}

static size_t share_bytes(const struct past *past)
{
	size_t share = ALL_BYTES_MAX / (rooms_count(past->room->rooms) + 1);

	return share < SHARE_BYTES_MIN   ? SHARE_BYTES_MIN
	       : share > SHARE_BYTES_MAX ? SHARE_BYTES_MAX
					 : share;
}

static void look_after(struct timer *timer)
{
	struct past *past = list_entry(timer, struct past, timer);

	past->keeps_tail = false;
	if (past->tail != NULL && !past->is_reading)
		tail_forget_frames(past->tail);
	past_trim(past);
	joiners_ask(past->room);
}

struct past *past_of(struct room *room)
{
	struct past *past = room->past;

	if (past != NULL)
		return past;
	past = room->past = mem_new(struct past);
	past->room = room;
	timer_init(&past->timer, look_after);
	list_init(&past->joiners);
	if (room->is_open)
		past_begin(past);
	return past;
}

void past_begin(struct past *past)
{
	if (broker_of(past)->layer->keeps_past)
		past->tail = tail_create(past->room->head.epoch, past->room->head.seq,
			&broker_of(past)->replay_bytes);
}

void past_begin_anew(struct past *past)
{
	past->is_stale = past->is_reading;
	past->keeps_tail = false;
	past->floor = 0;
	tail_destroy(past->tail);
	past->tail = NULL;
	past_begin(past);
}

void past_note_replay(struct past *past)
{
	if (!timer_is_armed(&past->timer))
		reactor_arm(&broker_of(past)->reactor, &past->timer, PAST_KEPT_MS);
}

void past_trim(struct past *past)
{
	if (past->tail != NULL && !past->is_reading && !past->keeps_tail)
		tail_trim(past->tail, share_bytes(past));
}

bool past_has_joiners(const struct past *past)
{
	return past != NULL && !list_is_empty(&past->joiners);
}

void past_settle(struct room *room)
{
	struct past *past = room->past;

	if (past == NULL || past_has_joiners(past) || past->is_reading ||
		timer_is_armed(&past->timer) ||
		(past->tail != NULL && tail_first(past->tail) <= tail_head(past->tail)))
		return;
	past_destroy(past);
	room->past = NULL;
}

void past_destroy(struct past *past)
{
	if (past == NULL)
		return;
	assert(!past_has_joiners(past));
	reactor_disarm(&broker_of(past)->reactor, &past->timer);
	tail_destroy(past->tail);
	mem_free(past);
}
