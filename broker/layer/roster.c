/* SPDX-License-Identifier: MIT */
/* Each person has a bit for each broker: two brokers that have the same person cost no more, and
 * whether another broker has the person is one comparison. When a broker goes all people are looked
 * at: 75,000 take a millisecond or two, and it is rare. */
#include "broker/layer/roster.h"

#include <assert.h>
#include <string.h>

#include "common/base/crypto.h"
#include "common/base/list.h"
#include "common/base/map.h"
#include "common/base/mem.h"

#define OWN 0 /* the place of this broker */
#define BIT(place) (UINT64_C(1) << (place))

_Static_assert(ROSTER_BROKERS_MAX <= 64, "a bit for each");

struct roster_room {
	struct list people;
	bool is_open; /* here */
	char name[];
};

struct key {
	struct roster_room *room;
	uint8_t id[USER_ID_SIZE];
};

struct member {
	struct list link; /* in its room */
	struct key key;
	uint64_t brokers; /* the brokers that have this person there */
	uint64_t renewed; /* of the brokers in telling, those that have named this person */
	char *name; /* owned */
};

struct roster {
	struct roster_sink sink;
	char *brokers[ROSTER_BROKERS_MAX]; /* ids, owned; NULL where there is none */
	uint64_t telling; /* brokers that are telling all their people */
	struct map *rooms; /* with people or open */
	struct map *members;
};

struct roster *roster_create(const char *own, const struct roster_sink *sink)
{
	struct roster *roster = mem_new(struct roster);

	roster->sink = *sink;
	roster->brokers[OWN] = mem_strdup(own);
	roster->rooms = map_create();
	roster->members = map_create();
	return roster;
}

static void free_member(struct member *member)
{
	list_remove(&member->link);
	mem_free(member->name);
	mem_free(member);
}

void roster_destroy(struct roster *roster)
{
	size_t position = 0;
	void *entry;

	if (roster == NULL)
		return;
	while (map_next(roster->members, &position, NULL, &entry))
		free_member(entry);
	position = 0;
	while (map_next(roster->rooms, &position, NULL, &entry))
		mem_free(entry);
	map_destroy(roster->members);
	map_destroy(roster->rooms);
	for (size_t i = 0; i < ROSTER_BROKERS_MAX; i++)
		mem_free(roster->brokers[i]);
	mem_free(roster);
}

static bool is_elsewhere(const struct member *member)
{
	return (member->brokers & ~BIT(OWN)) != 0;
}

static void tell(const struct roster *roster, const struct member *member, bool is_here)
{
	struct user user = { 0 };

	if (!member->key.room->is_open)
		return;
	memcpy(user.id, member->key.id, sizeof(user.id));
	memcpy(user.name, member->name, strlen(member->name) + 1);
	roster->sink.tell_person(
		roster->sink.context, str_from(member->key.room->name), &user, is_here);
}

static struct roster_room *need_room(struct roster *roster, struct str name)
{
	struct roster_room *room = map_find(roster->rooms, name);

	if (room != NULL)
		return room;
	room = mem_alloc(sizeof(*room) + name.len + 1);
	list_init(&room->people);
	memcpy(room->name, name.data, name.len);
	map_put(roster->rooms, name, room);
	return room;
}

static void drop_room_if_unused(struct roster *roster, struct roster_room *room)
{
	if (room->is_open || !list_is_empty(&room->people))
		return;
	map_remove(roster->rooms, str_from(room->name));
	mem_free(room);
}

void roster_open_room(struct roster *roster, struct str name)
{
	struct roster_room *room = need_room(roster, name);

	room->is_open = true;
	list_each (link, &room->people) {
		const struct member *member = list_entry(link, struct member, link);

		if (is_elsewhere(member))
			tell(roster, member, true);
	}
}

void roster_close_room(struct roster *roster, struct str name)
{
	struct roster_room *room = map_find(roster->rooms, name);

	if (room == NULL)
		return;
	room->is_open = false;
	drop_room_if_unused(roster, room);
}

/* ROSTER_BROKERS_MAX when the broker is not known. */
static size_t find_broker(const struct roster *roster, struct str id)
{
	size_t i = 0;

	while (i < ROSTER_BROKERS_MAX &&
		(roster->brokers[i] == NULL || !str_is(id, roster->brokers[i])))
		i++;
	return i;
}

/* ROSTER_BROKERS_MAX when there are so many already. */
static size_t need_broker(struct roster *roster, struct str id)
{
	size_t place = find_broker(roster, id);

	if (place < ROSTER_BROKERS_MAX)
		return place;
	for (place = 0; place < ROSTER_BROKERS_MAX && roster->brokers[place] != NULL;)
		place++;
	if (place < ROSTER_BROKERS_MAX)
		roster->brokers[place] = str_dup(id);
	return place;
}

static struct str key_text(const struct key *key)
{
	return str_range((const char *)key, sizeof(*key));
}

static struct member *find_member(const struct roster *roster, const struct key *key)
{
	return key->room == NULL ? NULL : map_find(roster->members, key_text(key));
}

static struct member *add_member(
	struct roster *roster, const struct key *key, const struct user *user)
{
	struct member *member = mem_new(struct member);

	member->key = *key;
	member->name = mem_strdup(user->name);
	list_init(&member->link);
	list_append(&key->room->people, &member->link);
	map_put(roster->members, key_text(key), member);
	return member;
}

/* Notes that the broker of that bit does not have the person any more. */
static void take_out(struct roster *roster, struct member *member, uint64_t bit)
{
	struct roster_room *room = member->key.room;
	bool was_elsewhere = is_elsewhere(member);

	member->brokers &= ~bit;
	member->renewed &= ~bit;
	if (was_elsewhere && !is_elsewhere(member))
		tell(roster, member, false);
	if (member->brokers != 0)
		return;
	map_remove(roster->members, key_text(&member->key));
	free_member(member);
	drop_room_if_unused(roster, room);
}

/* The last name counts, whichever broker has told it. */
static bool take_name(struct member *member, const struct user *user)
{
	if (strcmp(member->name, user->name) == 0)
		return false;
	mem_free(member->name);
	member->name = mem_strdup(user->name);
	return true;
}

static bool put_in(struct roster *roster, struct str room, const struct user *user, struct key *key,
	size_t place)
{
	struct member *member = find_member(roster, key);
	bool was_elsewhere = member != NULL && is_elsewhere(member);
	bool is_renamed = member != NULL && take_name(member, user);

	if (member == NULL && map_count(roster->members) >= ROSTER_PEOPLE_MAX)
		return false;
	if (member == NULL) {
		key->room = need_room(roster, room);
		member = add_member(roster, key, user);
	}
	member->brokers |= BIT(place);
	member->renewed |= BIT(place) & roster->telling;
	if (place != OWN && (!was_elsewhere || is_renamed))
		tell(roster, member, true);
	return true;
}

bool roster_note(struct roster *roster, struct str broker, struct str room, const struct user *user,
	bool is_here)
{
	size_t place = need_broker(roster, broker);
	struct key key = { .room = map_find(roster->rooms, room) };
	struct member *member;

	if (place == ROSTER_BROKERS_MAX)
		return false;
	memcpy(key.id, user->id, sizeof(key.id));
	if (is_here)
		return put_in(roster, room, user, &key, place);
	member = find_member(roster, &key);
	if (member != NULL && (member->brokers & BIT(place)) != 0)
		take_out(roster, member, BIT(place));
	return true;
}

/* Takes out a broker's people, except those that were renewed. */
static void sweep(struct roster *roster, uint64_t bit)
{
	size_t position = 0;
	void *entry;

	while (map_next(roster->members, &position, NULL, &entry)) {
		struct member *member = entry;

		if ((member->brokers & bit) != 0 && (member->renewed & bit) == 0)
			take_out(roster, member, bit);
	}
}

static void forget_renewals(struct roster *roster, uint64_t bit)
{
	size_t position = 0;
	void *entry;

	while (map_next(roster->members, &position, NULL, &entry))
		((struct member *)entry)->renewed &= ~bit;
}

void roster_begin(struct roster *roster, struct str broker)
{
	size_t place = need_broker(roster, broker);

	if (place == ROSTER_BROKERS_MAX)
		return;
	forget_renewals(roster, BIT(place));
	roster->telling |= BIT(place);
}

void roster_end(struct roster *roster, struct str broker)
{
	size_t place = find_broker(roster, broker);

	if (place == ROSTER_BROKERS_MAX || (roster->telling & BIT(place)) == 0)
		return;
	roster->telling &= ~BIT(place);
	sweep(roster, BIT(place));
	forget_renewals(roster, BIT(place));
}

static void forget_place(struct roster *roster, size_t place)
{
	roster->telling &= ~BIT(place);
	forget_renewals(roster, BIT(place));
	sweep(roster, BIT(place));
	mem_free(roster->brokers[place]);
	roster->brokers[place] = NULL;
}

void roster_forget(struct roster *roster, struct str broker)
{
	size_t place = find_broker(roster, broker);

	assert(place != OWN);
	if (place < ROSTER_BROKERS_MAX)
		forget_place(roster, place);
}

static void visit_room(
	const struct roster_room *room, uint64_t bit, roster_visit_fn *visit, void *context)
{
	list_each (link, &room->people) {
		const struct member *member = list_entry(link, struct member, link);
		struct user user = { 0 };

		if ((member->brokers & bit) == 0)
			continue;
		memcpy(user.id, member->key.id, sizeof(user.id));
		memcpy(user.name, member->name, strlen(member->name) + 1);
		visit(context, str_from(room->name), &user);
	}
}

void roster_visit(
	const struct roster *roster, struct str broker, roster_visit_fn *visit, void *context)
{
	size_t place = find_broker(roster, broker), position = 0;
	void *room;

	if (place == ROSTER_BROKERS_MAX)
		return;
	while (map_next(roster->rooms, &position, NULL, &room))
		visit_room(room, BIT(place), visit, context);
}

static void visit_member(const struct roster *roster, const struct member *member,
	roster_visit_part_fn *visit, void *context)
{
	struct user user = { 0 };

	memcpy(user.id, member->key.id, sizeof(user.id));
	memcpy(user.name, member->name, strlen(member->name) + 1);
	for (size_t place = 0; place < ROSTER_BROKERS_MAX; place++) {
		if ((member->brokers & BIT(place)) != 0)
			visit(context, str_from(roster->brokers[place]),
				str_from(member->key.room->name), &user);
	}
}

void roster_visit_part(const struct roster *roster, size_t part, size_t parts,
	roster_visit_part_fn *visit, void *context)
{
	size_t position = 0;
	struct str key;
	void *member;

	while (map_next(roster->members, &position, &key, &member)) {
		if (crypto_table_hash(key) % parts == part)
			visit_member(roster, member, visit, context);
	}
}
