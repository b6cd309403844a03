/* SPDX-License-Identifier: MIT */
#include "broker/order/tell.h"

#include <string.h>

#include "broker/broker.h"
#include "broker/conn.h"
#include "broker/order/order.h"
#include "broker/order/room.h"
#include "broker/shard.h"
#include "common/base/clock.h"

/* Whoever hears it has found the room and entered it. */
#define FIRST_SHOWN ACTION_SAY

static void write_until(int64_t until_ms, const char *key, struct json_writer *writer)
{
	char text[CLOCK_ISO_SIZE];

	if (until_ms == FOR_GOOD) {
		json_add_null(writer, key);
		return;
	}
	clock_format_iso(until_ms, text);
	json_add_string(writer, key, str_from(text));
}

void order_write_standing(const struct standing *standing, struct json_writer *writer)
{
	int64_t now_ms = clock_wall_ms();

	json_add_string(writer, "role", str_from(role_word(standing->role)));
	json_begin_array(writer, "can");
	for (enum action action = FIRST_SHOWN; action < ACTION_COUNT; action++) {
		if (standing_allows(standing, action, now_ms))
			json_add_string(writer, NULL, str_from(action_word(action)));
	}
	json_end_array(writer);
	if (standing->muted_until_ms > now_ms)
		write_until(standing->muted_until_ms, "muted_until", writer);
	if (standing->banned_until_ms > now_ms)
		write_until(standing->banned_until_ms, "banned_until", writer);
}

static void write_you(const struct room *room, const struct person *person, const char *key,
	struct json_writer *writer)
{
	struct standing standing = order_standing(room, person);

	json_begin_object(writer, key);
	if (key == NULL)
		json_add_string(writer, "type", STR_OF("you"));
	order_write_standing(&standing, writer);
	json_end_object(writer);
}

static void write_rules(
	const struct room_rules *rules, struct str topic, struct json_writer *writer)
{
	json_add_string(writer, "topic", topic);
	json_add_bool(writer, "members_only", rules->is_members_only);
	json_add_bool(writer, "locked", rules->is_locked);
	json_add_bool(writer, "hidden", rules->is_hidden);
	json_add_integer(writer, "slow_seconds", rules->slow_seconds);
}

void order_write_rules(const struct room_rules *rules, struct str topic, const char *key,
	struct json_writer *writer)
{
	json_begin_object(writer, key);
	write_rules(rules, topic, writer);
	json_end_object(writer);
}

void order_write_welcome(
	const struct room *room, const struct person *person, struct json_writer *writer)
{
	struct room_rules rules = order_rules(room);

	if (order_has_rules(room))
		order_write_rules(&rules, order_topic(room), "rules", writer);
	write_you(room, person, "you", writer);
}

void order_tell_rules(struct room *room)
{
	struct room_rules rules = order_rules(room);
	struct buf json = { 0 };
	struct json_writer writer = json_writer_to(&json);

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "type", STR_OF("rules"));
	write_rules(&rules, order_topic(room), &writer);
	json_end_object(&writer);
	room_tell(room, buf_str(&json));
	buf_finish(&json);
}

void order_tell_notice(struct room *room, struct str notice)
{
	if (notice.len > 0)
		room_tell(room, notice);
}

void order_tell_you(struct channel *channel)
{
	struct conn *conn = conn_of(channel);
	struct buf frames = { 0 };
	struct json_writer writer = json_writer_to(&frames);
	size_t start;

	if (!dialect_is_v1(conn->dialect))
		return;
	start = dialect_begin(conn->dialect, &frames);
	write_you(channel->room, channel->person, NULL, &writer);
	dialect_end(conn->dialect, &frames, start);
	shard_reply(conn->shard, conn, buf_str(&frames));
	buf_finish(&frames);
}

void order_tell_person(const struct person *person, const struct channel *except)
{
	for (struct channel *channel = person->channels; channel != NULL; channel = channel->next) {
		if (channel != except)
			order_tell_you(channel);
	}
}

/* Of the broker, or of its accounts, and so none of the client's errors. */
static bool is_ours(const struct order_refusal *refusal)
{
	static const char *const codes[] = { "busy", "storage", "unavailable" };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (strcmp(refusal->code, codes[i]) == 0)
			return true;
	}
	return false;
}

static void send_error(
	struct conn *conn, const struct order_refusal *refusal, const struct buf *frames)
{
	if (is_ours(refusal))
		shard_reply(conn->shard, conn, buf_str(frames));
	else
		shard_send_error(conn->shard, conn, buf_str(frames));
}

void order_tell_outcome(
	struct channel *channel, const struct order_refusal *refusal, struct str ref)
{
	struct conn *conn = conn_of(channel);
	struct buf frames = { 0 };

	if (refusal != NULL) {
		dialect_error(conn->dialect, refusal->code, refusal->sentence, ref, &frames);
		send_error(conn, refusal, &frames);
	} else if (ref.len > 0) {
		dialect_done(ref, &frames);
		shard_reply(conn->shard, conn, buf_str(&frames));
	}
	buf_finish(&frames);
}

void order_tell_refused(
	struct channel *channel, const struct order_refusal *refusal, struct str ref)
{
	struct conn *conn = conn_of(channel);
	struct buf frames = { 0 };

	stat_add(&rooms_broker(channel->room->rooms)->stats, STAT_SAID_FORBIDDEN, 1);
	dialect_error_for_now(conn->dialect, refusal->code, refusal->sentence, ref,
		refusal->retry_after_ms, &frames);
	send_error(conn, refusal, &frames);
	buf_finish(&frames);
}

/* Judged again: meanwhile the rule may be over, and then it may be sent again. */
void order_tell_not_said(struct channel *channel, struct str ref)
{
	const struct room *room = channel->room;
	struct order_refusal refusal = { broker_refusal_code(LAYER_NOT_SAID),
		broker_refusal_sentence(LAYER_NOT_SAID), 0 };
	struct order_speaker speaker;
	struct standing standing;

	if (room == NULL) /* it has been turned away */
		return;
	speaker = (struct order_speaker){ str_from(room->name), channel->person->id, ref };
	standing = order_standing(room, channel->person);
	(void)!order_lets_speak(rooms_broker(room->rooms), &standing, &speaker, &refusal);
	order_tell_refused(channel, &refusal, ref);
}
