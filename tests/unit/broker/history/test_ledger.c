/* SPDX-License-Identifier: MIT */
/* What a batch comes to when the database fails under it: nothing is acknowledged falsely, nothing
 * leaves a gap, and one that is bad costs no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "broker/history/ledger.h"
#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/mem.h"
#include "common/moderation.h"
#include "tests/support/history_stage.h"

#define LETTERS 16

struct scene {
	struct folder *folder;
	struct ledger ledger;
	_Atomic bool is_ending;
	struct list batch;
	struct letter *letters[LETTERS];
	size_t count;
	uint64_t posted_ms;
	char outcomes[512];
};

static void scene_start(struct scene *scene, void **state)
{
	*scene = (struct scene){ .folder = *state, .posted_ms = clock_monotonic_ms() };
	append_failure = commit_failure = (struct failure){ 0 };
	history_stage_clock_ms = 0;
	list_init(&scene->batch);
	assert_int_equal(
		connection_open(&scene->ledger.connection, folder_path(scene->folder, "history.db"),
			ARCHIVE_WRITE_PROCESS, NULL, &scene->is_ending),
		STORE_OK);
	ledger_init(&scene->ledger, &scene->is_ending);
}

static void scene_finish(struct scene *scene)
{
	ledger_finish(&scene->ledger);
}

static struct letter *add(struct scene *scene, enum letter_kind kind, const char *room)
{
	struct letter *letter = mem_new(struct letter);

	assert_true(scene->count < LETTERS);
	letter->kind = kind;
	letter->entry.room = str_from(room);
	letter->posted_ms = scene->posted_ms;
	list_append(&scene->batch, &letter->link);
	scene->letters[scene->count++] = letter;
	return letter;
}

/* ref is NULL for none. */
static void say(struct scene *scene, const char *room, const char *ref)
{
	static const uint8_t sender[ARCHIVE_SENDER_SIZE] = "ann's own id";
	struct letter *letter = add(scene, LETTER_ENTRY, room);

	letter->entry.user = STR_OF("ann");
	letter->entry.text = STR_OF("hello");
	letter->entry.ref = str_from(ref);
	letter->entry.sender = sender;
}

/* By ann, or by who has that id. */
static struct letter *change(
	struct scene *scene, enum message_kind kind, uint64_t target, const uint8_t *sender)
{
	struct letter *letter;

	say(scene, "a", NULL);
	letter = scene->letters[scene->count - 1];
	letter->entry.kind = kind;
	letter->entry.target = target;
	if (sender != NULL)
		letter->entry.sender = sender;
	if (kind == MESSAGE_DELETES)
		letter->entry.text = STR_OF("");
	return letter;
}

static void ask(struct scene *scene, const char *room)
{
	add(scene, LETTER_HEAD, room);
}

static void describe(const struct letter *letter, struct buf *text)
{
	static const char *const failures[] = { [HISTORY_BUSY] = "busy ",
		[HISTORY_STORAGE] = "storage ",
		[HISTORY_NO_TARGET] = "no_target ",
		[HISTORY_NOT_YOURS] = "not_yours ",
		[HISTORY_TOO_LATE] = "too_late ",
		[HISTORY_NOT_SAID] = "not_said " };

	if (letter->kind == LETTER_HEAD && letter->problem != STORE_OK)
		buf_append_format(text, "@%s ", store_problem_code(letter->problem));
	else if (letter->kind == LETTER_HEAD)
		buf_append_format(text, "@%" PRIu64 " ", letter->seq);
	else if (letter->result == HISTORY_COMMITTED)
		buf_append_format(text, "%" PRIu64 " ", letter->seq);
	else if (letter->result == HISTORY_REPEATED)
		buf_append_format(text, "=%" PRIu64 " ", letter->seq);
	else
		buf_append_text(text, failures[letter->result]);
}

/* The outcomes in their order: numbers, "=1" for a repeated one, "@1" for a head. */
static const char *settle(struct scene *scene)
{
	struct buf text = { 0 };
	size_t i = 0;

	(void)ledger_settle(&scene->ledger, &scene->batch);
	list_each_safe (link, &scene->batch) {
		struct letter *letter = list_entry(link, struct letter, link);

		assert_ptr_equal(letter, scene->letters[i++]);
		describe(letter, &text);
		mem_free(letter);
	}
	assert_int_equal(i, scene->count);
	list_init(&scene->batch);
	scene->count = 0;
	snprintf(scene->outcomes, sizeof(scene->outcomes), "%s", buf_text(&text));
	buf_finish(&text);
	return scene->outcomes;
}

static void a_refused_row_costs_only_itself(void **state)
{
	struct scene scene;

	scene_start(&scene, state);
	fail_calls(&append_failure, 1, 1, STORE_REFUSED);
	for (int i = 0; i < 4; i++)
		say(&scene, "a", NULL);
	ask(&scene, "a");
	assert_string_equal(settle(&scene), "1 storage 2 3 @3 ");
	scene_finish(&scene);
}

static void a_batch_that_fails_is_tried_one_by_one(void **state)
{
	struct scene scene;

	scene_start(&scene, state);
	fail_calls(&append_failure, 1, 2, STORE_FULL);
	say(&scene, "a", NULL);
	ask(&scene, "a");
	say(&scene, "a", NULL);
	say(&scene, "b", NULL);
	ask(&scene, "a");
	assert_string_equal(settle(&scene), "storage @0 1 1 @1 ");
	assert_int_equal(append_failure.calls, 5);
	scene_finish(&scene);
}

static void a_commit_that_fails_leaves_no_gap(void **state)
{
	static const enum store_problem problems[] = { STORE_FULL, STORE_IO, STORE_CORRUPT,
		STORE_READ_ONLY };
	struct scene scene;

	scene_start(&scene, state);
	for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++) {
		char expected[32];

		fail_calls(&commit_failure, 0, 1, problems[i]);
		say(&scene, "a", NULL);
		say(&scene, "a", NULL);
		snprintf(expected, sizeof(expected), "%zu %zu ", 2 * i + 1, 2 * i + 2);
		assert_string_equal(settle(&scene), expected);
	}
	assert_int_equal(scene.ledger.connection.reopened, 3); /* not for want of space */
	scene_finish(&scene);
}

static void three_failures_in_a_row_end_the_batch(void **state)
{
	struct scene scene;

	scene_start(&scene, state);
	fail_calls(&commit_failure, 0, 100, STORE_FULL);
	for (int i = 0; i < 6; i++)
		say(&scene, "a", NULL);
	ask(&scene, "a");
	assert_string_equal(settle(&scene), "storage storage storage storage storage storage @0 ");
	assert_int_equal(commit_failure.calls, 4);
	fail_calls(&commit_failure, 0, 100, STORE_IO); /* after which it is opened anew */
	for (int i = 0; i < 4; i++)
		say(&scene, "a", NULL);
	ask(&scene, "a");
	assert_string_equal(settle(&scene), "storage storage storage storage @0 ");
	fail_calls(&commit_failure, 0, 0, STORE_OK);
	say(&scene, "a", NULL);
	assert_string_equal(settle(&scene), "1 ");
	scene_finish(&scene);
}

static void a_repeated_message_is_kept_when_the_first_fails(void **state)
{
	struct scene scene;

	scene_start(&scene, state);
	fail_calls(&commit_failure, 0, 2, STORE_FULL);
	say(&scene, "a", "x");
	say(&scene, "a", "x");
	say(&scene, "a", "x");
	assert_string_equal(settle(&scene), "storage 1 =1 ");
	fail_calls(&commit_failure, 0, 100, STORE_FULL);
	say(&scene, "a", "y");
	say(&scene, "a", "y");
	assert_string_equal(settle(&scene), "storage storage ");
	fail_calls(&commit_failure, 0, 0, STORE_OK);
	say(&scene, "a", "y");
	assert_string_equal(settle(&scene), "2 ");
	scene_finish(&scene);
}

static void look_for(struct scene *scene, const char *room, const char *ref)
{
	say(scene, room, ref);
	scene->letters[scene->count - 1]->entry.is_only_looked_for = true;
}

static void what_is_only_looked_for_is_never_kept(void **state)
{
	struct scene scene;

	scene_start(&scene, state);
	say(&scene, "a", "x");
	look_for(&scene, "a", "x");
	look_for(&scene, "a", "y");
	look_for(&scene, "b", "x");
	ask(&scene, "a");
	assert_string_equal(settle(&scene), "1 =1 not_said not_said @1 ");
	say(&scene, "a", "y");
	assert_string_equal(settle(&scene), "2 ");
	fail_calls(&commit_failure, 0, 100, STORE_FULL);
	look_for(&scene, "a", "y");
	assert_string_equal(settle(&scene), "=2 ");
	scene_finish(&scene);
}

static void what_fails_makes_no_ref_forgotten(void **state)
{
	struct scene scene;

	scene_start(&scene, state);
	refs_destroy(scene.ledger.refs);
	scene.ledger.refs = refs_create(4);
	say(&scene, "a", "1");
	say(&scene, "a", "2");
	say(&scene, "a", "3");
	assert_string_equal(settle(&scene), "1 2 3 ");
	fail_calls(&commit_failure, 0, 100, STORE_FULL);
	for (int i = 0; i < 6; i++) {
		say(&scene, "a", "4");
		say(&scene, "b", "5");
		say(&scene, "a", "6");
		assert_string_equal(settle(&scene), "storage storage storage ");
	}
	fail_calls(&commit_failure, 0, 0, STORE_OK);
	say(&scene, "a", "4");
	say(&scene, "a", "1");
	say(&scene, "a", "2");
	say(&scene, "a", "3");
	assert_string_equal(settle(&scene), "4 =1 =2 =3 ");
	scene_finish(&scene);
}

static void another_process_makes_a_batch_busy(void **state)
{
	enum store_problem problem;
	struct archive *other;
	struct scene scene;

	scene_start(&scene, state);
	other = archive_open(
		folder_path(scene.folder, "history.db"), ARCHIVE_WRITE_PROCESS, &problem);
	assert_non_null(other);
	assert_int_equal(archive_begin(other), STORE_OK);
	scene.posted_ms -= LEDGER_PATIENCE_MS; /* it has waited long enough in the queue */
	say(&scene, "a", "x");
	say(&scene, "a", "x");
	ask(&scene, "a");
	assert_string_equal(settle(&scene), "busy busy @0 ");
	archive_roll_back(other);
	archive_close(other);
	say(&scene, "a", "x");
	assert_string_equal(settle(&scene), "1 ");
	scene_finish(&scene);
}

static void what_a_deleted_file_got_does_not_turn_up_again(void **state)
{
	char path[128], aside[128];
	struct scene scene;

	scene_start(&scene, state);
	snprintf(path, sizeof(path), "%s", folder_path(scene.folder, "history.db"));
	snprintf(aside, sizeof(aside), "%s", folder_path(scene.folder, "aside"));
	say(&scene, "a", "x");
	assert_string_equal(settle(&scene), "1 ");
	assert_int_equal(rename(path, aside), 0);
	say(&scene, "a", "y");
	say(&scene, "a", "y");
	assert_string_equal(settle(&scene), "storage storage ");
	assert_int_equal(ledger_probe(&scene.ledger), STORE_GONE);
	assert_false(file_exists(path));
	assert_int_equal(rename(aside, path), 0);
	assert_int_equal(ledger_probe(&scene.ledger), STORE_OK);
	say(&scene, "a", "x");
	say(&scene, "a", "y");
	assert_string_equal(settle(&scene), "=1 2 ");
	scene_finish(&scene);
}

static void another_database_in_its_place_is_not_touched(void **state)
{
	char path[128], other_path[128];
	size_t before_len, after_len;
	enum store_problem problem;
	char *before, *after;
	struct scene scene;

	scene_start(&scene, state);
	snprintf(path, sizeof(path), "%s", folder_path(scene.folder, "history.db"));
	snprintf(other_path, sizeof(other_path), "%s", folder_path(scene.folder, "other.db"));
	archive_close(archive_open(other_path, ARCHIVE_WRITE_PROCESS, &problem));
	before = file_read(other_path, &before_len);
	say(&scene, "a", NULL);
	assert_string_equal(settle(&scene), "1 ");
	assert_int_equal(rename(other_path, path), 0);
	say(&scene, "a", NULL);
	assert_string_equal(settle(&scene), "storage ");
	assert_int_equal(ledger_probe(&scene.ledger), STORE_GONE);
	scene_finish(&scene);
	after = file_read(path, &after_len);
	assert_int_equal(after_len, before_len);
	assert_memory_equal(after, before, before_len);
	mem_free(before);
	mem_free(after);
}

static bool note_time(void *context, const struct archive_message *message)
{
	int64_t *newest_ms = context;

	assert_true(message->time_ms >= *newest_ms);
	*newest_ms = message->time_ms;
	return true;
}

static void times_of_a_room_do_not_go_back_with_the_clock(void **state)
{
	int64_t before_ms = clock_wall_ms(), newest_ms = 0;
	struct scene scene;

	scene_start(&scene, state);
	for (int i = 0; i < 4; i++) {
		say(&scene, "a", NULL);
		(void)settle(&scene);
		history_stage_clock_ms = i % 2 ? 0 : -3600 * 1000;
		if (i == 2) /* also when it is looked up again */
			heads_forget(scene.ledger.heads);
	}
	assert_int_equal(archive_read_after(scene.ledger.connection.archive, STR_OF("a"), 0, 10,
				 note_time, &newest_ms),
		STORE_OK);
	assert_true(newest_ms >= before_ms);
	scene_finish(&scene);
}

static void the_end_begins_no_transaction(void **state)
{
	struct scene scene;

	scene_start(&scene, state);
	fail_calls(&commit_failure, 0, 1, STORE_FULL);
	say(&scene, "a", NULL);
	say(&scene, "a", NULL);
	scene.is_ending = true;
	assert_string_equal(settle(&scene), "busy busy ");
	assert_int_equal(commit_failure.calls, 1);
	scene_finish(&scene);
}

static const uint8_t bob[ARCHIVE_SENDER_SIZE] = "bob's own id";

static void changes_are_numbered_with_the_messages(void **state)
{
	struct scene scene;

	scene_start(&scene, state);
	say(&scene, "a", NULL);
	change(&scene, MESSAGE_EDITS, 1, NULL);
	say(&scene, "a", NULL);
	change(&scene, MESSAGE_DELETES, 1, NULL);
	ask(&scene, "a");
	assert_string_equal(settle(&scene), "1 2 3 4 @4 ");
	scene_finish(&scene);
}

static void only_what_is_there_is_changed(void **state)
{
	struct scene scene;

	scene_start(&scene, state);
	change(&scene, MESSAGE_EDITS, 1, NULL); /* the room is not there either */
	say(&scene, "a", NULL);
	change(&scene, MESSAGE_DELETES, 1, NULL);
	change(&scene, MESSAGE_DELETES, 1, NULL);
	change(&scene, MESSAGE_EDITS, 1, NULL);
	change(&scene, MESSAGE_EDITS, 2, NULL);
	change(&scene, MESSAGE_EDITS, 9, NULL);
	say(&scene, "a", NULL);
	assert_string_equal(
		settle(&scene), "no_target 1 2 no_target no_target no_target no_target 3 ");
	scene_finish(&scene);
}

static void others_change_it_only_as_moderators(void **state)
{
	struct scene scene;

	scene_start(&scene, state);
	say(&scene, "a", NULL);
	change(&scene, MESSAGE_EDITS, 1, bob);
	change(&scene, MESSAGE_DELETES, 1, bob);
	change(&scene, MESSAGE_DELETES, 1, bob)->entry.changes_any = true;
	say(&scene, "a", NULL);
	scene.letters[scene.count - 1]->entry.sender = NULL; /* nobody's */
	change(&scene, MESSAGE_EDITS, 3, NULL);
	change(&scene, MESSAGE_DELETES, 3, NULL);
	assert_string_equal(settle(&scene), "1 not_yours not_yours 2 3 not_yours not_yours ");
	scene_finish(&scene);
}

static void a_message_is_edited_for_ten_minutes_and_deleted_for_ever(void **state)
{
	struct scene scene;

	scene_start(&scene, state);
	say(&scene, "a", NULL);
	assert_string_equal(settle(&scene), "1 ");
	history_stage_clock_ms = EDIT_MS - 60 * 1000;
	change(&scene, MESSAGE_EDITS, 1, NULL);
	assert_string_equal(settle(&scene), "2 ");
	history_stage_clock_ms = EDIT_MS + 60 * 1000;
	change(&scene, MESSAGE_EDITS, 1, NULL);
	change(&scene, MESSAGE_EDITS, 1, NULL)->entry.changes_any = true;
	change(&scene, MESSAGE_DELETES, 1, NULL);
	assert_string_equal(settle(&scene), "too_late 3 4 ");
	scene_finish(&scene);
}

static void a_change_whose_row_is_refused_changes_nothing(void **state)
{
	struct scene scene;

	scene_start(&scene, state);
	say(&scene, "a", NULL);
	assert_string_equal(settle(&scene), "1 ");
	fail_calls(&append_failure, 0, 1, STORE_REFUSED);
	change(&scene, MESSAGE_DELETES, 1, NULL);
	change(&scene, MESSAGE_EDITS, 1, NULL);
	assert_string_equal(settle(&scene), "storage 2 ");
	scene_finish(&scene);
}

static void a_change_whose_commit_fails_is_not_done(void **state)
{
	struct scene scene;

	scene_start(&scene, state);
	say(&scene, "a", NULL);
	assert_string_equal(settle(&scene), "1 ");
	fail_calls(&commit_failure, 0, 2, STORE_FULL);
	change(&scene, MESSAGE_DELETES, 1, NULL);
	assert_string_equal(settle(&scene), "storage ");
	change(&scene, MESSAGE_EDITS, 1, NULL);
	assert_string_equal(settle(&scene), "2 ");
	scene_finish(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(a_refused_row_costs_only_itself),
		FOLDER_TEST(a_batch_that_fails_is_tried_one_by_one),
		FOLDER_TEST(a_commit_that_fails_leaves_no_gap),
		FOLDER_TEST(three_failures_in_a_row_end_the_batch),
		FOLDER_TEST(a_repeated_message_is_kept_when_the_first_fails),
		FOLDER_TEST(what_is_only_looked_for_is_never_kept),
		FOLDER_TEST(what_fails_makes_no_ref_forgotten),
		FOLDER_TEST(another_process_makes_a_batch_busy),
		FOLDER_TEST(what_a_deleted_file_got_does_not_turn_up_again),
		FOLDER_TEST(another_database_in_its_place_is_not_touched),
		FOLDER_TEST(times_of_a_room_do_not_go_back_with_the_clock),
		FOLDER_TEST(the_end_begins_no_transaction),
		FOLDER_TEST(changes_are_numbered_with_the_messages),
		FOLDER_TEST(only_what_is_there_is_changed),
		FOLDER_TEST(others_change_it_only_as_moderators),
		FOLDER_TEST(a_message_is_edited_for_ten_minutes_and_deleted_for_ever),
		FOLDER_TEST(a_change_whose_row_is_refused_changes_nothing),
		FOLDER_TEST(a_change_whose_commit_fails_is_not_done),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
