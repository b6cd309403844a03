/* SPDX-License-Identifier: MIT */
/* It is judged and done in accounts.db; the broker follows. What only the broker knows, whose
 * session or address is meant, and all orders where the accounts are on another host, go to the
 * broker. */
#include "fcgi/views/order_form.h"

#include "common/base/clock.h"
#include "common/room_name.h"
#include "common/standing_wire.h"
#include "fcgi/remote_accounts.h"
#include "fcgi/standing.h"
#include "fcgi/url_code.h"
#include "fcgi/views/ask.h"
#include "fcgi/views/page.h"
#include "fcgi/views/person.h"

/* The fields of a request. */
struct fields {
	struct buf room, action, user, user_id, address, by, text, role;
	uint64_t target, sanction, seconds; /* 0: none */
	bool is_on;
	enum verb verb;
};

static void fields_finish(struct fields *fields)
{
	struct buf *const bufs[] = { &fields->room, &fields->action, &fields->user,
		&fields->user_id, &fields->address, &fields->by, &fields->text, &fields->role };

	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		buf_finish(bufs[i]);
}

/* False for what cannot be understood. */
static bool fields_read(const struct request *request, struct fields *fields)
{
	struct str body = request->body;
	struct buf on = { 0 };

	*fields = (struct fields){ .is_on = true };
	page_read_field(body, "action", &fields->action);
	page_read_field(body, "user", &fields->user);
	page_read_field(body, "user_id", &fields->user_id);
	page_read_field(body, "address", &fields->address);
	page_read_field(body, "by", &fields->by);
	page_read_field(body, "text", &fields->text);
	page_read_field(body, "role", &fields->role);
	page_read_field(body, "on", &on);
	fields->is_on = !str_is(buf_str(&on), "false") && !str_is(buf_str(&on), "0");
	buf_finish(&on);
	return room_name_normalize(buf_str(&request->room), &fields->room) == NAME_OK &&
	       verb_find(buf_str(&fields->action), &fields->verb) &&
	       url_read_number(body, "target", &fields->target) &&
	       url_read_number(body, "sanction", &fields->sanction) &&
	       url_read_number(body, "seconds", &fields->seconds);
}

static bool is_for_broker(const struct app *app, const struct fields *fields)
{
	struct str by = buf_str(&fields->by);

	return remote_accounts_are_asked(app) || (by.len > 0 && !str_is(by, "user"));
}

static struct subject subject_of(const struct orderer *orderer)
{
	return (struct subject){ .user = orderer->user,
		.is_guest = orderer->is_guest,
		.session = orderer->session,
		.address = orderer->address };
}

static void add_actor(struct json_writer *writer, const struct orderer *orderer)
{
	const struct subject subject = subject_of(orderer);

	json_begin_object(writer, "actor");
	json_add_string(writer, "user", orderer->name);
	if (orderer->is_site)
		json_add_bool(writer, "site", true);
	else
		standing_wire_add_subject(&subject, writer);
	json_end_object(writer);
}

static void add_value(struct json_writer *writer, const struct fields *fields)
{
	switch (verb_row(fields->verb)->value) {
	case VERB_VALUE_SWITCH:
		json_add_bool(writer, "on", fields->is_on);
		break;
	case VERB_VALUE_SECONDS:
		json_add_integer(writer, "seconds", (int64_t)fields->seconds);
		break;
	case VERB_VALUE_ROLE:
		json_add_string(writer, "role", buf_str(&fields->role));
		break;
	case VERB_VALUE_NONE:
	case VERB_VALUE_TEXT:
		break;
	}
	json_add_string(writer, "text", buf_str(&fields->text));
}

static void add_person(struct json_writer *writer, const struct fields *fields)
{
	if (fields->sanction > 0)
		json_add_integer(writer, "sanction", (int64_t)fields->sanction);
	else if (fields->target > 0)
		json_add_integer(writer, "target", (int64_t)fields->target);
	else if (fields->address.len > 0)
		json_add_string(writer, "address", buf_str(&fields->address));
	else if (fields->user.len > 0)
		json_add_string(writer, "user", buf_str(&fields->user));
	if (fields->by.len > 0)
		json_add_string(writer, "by", buf_str(&fields->by));
}

static void write_question(
	const struct orderer *orderer, const struct fields *fields, struct buf *out)
{
	struct json_writer writer = json_writer_to(out);

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "op", STR_OF("moderate"));
	json_add_string(&writer, "room", buf_str(&fields->room));
	json_add_string(&writer, "action", buf_str(&fields->action));
	add_person(&writer, fields);
	add_value(&writer, fields);
	add_actor(&writer, orderer);
	json_add_string(&writer, "via", str_from(orderer->via));
	json_end_object(&writer);
}

static struct refusal order_by_broker(
	struct app *app, const struct orderer *orderer, const struct fields *fields)
{
	struct buf question = { 0 };
	struct refusal refusal;
	struct json *answer;

	write_question(orderer, fields, &question);
	answer = ask_and_wait(app, buf_str(&question), &refusal);
	refusal = refusal_keep(&refusal);
	json_destroy(answer);
	buf_finish(&question);
	return refusal;
}

static struct refusal refusal_of_person(enum person_result result)
{
	switch (result) {
	case PERSON_AMBIGUOUS:
		return refusal_for("ambiguous", NULL);
	case PERSON_UNREADABLE:
		return refusal_for("unreadable", NULL);
	case PERSON_NOBODY:
	case PERSON_FOUND:
		break;
	}
	return refusal_for("nobody", NULL);
}

/* False with the refusal. */
static bool find_person(struct app *app, const struct fields *fields, struct named_person *person,
	struct refusal *refusal_out)
{
	enum person_result result;

	*person = (struct named_person){ 0 };
	if (!verb_row(fields->verb)->needs_person || fields->sanction > 0 ||
		fields->address.len > 0)
		return true;
	if (fields->user_id.len > 0)
		result = person_by_id(app, buf_str(&fields->user_id), person);
	else if (fields->target > 0)
		result = person_by_message(app, buf_str(&fields->room), fields->target, person);
	else
		result = person_by_name(
			app, buf_str(&fields->room), buf_str(&fields->user), person);
	if (result != PERSON_FOUND)
		*refusal_out = refusal_of_person(result);
	return result == PERSON_FOUND;
}

static struct refusal store(struct app *app, const struct order *order)
{
	enum moderation_result result = MODERATION_BAD_ORDER;
	enum store_problem problem;
	struct accounts *accounts = pool_borrow(app->accounts, &problem);

	if (accounts != NULL)
		problem = moderation_order(accounts, order, clock_wall_ms(), &result);
	pool_return(app->accounts, accounts, problem);
	if (accounts == NULL || problem != STORE_OK)
		return refusal_for("unreadable", NULL);
	if (result == MODERATION_DONE)
		return (struct refusal){ .status = 200 };
	return refusal_for(moderation_result_code(result), moderation_result_sentence(result));
}

/* Before anybody is looked for: who may order nothing learns nothing of messages and people,
 * either. In a room that nobody owns yet, whoever orders something becomes its owner. */
static bool may_order(struct app *app, const struct order *order, struct refusal *refusal_out)
{
	struct standing standing;
	struct room_row row;

	if (order->actor == NULL)
		return true;
	if (standing_find_here(app, order->actor, order->room, &standing, &row) != STORE_OK)
		*refusal_out = refusal_for("unreadable", NULL);
	else if (standing_may(&standing, verb_row(order->verb)->action) ||
		 (order->room_is_new && row.created_ms == 0 && !order->actor->is_guest))
		return true;
	else
		*refusal_out = refusal_for("forbidden", NULL);
	return false;
}

static struct refusal order_here(
	struct app *app, const struct orderer *orderer, const struct fields *fields)
{
	struct subject actor = subject_of(orderer);
	struct str room = buf_str(&fields->room);
	struct named_person person;
	struct refusal refusal;
	struct order order = {
		.verb = fields->verb,
		.room = room,
		.actor = orderer->is_site ? NULL : &actor,
		.actor_name = orderer->name,
		.via = orderer->via,
		.address = buf_str(&fields->address),
		.sanction = (int64_t)fields->sanction,
		.is_on = fields->is_on,
		.seconds = (int64_t)fields->seconds,
		.text = buf_str(&fields->text),
		.role = ROLE_USER,
	};

	if (order.verb == VERB_ROLE && !role_find(buf_str(&fields->role), &order.role))
		return refusal_for("bad_order", NULL);
	order.room_is_new = !orderer->is_site && standing_room_is_new(app, room);
	if (!may_order(app, &order, &refusal) || !find_person(app, fields, &person, &refusal))
		return refusal;
	order.user = person.has_id ? person.id : NULL;
	order.user_is_guest = person.is_guest;
	order.name = str_from(person.name);
	return store(app, &order);
}

struct refusal order_form_do(
	struct app *app, const struct request *request, const struct orderer *orderer)
{
	struct refusal refusal;
	struct fields fields;
	bool is_readable = fields_read(request, &fields);
	bool is_by_broker = is_for_broker(app, &fields);

	/* The broker knows people by their names, messages, sanctions and addresses alone. */
	if (!is_readable || (is_by_broker && fields.user_id.len > 0))
		refusal = refusal_for("bad_order", NULL);
	else if (is_by_broker)
		refusal = order_by_broker(app, orderer, &fields);
	else
		refusal = order_here(app, orderer, &fields);
	fields_finish(&fields);
	return refusal;
}
