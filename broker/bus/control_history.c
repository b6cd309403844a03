/* SPDX-License-Identifier: MIT */
/* The history over control: pages of a room, search results, and a backup. The history reads them;
 * the answer has begun by then and is completed when it is done. */
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "broker/broker.h"
#include "broker/bus/control_request.h"
#include "broker/history/history.h"
#include "common/base/log.h"
#include "common/store/search_text.h"

static const struct refusal no_history = { "no_history", "This broker keeps no history." };
static const struct refusal busy = { "busy",
	"Too many ask the history at this moment. Ask again in a while." };
static const struct refusal bad_page = { "bad_page",
	"\"after\", \"before\" and \"limit\" are numbers; after and before exclude each other." };
static const struct refusal bad_query = { "bad_query", "\"query\" is a string of 1 to 256 bytes." };
static const struct refusal bad_path = { "bad_path", "\"path\" is an absolute path." };
static const struct refusal is_there = { "exists", "There is a file under this path." };

/* Reads an optional number of at least 0; a missing one leaves number_out as it is. */
static bool read_number(const struct request *request, const char *key, uint64_t *number_out)
{
	const struct json *value = json_find(request->arguments, key);
	int64_t number;

	if (value == NULL)
		return true;
	if (!json_get_integer(value, &number) || number < 0)
		return false;
	*number_out = (uint64_t)number;
	return true;
}

static bool has(const struct request *request, const char *key)
{
	return json_find(request->arguments, key) != NULL;
}

/* Fills the page but for room and query; page->kind may become PAGE_AFTER. */
static bool read_range(const struct request *request, struct page *page)
{
	uint64_t limit = PAGE_MESSAGES_DEFAULT;
	bool is_after = page->kind == PAGE_BEFORE && has(request, "after");

	page->seq = INT64_MAX; /* the last ones */
	if (is_after && has(request, "before"))
		return false;
	if (is_after)
		page->kind = PAGE_AFTER;
	if (!read_number(request, is_after ? "after" : "before", &page->seq) ||
		!read_number(request, "limit", &limit))
		return false;
	page->limit = limit < 1 ? 1 : limit > PAGE_MESSAGES_MAX ? PAGE_MESSAGES_MAX : (size_t)limit;
	return true;
}

/* Writes the room, and its head if this broker knows that without asking. */
static void write_room(const struct request *request, struct str room)
{
	const struct room *open = rooms_find(request->broker->rooms, room);

	json_add_string(request->answer, "room", room);
	if (open != NULL && open->is_open)
		json_add_integer(request->answer, "seq", (int64_t)open->head.seq);
}

static enum control_outcome ask_page(struct request *request, struct page *page)
{
	struct layer *layer = request->broker->layer;
	enum control_outcome outcome = CONTROL_REFUSED;
	struct buf room = { 0 };

	if (!read_range(request, page))
		return request_refuse(request, &bad_page);
	if (request_read_room(request, &room)) {
		page->room = buf_str(&room);
		write_room(request, page->room);
		outcome = layer->ops->ask_page(layer, page, request->id)
				  ? CONTROL_WAITS
				  : request_refuse(request, &busy);
	}
	buf_finish(&room);
	return outcome;
}

enum control_outcome control_history(struct request *request)
{
	struct page page = { .kind = PAGE_BEFORE };

	if (!request->broker->layer->keeps_past)
		return request_refuse(request, &no_history);
	return ask_page(request, &page);
}

enum control_outcome control_search(struct request *request)
{
	struct page page = { .kind = PAGE_SEARCH };

	if (!request->broker->layer->keeps_past)
		return request_refuse(request, &no_history);
	if (!json_get_string(json_find(request->arguments, "query"), &page.query) ||
		page.query.len == 0 || page.query.len > SEARCH_QUERY_BYTES_MAX)
		return request_refuse(request, &bad_query);
	return ask_page(request, &page);
}

static void write_problem(struct buf *answer, enum store_problem problem)
{
	struct refusal refusal = { store_problem_code(problem), store_problem_sentence(problem) };

	request_write_refusal(&refusal, answer);
}

void control_end_page(
	struct buf *answer, enum store_problem problem, const char *epoch, struct str members)
{
	struct json_writer writer = { .out = answer, .comma = true };

	if (problem != STORE_OK) {
		write_problem(answer, problem);
		return;
	}
	json_add_string(&writer, "epoch", str_from(epoch));
	json_add_members(&writer, members);
	json_end_object(&writer);
}

static bool path_is_absolute(struct str path)
{
	return path.len > 1 && path.len < PATH_MAX && path.data[0] == '/' &&
	       memchr(path.data, '\0', path.len) == NULL;
}

static enum control_outcome back_up(struct request *request, const char *path)
{
	struct log_quoted quoted;
	struct stat status;

	if (lstat(path, &status) == 0)
		return request_refuse(request, &is_there);
	if (!history_back_up(request->broker->history, path, request->id))
		return request_refuse(request, &busy);
	log_info("event=backup path=%s", log_quote(&quoted, str_from(path)));
	return CONTROL_WAITS_LONG;
}

enum control_outcome control_backup(struct request *request)
{
	struct str text;
	struct buf path = { 0 };
	enum control_outcome outcome;

	if (request->broker->history == NULL)
		return request_refuse(request, &no_history);
	if (!json_get_string(json_find(request->arguments, "path"), &text) ||
		!path_is_absolute(text))
		return request_refuse(request, &bad_path);
	buf_append_str(&path, text);
	outcome = back_up(request, buf_text(&path));
	buf_finish(&path);
	return outcome;
}

static void log_backup(struct str request, enum store_problem problem)
{
	const char *unused;
	struct json *document = json_parse(str_trim(request), &unused);
	struct log_quoted quoted;
	struct str path = STR("");

	json_get_string(json_find(document, "path"), &path);
	if (problem == STORE_OK)
		log_info("event=backup_done path=%s", log_quote(&quoted, path));
	else
		log_error("event=backup_failed path=%s problem=%s", log_quote(&quoted, path),
			store_problem_code(problem));
	json_destroy(document);
}

void control_end_backup(struct buf *answer, struct str request, enum store_problem problem)
{
	struct json_writer writer = { .out = answer, .comma = true };

	log_backup(request, problem);
	if (problem == STORE_OK)
		json_end_object(&writer);
	else
		write_problem(answer, problem);
}
