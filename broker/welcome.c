/* SPDX-License-Identifier: MIT */
/* A welcome names at most so many people that it fits a packet or two: the rest comes when the
 * client asks. */
#include "broker/welcome.h"

#include "broker/broker.h"
#include "broker/order/tell.h"

#define WELCOME_MEMBERS_MAX 100
#define MEMBERS_PER_ANSWER 500

void welcome_write(const struct room *room, const struct person *person, enum dialect dialect,
	const struct room_past *past, struct buf *frames)
{
	struct json_writer writer = json_writer_to(frames);
	size_t start;

	if (past->replay == NULL)
		dialect_position(dialect, room->head.epoch, room->head.seq, frames);
	start = dialect_begin(dialect, frames);
	json_begin_object(&writer, NULL);
	json_add_string(&writer, "type", STR_OF("welcome"));
	json_add_string(&writer, "room", str_from(room->name));
	json_add_string(&writer, "user", str_from(person->name));
	json_add_string(&writer, "epoch", str_from(room->head.epoch));
	json_add_integer(&writer, "seq", (int64_t)room->head.seq);
	json_add_bool(&writer, "recovered", past->is_recovered);
	presence_write_names(
		&room->presence, &writer, "members", 0, WELCOME_MEMBERS_MAX, "members_next");
	json_add_integer(&writer, "members_total", (int64_t)room->presence.here.count);
	order_write_welcome(room, person, &writer);
	json_end_object(&writer);
	dialect_end(dialect, frames, start);
	if (rooms_broker(room->rooms)->is_cut_off)
		welcome_write_link(rooms_broker(room->rooms), dialect, frames);
}

static void write_available(enum dialect dialect, struct buf *frames)
{
	struct json_writer writer = json_writer_to(frames);
	size_t start = dialect_begin(dialect, frames);

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "type", STR_OF("available"));
	json_end_object(&writer);
	dialect_end(dialect, frames, start);
}

void welcome_write_link(const struct broker *broker, enum dialect dialect, struct buf *frames)
{
	if (broker->is_cut_off)
		dialect_error(dialect, broker_refusal_code(LAYER_UNAVAILABLE),
			broker_refusal_sentence(LAYER_UNAVAILABLE), STR_OF(""), frames);
	else
		write_available(dialect, frames);
}

void welcome_write_members(
	const struct room *room, struct str after, enum dialect dialect, struct buf *frames)
{
	struct json_writer writer = json_writer_to(frames);
	size_t start = dialect_begin(dialect, frames);
	bool has_more;

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "type", STR_OF("members"));
	has_more = presence_write_names(&room->presence, &writer, "members",
		presence_find(&room->presence, after), MEMBERS_PER_ANSWER, "next");
	json_add_bool(&writer, "more", has_more);
	json_end_object(&writer);
	dialect_end(dialect, frames, start);
}
