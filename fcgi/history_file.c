/* SPDX-License-Identifier: MIT */
#include "fcgi/history_file.h"

#include <errno.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/list.h"
#include "common/base/mem.h"

/* for the broker, while it moves its write-ahead log; no page is worth a longer wait */
#define WAIT_MS 500
#define READ_MS 2000 /* all reads of a request; a search in a large room is cut off */

struct file {
	struct history history;
	struct pool *pool; /* owned; it has its own lock */
};

static struct pool *pool_of(struct history *history)
{
	return list_entry(history, struct file, history)->pool;
}

static void *open_archive(const char *path, enum store_problem *problem_out)
{
	struct archive *archive = archive_open(path, ARCHIVE_READ, problem_out);

	if (archive != NULL)
		archive_set_patience(archive, WAIT_MS, NULL);
	else if (*problem_out == STORE_DENIED && errno == ENOENT)
		*problem_out = STORE_OK;
	return archive;
}

static enum store_problem check_file(const void *connection)
{
	return archive_check_file(connection);
}

static const char *error_text(const void *connection)
{
	return archive_error_text(connection);
}

static void close_archive(void *connection)
{
	archive_close(connection);
}

static const struct pool_ops pool_ops = {
	.name = "history",
	.open = open_archive,
	.check_file = check_file,
	.error_text = error_text,
	.close = close_archive,
};

struct pool *history_pool_create(const char *path)
{
	return pool_create(&pool_ops, path);
}

struct archive *history_borrow(struct pool *history, enum store_problem *problem_out)
{
	struct archive *archive = pool_borrow(history, problem_out);

	if (archive != NULL)
		archive_limit_time(archive, clock_monotonic_ms() + READ_MS);
	return archive;
}

static void destroy(struct history *history)
{
	pool_destroy(pool_of(history));
	mem_free(list_entry(history, struct file, history));
}

static enum store_problem check(struct history *history)
{
	enum store_problem problem;

	pool_return(pool_of(history), history_borrow(pool_of(history), &problem), STORE_OK);
	return problem;
}

static enum store_problem visit_rooms(struct history *history, struct str after,
	bool (*visit_room)(void *context, struct str name, const struct archive_room *room),
	void *context)
{
	enum store_problem problem;
	struct archive *archive = history_borrow(pool_of(history), &problem);

	if (archive != NULL)
		problem = archive_read_rooms(archive, after, INT32_MAX, visit_room, context);
	pool_return(pool_of(history), archive, problem);
	return problem;
}

/* The room's head is read before its messages. So a head may be older than its page, which costs a
 * reader one more request, and never newer, which would hide a message. */
static enum store_problem begin(struct history_reading *reading)
{
	struct archive_room room;
	enum store_problem problem;

	reading->knows_senders = true;
	reading->archive = history_borrow(pool_of(reading->history), &problem);
	if (reading->archive == NULL)
		return problem;
	problem = archive_find_room(reading->archive, reading->page.room, &room);
	strcpy(reading->head.epoch, archive_epoch(reading->archive));
	reading->head.seq = room.seq;
	reading->head.first_seq = room.first_seq;
	return problem;
}

struct visiting {
	archive_visit_fn *visit;
	void *context;
	size_t left;
	bool has_more;
};

/* The message beyond the limit sets has_more. */
static bool visit_one(void *context, const struct archive_message *message)
{
	struct visiting *visiting = context;

	visiting->has_more = visiting->left == 0;
	if (visiting->has_more)
		return false;
	visiting->left--;
	return visiting->visit(visiting->context, message);
}

static enum store_problem visit(struct history_reading *reading, archive_visit_fn *visit_message,
	void *context, bool *has_more_out)
{
	struct visiting visiting = { visit_message, context, reading->page.limit, false };
	enum store_problem problem = STORE_OK;

	if (reading->archive != NULL)
		problem = page_visit(reading->archive, &reading->page, visit_one, &visiting);
	*has_more_out = visiting.has_more;
	return problem;
}

static enum store_problem write_page(struct history_reading *reading, struct json_writer *writer)
{
	if (reading->archive != NULL)
		return page_write(reading->archive, &reading->page, writer);
	json_begin_array(writer, "messages");
	json_end_array(writer);
	json_add_bool(writer, "more", false);
	return STORE_OK;
}

static void end(struct history_reading *reading)
{
	pool_return(pool_of(reading->history), reading->archive, reading->problem);
}

static const struct history_ops ops = {
	.can_search = true,
	.destroy = destroy,
	.check = check,
	.visit_rooms = visit_rooms,
	.begin = begin,
	.visit = visit,
	.write = write_page,
	.end = end,
};

struct history *history_create(const char *path)
{
	struct file *file = mem_new(struct file);

	file->history.ops = &ops;
	file->pool = history_pool_create(path);
	return &file->history;
}
