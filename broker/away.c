/* SPDX-License-Identifier: MIT */
/* One seat for each person in a room, however often he polls: what he does again moves it to the
 * end of the list, in which all have the same time to go. */
#include "broker/away.h"

#include <string.h>

#include "broker/broker.h"
#include "broker/logins.h"
#include "common/base/map.h"
#include "common/base/mem.h"

#define KEPT_MS 15000
/* Whoever is more is seen to leave. */
#define SEATS_MAX (16 * 1024)

struct seat_key {
	struct room *room;
	uint8_t user[USER_ID_SIZE];
};

struct seat {
	struct list link;
	struct seat_key key;
	uint64_t due_ms;
	bool has_session;
	uint8_t session[SESSION_HASH_SIZE];
};

struct away {
	struct broker *broker; /* borrowed */
	struct map *seats;
	struct list by_age; /* the oldest first */
	struct timer timer; /* armed while anybody is away */
};

static struct str key_text(const struct seat_key *key)
{
	return str_range((const char *)key, sizeof(*key));
}

static void end(struct away *away, struct seat *seat)
{
	struct seat_key key = seat->key;

	map_remove(away->seats, key_text(&key));
	list_remove(&seat->link);
	mem_free(seat);
	rooms_let_go(key.room, key.user);
}

static void arm(struct away *away)
{
	struct list *first = list_first(&away->by_age);
	struct reactor *reactor = &away->broker->reactor;

	if (first == NULL)
		reactor_disarm(reactor, &away->timer);
	else if (!timer_is_armed(&away->timer))
		reactor_arm(reactor, &away->timer,
			list_entry(first, struct seat, link)->due_ms - reactor->now_ms);
}

static void end_due(struct timer *timer)
{
	struct away *away = list_entry(timer, struct away, timer);

	list_each_safe (link, &away->by_age) {
		struct seat *seat = list_entry(link, struct seat, link);

		if (seat->due_ms > away->broker->reactor.now_ms)
			break;
		end(away, seat);
	}
	arm(away);
}

struct away *away_create(struct broker *broker)
{
	struct away *away = mem_new(struct away);

	away->broker = broker;
	away->seats = map_create();
	list_init(&away->by_age);
	timer_init(&away->timer, end_due);
	return away;
}

void away_destroy(struct away *away)
{
	if (away == NULL)
		return;
	away_end(away);
	map_destroy(away->seats);
	mem_free(away);
}

/* NULL when all are taken. */
static struct seat *take_seat(struct away *away, const struct seat_key *key)
{
	struct seat *seat = map_find(away->seats, key_text(key));

	if (seat == NULL && map_count(away->seats) >= SEATS_MAX)
		return NULL;
	if (seat == NULL) {
		seat = mem_new(struct seat);
		seat->key = *key;
		list_init(&seat->link);
		map_put(away->seats, key_text(key), seat);
	}
	list_remove(&seat->link);
	list_append(&away->by_age, &seat->link);
	return seat;
}

void away_keep(struct away *away, const struct channel *channel, const struct login *login)
{
	struct seat_key key = { .room = channel->room };
	struct seat *seat;

	if (channel->room == NULL)
		return;
	memcpy(key.user, channel->person->id, sizeof(key.user));
	seat = take_seat(away, &key);
	if (seat == NULL)
		return;
	presence_keep(channel->person);
	seat->due_ms = away->broker->reactor.now_ms + KEPT_MS;
	seat->has_session = login != NULL;
	if (login != NULL)
		memcpy(seat->session, login->key_hash, sizeof(seat->session));
	arm(away);
}

void away_judge(struct away *away, away_judge_fn *judge, const void *context)
{
	list_each_safe (link, &away->by_age) {
		struct seat *seat = list_entry(link, struct seat, link);

		if (judge(context, seat->has_session ? seat->session : NULL, seat->key.user))
			end(away, seat);
	}
	arm(away);
}

bool away_let_go(struct away *away, struct room *room, const uint8_t user[static USER_ID_SIZE])
{
	struct seat_key key = { .room = room };
	struct seat *seat;

	memcpy(key.user, user, sizeof(key.user));
	seat = map_find(away->seats, key_text(&key));
	if (seat != NULL)
		end(away, seat);
	arm(away);
	return seat != NULL;
}

void away_end(struct away *away)
{
	list_each_safe (link, &away->by_age) {
		end(away, list_entry(link, struct seat, link));
	}
	arm(away);
}
