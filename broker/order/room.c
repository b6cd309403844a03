/* SPDX-License-Identifier: MIT */
/* A person's role and whether there is a mute lie in the person (broker/people.h); only the end of
 * a mute has to be looked up here, by the id. */
#include "broker/order/room.h"

#include <string.h>

#include "broker/broker.h"
#include "broker/order/tell.h"
#include "common/base/clock.h"
#include "common/base/map.h"
#include "common/base/mem.h"

struct mute {
	uint8_t user[USER_ID_SIZE];
	int64_t until_ms; /* wall clock; FOR_GOOD */
	uint64_t round; /* of judgements, in which it was last asked for */
};

struct room_order {
	struct room_rules rules;
	char *topic; /* owned */
	struct map *mutes; /* by user id; owned, with its values; of people who are here */
};

static struct room_order *need_order(struct room *room)
{
	if (room->order == NULL) {
		room->order = mem_new(struct room_order);
		room->order->topic = mem_strdup("");
		room->order->mutes = map_create();
	}
	return room->order;
}

static struct str key_of(const uint8_t user[static USER_ID_SIZE])
{
	return str_range((const char *)user, USER_ID_SIZE);
}

void order_room_destroy(struct room_order *order)
{
	size_t position = 0;
	void *mute;

	if (order == NULL)
		return;
	while (map_next(order->mutes, &position, NULL, &mute))
		mem_free(mute);
	map_destroy(order->mutes);
	mem_free(order->topic);
	mem_free(order);
}

struct str order_topic(const struct room *room)
{
	return room->order == NULL ? STR_OF("") : str_from(room->order->topic);
}

struct room_rules order_rules(const struct room *room)
{
	static const struct room_rules none;

	return room->order == NULL ? none : room->order->rules;
}

static bool are_equal(const struct room_rules *a, const struct room_rules *b)
{
	return a->is_members_only == b->is_members_only && a->is_locked == b->is_locked &&
	       a->is_hidden == b->is_hidden && a->slow_seconds == b->slow_seconds;
}

/* Another pause is no other right, and a hidden room is one for who is not there. */
bool order_rules_allow_the_same(const struct room_rules *a, const struct room_rules *b)
{
	return a->is_members_only == b->is_members_only && a->is_locked == b->is_locked &&
	       (a->slow_seconds > 0) == (b->slow_seconds > 0);
}

bool order_has_rules(const struct room *room)
{
	static const struct room_rules open;
	struct room_rules rules = order_rules(room);

	return order_topic(room).len > 0 || !are_equal(&rules, &open);
}

bool order_set_rules(struct room *room, const struct room_row *row)
{
	struct room_rules rules = order_rules(room);
	struct room_order *order;

	room->has_known_rules = true;
	if (are_equal(&rules, &row->rules) && str_is(order_topic(room), row->topic))
		return false;
	order = need_order(room);
	order->rules = row->rules;
	mem_free(order->topic);
	order->topic = mem_strdup(row->topic);
	return true;
}

static struct mute *find_mute(const struct room *room, const uint8_t user[static USER_ID_SIZE])
{
	return room->order == NULL ? NULL : map_find(room->order->mutes, key_of(user));
}

static int64_t muted_until(const struct room *room, const struct person *person)
{
	const struct mute *mute = person->is_muted ? find_mute(room, person->id) : NULL;

	return mute == NULL ? 0 : mute->until_ms;
}

struct standing order_standing(const struct room *room, const struct person *person)
{
	return (struct standing){ .role = person->role,
		.rules = order_rules(room),
		.muted_until_ms = muted_until(room, person) };
}

static void set_mute(
	struct room *room, const struct person *person, int64_t until_ms, uint64_t round)
{
	struct mute *mute = find_mute(room, person->id);

	if (mute == NULL) {
		mute = mem_new(struct mute);
		memcpy(mute->user, person->id, sizeof(mute->user));
		map_put(need_order(room)->mutes, key_of(mute->user), mute);
	}
	mute->until_ms = until_ms;
	mute->round = round;
}

static void drop_mute(struct room *room, const uint8_t user[static USER_ID_SIZE])
{
	if (room->order != NULL)
		mem_free(map_remove(room->order->mutes, key_of(user)));
}

/* standing->muted_until_ms is that of all their connections. */
static bool set_person(
	struct room *room, struct person *person, const struct standing *standing, uint64_t round)
{
	int64_t before_ms = muted_until(room, person);
	bool is_muted = standing->muted_until_ms > clock_wall_ms();
	int64_t until_ms = is_muted ? standing->muted_until_ms : 0;
	bool is_other = presence_set_standing(&room->presence, person, standing->role, is_muted);

	if (is_muted) {
		set_mute(room, person, until_ms, round);
		order_expect_end(&rooms_broker(room->rooms)->order, until_ms);
	} else {
		drop_mute(room, person->id);
	}
	return is_other || before_ms != until_ms;
}

static struct standing with_mute(const struct standing *standing, int64_t until_ms)
{
	struct standing both = *standing;

	if (until_ms > both.muted_until_ms)
		both.muted_until_ms = until_ms;
	return both;
}

bool order_set_person(
	struct room *room, struct person *person, const struct standing *standing, uint64_t round)
{
	const struct mute *mute = find_mute(room, person->id);
	struct standing both = *standing;

	if (mute != NULL && mute->round >= round) {
		both = with_mute(standing, mute->until_ms);
		round = mute->round;
	}
	return set_person(room, person, &both, round);
}

void order_seat(struct room *room, struct channel *channel, const struct standing *standing)
{
	struct person *person = channel->person;
	bool is_alone = person->channels == channel && channel->next == NULL;
	struct standing both = with_mute(standing, is_alone ? 0 : muted_until(room, person));

	if (set_person(room, person, &both, rooms_broker(room->rooms)->order.round))
		order_tell_person(person, channel);
}

void order_forget_gone(struct room *room, const uint8_t user[static USER_ID_SIZE])
{
	if (find_mute(room, user) != NULL && presence_find_id(&room->presence, user) == NULL)
		drop_mute(room, user);
}

struct person *order_end_mute(struct room *room, int64_t now_ms, int64_t *next_ms_out)
{
	size_t position = 0;
	void *value;

	*next_ms_out = FOR_GOOD;
	while (room->order != NULL && map_next(room->order->mutes, &position, NULL, &value)) {
		struct mute *mute = value;
		struct person *person = presence_find_id(&room->presence, mute->user);

		if (mute->until_ms > now_ms) {
			*next_ms_out = mute->until_ms < *next_ms_out ? mute->until_ms
								     : *next_ms_out;
			continue;
		}
		drop_mute(room, mute->user);
		if (person != NULL) {
			presence_set_standing(&room->presence, person, person->role, false);
			return person;
		}
	}
	return NULL;
}
