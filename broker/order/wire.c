/* SPDX-License-Identifier: MIT */
#include "broker/order/wire.h"

#include <stdio.h>
#include <string.h>

#include "broker/order/registrar.h"
#include "broker/order/tell.h"
#include "common/accounts_wire.h"
#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/standing_wire.h"

void order_wire_ask_changes(int64_t after, struct buf *request)
{
	struct json_writer writer = json_writer_to(request);

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "op", STR_OF("room_changes"));
	json_add_integer(&writer, "after", after);
	json_end_object(&writer);
}

static void write_actor(const struct registrar_job *job, struct json_writer *writer)
{
	const struct subject *actor = job->order.actor;

	if (actor == NULL && job->order.actor_name.len == 0)
		return;
	json_begin_object(writer, "actor");
	json_add_string(writer, "user", job->order.actor_name);
	if (actor == NULL)
		json_add_bool(writer, "site", true);
	else
		standing_wire_add_subject(actor, writer);
	json_end_object(writer);
}

static void write_person(const struct registrar_job *job, struct json_writer *writer)
{
	const struct order *order = &job->order;

	if (order->name.len > 0)
		json_add_string(writer, "user", order->name);
	if (order->user != NULL) {
		json_add_bytes(writer, "user_id", order->user, USER_ID_SIZE);
		json_add_bool(writer, "guest", order->user_is_guest);
	}
	if (order->address.len > 0)
		json_add_string(writer, "address", order->address);
	if (order->sanction > 0)
		json_add_integer(writer, "sanction", order->sanction);
	if (job->target > 0)
		json_add_integer(writer, "target", (int64_t)job->target);
}

static void write_keys(const struct registrar_job *job, struct json_writer *writer)
{
	bool are_sessions = job->order.key_count > 0 && job->order.sessions[0] != NULL;

	if (job->order.key_count == 0)
		return;
	json_begin_array(writer, are_sessions ? "sessions" : "addresses");
	for (size_t i = 0; i < job->order.key_count; i++) {
		if (are_sessions)
			json_add_bytes(writer, NULL, job->order.sessions[i], SESSION_HASH_SIZE);
		else
			json_add_string(writer, NULL, job->order.addresses[i]);
	}
	json_end_array(writer);
}

static void write_order(const struct registrar_job *job, struct json_writer *writer)
{
	const struct order *order = &job->order;

	json_add_string(writer, "op", STR_OF("moderate"));
	json_add_string(writer, "room", order->room);
	json_add_string(writer, "action", str_from(verb_row(order->verb)->word));
	json_add_string(writer, "via", str_from(order->via));
	json_add_bool(writer, "new", order->room_is_new);
	json_add_bool(writer, "on", order->is_on);
	json_add_integer(writer, "seconds", order->seconds);
	json_add_string(writer, "text", order->text);
	json_add_string(writer, "role", str_from(role_word(order->role)));
	write_actor(job, writer);
	write_person(job, writer);
	write_keys(job, writer);
}

void order_wire_ask_job(const struct registrar_job *job, struct buf *request)
{
	struct json_writer writer = json_writer_to(request);

	json_begin_object(&writer, NULL);
	if (job->task == REGISTRAR_ORDER) {
		write_order(job, &writer);
	} else {
		json_add_string(&writer, "op", STR_OF("own_room"));
		json_add_string(&writer, "room", job->order.room);
		json_add_string(&writer, "user", str_from(job->owner.name));
		json_add_bytes(&writer, "user_id", job->owner.id, USER_ID_SIZE);
	}
	json_end_object(&writer);
}

void order_wire_ask_outcome(int64_t number, struct buf *request)
{
	struct json_writer writer = json_writer_to(request);

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "op", STR_OF("ordered"));
	json_add_integer(&writer, "order", number);
	json_end_object(&writer);
}

/* False when it is none. */
static bool read_key(const struct json *value, bool is_session, struct registrar_job *job)
{
	uint8_t session[SESSION_HASH_SIZE];
	struct str text;
	size_t len;

	if (job->order.key_count == ORDER_KEYS_MAX || !json_get_string(value, &text))
		return false;
	if (is_session && (!crypto_base64_decode(text, session, sizeof(session), &len) ||
				  len != sizeof(session)))
		return false;
	if (is_session)
		job->order.sessions[job->order.key_count++] = registrar_keep_bytes(
			job, session, len);
	else
		job->order.addresses[job->order.key_count++] = registrar_keep(job, text);
	return true;
}

bool order_wire_read_keys(const struct json *request, struct registrar_job *job)
{
	const struct json *sessions = json_find(request, "sessions");
	const struct json *addresses = json_find(request, "addresses");
	const struct json *keys = sessions != NULL ? sessions : addresses;
	struct str name = STR("");

	if (keys == NULL)
		return true;
	if (json_count(keys) == 0 || (sessions != NULL && addresses != NULL))
		return false;
	for (size_t i = 0; i < json_count(keys); i++) {
		if (!read_key(json_at(keys, i), sessions != NULL, job))
			return false;
	}
	(void)json_get_string(json_find(request, "user"), &name);
	job->order.name = registrar_keep(job, name);
	return true;
}

/* True also for a member that is missing. */
static bool read_session(const struct json *request, struct order_wire_subject *subject)
{
	if (json_find(request, "session") == NULL)
		return true;
	subject->subject.session = subject->session;
	return accounts_wire_read_bytes(
		request, "session", subject->session, sizeof(subject->session));
}

bool order_wire_read_subject(const struct json *request, struct order_wire_subject *subject_out)
{
	*subject_out = (struct order_wire_subject){ .subject.address = STR("") };
	subject_out->subject.user = subject_out->user;
	(void)json_get_bool(json_find(request, "guest"), &subject_out->subject.is_guest);
	(void)json_get_string(json_find(request, "address"), &subject_out->subject.address);
	return accounts_wire_read_bytes(
		       request, "user_id", subject_out->user, sizeof(subject_out->user)) &&
	       read_session(request, subject_out);
}

void order_wire_tell_standing(const struct order_answer *answer, struct json_writer *writer)
{
	order_write_standing(&answer->standing, writer);
	json_add_string(writer, "topic", str_from(answer->room.topic));
	order_write_rules(&answer->standing.rules, str_from(answer->room.topic), "rules", writer);
	if (answer->is_banned_everywhere)
		json_add_bool(writer, "banned_everywhere", true);
}

bool order_wire_read_standing(const struct json *answer, struct order_answer *answer_out)
{
	*answer_out = (struct order_answer){ .is_known = true };
	(void)json_get_bool(
		json_find(answer, "banned_everywhere"), &answer_out->is_banned_everywhere);
	return standing_wire_read(answer, &answer_out->standing, &answer_out->room);
}

void order_wire_tell_change(const struct room_change *change, struct json_writer *list)
{
	json_begin_object(list, NULL);
	json_add_string(list, "room", change->room);
	if (change->user != NULL)
		json_add_bytes(list, "user_id", change->user, USER_ID_SIZE);
	json_add_string(list, "notice", change->notice);
	json_end_object(list);
}

bool order_wire_read_change(const struct json *element, uint8_t user[static USER_ID_SIZE],
	struct room_change *change_out)
{
	*change_out = (struct room_change){ .room = STR("") };
	if (json_find(element, "user_id") != NULL) {
		change_out->user = user;
		if (!accounts_wire_read_bytes(element, "user_id", user, USER_ID_SIZE))
			return false;
	}
	return json_get_string(json_find(element, "room"), &change_out->room) &&
	       json_get_string(json_find(element, "notice"), &change_out->notice);
}
