/* SPDX-License-Identifier: MIT */
/* The chat: checks what a client says and hands it to the main thread. A mistake is an error to
 * that client alone and the connection lives (the tutorial's consumer closes it with 1011 and
 * forgets to leave the group). */
#include <string.h>

#include "broker/conn.h"
#include "broker/consumer.h"
#include "broker/order/request.h"
#include "broker/scope.h"
#include "broker/shard.h"
#include "broker/ws/deflate.h"
#include "common/event.h"
#include "common/json.h"
#include "common/json_flat.h"
#include "common/room_name.h"
#include "common/store/page.h"

#define HISTORY_LIMIT 50 /* when the client asks for no number */

static const struct refusal {
	const char *code;
	const char *sentence;
} too_long_refusal = { "too_long", "This message is too long." },
  too_fast = { "too_fast", "You are writing too fast. Wait a moment and send it again." },
  not_text = { "not_text", "Only text messages are understood here." },
  not_json = { "not_json", "A message is a JSON object, such as {\"message\": \"hello\"}." },
  no_message = { "no_message", "\"message\" is missing or not a string." },
  empty = { "empty", "There is nothing in this message." },
  bad_page = { "bad_page",
	  "A page of history has \"after\" or \"before\", a number, and \"limit\", 1 to 500." },
  bad_target = { "bad_target", "\"target\" is the number of a message." },
  bad_away = { "bad_away", "\"away\" is true or false." },
  bad_ref = { "bad_ref", "\"ref\" is a string of 1 to 64 bytes." },
  unknown_type = { "unknown_type", "This type of message is not known here." };

static void refuse(struct conn *conn, const struct refusal *refusal, struct str ref)
{
	conn_refuse(conn, refusal->code, refusal->sentence, ref);
}

/* What a message may say; read in one pass where that is possible. */
enum field { FIELD_TYPE, FIELD_MESSAGE, FIELD_REF, FIELD_AFTER, FIELD_COUNT };

static const char *const field_keys[FIELD_COUNT] = {
	[FIELD_TYPE] = "type",
	[FIELD_MESSAGE] = "message",
	[FIELD_REF] = "ref",
	[FIELD_AFTER] = "after",
};

/* "" for what is not there or not a string. */
static struct str text_of(const struct json_flat_field *field)
{
	return field->is_string ? field->text : STR_OF("");
}

/* A message of a client. */
struct said {
	struct json_flat_field fields[FIELD_COUNT];
	struct str text; /* all of it */
	const struct json *tree; /* NULL when it was flat: then it has no numbers */
};

/* Empty where there is none. False once it has refused. */
static bool read_ref(struct conn *conn, const struct said *said, struct str *ref_out)
{
	const struct json_flat_field *field = &said->fields[FIELD_REF];

	*ref_out = STR_OF("");
	if (!dialect_is_v1(conn->dialect) || !field->is_there)
		return true;
	*ref_out = text_of(field);
	if (ref_out->len > 0 && ref_out->len <= EVENT_REF_MAX)
		return true;
	refuse(conn, &bad_ref, STR_OF(""));
	return false;
}

static void handle_said(struct conn *conn, const struct said *said)
{
	const struct json_flat_field *fields = said->fields;
	struct str text = text_of(&fields[FIELD_MESSAGE]);
	struct str ref;

	if (!read_ref(conn, said, &ref))
		return;
	if (!fields[FIELD_MESSAGE].is_string)
		refuse(conn, &no_message, ref);
	else if (text.len > 0)
		shard_say(conn->shard, conn, text, ref);
	else if (dialect_is_v1(conn->dialect)) /* the tutorial's page sends empty messages: they
						  are ignored */
		refuse(conn, &empty, ref);
}

static void change(struct conn *conn, const struct said *said, struct message_change *change)
{
	int64_t target;
	struct str ref;

	if (!read_ref(conn, said, &ref))
		return;
	if (!json_get_integer(json_find(said->tree, "target"), &target) || target < 1) {
		refuse(conn, &bad_target, ref);
		return;
	}
	change->target = (uint64_t)target;
	shard_change(conn->shard, conn, change, ref);
}

static void handle_edit(struct conn *conn, const struct said *said)
{
	struct message_change edit = { .kind = MESSAGE_EDITS,
		.text = text_of(&said->fields[FIELD_MESSAGE]) };
	struct str ref = text_of(&said->fields[FIELD_REF]);

	if (edit.text.len > 0)
		change(conn, said, &edit);
	else
		refuse(conn, said->fields[FIELD_MESSAGE].is_string ? &empty : &no_message,
			ref.len <= EVENT_REF_MAX ? ref : STR_OF(""));
}

static void handle_delete(struct conn *conn, const struct said *said)
{
	struct message_change deletion = { .kind = MESSAGE_DELETES };

	change(conn, said, &deletion);
}

static void handle_moderate(struct conn *conn, const struct said *said)
{
	struct str ref;

	if (!read_ref(conn, said, &ref))
		return;
	if (said->text.len <= ORDER_BYTES_MAX)
		shard_moderate(conn->shard, conn, said->text);
	else
		refuse(conn, &too_long_refusal, ref);
}

static void handle_ping(struct conn *conn, const struct said *said)
{
	(void)said;
	conn_send(conn, FRAME_TEXT, STR_OF("{\"type\": \"pong\"}"));
}

static void handle_typing(struct conn *conn, const struct said *said)
{
	(void)said;
	shard_type(conn->shard, conn);
}

/* It is flat, and the fields are strings only. */
static void handle_away(struct conn *conn, const struct said *said)
{
	const char *problem;
	struct json *object = json_parse(said->text, &problem);
	bool is_away;

	if (json_get_bool(json_find(object, "away"), &is_away))
		shard_set_idle(conn->shard, conn, is_away);
	else
		refuse(conn, &bad_away, STR_OF(""));
	json_destroy(object);
}

static void handle_members(struct conn *conn, const struct said *said)
{
	if (conn->awaits_answer) /* one answer is a thousand times as long as its question */
		refuse(conn, &too_fast, STR_OF(""));
	else
		shard_ask_members(conn->shard, conn, text_of(&said->fields[FIELD_AFTER]));
}

/* A member of the tree that is a number of messages, or the default where it is not there. */
static bool read_number(const struct said *said, const char *key, int64_t least, int64_t *number)
{
	const struct json *value = json_find(said->tree, key);

	return value == NULL || (json_get_integer(value, number) && *number >= least);
}

/* "after" gives the first behind it, "before" the last before it, neither the last of all. */
static void handle_history(struct conn *conn, const struct said *said)
{
	struct page page = { .kind = PAGE_BEFORE };
	int64_t after = -1, before = INT64_MAX, limit = HISTORY_LIMIT;

	if (conn->awaits_answer) {
		refuse(conn, &too_fast, STR_OF(""));
	} else if (said->fields[FIELD_AFTER].is_string || !read_number(said, "after", 0, &after) ||
		   !read_number(said, "before", 0, &before) ||
		   !read_number(said, "limit", 1, &limit) || limit > PAGE_MESSAGES_MAX ||
		   (after >= 0 && before < INT64_MAX)) {
		refuse(conn, &bad_page, STR_OF(""));
	} else {
		page.kind = after >= 0 ? PAGE_AFTER : PAGE_BEFORE;
		page.seq = (uint64_t)(after >= 0 ? after : before);
		page.limit = (size_t)limit;
		shard_ask_history(conn->shard, conn, &page);
	}
}

static const struct {
	const char *type;
	void (*handle)(struct conn *conn, const struct said *said);
} v1_types[] = {
	{ "message", handle_said },
	{ "ping", handle_ping },
	{ "members", handle_members },
	{ "history", handle_history },
	{ "typing", handle_typing },
	{ "away", handle_away },
	{ "edit", handle_edit },
	{ "delete", handle_delete },
	{ "moderate", handle_moderate },
};

static void handle_fields(struct conn *conn, const struct said *said)
{
	struct str ref = text_of(&said->fields[FIELD_REF]);

	if (!dialect_is_v1(conn->dialect)) {
		handle_said(conn, said);
		return;
	}
	for (size_t i = 0; i < sizeof(v1_types) / sizeof(v1_types[0]); i++) {
		if (str_is(text_of(&said->fields[FIELD_TYPE]), v1_types[i].type)) {
			v1_types[i].handle(conn, said);
			return;
		}
	}
	refuse(conn, &unknown_type, ref.len <= EVENT_REF_MAX ? ref : STR_OF(""));
}

/* For messages that are more than a flat object of strings. */
static void handle_tree(struct conn *conn, struct str text, struct said *said)
{
	const char *problem;
	struct json *object = json_parse(text, &problem);
	struct json_flat_field *fields = said->fields;

	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const struct json *value = json_find(object, fields[i].key);

		fields[i].is_there = value != NULL;
		fields[i].is_string = json_get_string(value, &fields[i].text);
	}
	said->tree = object;
	if (json_is_object(object))
		handle_fields(conn, said);
	else
		refuse(conn, &not_json, STR_OF(""));
	json_destroy(object);
}

static void chat_receive(struct conn *conn, const struct message *message)
{
	struct said said = { .text = message->payload };

	if (!conn_pay(conn)) {
		refuse(conn, &too_fast, STR_OF(""));
		return;
	}
	if (message->opcode != FRAME_TEXT) {
		refuse(conn, &not_text, STR_OF(""));
		return;
	}
	for (size_t i = 0; i < FIELD_COUNT; i++)
		said.fields[i].key = field_keys[i];
	if (json_flat_read(message->payload, said.fields, FIELD_COUNT, shard_text(conn->shard)))
		handle_fields(conn, &said);
	else
		handle_tree(conn, message->payload, &said);
}

static void chat_too_long(struct conn *conn)
{
	refuse(conn, &too_long_refusal, STR_OF(""));
}

static int chat_admit(struct scope *scope)
{
	if (room_name_normalize(scope->path_room, &scope->room) != NAME_OK)
		return 400;
	if (!dialect_is_stream(scope->dialect) &&
		handshake_offers_protocol(&scope->handshake, DIALECT_V1_SUBPROTOCOL))
		scope->dialect = DIALECT_V1;
	return 101;
}

const struct consumer consumer_chat = {
	.name = "chat",
	.id = CONSUMER_CHAT,
	.limit = CONSUMER_LIMIT_MESSAGE,
	.window_bits_min = DEFLATE_WINDOW_BITS_MAX, /* an event is compressed once for all */
	.admit = chat_admit,
	.receive = chat_receive,
	.too_long = chat_too_long,
};
