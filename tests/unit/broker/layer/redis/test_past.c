/* SPDX-License-Identifier: MIT */
/* Each question about older messages gets one answer, however Redis slices the rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>

#include "broker/history/history.h"
#include "broker/layer/redis/past.h"
#include "common/store/page.h"
#include "tests/support/redis_stage.h"

#define EPOCH "00112233445566ff"
#define NOTHING "*2\r\n$0\r\n\r\n*0\r\n"
#define ROW(seq)                                                                                \
	"*2\r\n$16\r\n" EPOCH "\r\n*1\r\n*2\r\n$4\r\n" seq "-0\r\n*6\r\n$1\r\nt\r\n$1\r\n1\r\n" \
	"$1\r\nu\r\n$0\r\n\r\n$1\r\nm\r\n$2\r\nhi\r\n"
#define CHANGES                                                                              \
	"*2\r\n$16\r\n" EPOCH "\r\n*3\r\n"                                                   \
	"*2\r\n$3\r\n3-0\r\n*8\r\n$1\r\nt\r\n$1\r\n3\r\n$1\r\nm\r\n$0\r\n\r\n"               \
	"$1\r\nk\r\n$6\r\ndelete\r\n$1\r\ng\r\n$1\r\n1\r\n"                                  \
	"*2\r\n$3\r\n2-0\r\n*6\r\n$1\r\nt\r\n$1\r\n2\r\n$1\r\nm\r\n$2\r\nhi\r\n$1\r\ne\r\n$" \
	"1\r\n5\r\n"                                                                         \
	"*2\r\n$3\r\n1-0\r\n*6\r\n$1\r\nt\r\n$1\r\n1\r\n$1\r\nm\r\n$0\r\n\r\n$1\r\nk\r\n"    \
	"$7\r\ndeleted\r\n"
#define MESSAGE_BYTES 16384

struct scene {
	struct redis_stage *stage;
	struct links *links;
	struct redis_log *log;
	struct redis_past *past;
};

static struct scene scene;

static void tell_row(struct buf *told, const struct archive_message *row)
{
	static const char marks[MESSAGE_KIND_COUNT] = {
		[MESSAGE_EDITS] = 'e', [MESSAGE_DELETES] = 'd', [MESSAGE_DELETED] = 'x'
	};

	buf_append_format(told, " %" PRIu64, row->seq);
	if (row->kind != MESSAGE_SAYS)
		buf_append_format(told, "%c%" PRIu64, marks[row->kind], row->target);
	if (row->edited_ms > 0)
		buf_append_format(told, "@%" PRId64, row->edited_ms);
}

static void tell_rows(void *context, const struct history_rows *rows)
{
	buf_append_format(
		context, "%zu bytes: %s", rows->room.len, rows->is_whole ? "all" : "some");
	for (size_t i = 0; i < rows->count; i++)
		tell_row(context, &rows->messages[i]);
	buf_append_char(context, '\n');
}

static void tell_page(void *context, uint64_t asker, enum store_problem problem, const char *epoch,
	struct str members)
{
	buf_append_format(context, "%" PRIu64 " %s \"%s\" %.*s\n", asker,
		store_problem_code(problem), epoch, STR_ARG(members));
}

static int set_up(void **state)
{
	struct layer_sink sink = { .tell_rows = tell_rows, .tell_page = tell_page };

	redis_stage_make(state);
	scene = (struct scene){ .stage = *state };
	scene.links = redis_stage_links(scene.stage, redis_log_scripts, redis_log_script_count);
	scene.log = redis_log_create(scene.links, 1000);
	sink.context = &scene.stage->told;
	scene.past = redis_past_create(scene.log, &sink, MESSAGE_BYTES);
	return 0;
}

static int take_down(void **state)
{
	redis_past_end(scene.past);
	links_destroy(scene.links);
	redis_past_destroy(scene.past);
	redis_log_destroy(scene.log);
	return redis_stage_remove(state);
}

/* Sets the reply to the next question; the last reply has been read. */
static void answer(const char *bytes)
{
	fake_redis_answer(&scene.stage->fake, "EVALSHA", bytes);
	redis_stage_turn(scene.stage);
}

static void rows_are_asked_for_until_they_are_whole(void **state)
{
	assert_true(redis_past_ask_rows(scene.past, STR_OF("lobby"), 11, 14, 1000));
	answer(ROW("14"));
	answer(ROW("13"));
	answer(ROW("12"));
	assert_string_equal(redis_stage_told(scene.stage), "");
	redis_stage_turn(scene.stage);
	assert_string_equal(redis_stage_told(scene.stage), "5 bytes: all 12 13 14\n");
	(void)state;
}

static void rows_end_where_they_are_not_kept(void **state)
{
	assert_true(redis_past_ask_rows(scene.past, STR_OF("lobby"), 11, 14, 1000));
	answer(ROW("14"));
	answer(ROW("12"));
	redis_stage_settle(scene.stage);
	assert_string_equal(redis_stage_told(scene.stage), "5 bytes: some 14\n");
	(void)state;
}

static void rows_and_pages_tell_what_was_changed(void **state)
{
	const struct page page = {
		.kind = PAGE_BEFORE, .seq = 4, .room = STR("lobby"), .limit = 3, .query = STR("")
	};

	fake_redis_answer(&scene.stage->fake, "EVALSHA", CHANGES);
	assert_true(redis_past_ask_rows(scene.past, STR_OF("lobby"), 0, 3, 1000));
	assert_true(redis_past_ask_page(scene.past, &page, 7));
	redis_stage_settle(scene.stage);
	assert_string_equal(redis_stage_told(scene.stage),
		"5 bytes: all 1x0 2@5 3d1\n7 ok \"" EPOCH "\" \"messages\": ["
		"{\"seq\": 1, \"user\": \"\", \"message\": \"\", \"deleted\": true, "
		"\"time\": \"1970-01-01T00:00:00.001Z\"}, "
		"{\"seq\": 2, \"user\": \"\", \"message\": \"hi\", "
		"\"edited\": \"1970-01-01T00:00:00.005Z\", "
		"\"time\": \"1970-01-01T00:00:00.002Z\"}, "
		"{\"seq\": 3, \"type\": \"delete\", \"target\": 1, \"user\": \"\", "
		"\"time\": \"1970-01-01T00:00:00.003Z\"}], \"more\": false\n");
	(void)state;
}

static void any_name_is_answered_as_it_was_asked(void **state)
{
	const struct page page = {
		.kind = PAGE_AFTER, .room = STR("a\0b"), .limit = 1, .query = STR("")
	};

	fake_redis_answer(&scene.stage->fake, "EVALSHA", NOTHING);
	assert_true(redis_past_ask_rows(scene.past, STR_OF("a\0b"), 0, 2, 1000));
	assert_true(redis_past_ask_page(scene.past, &page, 7));
	redis_stage_settle(scene.stage);
	assert_string_equal(redis_stage_told(scene.stage),
		"3 bytes: some\n7 ok \"\" \"messages\": [], \"more\": false\n");
	(void)state;
}

#define ON_SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_SCENE(rows_are_asked_for_until_they_are_whole),
		ON_SCENE(rows_end_where_they_are_not_kept),
		ON_SCENE(rows_and_pages_tell_what_was_changed),
		ON_SCENE(any_name_is_answered_as_it_was_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
