/* SPDX-License-Identifier: MIT */
/* Copies of names, since a person may be gone before the room is told. */
#include "broker/typing.h"

#include <stdbool.h>

#include "broker/broker.h"
#include "broker/order/room.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

struct typing {
	struct room *room; /* borrowed */
	struct timer timer; /* armed as long as this is there */
	char *names[TYPING_NAMES_MAX];
	size_t count;
};

void typing_finish(struct room *room)
{
	struct typing *typing = room->typing;

	if (typing == NULL)
		return;
	reactor_disarm(&rooms_broker(room->rooms)->reactor, &typing->timer);
	for (size_t i = 0; i < typing->count; i++)
		mem_free(typing->names[i]);
	mem_free(typing);
	room->typing = NULL;
}

static void write_frame(const struct typing *typing, struct buf *json)
{
	struct json_writer writer = json_writer_to(json);

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "type", STR_OF("typing"));
	json_begin_array(&writer, "users");
	for (size_t i = 0; i < typing->count; i++)
		json_add_string(&writer, NULL, str_from(typing->names[i]));
	json_end_array(&writer);
	json_end_object(&writer);
}

static void tell(struct timer *timer)
{
	struct typing *typing = list_entry(timer, struct typing, timer);
	struct room *room = typing->room;
	struct buf json = { 0 };

	if (typing->count > 0 && room->presence.here.count <= PRESENCE_NAMES_MAX) {
		write_frame(typing, &json);
		room_tell(room, buf_str(&json));
	}
	buf_finish(&json);
	typing_finish(room);
}

static struct typing *need_typing(struct room *room)
{
	if (room->typing != NULL)
		return room->typing;
	room->typing = mem_new(struct typing);
	room->typing->room = room;
	timer_init(&room->typing->timer, tell);
	reactor_arm(&rooms_broker(room->rooms)->reactor, &room->typing->timer, TYPING_MS);
	return room->typing;
}

/* The place of a name, or count. */
static size_t find(const struct typing *typing, struct str name)
{
	size_t i = 0;

	while (i < typing->count && str_compare(str_from(typing->names[i]), name) != 0)
		i++;
	return i;
}

/* Whether there are others, and they are to know it. */
static bool is_worth_telling(const struct room *room, const struct person *person)
{
	struct standing standing = order_standing(room, person);
	size_t people = room->presence.here.count;

	return people > 1 && people <= PRESENCE_NAMES_MAX &&
	       standing_allows(&standing, ACTION_SAY, clock_wall_ms());
}

void typing_note(struct channel *channel)
{
	struct room *room = channel->room;
	struct typing *typing;
	struct str name;

	if (room == NULL || !is_worth_telling(room, channel->person))
		return;
	typing = need_typing(room);
	name = str_from(channel->person->name);
	if (typing->count < TYPING_NAMES_MAX && find(typing, name) == typing->count)
		typing->names[typing->count++] = str_dup(name);
}

void typing_forget(struct room *room, struct str name)
{
	struct typing *typing = room->typing;
	size_t i;

	if (typing == NULL)
		return;
	i = find(typing, name);
	if (i == typing->count)
		return;
	mem_free(typing->names[i]);
	typing->names[i] = typing->names[--typing->count];
}
