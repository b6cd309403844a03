/* SPDX-License-Identifier: MIT */
#include "broker/order/request.h"

#include <string.h>

#include "broker/broker.h"
#include "broker/conn.h"
#include "broker/logins.h"
#include "broker/order/edges.h"
#include "broker/order/room.h"
#include "broker/order/tell.h"
#include "broker/order/wire.h"
#include "broker/quota.h"
#include "common/accounts_wire.h"
#include "common/base/clock.h"
#include "common/throttle.h"

static const struct order_refusal not_json = { "bad_order", "An order is a JSON object.", 0 };
static const struct order_refusal bad_action = { "bad_order", "This \"action\" is not known.", 0 };
static const struct order_refusal bad_value = { "bad_order",
	"Something in this order is missing, or not what it has to be.", 0 };
static const struct order_refusal no_person = { "bad_order",
	"Name somebody with \"user\", or by a message with \"target\".", 0 };
static const struct order_refusal ambiguous = { "ambiguous",
	"Several people here have this name. Choose a message of the one who is meant.", 0 };
static const struct order_refusal no_authors = { "no_target",
	"Whose a message is, is not known here. Name the person with \"user\".", 0 };
static const struct order_refusal no_keys = { "nobody", "This person has no such connection here.",
	0 };
static const struct order_refusal forbidden = { "forbidden", "You may not do that here.", 0 };
const struct order_refusal order_is_busy = { "busy",
	"Too many orders wait at this moment. Try it again in a while.", 0 };
static const struct order_refusal too_fast = { "too_fast",
	"You are ordering too fast. Wait a moment and do it again.", 0 };

/* An order while it is read. */
struct reading {
	struct broker *broker;
	const struct room *room; /* NULL: nobody is in it */
	const struct json *arguments;
	bool names_ids;
	struct registrar_job *job;
};

/* Each returns why not, or NULL. */

static const struct order_refusal *read_text(const struct reading *reading)
{
	const struct json *value = json_find(reading->arguments, "text");
	struct str text = STR("");

	if (value != NULL && !json_get_string(value, &text))
		return &bad_value;
	reading->job->order.text = registrar_keep(reading->job, text);
	return NULL;
}

static const struct order_refusal *read_seconds(const struct reading *reading)
{
	const struct json *value = json_find(reading->arguments, "seconds");

	return value == NULL || json_get_integer(value, &reading->job->order.seconds) ? NULL
										      : &bad_value;
}

static const struct order_refusal *read_switch(const struct reading *reading)
{
	const struct json *value = json_find(reading->arguments, "on");

	reading->job->order.is_on = true;
	return value == NULL || json_get_bool(value, &reading->job->order.is_on) ? NULL
										 : &bad_value;
}

static const struct order_refusal *read_role(const struct reading *reading)
{
	struct str word;

	return json_get_string(json_find(reading->arguments, "role"), &word) &&
			       role_find(word, &reading->job->order.role)
		       ? NULL
		       : &bad_value;
}

static const struct order_refusal *read_nothing(const struct reading *reading)
{
	(void)reading;
	return NULL;
}

static const struct order_refusal *(*const value_readers[])(const struct reading *reading) = {
	[VERB_VALUE_NONE] = read_nothing,
	[VERB_VALUE_SWITCH] = read_switch,
	[VERB_VALUE_SECONDS] = read_seconds,
	[VERB_VALUE_TEXT] = read_nothing, /* read for all of them */
	[VERB_VALUE_ROLE] = read_role,
};

static bool has_name(const struct room *room, size_t index, struct str name)
{
	return index < room->presence.here.count &&
	       str_is(name, room->presence.here.people[index]->name);
}

/* Whoever is on another broker is a guest here unless there is an account. */
static bool is_guest(const struct reading *reading, const struct person *person)
{
	struct account_book *book = &reading->broker->revoker.book;
	struct account account;
	bool is_found = false;

	if (person->channels != NULL)
		return conn_of(person->channels)->is_guest;
	return person->role == ROLE_GUEST && book->accounts != NULL &&
	       accounts_find_id(book->accounts, person->id, &account, &is_found) == STORE_OK &&
	       !is_found;
}

static bool add_session(struct registrar_job *job, const uint8_t *session)
{
	for (size_t i = 0; i < job->order.key_count; i++) {
		if (memcmp(job->order.sessions[i], session, SESSION_HASH_SIZE) == 0)
			return true;
	}
	if (job->order.key_count == ORDER_KEYS_MAX)
		return false;
	job->order.sessions[job->order.key_count++] = registrar_keep_bytes(
		job, session, SESSION_HASH_SIZE);
	return true;
}

static bool add_address(struct registrar_job *job, const struct address_block *block)
{
	struct buf text = { 0 };
	bool has_room = job->order.key_count < ORDER_KEYS_MAX, is_new = true;

	address_block_write(block, &text);
	for (size_t i = 0; i < job->order.key_count; i++)
		is_new = is_new && !str_equals(job->order.addresses[i], buf_str(&text));
	if (is_new && has_room)
		job->order.addresses[job->order.key_count++] = registrar_keep(job, buf_str(&text));
	buf_finish(&text);
	return !is_new || has_room;
}

static bool add_session_of(const struct reading *reading, const struct channel *channel)
{
	const struct login *login = broker_login(reading->broker, channel);

	return login == NULL || add_session(reading->job, login->key_hash);
}

static bool add_address_of(const struct reading *reading, const struct channel *channel)
{
	struct address_block block;

	return channel->quota == NULL || !quota_find_block(channel->quota, &block) ||
	       add_address(reading->job, &block);
}

/* By what of the person's connections an order is meant. */
static const struct {
	const char *by;
	bool (*add)(const struct reading *reading, const struct channel *channel);
} keys[] = {
	{ "user", NULL },
	{ "session", add_session_of },
	{ "address", add_address_of },
};

/* The order is then about what was found, and the person is only named. */
static const struct order_refusal *take_keys(const struct reading *reading,
	const struct person *person,
	bool (*add)(const struct reading *reading, const struct channel *channel))
{
	const struct channel *channel = person == NULL ? NULL : person->channels;

	while (channel != NULL && add(reading, channel))
		channel = channel->next;
	if (reading->job->order.key_count == 0)
		return &no_keys;
	reading->job->order.user = NULL;
	return NULL;
}

static const struct order_refusal *read_by(
	const struct reading *reading, const struct person *person)
{
	struct str by = STR("user");
	const struct json *value = json_find(reading->arguments, "by");

	if (value != NULL && !json_get_string(value, &by))
		return &bad_value;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!str_is(by, keys[i].by))
			continue;
		if (keys[i].add == NULL)
			return NULL;
		return reading->job->order.verb == VERB_BAN
			       ? take_keys(reading, person, keys[i].add)
			       : &bad_value;
	}
	return &bad_value;
}

/* Somebody who is in the room; whoever is not is looked for by the registrar, by the name. */
static const struct order_refusal *find_here(const struct reading *reading, struct str name)
{
	const struct room *room = reading->room;
	struct person_key key = { .name = name };
	struct order *order = &reading->job->order;
	const struct person *person = NULL;
	size_t index;

	order->name = registrar_keep(reading->job, name);
	if (room != NULL) {
		index = people_find(&room->presence.here, person_compare_by_name, &key);
		if (has_name(room, index, name))
			person = room->presence.here.people[index];
		if (person != NULL && has_name(room, index + 1, name))
			return &ambiguous;
	}
	if (person != NULL) {
		order->user = registrar_keep_bytes(reading->job, person->id, sizeof(person->id));
		order->user_is_guest = is_guest(reading, person);
	}
	return read_by(reading, person);
}

static const struct order_refusal *take_id(const struct reading *reading, struct str name)
{
	struct order *order = &reading->job->order;
	uint8_t id[USER_ID_SIZE];

	if (!accounts_wire_read_bytes(reading->arguments, "user_id", id, sizeof(id)))
		return &bad_value;
	order->name = registrar_keep(reading->job, name);
	order->user = registrar_keep_bytes(reading->job, id, sizeof(id));
	(void)json_get_bool(json_find(reading->arguments, "guest"), &order->user_is_guest);
	return NULL;
}

/* Whether the broker that does the order has the room's messages by the numbers that clients have,
 * in its own history: it is this one, or the hub of this edge. */
static bool knows_authors(const struct broker *broker)
{
	if (broker->order.remote == NULL)
		return broker->history != NULL;
	return broker->hub_asker != NULL && broker->revoker.asker == broker->hub_asker &&
	       broker->layer->keeps_past;
}

static const struct order_refusal *read_target(const struct reading *reading, int64_t target)
{
	if (target < 1)
		return &bad_value;
	reading->job->target = (uint64_t)target;
	return read_by(reading, NULL);
}

/* By "target" where that can be looked up, else by "user": that may say both. */
static const struct order_refusal *read_named(const struct reading *reading)
{
	const struct json *arguments = reading->arguments;
	struct str name = STR("");
	int64_t target;
	bool has_target = json_get_integer(json_find(arguments, "target"), &target);

	if (has_target && (target < 1 || knows_authors(reading->broker)))
		return read_target(reading, target);
	if (!json_get_string(json_find(arguments, "user"), &name) || name.len == 0)
		return has_target ? &no_authors : &no_person;
	return reading->names_ids && json_find(arguments, "user_id") != NULL
		       ? take_id(reading, name)
		       : find_here(reading, name);
}

static const struct order_refusal *read_person(const struct reading *reading)
{
	const struct json *arguments = reading->arguments;
	struct registrar_job *job = reading->job;
	struct str address;

	if (json_get_integer(json_find(arguments, "sanction"), &job->order.sanction))
		return job->order.sanction > 0 ? NULL : &bad_value;
	if (json_get_string(json_find(arguments, "address"), &address)) {
		job->order.address = registrar_keep(job, address);
		return NULL;
	}
	if (reading->names_ids && !order_wire_read_keys(arguments, job))
		return &bad_value;
	return job->order.key_count > 0 ? NULL : read_named(reading);
}

static const struct order_refusal *read_all(const struct reading *reading)
{
	struct order *order = &reading->job->order;
	const struct order_refusal *refusal;
	struct str word = STR("");

	(void)json_get_string(json_find(reading->arguments, "action"), &word);
	if (!verb_find(word, &order->verb))
		return &bad_action;
	refusal = read_text(reading);
	if (refusal == NULL)
		refusal = value_readers[verb_row(order->verb)->value](reading);
	if (refusal == NULL && verb_row(order->verb)->needs_person)
		refusal = read_person(reading);
	return refusal;
}

struct registrar_job *order_read(struct broker *broker, struct str room,
	const struct json *arguments, bool names_ids, const struct order_refusal **refusal_out)
{
	struct reading reading = { broker, rooms_find(broker->rooms, room), arguments, names_ids,
		registrar_job_create(REGISTRAR_ORDER) };

	*refusal_out = json_is_object(arguments) ? NULL : &not_json;
	reading.job->order.room = registrar_keep(reading.job, room);
	reading.job->order.room_is_new = reading.room != NULL && reading.room->is_open &&
					 reading.room->head.seq == 0;
	if (names_ids)
		(void)json_get_bool(json_find(arguments, "new"), &reading.job->order.room_is_new);
	if (*refusal_out == NULL)
		*refusal_out = read_all(&reading);
	if (*refusal_out == NULL)
		return reading.job;
	registrar_job_destroy(reading.job);
	return NULL;
}

/* The site pays nothing. */
static bool pay(struct broker *broker, const struct registrar_job *job)
{
	const struct subject *actor = job->order.actor;

	return actor == NULL ||
	       throttle_take(broker->orderers, str_range((const char *)actor->user, USER_ID_SIZE),
		       1, broker->reactor.now_ms) == 0;
}

const struct order_refusal *order_give(struct broker *broker, struct registrar_job *job)
{
	if (!pay(broker, job)) {
		registrar_job_destroy(job);
		return &too_fast;
	}
	job->has_accounts = broker->revoker.book.has_been_open;
	if (broker->order.remote != NULL)
		return order_send_up(broker, job);
	return registrar_take(broker->registrar, job) ? NULL : &order_is_busy;
}

/* Frames. */

static void take_actor(
	const struct broker *broker, const struct channel *channel, struct registrar_job *job)
{
	struct buf address = { 0 };
	struct subject subject = order_subject(broker, channel, &address);

	job->actor = (struct subject){
		.user = registrar_keep_bytes(job, subject.user, USER_ID_SIZE),
		.is_guest = subject.is_guest,
		.session = subject.session == NULL
				   ? NULL
				   : registrar_keep_bytes(job, subject.session, SESSION_HASH_SIZE),
		.address = registrar_keep(job, subject.address),
	};
	job->order.actor = &job->actor;
	job->order.actor_name = registrar_keep(job, str_from(channel->person->name));
	job->order.via = "socket";
	buf_finish(&address);
}

/* By what is remembered, so that who may nothing keeps nobody else waiting. True as well while
 * something else has just been read. */
static bool may_be_done(
	struct broker *broker, const struct channel *channel, const struct order *order)
{
	struct standing standing = order_standing(channel->room, channel->person);
	bool is_first = order->room_is_new && !order->actor->is_guest;

	order_catch_up(&broker->order);
	return is_first || order_is_in_doubt(&broker->order) ||
	       standing_allows(&standing, verb_row(order->verb)->action, clock_wall_ms());
}

static const struct order_refusal *take_order(struct broker *broker, struct channel *channel,
	const struct json *arguments, struct str ref)
{
	const struct order_refusal *refusal;
	struct registrar_job *job = order_read(
		broker, str_from(channel->room->name), arguments, false, &refusal);

	if (job == NULL)
		return refusal;
	take_actor(broker, channel, job);
	if (!may_be_done(broker, channel, &job->order)) {
		registrar_job_destroy(job);
		return &forbidden;
	}
	job->asker = REGISTRAR_CHANNEL;
	job->asker_id = broker_channel_id(broker, channel);
	job->ref = registrar_keep(job, ref);
	return order_give(broker, job);
}

void order_take_frame(struct broker *broker, struct channel *channel, struct str text)
{
	const char *problem;
	struct json *arguments = json_parse(text, &problem);
	const struct order_refusal *refusal;
	struct str ref = STR("");

	(void)json_get_string(json_find(arguments, "ref"), &ref);
	if (channel->room != NULL) { /* else it has been turned away */
		refusal = take_order(broker, channel, arguments, ref);
		if (refusal != NULL)
			order_tell_outcome(channel, refusal, ref);
	}
	json_destroy(arguments);
}
