/* SPDX-License-Identifier: MIT */
/* One row for each operation. The handlers are in the files beside this one, by what they are
 * about. */
#include "broker/bus/control.h"

#include "broker/broker.h"
#include "broker/bus/control_request.h"
#include "broker/bus/line.h"
#include "broker/layer/channel_name.h"
#include "broker/order/order.h"
#include "common/room_name.h"

static const struct refusal not_json = { "not_json", "A request is a JSON object." };
static const struct refusal unknown_op = { "unknown_op", "This \"op\" is not known." };
static const struct refusal bad_room = { "bad_room",
	"Name a room with \"room\" or a group with \"group\"." };

static const struct refusal bad_group = { "bad_group",
	"A group's name is 1 to 99 ASCII letters, digits, '-', '_' and '.'." };

static const struct refusal failures[] = {
	[CONTROL_BUSY] = { "busy", "Too many requests wait for their answers." },
	[CONTROL_TIMEOUT] = { "timeout",
		"No answer came in time. Whether it was done is not known." },
	[CONTROL_STOPPING] = { "stopping", "The broker stops. Whether it was done is not known." },
};

enum control_outcome request_refuse(struct request *request, const struct refusal *refusal)
{
	request->refusal = *refusal;
	return CONTROL_REFUSED;
}

static bool find_room(const struct request *request, struct buf *name)
{
	struct str text;

	if (json_get_string(json_find(request->arguments, "room"), &text))
		return room_name_normalize(text, name) == NAME_OK;
	return json_get_string(json_find(request->arguments, "group"), &text) &&
	       line_find_room(request->broker, text, name);
}

bool request_read_room(struct request *request, struct buf *name)
{
	if (find_room(request, name))
		return true;
	request_refuse(request, &bad_room);
	return false;
}

bool request_read_group(struct request *request, struct buf *group)
{
	struct str text;
	struct buf room = { 0 };
	bool is_read;

	if (json_find(request->arguments, "room") == NULL &&
		json_get_string(json_find(request->arguments, "group"), &text)) {
		if (group_name_is_valid(text)) {
			buf_append_str(group, text);
			return true;
		}
		request_refuse(request, &bad_group);
		return false;
	}
	is_read = request_read_room(request, &room);
	if (is_read)
		room_name_group(buf_str(&room), group);
	buf_finish(&room);
	return is_read;
}

enum control_outcome request_refuse_event(struct request *request, enum event_problem problem)
{
	struct refusal refusal = { event_problem_code(problem), event_problem_sentence(problem) };

	return request_refuse(request, &refusal);
}

enum control_outcome request_refuse_result(struct request *request, enum layer_result result)
{
	struct refusal refusal = { broker_refusal_code(result), broker_refusal_sentence(result) };

	return request_refuse(request, &refusal);
}

static enum control_outcome handle_stats(struct request *request)
{
	struct broker *broker = request->broker;
	struct stats_reading reading;

	broker_stats(broker, &reading);
	broker_process_stats(broker, &reading);
	json_begin_object(request->answer, "stats");
	stats_write(&reading, request->answer);
	json_end_object(request->answer);
	json_add_string(request->answer, "broker", str_from(broker->id));
	json_add_string(
		request->answer, "durability", str_from(broker->config->history_durability));
	json_add_string(request->answer, "history", str_from(broker_history_state(broker)));
	return CONTROL_ANSWERED;
}

static enum control_outcome handle_stats_history(struct request *request)
{
	stats_history_write(&request->broker->stats_history, request->answer, "minutes");
	return CONTROL_ANSWERED;
}

static const struct {
	const char *name;
	enum { CONTROL_ALONE, EDGES_TOO } askers;
	control_handler *handle;
} operations[] = {
	{ "announce", CONTROL_ALONE, control_announce },
	{ "backup", CONTROL_ALONE, control_backup },
	{ "close", CONTROL_ALONE, control_close },
	{ "connections", CONTROL_ALONE, control_connections },
	{ "delete", CONTROL_ALONE, control_delete },
	{ "edit", CONTROL_ALONE, control_edit },
	{ "flush", CONTROL_ALONE, control_flush },
	{ "group", CONTROL_ALONE, control_group },
	{ "group_add", CONTROL_ALONE, control_group_add },
	{ "group_discard", CONTROL_ALONE, control_group_discard },
	{ "group_send", CONTROL_ALONE, control_group_send },
	{ "guest", EDGES_TOO, control_guest },
	{ "history", CONTROL_ALONE, control_history },
	{ "members", CONTROL_ALONE, control_members },
	{ "moderate", EDGES_TOO, control_moderate },
	{ "new_channel", CONTROL_ALONE, control_new_channel },
	{ "ordered", EDGES_TOO, control_ordered },
	{ "own_room", EDGES_TOO, control_own_room },
	{ "receive", CONTROL_ALONE, control_receive },
	{ "revocations", EDGES_TOO, control_revocations },
	{ "room_changes", EDGES_TOO, control_room_changes },
	{ "rooms", CONTROL_ALONE, control_rooms },
	{ "say", CONTROL_ALONE, control_say },
	{ "search", CONTROL_ALONE, control_search },
	{ "send", CONTROL_ALONE, control_send },
	{ "session", EDGES_TOO, control_session },
	{ "sessions", CONTROL_ALONE, control_sessions },
	{ "standing", EDGES_TOO, control_standing },
	{ "stats", CONTROL_ALONE, handle_stats },
	{ "stats_history", CONTROL_ALONE, handle_stats_history },
	{ "ticket", EDGES_TOO, control_ticket },
};

static enum control_outcome handle(struct request *request)
{
	struct str name = STR("");

	if (!json_is_object(request->arguments))
		return request_refuse(request, &not_json);
	json_get_string(json_find(request->arguments, "op"), &name);
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (str_is(name, operations[i].name) &&
			(request->asker != NULL || operations[i].askers == EDGES_TOO))
			return operations[i].handle(request);
	}
	return request_refuse(request, &unknown_op);
}

static void write_refusal(const struct refusal *refusal, int64_t retry_after_ms, struct buf *answer)
{
	struct json_writer writer = json_writer_to(answer);

	buf_clear(answer);
	json_begin_object(&writer, NULL);
	json_add_bool(&writer, "ok", false);
	json_add_string(&writer, "error", str_from(refusal->code));
	json_add_string(&writer, "message", str_from(refusal->sentence));
	if (retry_after_ms > 0)
		json_add_integer(&writer, "retry_after_ms", retry_after_ms);
	json_end_object(&writer);
}

void request_write_refusal(const struct refusal *refusal, struct buf *answer)
{
	write_refusal(refusal, 0, answer);
}

enum control_outcome request_refuse_order(
	struct request *request, const struct order_refusal *refusal)
{
	request->retry_after_ms = refusal->retry_after_ms;
	return request_refuse(request, &(struct refusal){ refusal->code, refusal->sentence });
}

void control_end_order(struct buf *answer, const struct order_refusal *refusal)
{
	struct json_writer writer = { .out = answer, .comma = true };

	if (refusal == NULL)
		json_end_object(&writer);
	else
		write_refusal(&(struct refusal){ refusal->code, refusal->sentence },
			refusal->retry_after_ms, answer);
}

void control_fail(struct buf *answer, enum control_failure failure)
{
	request_write_refusal(&failures[failure], answer);
}

/* asker is NULL for an edge's question. */
static enum control_outcome answer_request(
	struct broker *broker, struct str text, struct control_asker *asker, struct buf *answer)
{
	const char *problem;
	struct json *document = json_parse(str_trim(text), &problem);
	struct json_writer writer = json_writer_to(answer);
	struct request request = { .broker = broker,
		.id = asker == NULL ? 0 : asker->id,
		.asker = asker,
		.arguments = document,
		.answer = &writer };
	enum control_outcome outcome;

	json_begin_object(&writer, NULL);
	json_add_bool(&writer, "ok", true);
	outcome = handle(&request);
	if (outcome == CONTROL_ANSWERED)
		json_end_object(&writer);
	else if (outcome == CONTROL_REFUSED)
		write_refusal(&request.refusal, request.retry_after_ms, answer);
	json_destroy(document);
	return outcome;
}

enum control_outcome control_answer(
	struct broker *broker, struct str text, struct control_asker *asker, struct buf *answer)
{
	return answer_request(broker, text, asker, answer);
}

void control_answer_edge(struct broker *broker, struct str text, struct buf *answer)
{
	(void)answer_request(broker, text, NULL, answer);
}
