/* SPDX-License-Identifier: MIT */
/* The admin for programs: the same tables of lists and actions (fcgi/views/admin/list.h), read as
 * data and done at once. */
#include "fcgi/refusal.h"
#include "fcgi/url_code.h"
#include "fcgi/views/admin/list.h"
#include "fcgi/views/api_actor.h"
#include "fcgi/views/api_form.h"
#include "fcgi/views/views.h"

#define LIMIT_MAX 500

/* A request while it is answered. */
struct task {
	struct app *app; /* borrowed, as the next three */
	struct request *request;
	struct response *response;
	const struct admin_list *list;
	struct api_actor actor;
	struct audit_author author;
	struct admin_desk desk;
};

/* NULL, or the code of the refusal. */
static const char *open_desk(struct task *task)
{
	const struct api_actor *actor = &task->actor;

	if (!actor->is_site && !actor->is_superuser)
		return "forbidden";
	task->author = (struct audit_author){ actor->is_site ? NULL : actor->user.id,
		str_from(actor->user.name), "api" };
	return desk_open_for(&task->desk, task->app, task->request, task->response, &task->author)
		       ? NULL
		       : "unreadable";
}

static int refuse(struct response *response, const char *code, const char *sentence)
{
	struct refusal refusal = refusal_for(code, sentence);

	return refusal_answer(&refusal, response);
}

/* With what the desk knows of a problem; otherwise it is one of who asks. */
static int refuse_problem(struct task *task, const char *code, const char *sentence)
{
	return refuse(task->response, task->desk.code == NULL ? code : task->desk.code, sentence);
}

/* Opens the desk for who asks, or for whom it asks, and does it there. */
static int answer_at_desk(struct task *task, struct str fields, int (*answer)(struct task *task))
{
	struct refusal refusal;
	const char *code;
	int status;

	if (!api_actor_read(task->app, task->request, fields, &task->actor, &refusal))
		return refusal_answer(&refusal, task->response);
	code = open_desk(task);
	if (code != NULL)
		return refuse(task->response, code,
			str_is(str_from(code), "forbidden") ? "That is for superusers." : NULL);
	status = answer(task);
	desk_close(&task->desk);
	return status;
}

static void end_answer(struct task *task, struct json_writer *writer)
{
	json_end_object(writer);
	buf_append_char(writer->out, '\n');
	response_add_header(task->response, "Content-Type", STR_OF("application/json"));
}

static void write_cell(
	const struct template_admin_pieces *piece, const char *key, struct json_writer *writer)
{
	bool is_time = str_is(piece->kind, "time");

	if (is_time && piece->time.len == 0)
		json_add_null(writer, key);
	else if (str_is(piece->kind, "number"))
		json_add_json(writer, key, piece->text);
	else
		json_add_string(writer, key, is_time ? piece->time : piece->text);
}

/* The table that the page would show: a row is an object of its columns. */
static void write_rows(
	const struct admin_page *page, const char *const *keys, struct json_writer *writer)
{
	size_t column = 0;

	json_begin_array(writer, "rows");
	for (uint32_t i = 0; i < page->piece_count; i++) {
		const struct template_admin_pieces *piece = &page->pieces[i];

		if (piece->begins_row) {
			json_begin_object(writer, NULL);
			if (piece->id.len > 0)
				json_add_string(writer, "id", piece->id);
			column = 0;
		}
		if (piece->is_name || piece->is_cell)
			write_cell(piece, keys[column++], writer);
		if (piece->ends_row)
			json_end_object(writer);
	}
	json_end_array(writer);
}

static int write_listing(struct task *task, const struct admin_listing *listing)
{
	struct json_writer writer = json_writer_to(&task->response->body);

	if (listing->problem != NULL)
		return refuse_problem(task, "bad_field", listing->problem);
	json_begin_object(&writer, NULL);
	json_add_bool(&writer, "ok", true);
	write_rows(listing->page, task->list->keys, &writer);
	json_add_bool(&writer, "more", listing->has_more);
	if (listing->has_more)
		json_add_string(&writer, "next", buf_str(&listing->last));
	end_answer(task, &writer);
	return 200;
}

static int answer_list(struct task *task)
{
	struct admin_listing listing;
	struct admin_page page;
	uint64_t limit = ADMIN_ROWS;
	int status;

	if (!url_read_number(task->request->query, "limit", &limit) || limit == 0 ||
		limit > LIMIT_MAX)
		return refuse(
			task->response, "bad_field", "The field limit is a number from 1 to 500.");
	admin_page_begin_data(&page, task->app, task->request);
	admin_listing_begin(&listing, &task->desk, &page, task->list);
	listing.limit = (size_t)limit;
	admin_listing_read(&listing);
	status = write_listing(task, &listing);
	admin_listing_end(&listing);
	admin_page_drop(&page);
	return status;
}

/* What became of an action on rows. */
struct outcome {
	struct buf failed; /* the elements of a list */
	const char *sentence; /* of the first that failed; NULL: none */
	int64_t done;
};

static void note_failure(struct outcome *outcome, struct str id, const char *sentence)
{
	struct json_writer writer = json_writer_to(&outcome->failed);

	writer.comma = outcome->failed.len > 0;
	json_begin_object(&writer, NULL);
	json_add_string(&writer, "id", id);
	json_add_string(&writer, "message", str_from(sentence));
	json_end_object(&writer);
	if (outcome->sentence == NULL)
		outcome->sentence = sentence;
}

static void run(struct task *task, const struct admin_action *action, struct outcome *outcome)
{
	struct str rest = task->request->body;
	struct buf id = { 0 };

	while (admin_next_field(&rest, "id", &id)) {
		const char *sentence = action->run(&task->desk, buf_str(&id));

		if (sentence == NULL)
			outcome->done++;
		else
			note_failure(outcome, buf_str(&id), sentence);
	}
	buf_finish(&id);
}

static int answer_outcome(struct task *task, const struct outcome *outcome)
{
	struct json_writer writer = json_writer_to(&task->response->body);

	if (outcome->done == 0)
		return refuse_problem(task, "not_done", outcome->sentence);
	json_begin_object(&writer, NULL);
	json_add_bool(&writer, "ok", true);
	json_add_integer(&writer, "done", outcome->done);
	if (outcome->failed.len > 0) {
		json_begin_array(&writer, "failed");
		json_add_members(&writer, buf_str(&outcome->failed));
		json_end_array(&writer);
	}
	end_answer(task, &writer);
	return 200;
}

static int answer_make(struct task *task)
{
	struct json_writer writer = json_writer_to(&task->response->body);
	struct buf secret = { 0 };
	const char *sentence = task->list->make(&task->desk, &secret);
	int status = 200;

	if (sentence != NULL) {
		status = refuse_problem(task, "bad_field", sentence);
	} else {
		json_begin_object(&writer, NULL);
		json_add_bool(&writer, "ok", true);
		if (secret.len > 0)
			json_add_string(&writer, "secret", buf_str(&secret));
		end_answer(task, &writer);
	}
	buf_finish(&secret);
	return status;
}

static bool has_good_ids(const struct task *task)
{
	struct str rest = task->request->body;
	struct buf id = { 0 };
	int count = 0;

	while (count <= ADMIN_SELECTED_MAX && admin_next_field(&rest, "id", &id))
		count++;
	buf_finish(&id);
	return count > 0 && count <= ADMIN_SELECTED_MAX;
}

static int answer_run(struct task *task, const struct admin_action *action)
{
	struct outcome outcome = { 0 };
	int status;

	if (!has_good_ids(task))
		return refuse(task->response, "bad_field", "The field id names 1 to 200 rows.");
	run(task, action, &outcome);
	status = answer_outcome(task, &outcome);
	buf_finish(&outcome.failed);
	return status;
}

static int answer_action(struct task *task)
{
	const struct admin_action *action;
	struct buf word = { 0 };
	int status;

	page_read_field(task->request->body, "action", &word);
	action = admin_find_action(task->list, buf_str(&word));
	if (action != NULL)
		status = answer_run(task, action);
	else if (str_is(buf_str(&word), "add") && task->list->make != NULL)
		status = answer_make(task);
	else
		status = refuse(task->response, "bad_field", "This list has no such action.");
	buf_finish(&word);
	return status;
}

static struct task task_for(struct app *app, struct request *request, struct response *response)
{
	return (struct task){ .app = app,
		.request = request,
		.response = response,
		.list = admin_find_list(buf_str(&request->room)) };
}

int view_api_admin_list(struct app *app, struct request *request, struct response *response)
{
	struct task task = task_for(app, request, response);

	if (task.list == NULL)
		return refuse(response, "not_found", NULL);
	return answer_at_desk(&task, request->query, answer_list);
}

int view_api_admin_act(struct app *app, struct request *request, struct response *response)
{
	struct task task = task_for(app, request, response);
	struct refusal refusal;
	struct buf form = { 0 };
	int status;

	if (task.list == NULL)
		return refuse(response, "not_found", NULL);
	status = api_form_read(request, &form, &refusal)
			 ? answer_at_desk(&task, request->body, answer_action)
			 : refusal_answer(&refusal, response);
	buf_finish(&form);
	return status;
}

/* The members of the broker's answer to an op, without its own "ok". False with the refusal. */
static bool add_answer(struct task *task, const char *op, const char *key,
	struct json_writer *writer, int *status_out)
{
	struct buf question = { 0 };
	struct refusal refusal;
	struct json *answer;
	bool is_sent;

	buf_append_format(&question, "{\"op\": \"%s\"}", op);
	answer = app_ask(task->app, buf_str(&question), APP_LIST_MS, &is_sent);
	refusal = refusal_of(answer, is_sent);
	if (refusal.status == 200)
		json_add_value(writer, str_from(key), json_find(answer, key));
	else
		*status_out = refusal_answer(&refusal, task->response);
	json_destroy(answer);
	buf_finish(&question);
	return refusal.status == 200;
}

static int answer_stats(struct task *task)
{
	struct buf text = { 0 };
	struct json_writer writer = json_writer_to(&text);
	int status = 200;

	json_begin_object(&writer, NULL);
	json_add_bool(&writer, "ok", true);
	if (add_answer(task, "stats", "stats", &writer, &status) &&
		add_answer(task, "stats_history", "minutes", &writer, &status)) {
		end_answer(task, &writer);
		buf_append_str(&task->response->body, buf_str(&text));
	}
	buf_finish(&text);
	return status;
}

int view_api_admin_stats(struct app *app, struct request *request, struct response *response)
{
	struct task task = { .app = app, .request = request, .response = response };

	return answer_at_desk(&task, request->query, answer_stats);
}
