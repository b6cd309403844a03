/* SPDX-License-Identifier: MIT */
/* Each operation of a disk fails in turn, once or for a while, while an archive is used: it says
 * why, loses nothing that it has acknowledged, also when the power goes afterwards, and goes on
 * when the fault is over. The disk is crash_vfs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/store/archive.h"
#include "tests/support/archive_ledger.h"
#include "tests/support/crash_image.h"
#include "tests/support/crash_vfs.h"
#include "tests/support/folder.h"

#define MESSAGES 6
#define KEEP_MESSAGES 5
#define SLICE 7
/* Runs of a kind of fault; spread over all the operations that it could strike. Which sync it is
 * that fails makes the most difference. */
#define SOME_POINTS 8
#define ALL_POINTS SIZE_MAX
/* A lasting fault is over after so many failures; then the same connections go on. */
#define FAILURES 2

static const struct fault_case {
	const char *name;
	enum crash_fault fault;
	enum store_problem problem;
	size_t points_max;
} fault_cases[] = {
	{ "write, full", CRASH_WRITE_FULL, STORE_FULL, SOME_POINTS },
	{ "write, full after a part", CRASH_WRITE_FULL_SHORT, STORE_FULL, SOME_POINTS },
	{ "write", CRASH_WRITE_IO, STORE_IO, SOME_POINTS },
	{ "write after a part", CRASH_WRITE_IO_SHORT, STORE_IO, SOME_POINTS },
	{ "sync", CRASH_SYNC_IO, STORE_IO, ALL_POINTS },
	{ "truncate", CRASH_TRUNCATE_IO, STORE_IO, SOME_POINTS },
	{ "read", CRASH_READ_IO, STORE_IO, SOME_POINTS },
	{ "size", CRASH_SIZE_IO, STORE_IO, SOME_POINTS },
	{ "open", CRASH_OPEN_DENIED, STORE_DENIED, SOME_POINTS },
	{ "delete", CRASH_DELETE_IO, STORE_IO, SOME_POINTS },
	{ "map, full", CRASH_MAP_FULL, STORE_FULL, SOME_POINTS },
	{ "map", CRASH_MAP_IO, STORE_IO, SOME_POINTS },
};

struct life {
	struct folder story;
	struct folder crashed;
	char name[64]; /* for who reads why it failed */
	struct ledger ledger;
	struct archive *writer;
	struct archive *checkpointer;
	unsigned copies;
};

static int life_make(void **state)
{
	static struct life life;

	crash_vfs_install();
	life = (struct life){ .story = folder_create(), .crashed = folder_create() };
	*state = &life;
	return 0;
}

static void life_close(struct life *life)
{
	archive_close(life->checkpointer);
	archive_close(life->writer);
	life->checkpointer = NULL;
	life->writer = NULL;
}

static int life_remove(void **state)
{
	struct life *life = *state;
	void *folders[] = { &life->story, &life->crashed };

	life_close(life);
	ledger_finish(&life->ledger);
	return folder_remove(&folders[0]) + folder_remove(&folders[1]);
}

static enum store_problem life_open(struct life *life)
{
	const char *path = folder_path(&life->story, "history.db");
	enum store_problem problem;

	life_close(life);
	life->writer = archive_open(path, ARCHIVE_WRITE_DISK, &problem);
	if (life->writer == NULL)
		return problem;
	life->checkpointer = archive_open(path, ARCHIVE_WRITE_DISK, &problem);
	return life->checkpointer != NULL ? STORE_OK : problem;
}

static enum store_problem life_write(struct life *life)
{
	return ledger_write(&life->ledger, life->writer, MESSAGES);
}

static enum store_problem life_index(struct life *life)
{
	bool is_more;

	return archive_index_slice(life->writer, SLICE, &is_more);
}

static enum store_problem life_prune(struct life *life)
{
	return ledger_prune(&life->ledger, life->writer, KEEP_MESSAGES, SLICE);
}

static enum store_problem life_checkpoint(struct life *life)
{
	return archive_checkpoint(life->checkpointer, false);
}

static enum store_problem life_checkpoint_patiently(struct life *life)
{
	return archive_checkpoint(life->checkpointer, true);
}

/* Each under a name of its own: it says that it failed also when only its name may not be safe. */
static enum store_problem life_back_up(struct life *life)
{
	char name[32];

	snprintf(name, sizeof(name), "copy-%u.db", life->copies++);
	return archive_backup(life->checkpointer, folder_path(&life->story, name));
}

static enum store_problem life_probe(struct life *life)
{
	return archive_probe(life->writer);
}

typedef enum store_problem step_fn(struct life *life);

static step_fn *const story[] = {
	life_open,
	life_write,
	life_write,
	life_index,
	life_checkpoint,
	life_write,
	life_open,
	life_write,
	life_prune,
	life_write,
	life_checkpoint_patiently,
	life_probe,
	life_index,
	life_back_up,
	life_write,
};

static void take_step(struct life *life, step_fn *step, const struct fault_case *fault_case)
{
	for (size_t failures = 0;;) {
		enum store_problem problem = step(life);

		if (problem == STORE_OK)
			return;
		if (problem != fault_case->problem)
			fail_msg("%s: it says %s", life->name, store_problem_code(problem));
		if (++failures > FAILURES)
			fail_msg("%s: it does not heal", life->name);
		if (failures == FAILURES)
			crash_vfs_heal();
	}
}

static void check(struct life *life, const struct folder *folder, size_t moment)
{
	const char *path = folder_path(folder, "history.db");
	enum store_problem problem;
	struct archive *archive = archive_open(path, ARCHIVE_WRITE_DISK, &problem);
	struct ledger_finding finding;

	if (archive == NULL)
		fail_msg("%s, %s: %s", life->name, folder->path, store_problem_code(problem));
	finding = ledger_inspect(&life->ledger, archive, moment);
	if (finding.lost + finding.wrong > 0)
		fail_msg("%s, %s: %s", life->name, folder->path, finding.what);
	ledger_assert_goes_on(archive);
	ledger_assert_searches(archive);
	archive_close(archive);
	ledger_assert_whole(path);
}

/* A story during which the number-th operation fails (0: none), then the power goes. The archive is
 * looked at on both sides of that: where it was closed in order, and where it was not. Returns how
 * many operations of the kind the story has. */
static size_t live(
	struct life *life, const struct fault_case *fault_case, size_t number, bool is_lasting)
{
	struct crash_image *image;
	size_t operations;
	size_t moment;

	snprintf(life->name, sizeof(life->name), "%s %zu%s", fault_case->name, number,
		is_lasting ? " and on" : "");
	crash_vfs_start_journal();
	crash_vfs_fail(fault_case->fault, number, is_lasting);
	for (size_t i = 0; i < sizeof(story) / sizeof(story[0]); i++)
		take_step(life, story[i], fault_case);
	operations = crash_vfs_count(fault_case->fault);
	moment = crash_vfs_moment();
	crash_vfs_heal();
	crash_vfs_stop_journal();
	life_close(life);
	check(life, &life->story, moment);
	image = crash_image_create();
	crash_image_advance(image, moment);
	crash_image_write(image, life->crashed.path, 512, moment);
	crash_image_destroy(image);
	check(life, &life->crashed, moment);
	return operations;
}

static size_t live_afresh(
	struct life *life, const struct fault_case *fault_case, size_t number, bool is_lasting)
{
	life->copies = 0;
	ledger_finish(&life->ledger);
	folder_empty(&life->story);
	folder_empty(&life->crashed);
	return live(life, fault_case, number, is_lasting);
}

static void fail_at_many_points(void **state, bool is_lasting)
{
	struct life *life = *state;

	for (size_t i = 0; i < sizeof(fault_cases) / sizeof(fault_cases[0]); i++) {
		size_t operations = live_afresh(life, &fault_cases[i], 0, false);
		size_t points_max = fault_cases[i].points_max;
		size_t points = operations < points_max ? operations : points_max;

		assert_int_not_equal(operations, 0);
		for (size_t point = 1; point <= points; point++) {
			live_afresh(life, &fault_cases[i], point * operations / points, is_lasting);
			assert_int_not_equal(crash_vfs_strikes(), 0);
		}
	}
}

static void a_fault_costs_what_it_strikes_and_nothing_else(void **state)
{
	fail_at_many_points(state, false);
}

static void a_lasting_fault_is_over_when_it_is_over(void **state)
{
	fail_at_many_points(state, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_fault_costs_what_it_strikes_and_nothing_else, life_make, life_remove),
		cmocka_unit_test_setup_teardown(
			a_lasting_fault_is_over_when_it_is_over, life_make, life_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
