/* SPDX-License-Identifier: MIT */
/* Who is where, for programs with a key: the broker's lists, as it gives them. A key for some rooms
 * sees these alone, and an admin's those that are hidden, too. */
#include "common/base/utf8.h"
#include "common/room_name.h"
#include "fcgi/refusal.h"
#include "fcgi/url_code.h"
#include "fcgi/views/views.h"

#define LIMIT_MAX 500

/* What is asked of the broker. */
struct question {
	const char *op;
	struct str room; /* "": none in particular */
	struct buf after; /* "": from the beginning */
	uint64_t limit;
	bool asks_for_hidden; /* rooms, too */
};

static int refuse(struct response *response, const char *code, const char *sentence)
{
	struct refusal refusal = refusal_for(code, sentence);

	return refusal_answer(&refusal, response);
}

/* NULL, or what is wrong. */
static const char *read_fields(struct str fields, struct question *question)
{
	question->limit = LIMIT_MAX;
	if (!url_read_number(fields, "limit", &question->limit) || question->limit == 0 ||
		question->limit > LIMIT_MAX)
		return "The field limit is a number from 1 to 500.";
	if (!url_find_field(fields, "after", &question->after))
		buf_clear(&question->after);
	if (!utf8_is_valid(buf_str(&question->after)))
		return "The field after is not valid UTF-8.";
	return NULL;
}

static struct json *ask(struct app *app, const struct question *question, bool *is_sent_out)
{
	struct buf request = { 0 };
	struct json_writer writer = json_writer_to(&request);
	struct json *answer;

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "op", str_from(question->op));
	if (question->room.len > 0)
		json_add_string(&writer, "room", question->room);
	json_add_string(&writer, "after", buf_str(&question->after));
	json_add_integer(&writer, "limit", (int64_t)question->limit);
	if (question->asks_for_hidden)
		json_add_bool(&writer, "hidden", true);
	json_end_object(&writer);
	answer = app_ask(app, buf_str(&request), APP_LIST_MS, is_sent_out);
	buf_finish(&request);
	return answer;
}

/* Those of the rooms that a key is for. */
static void write_rooms(
	const struct api_key *key, const struct json *rooms, struct json_writer *writer)
{
	struct str name;

	json_begin_array(writer, "rooms");
	for (size_t i = 0; i < json_count(rooms); i++) {
		const struct json *room = json_at(rooms, i);

		if (json_get_string(json_find(room, "room"), &name) &&
			api_key_opens_room(key, name))
			json_add_value(writer, (struct str){ 0 }, room);
	}
	json_end_array(writer);
}

static void write_list(const struct api_key *key, const struct json *answer, struct buf *out)
{
	struct json_writer writer = json_writer_to(out);
	size_t position = 0;
	struct json *value;
	struct str name;

	json_begin_object(&writer, NULL);
	while (json_next(answer, &position, &name, &value)) {
		if (str_is(name, "rooms"))
			write_rooms(key, value, &writer);
		else
			json_add_value(&writer, name, value);
	}
	json_end_object(&writer);
	buf_append_char(out, '\n');
}

static int answer(struct app *app, const struct request *request, struct response *response,
	const struct question *question)
{
	bool is_sent;
	struct json *answer = ask(app, question, &is_sent);
	struct refusal refusal = refusal_of(answer, is_sent);

	if (refusal.status == 200) {
		response_add_header(response, "Content-Type", STR_OF("application/json"));
		write_list(&request->key, answer, &response->body);
	} else {
		refusal_answer(&refusal, response);
	}
	json_destroy(answer);
	return refusal.status;
}

static int answer_checked(struct app *app, const struct request *request, struct response *response,
	struct question *question)
{
	const char *sentence = read_fields(request->query, question);
	int status = sentence == NULL ? answer(app, request, response, question)
				      : refuse(response, "bad_field", sentence);

	buf_finish(&question->after);
	return status;
}

int view_api_rooms(struct app *app, struct request *request, struct response *response)
{
	struct question question = { .op = "rooms",
		.asks_for_hidden = api_key_has_scope(&request->key, API_ADMIN) };

	return answer_checked(app, request, response, &question);
}

int view_api_members(struct app *app, struct request *request, struct response *response)
{
	struct buf room = { 0 };
	enum name_problem problem = room_name_normalize(buf_str(&request->room), &room);
	struct question question = { .op = "members", .room = buf_str(&room) };
	int status = problem == NAME_OK
			     ? answer_checked(app, request, response, &question)
			     : refuse(response, "bad_room", name_problem_sentence(problem));

	buf_finish(&room);
	return status;
}
