/* SPDX-License-Identifier: MIT */
/* An order of a moderator, from a form or a script. It is judged and done in accounts.db; the
 * broker follows. What only the broker knows, whose session or address is meant, and all orders
 * where the accounts are on another host, go to the broker. */
#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/room_name.h"
#include "fcgi/remote_accounts.h"
#include "fcgi/standing.h"
#include "fcgi/url_code.h"
#include "fcgi/views/ask.h"
#include "fcgi/views/page.h"
#include "fcgi/views/person.h"
#include "fcgi/views/refused.h"
#include "fcgi/views/room_gate.h"
#include "fcgi/views/views.h"

/* The fields of a request. */
struct fields {
	struct buf room, action, user, by, text, role;
	uint64_t target, sanction, seconds; /* 0: none */
	bool is_on;
	enum verb verb;
};

static void fields_finish(struct fields *fields)
{
	struct buf *const bufs[] = { &fields->room, &fields->action, &fields->user, &fields->by,
		&fields->text, &fields->role };

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

static void add_actor(struct json_writer *writer, const struct request *request)
{
	json_begin_object(writer, "actor");
	ask_add_subject(writer, request);
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

static void write_question(
	const struct request *request, const struct fields *fields, struct buf *out)
{
	struct json_writer writer = json_writer_to(out);

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "op", STR_OF("moderate"));
	json_add_string(&writer, "room", buf_str(&fields->room));
	json_add_string(&writer, "action", buf_str(&fields->action));
	if (fields->sanction > 0)
		json_add_integer(&writer, "sanction", (int64_t)fields->sanction);
	else if (fields->target > 0)
		json_add_integer(&writer, "target", (int64_t)fields->target);
	else if (fields->user.len > 0)
		json_add_string(&writer, "user", buf_str(&fields->user));
	if (fields->by.len > 0)
		json_add_string(&writer, "by", buf_str(&fields->by));
	add_value(&writer, fields);
	add_actor(&writer, request);
	json_add_string(&writer, "via", STR_OF("page"));
	json_end_object(&writer);
}

static struct refusal order_by_broker(
	struct app *app, const struct request *request, const struct fields *fields)
{
	struct buf question = { 0 };
	struct refusal refusal;
	struct json *answer;

	write_question(request, fields, &question);
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
	if (!verb_row(fields->verb)->needs_person || fields->sanction > 0)
		return true;
	if (fields->target > 0)
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

static struct refusal order_here(
	struct app *app, const struct request *request, const struct fields *fields)
{
	struct subject actor = standing_subject(request);
	struct str room = buf_str(&fields->room);
	struct named_person person;
	struct refusal refusal;
	struct order order = {
		.verb = fields->verb,
		.room = room,
		.actor = &actor,
		.actor_name = str_from(request->identity.user.name),
		.via = "page",
		.sanction = (int64_t)fields->sanction,
		.is_on = fields->is_on,
		.seconds = (int64_t)fields->seconds,
		.text = buf_str(&fields->text),
		.role = ROLE_USER,
	};

	if (order.verb == VERB_ROLE && !role_find(buf_str(&fields->role), &order.role))
		return refusal_for("bad_order", NULL);
	if (!find_person(app, fields, &person, &refusal))
		return refusal;
	order.room_is_new = standing_room_is_new(app, room);
	order.user = person.has_id ? person.id : NULL;
	order.user_is_guest = person.is_guest;
	order.name = str_from(person.name);
	return store(app, &order);
}

static int answer(struct app *app, struct request *request, struct response *response,
	const struct refusal *refusal)
{
	if (request_wants_json(request)) {
		if (refusal->status != 200)
			return refusal_answer(refusal, response);
		response_add_header(response, "Content-Type", STR_OF("application/json"));
		buf_append_text(&response->body, "{\"ok\": true}\n");
		return 200;
	}
	if (refusal->status != 200)
		return view_error(
			app, request, response, refusal->status, refused_sentence(refusal->code));
	flash_add(app, request, FLASH_ORDER_DONE);
	return page_go_back(app, request, response, request->body);
}

int view_moderate(struct app *app, struct request *request, struct response *response)
{
	struct fields fields;
	struct refusal refusal;
	int status;

	if (!fields_read(request, &fields))
		refusal = refusal_for("bad_order", NULL);
	else if (is_for_broker(app, &fields))
		refusal = order_by_broker(app, request, &fields);
	else
		refusal = order_here(app, request, &fields);
	status = answer(app, request, response, &refusal);
	fields_finish(&fields);
	return status;
}
