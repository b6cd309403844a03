/* SPDX-License-Identifier: MIT */
/* Orders: judged, done, written into the audit log and left for the broker, all or nothing. */
#include "common/store/moderation_private.h"

#include <stdio.h>
#include <string.h>

#include "common/base/message.h"
#include "common/base/utf8.h"
#include "common/json.h"

#define SANCTION_SECONDS_MAX (100 * 366 * INT64_C(86400)) /* longer is for good */

static const struct {
	const char *code;
	const char *sentence;
} results[] = {
	[MODERATION_DONE] = { "done", "Done." },
	[MODERATION_FORBIDDEN] = { "forbidden", MESSAGE("You may not do that here.") },
	[MODERATION_ABOVE] = { "above", MESSAGE("That person's role is not below yours.") },
	[MODERATION_NOBODY] = { "nobody", MESSAGE("There is nobody of that name here.") },
	[MODERATION_BAD_ORDER] = { "bad_order",
		MESSAGE("A value is missing or out of its range.") },
	[MODERATION_FULL] = { "list_full",
		MESSAGE("There are too many of these in this room already.") },
};

const char *moderation_result_code(enum moderation_result result)
{
	return results[result].code;
}

const char *moderation_result_sentence(enum moderation_result result)
{
	return results[result].sentence;
}

static bool is_lifting(enum verb verb)
{
	return verb == VERB_UNMUTE || verb == VERB_UNBAN;
}

/* Mutes, bans, and what ends them: also for the whole site, for sessions and addresses. */
static bool is_about_sanctions(enum verb verb)
{
	return verb == VERB_MUTE || verb == VERB_BAN || is_lifting(verb);
}

static bool has_good_value(const struct order *order)
{
	switch (verb_row(order->verb)->value) {
	case VERB_VALUE_SECONDS:
		return order->seconds >= 0 &&
		       order->seconds <=
			       (order->verb == VERB_SLOW ? SLOW_SECONDS_MAX : SANCTION_SECONDS_MAX);
	case VERB_VALUE_ROLE:
		return order->role >= ROLE_USER && order->role <= ROLE_OWNER &&
		       !(order->user != NULL && order->user_is_guest);
	case VERB_VALUE_NONE:
	case VERB_VALUE_SWITCH:
	case VERB_VALUE_TEXT:
		break;
	}
	return true;
}

static bool has_good_keys(const struct order *order)
{
	struct sanction_key key;

	for (size_t i = 0; i < order->key_count; i++) {
		if (order->sessions[i] == NULL &&
			!sanction_key_of_address(order->addresses[i], &key))
			return false;
	}
	return order->verb == VERB_MUTE || order->verb == VERB_BAN;
}

static bool has_good_person(const struct order *order)
{
	struct sanction_key key;

	if (!utf8_is_valid(order->name) || order->name.len >= USER_NAME_SIZE)
		return false;
	if (order->key_count > 0)
		return has_good_keys(order);
	if (!is_about_sanctions(order->verb))
		return order->session == NULL && order->address.len == 0 &&
		       (order->user != NULL || order->name.len > 0);
	if (order->address.len > 0)
		return sanction_key_of_address(order->address, &key);
	return order->user != NULL || order->session != NULL || order->name.len > 0 ||
	       (is_lifting(order->verb) && order->sanction > 0);
}

static bool has_good_text(const struct order *order)
{
	if (verb_row(order->verb)->value == VERB_VALUE_TEXT)
		return moderation_text_is_valid(order->text, TOPIC_CHARACTERS_MAX);
	return moderation_text_is_valid(order->text, REASON_CHARACTERS_MAX);
}

static bool is_complete(const struct order *order)
{
	if (order->room.len >= ROOM_NAME_SIZE ||
		(order->room.len == 0 && !is_about_sanctions(order->verb)))
		return false;
	return has_good_text(order) && has_good_value(order) &&
	       (!verb_row(order->verb)->needs_person || has_good_person(order));
}

static bool may(const struct ordering *ordering, enum action action)
{
	if (ordering->order->actor == NULL)
		return true;
	/* Whoever could name addresses would find people's by trying. */
	if (ordering->order->room.len == 0 || ordering->order->address.len > 0)
		return ordering->actor.role == ROLE_SUPERUSER;
	return standing_allows(&ordering->actor, action, ordering->now_ms);
}

bool ordering_outranks(const struct ordering *ordering, const struct person *person)
{
	return ordering->order->actor == NULL ||
	       role_is_above(ordering->actor.role,
		       standing_read_role(ordering->accounts, ordering->order->room, person));
}

/* Who is the first to order something in a new room owns it, unless the order is refused. */
static void own_new_room(struct ordering *ordering)
{
	const struct order *order = ordering->order;
	struct user owner = { 0 };

	if (!order->room_is_new || order->actor->is_guest || order->room.len == 0 ||
		ordering->room.created_ms != 0)
		return;
	memcpy(owner.id, order->actor->user, sizeof(owner.id));
	snprintf(owner.name, sizeof(owner.name), "%.*s", STR_ARG(order->actor_name));
	if (rooms_make(
		    ordering->accounts, order->room, &owner, ordering->now_ms, &ordering->room) &&
		ordering->actor.role < ROLE_OWNER)
		ordering->actor.role = ROLE_OWNER;
}

/* Who orders it, and in what room. */
static void read_circumstances(struct ordering *ordering)
{
	const struct order *order = ordering->order;
	struct room_row *room = &ordering->room;

	if (order->actor == NULL) {
		room_row_find(ordering->accounts, order->room, room);
	} else {
		standing_read(ordering->accounts, order->room, order->actor, ordering->now_ms,
			&ordering->actor, room);
		own_new_room(ordering);
	}
	if (room->created_ms == 0) {
		snprintf(room->name, sizeof(room->name), "%.*s", STR_ARG(order->room));
		room->created_ms = ordering->now_ms;
	}
}

/* One who is not in the words of the order: user and role, too. */
static void write_notice(
	const struct ordering *ordering, struct str user, enum role role, struct buf *out)
{
	const struct order *order = ordering->order;
	const struct verb_row *verb = verb_row(order->verb);
	struct json_writer writer = json_writer_to(out);

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "type", STR_OF("moderation"));
	json_add_string(&writer, "action", str_from(verb->word));
	if (user.len > 0)
		json_add_string(&writer, "user", user);
	json_add_string(&writer, "by", order->actor_name);
	if (verb->value == VERB_VALUE_SECONDS)
		json_add_integer(&writer, "seconds", order->seconds);
	if (verb->value == VERB_VALUE_ROLE)
		json_add_string(&writer, "role", str_from(role_word(role)));
	if (verb->value == VERB_VALUE_SWITCH)
		json_add_bool(&writer, "on", order->is_on);
	if (verb->value == VERB_VALUE_TEXT || order->text.len > 0)
		json_add_string(&writer, "text", order->text);
	json_end_object(&writer);
}

static void leave_change(
	const struct ordering *ordering, const struct person *person, enum role role)
{
	struct buf notice = { 0 };
	struct room_change change = {
		.room = ordering->order->room,
		.user = person->has_id ? person->id : NULL,
	};

	write_notice(ordering, str_from(person->name), role, &notice);
	change.notice = buf_str(&notice);
	room_changes_add(ordering->accounts, &change, ordering->now_ms);
	buf_finish(&notice);
}

/* What else the order says: "600 s: spam". */
static void write_detail(const struct order *order, struct buf *out)
{
	switch (verb_row(order->verb)->value) {
	case VERB_VALUE_SWITCH:
		buf_append_text(out, order->is_on ? "on" : "off");
		break;
	case VERB_VALUE_SECONDS:
		buf_append_number(out, order->seconds);
		buf_append_text(out, " s");
		break;
	case VERB_VALUE_ROLE:
		buf_append_text(out, role_word(order->role));
		break;
	case VERB_VALUE_NONE:
	case VERB_VALUE_TEXT:
		break;
	}
	if (out->len > 0 && order->text.len > 0)
		buf_append_text(out, ": ");
	buf_append_str(out, order->text);
}

static void leave_audit(const struct ordering *ordering)
{
	const struct order *order = ordering->order;
	const char *subject = ordering->label[0] != '\0' ? ordering->label : ordering->person.name;
	struct buf detail = { 0 };

	write_detail(order, &detail);
	audit_write(ordering->accounts,
		&(struct audit_row){
			.time_ms = ordering->now_ms,
			.actor = order->actor == NULL ? NULL : order->actor->user,
			.actor_name = order->actor_name,
			.via = str_from(order->via),
			.action = str_from(verb_row(order->verb)->word),
			.room = order->room,
			.subject = str_from(subject),
			.detail = buf_str(&detail),
		});
	buf_finish(&detail);
}

static enum moderation_result change_rules(struct ordering *ordering)
{
	const struct order *order = ordering->order;
	struct room_row *room = &ordering->room;

	if (order->verb == VERB_TOPIC)
		snprintf(room->topic, sizeof(room->topic), "%.*s", STR_ARG(order->text));
	else if (order->verb == VERB_LOCK)
		room->rules.is_locked = order->is_on;
	else if (order->verb == VERB_MEMBERS_ONLY)
		room->rules.is_members_only = order->is_on;
	else if (order->verb == VERB_HIDE)
		room->rules.is_hidden = order->is_on;
	else
		room->rules.slow_seconds = (uint32_t)order->seconds;
	rooms_write(ordering->accounts, room);
	return MODERATION_DONE;
}

static enum moderation_result mute_or_ban_one(struct ordering *ordering)
{
	enum sanction_kind kind = ordering->order->verb == VERB_BAN ? SANCTION_BAN : SANCTION_MUTE;

	if (!person_find(ordering))
		return MODERATION_NOBODY;
	/* Not the site either: no sanction holds a superuser. */
	if (!ordering_outranks(ordering, &ordering->person) ||
		standing_read_role(ordering->accounts, ordering->order->room, &ordering->person) ==
			ROLE_SUPERUSER)
		return MODERATION_ABOVE;
	return sanctions_add(ordering, kind) ? MODERATION_DONE : MODERATION_FULL;
}

/* Key by key; whose they are is only known when they are one person's. */
static enum moderation_result mute_or_ban(struct ordering *ordering)
{
	const struct order *order = ordering->order;
	enum moderation_result result = MODERATION_DONE;
	struct order part = *order;
	bool is_one = true;

	if (order->key_count == 0)
		return mute_or_ban_one(ordering);
	ordering->order = &part;
	for (size_t i = 0; i < order->key_count && result == MODERATION_DONE; i++) {
		const struct person before = ordering->person;

		part.session = order->sessions[i];
		part.address = order->addresses[i];
		ordering->person = (struct person){ 0 };
		result = mute_or_ban_one(ordering);
		is_one = is_one &&
			 (i == 0 || memcmp(before.id, ordering->person.id, sizeof(before.id)) == 0);
	}
	ordering->order = order;
	ordering->person.has_id = ordering->person.has_id && is_one;
	return result;
}

static enum moderation_result lift(struct ordering *ordering)
{
	return sanctions_lift(
		ordering, ordering->order->verb == VERB_UNBAN ? SANCTION_BAN : SANCTION_MUTE);
}

/* The room change that is left is all there is to do. */
static enum moderation_result kick(struct ordering *ordering)
{
	if (!person_find(ordering))
		return MODERATION_NOBODY;
	ordering->has_changed = true;
	return ordering_outranks(ordering, &ordering->person) ? MODERATION_DONE : MODERATION_ABOVE;
}

/* A room has one owner: who was it becomes a moderator. */
static bool replace_owner(struct ordering *ordering)
{
	struct person owner;

	if (!roles_find_owner(ordering->accounts, ordering->order->room, &owner) ||
		memcmp(owner.id, ordering->person.id, sizeof(owner.id)) == 0)
		return true;
	leave_change(ordering, &owner, ROLE_MODERATOR);
	return roles_set(ordering, &owner, ROLE_MODERATOR);
}

static enum moderation_result change_role(struct ordering *ordering)
{
	struct person *person = &ordering->person;
	enum role to = ordering->order->role, from;

	if (!person_find(ordering))
		return MODERATION_NOBODY;
	from = standing_read_role(ordering->accounts, ordering->order->room, person);
	if (to < ROLE_MEMBER && from < ROLE_MEMBER)
		return MODERATION_NOBODY;
	if (!may(ordering, moderation_role_action(from, to)))
		return MODERATION_FORBIDDEN;
	if (!ordering_outranks(ordering, person))
		return MODERATION_ABOVE;
	if (to == ROLE_OWNER && !replace_owner(ordering))
		return MODERATION_FULL;
	ordering->has_changed = from != to;
	return roles_set(ordering, person, to) ? MODERATION_DONE : MODERATION_FULL;
}

static enum moderation_result (*const doers[VERB_COUNT])(struct ordering *ordering) = {
	[VERB_TOPIC] = change_rules,
	[VERB_LOCK] = change_rules,
	[VERB_SLOW] = change_rules,
	[VERB_MEMBERS_ONLY] = change_rules,
	[VERB_HIDE] = change_rules,
	[VERB_MUTE] = mute_or_ban,
	[VERB_UNMUTE] = lift,
	[VERB_KICK] = kick,
	[VERB_BAN] = mute_or_ban,
	[VERB_UNBAN] = lift,
	[VERB_ROLE] = change_role,
};

static bool are_equal(const struct room_row *a, const struct room_row *b)
{
	return strcmp(a->topic, b->topic) == 0 && a->rules.is_locked == b->rules.is_locked &&
	       a->rules.is_members_only == b->rules.is_members_only &&
	       a->rules.is_hidden == b->rules.is_hidden &&
	       a->rules.slow_seconds == b->rules.slow_seconds;
}

/* What is so already is done, and leaves nothing: else one who repeats it pushes all others out of
 * the audit log. */
static enum moderation_result judge_and_do(struct ordering *ordering)
{
	const struct order *order = ordering->order;
	enum moderation_result result;
	struct room_row before;

	read_circumstances(ordering);
	before = ordering->room;
	if (!may(ordering, verb_row(order->verb)->action))
		return MODERATION_FORBIDDEN;
	result = doers[order->verb](ordering);
	if (result != MODERATION_DONE)
		return result;
	if (!ordering->has_changed && are_equal(&before, &ordering->room))
		return MODERATION_DONE;
	leave_change(ordering, &ordering->person, order->role);
	leave_audit(ordering);
	return MODERATION_DONE;
}

enum store_problem moderation_order(struct accounts *accounts, const struct order *order,
	int64_t now_ms, enum moderation_result *result_out)
{
	struct ordering ordering = { .accounts = accounts, .order = order, .now_ms = now_ms };

	*result_out = MODERATION_BAD_ORDER;
	if (!is_complete(order))
		return STORE_OK;
	accounts_begin(accounts, ACCOUNTS_WRITE);
	*result_out = judge_and_do(&ordering);
	return accounts_end(accounts, *result_out == MODERATION_DONE);
}
