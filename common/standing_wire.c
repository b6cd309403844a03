/* SPDX-License-Identifier: MIT */
#include "common/standing_wire.h"

#include <stdio.h>

#include "common/base/clock.h"

void standing_wire_add_subject(const struct subject *subject, struct json_writer *writer)
{
	json_add_bytes(writer, "user_id", subject->user, USER_ID_SIZE);
	json_add_bool(writer, "guest", subject->is_guest);
	if (subject->session != NULL)
		json_add_bytes(writer, "session", subject->session, SESSION_HASH_SIZE);
	if (subject->address.len > 0)
		json_add_string(writer, "address", subject->address);
}

void standing_wire_ask(struct str room, const struct subject *subject, struct buf *request)
{
	struct json_writer writer = json_writer_to(request);

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "op", STR_OF("standing"));
	json_add_string(&writer, "room", room);
	standing_wire_add_subject(subject, &writer);
	json_end_object(&writer);
}

/* null: for good; missing: not at all. */
static bool read_until(const struct json *object, const char *key, int64_t *until_ms)
{
	size_t position = 0;
	struct str name, text;
	struct json *value;

	*until_ms = 0;
	while (json_next(object, &position, &name, &value)) {
		if (!str_is(name, key))
			continue;
		*until_ms = FOR_GOOD;
		return value == NULL ||
		       (json_get_string(value, &text) && clock_read_iso(text, until_ms));
	}
	return true;
}

static bool read_rules(const struct json *object, struct room_row *row)
{
	struct room_rules *rules = &row->rules;
	struct str topic;
	int64_t seconds;

	if (!json_get_string(json_find(object, "topic"), &topic) || topic.len >= TOPIC_SIZE ||
		!json_get_bool(json_find(object, "members_only"), &rules->is_members_only) ||
		!json_get_bool(json_find(object, "locked"), &rules->is_locked) ||
		!json_get_bool(json_find(object, "hidden"), &rules->is_hidden) ||
		!json_get_integer(json_find(object, "slow_seconds"), &seconds) || seconds < 0 ||
		seconds > SLOW_SECONDS_MAX)
		return false;
	rules->slow_seconds = (uint32_t)seconds;
	snprintf(row->topic, sizeof(row->topic), "%.*s", STR_ARG(topic));
	return true;
}

bool standing_wire_read(
	const struct json *answer, struct standing *standing_out, struct room_row *room_out)
{
	struct str role = STR("");

	*standing_out = (struct standing){ .role = ROLE_GUEST };
	*room_out = (struct room_row){ .created_ms = 0 };
	(void)json_get_string(json_find(answer, "role"), &role);
	if (!role_find(role, &standing_out->role) ||
		!read_rules(json_find(answer, "rules"), room_out) ||
		!read_until(answer, "muted_until", &standing_out->muted_until_ms) ||
		!read_until(answer, "banned_until", &standing_out->banned_until_ms))
		return false;
	standing_out->rules = room_out->rules;
	return true;
}
