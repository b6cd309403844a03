/* SPDX-License-Identifier: MIT */
/* The main thread's reactor runs until what a test waits for is there, and a timer looks at what
 * no callback tells. The wrapped functions are the linker's (--wrap). */
#include "tests/support/history_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"

_Atomic int64_t history_stage_clock_ms;
struct failure append_failure, commit_failure, probe_failure, index_failure;
struct gate page_gate;

int64_t __real_clock_wall_ms(void);
int64_t __wrap_clock_wall_ms(void);
enum store_problem __real_archive_append(
	struct archive *archive, int64_t room_id, const struct archive_message *message);
enum store_problem __wrap_archive_append(
	struct archive *archive, int64_t room_id, const struct archive_message *message);
enum store_problem __real_archive_commit(struct archive *archive);
enum store_problem __wrap_archive_commit(struct archive *archive);
enum store_problem __real_archive_probe(struct archive *archive);
enum store_problem __wrap_archive_probe(struct archive *archive);
enum store_problem __real_archive_index_slice(
	struct archive *archive, size_t limit, bool *more_out);
enum store_problem __wrap_archive_index_slice(
	struct archive *archive, size_t limit, bool *more_out);

enum store_problem __real_page_write(
	struct archive *archive, const struct page *page, struct json_writer *writer);
enum store_problem __wrap_page_write(
	struct archive *archive, const struct page *page, struct json_writer *writer);

int64_t __wrap_clock_wall_ms(void)
{
	return __real_clock_wall_ms() + history_stage_clock_ms;
}

void fail_calls(struct failure *failure, unsigned skip, unsigned count, enum store_problem problem)
{
	failure->skip = skip;
	failure->problem = problem;
	failure->calls = 0;
	failure->count = count;
}

static enum store_problem fails(struct failure *failure)
{
	failure->calls++;
	if (failure->count == 0)
		return STORE_OK;
	if (failure->skip > 0) {
		failure->skip--;
		return STORE_OK;
	}
	failure->count--;
	return failure->problem;
}

enum store_problem __wrap_archive_append(
	struct archive *archive, int64_t room_id, const struct archive_message *message)
{
	enum store_problem problem = fails(&append_failure);

	return problem == STORE_OK ? __real_archive_append(archive, room_id, message) : problem;
}

enum store_problem __wrap_archive_commit(struct archive *archive)
{
	enum store_problem problem = fails(&commit_failure);

	return problem == STORE_OK ? __real_archive_commit(archive) : problem;
}

enum store_problem __wrap_archive_probe(struct archive *archive)
{
	enum store_problem problem = fails(&probe_failure);

	return problem == STORE_OK ? __real_archive_probe(archive) : problem;
}

enum store_problem __wrap_archive_index_slice(struct archive *archive, size_t limit, bool *more_out)
{
	enum store_problem problem = fails(&index_failure);

	return problem == STORE_OK ? __real_archive_index_slice(archive, limit, more_out) : problem;
}

enum store_problem __wrap_page_write(
	struct archive *archive, const struct page *page, struct json_writer *writer)
{
	page_gate.arrived++;
	while (page_gate.is_closed)
		sched_yield();
	return __real_page_write(archive, page, writer);
}

static void note_one(struct history_stage *stage)
{
	buf_append_char(&stage->heard, '|');
	stage->heard_count++;
	if (stage->is_reached == NULL && stage->heard_count >= stage->wanted_count)
		reactor_stop(&stage->reactor);
}

static void settle(void *context, const struct history_outcome *outcome)
{
	struct history_stage *stage = context;

	assert_ptr_equal(outcome->entry->author[0], stage);
	buf_append_str(&stage->heard, outcome->entry->room);
	switch (outcome->result) {
	case HISTORY_COMMITTED:
		buf_append_format(&stage->heard, " %" PRIu64, outcome->seq);
		break;
	case HISTORY_REPEATED:
		buf_append_format(&stage->heard, " repeats %" PRIu64, outcome->seq);
		break;
	case HISTORY_BUSY:
		buf_append_text(&stage->heard, " busy");
		break;
	case HISTORY_STORAGE:
		buf_append_text(&stage->heard, " storage");
		break;
	case HISTORY_NO_TARGET:
	case HISTORY_NOT_YOURS:
	case HISTORY_NOT_SAID:
	case HISTORY_TOO_LATE:
		buf_append_text(&stage->heard, " refused");
		break;
	}
	note_one(stage);
}

static void open_room(void *context, struct str room, uint64_t seq, enum store_problem problem)
{
	struct history_stage *stage = context;

	buf_append_str(&stage->heard, room);
	if (problem == STORE_OK)
		buf_append_format(&stage->heard, " opens at %" PRIu64, seq);
	else
		buf_append_format(&stage->heard, " opens not: %s", store_problem_code(problem));
	note_one(stage);
}

static void tell_rows(void *context, const struct history_rows *rows)
{
	struct history_stage *stage = context;

	buf_append_str(&stage->heard, rows->room);
	if (rows->problem != STORE_OK)
		buf_append_format(&stage->heard, " fails: %s", store_problem_code(rows->problem));
	else if (rows->count == 0)
		buf_append_text(&stage->heard, " has none");
	else
		buf_append_format(&stage->heard, " has %" PRIu64 "-%" PRIu64, rows->messages[0].seq,
			rows->messages[rows->count - 1].seq);
	for (size_t i = 0; i < rows->count; i++)
		assert_int_equal(rows->messages[i].seq, rows->messages[0].seq + i);
	if (rows->is_whole)
		buf_append_text(&stage->heard, " whole");
	note_one(stage);
}

static void tell_page(void *context, uint64_t asker, enum store_problem problem, struct str members)
{
	struct history_stage *stage = context;

	buf_append_format(&stage->heard, "page %" PRIu64 ": ", asker);
	if (problem == STORE_OK)
		buf_append_str(&stage->heard, members);
	else
		buf_append_text(&stage->heard, store_problem_code(problem));
	assert_true(problem == STORE_OK || members.len == 0);
	note_one(stage);
}

static void tell_backup(void *context, uint64_t asker, enum store_problem problem)
{
	struct history_stage *stage = context;

	buf_append_format(
		&stage->heard, "backup %" PRIu64 ": %s", asker, store_problem_code(problem));
	note_one(stage);
}

static void look(struct timer *timer)
{
	struct history_stage *stage = list_entry(timer, struct history_stage, look_timer);

	reactor_arm(&stage->reactor, timer, TIMER_TICK_MS);
	if (clock_monotonic_ms() >= stage->deadline_ms ||
		(stage->is_reached != NULL && stage->is_reached(stage)))
		reactor_stop(&stage->reactor);
}

void history_stage_start(struct history_stage *stage, void **state)
{
	struct buf problem = { 0 }, setting = { 0 };
	const char *settings[2];

	*stage = (struct history_stage){ .folder = *state };
	append_failure = commit_failure = probe_failure = index_failure = (struct failure){ 0 };
	history_stage_clock_ms = 0;
	page_gate.is_closed = false;
	page_gate.arrived = 0;
	buf_append_format(&setting, "paths.state=%s", stage->folder->path);
	settings[0] = buf_text(&setting);
	settings[1] = "history.durability=process";
	assert_true(config_load(&stage->config,
		&(struct config_arguments){ .settings = settings, .setting_count = 2 }, &problem));
	buf_finish(&problem);
	buf_finish(&setting);
	assert_true(reactor_init(&stage->reactor));
	timer_init(&stage->look_timer, look);
	history_stage_restart(stage);
}

void history_stage_start_with(struct history_stage *stage, void **state, unsigned count)
{
	history_stage_start(stage, state);
	for (unsigned i = 0; i < count; i++)
		history_stage_say(stage, "a", NULL);
	(void)history_stage_hear(stage, count);
}

void history_stage_restart(struct history_stage *stage)
{
	const struct history_sink sink = { stage, settle, open_room, tell_rows, tell_page,
		tell_backup };
	int exit_status = 0;

	stage->history = history_create(
		&stage->config, &stage->reactor, &stage->stats, &sink, &exit_status);
	assert_int_equal(exit_status, 0);
	assert_non_null(stage->history);
}

void history_stage_stop(struct history_stage *stage)
{
	history_destroy(stage->history);
	stage->history = NULL;
}

void history_stage_finish(struct history_stage *stage)
{
	history_stage_stop(stage);
	reactor_disarm(&stage->reactor, &stage->look_timer);
	reactor_finish(&stage->reactor);
	config_finish(&stage->config);
	buf_finish(&stage->heard);
}

const char *history_stage_path(const struct history_stage *stage)
{
	return folder_path(stage->folder, "history.db");
}

bool history_stage_submit(struct history_stage *stage, const char *room, const char *ref)
{
	static const uint8_t sender[ARCHIVE_SENDER_SIZE] = "ann's own id";
	const struct history_entry entry = {
		.room = str_from(room),
		.user = STR("ann"),
		.text = STR("hello"),
		.ref = str_from(ref),
		.sender = sender,
		.author = { (uint64_t)(uintptr_t)stage },
	};

	return history_submit(stage->history, &entry);
}

void history_stage_say(struct history_stage *stage, const char *room, const char *ref)
{
	assert_true(history_stage_submit(stage, room, ref));
}

static void run(struct history_stage *stage)
{
	stage->deadline_ms = clock_monotonic_ms() + HISTORY_STAGE_WAIT_MS;
	stage->reactor.now_ms = clock_monotonic_ms();
	reactor_arm(&stage->reactor, &stage->look_timer, TIMER_TICK_MS);
	reactor_run(&stage->reactor);
	stage->reactor.is_stopping = false;
	assert_true(clock_monotonic_ms() < stage->deadline_ms);
}

const char *history_stage_hear(struct history_stage *stage, size_t count)
{
	static char heard[65536];

	stage->wanted_count = count;
	if (stage->heard_count < count)
		run(stage);
	assert_true(stage->heard.len < sizeof(heard));
	snprintf(heard, sizeof(heard), "%s", buf_text(&stage->heard));
	assert_int_equal(stage->heard_count, count);
	buf_clear(&stage->heard);
	stage->heard_count = 0;
	return heard;
}

void history_stage_wait(
	struct history_stage *stage, bool (*is_reached)(struct history_stage *stage))
{
	stage->is_reached = is_reached;
	run(stage);
	stage->is_reached = NULL;
}

uint64_t history_stage_stat(const struct history_stage *stage, enum stat_id stat)
{
	return counter_read(&stage->stats.values[stat]);
}
