/* SPDX-License-Identifier: MIT */
/* An archive is written while rooms talk, and then the power goes at moment after moment of that
 * story: what was acknowledged is there. The disk is crash_vfs, and what a crash leaves is drawn by
 * crash_image. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>

#include "common/store/archive.h"
#include "tests/support/archive_ledger.h"
#include "tests/support/crash_image.h"
#include "tests/support/crash_vfs.h"
#include "tests/support/folder.h"

#define BATCHES 30
#define CHECKPOINT_EVERY 6
#define INDEX_EVERY 4
#define INDEX_SLICE 15
#define PRUNE_EVERY 9
#define KEEP_MESSAGES 12
#define PRUNE_SLICE 5
#define BACK_UP_AFTER 20
/* Crashes of a test, each drawn with every seed; spread over all operations of the story. */
#define CRASH_POINTS 150
#define CRASH_POINTS_FEW 50
#define SEEDS 3
#define SEEDS_OF_A_LIE 20

struct tale {
	struct folder story;
	struct folder crashed;
	struct ledger ledger;
	size_t copy_begun_at;
	size_t copied_at;
};

static int tale_make(void **state)
{
	static struct tale tale;

	crash_vfs_install();
	tale = (struct tale){ .story = folder_create(), .crashed = folder_create() };
	*state = &tale;
	return 0;
}

static int tale_remove(void **state)
{
	struct tale *tale = *state;
	void *folders[] = { &tale->story, &tale->crashed };

	ledger_finish(&tale->ledger);
	return folder_remove(&folders[0]) + folder_remove(&folders[1]);
}

static struct archive *open_file(const char *path, enum archive_mode mode)
{
	enum store_problem problem;
	struct archive *archive = archive_open(path, mode, &problem);

	if (archive == NULL)
		fail_msg("%s: %s", path, store_problem_code(problem));
	return archive;
}

static void back_up(struct tale *tale, struct archive *archive)
{
	tale->copy_begun_at = crash_vfs_moment();
	assert_int_equal(archive_backup(archive, folder_path(&tale->story, "copy.db")), STORE_OK);
	tale->copied_at = crash_vfs_moment();
}

/* What a broker does besides after a batch. */
static void keep_up(
	struct tale *tale, struct archive *writer, struct archive *checkpointer, size_t batch)
{
	bool is_more;

	if (batch % INDEX_EVERY == 0)
		assert_int_equal(archive_index_slice(writer, INDEX_SLICE, &is_more), STORE_OK);
	if (batch % PRUNE_EVERY == 0)
		assert_int_equal(
			ledger_prune(&tale->ledger, writer, KEEP_MESSAGES, PRUNE_SLICE), STORE_OK);
	if (batch % CHECKPOINT_EVERY == 0)
		assert_int_equal(
			archive_checkpoint(checkpointer, batch % (2 * CHECKPOINT_EVERY) == 0),
			STORE_OK);
	if (batch == BACK_UP_AFTER)
		back_up(tale, checkpointer);
}

/* While the journal is kept. */
static void tell(struct tale *tale, enum archive_mode mode)
{
	const char *path = folder_path(&tale->story, "history.db");
	struct archive *checkpointer;
	struct archive *writer;

	crash_vfs_start_journal();
	writer = open_file(path, mode);
	checkpointer = open_file(path, mode);
	for (size_t batch = 1; batch <= BATCHES; batch++) {
		assert_int_equal(ledger_write(&tale->ledger, writer, 1 + batch * 5 % 9), STORE_OK);
		keep_up(tale, writer, checkpointer, batch);
	}
	archive_close(checkpointer);
	archive_close(writer);
	crash_vfs_stop_journal();
}

static void check_copy(struct tale *tale)
{
	const char *path = folder_path(&tale->crashed, "copy.db");
	struct archive *archive = open_file(path, ARCHIVE_READ);
	struct ledger_finding finding = ledger_inspect(&tale->ledger, archive, tale->copy_begun_at);

	archive_close(archive);
	if (finding.lost + finding.wrong > 0)
		fail_msg("the copy: %s", finding.what);
	ledger_assert_whole(path);
}

static struct ledger_finding reopen(struct tale *tale, enum archive_mode mode, size_t moment)
{
	const char *path = folder_path(&tale->crashed, "history.db");
	struct archive *archive = open_file(path, mode);
	struct ledger_finding finding = ledger_inspect(&tale->ledger, archive, moment);

	ledger_assert_goes_on(archive);
	ledger_assert_searches(archive);
	archive_close(archive);
	ledger_assert_whole(path);
	if (moment >= tale->copied_at)
		check_copy(tale);
	return finding;
}

static void crash(const struct tale *tale, const struct crash_image *image, uint64_t seed)
{
	folder_empty(&tale->crashed);
	crash_image_write(image, tale->crashed.path, seed % 2 == 0 ? 512 : 4096, seed);
}

/* Returns how many crashes cost what was acknowledged. */
static size_t crash_all_over(struct tale *tale, enum archive_mode mode, size_t points)
{
	struct crash_image *image = crash_image_create();
	size_t moments = crash_vfs_moment();
	size_t losses = 0;

	assert_true(moments >= points);
	for (size_t point = 1; point <= points; point++) {
		size_t moment = point * moments / points;

		crash_image_advance(image, moment);
		for (uint64_t seed = 1; seed <= SEEDS; seed++) {
			struct ledger_finding finding;

			crash(tale, image, seed);
			finding = reopen(tale, mode, moment);
			if (finding.wrong > 0)
				fail_msg("moment %zu, seed %" PRIu64 ": %s", moment, seed,
					finding.what);
			losses += finding.lost > 0;
		}
	}
	crash_image_destroy(image);
	return losses;
}

static void what_was_acknowledged_survives_a_power_cut(void **state)
{
	struct tale *tale = *state;

	tell(tale, ARCHIVE_WRITE_DISK);
	assert_int_equal(crash_all_over(tale, ARCHIVE_WRITE_DISK, CRASH_POINTS), 0);
}

/* Whole and without a hole, but shorter: that it is shows that these crashes do cost something. */
static void what_only_the_process_promised_is_cut_at_its_end(void **state)
{
	struct tale *tale = *state;

	tell(tale, ARCHIVE_WRITE_PROCESS);
	assert_int_not_equal(crash_all_over(tale, ARCHIVE_WRITE_PROCESS, CRASH_POINTS_FEW), 0);
}

static bool is_kept(struct tale *tale, size_t moment)
{
	enum store_problem problem;
	struct ledger_finding finding;
	struct archive *archive = archive_open(
		folder_path(&tale->crashed, "history.db"), ARCHIVE_WRITE_DISK, &problem);

	if (archive == NULL)
		return false;
	finding = ledger_inspect(&tale->ledger, archive, moment);
	archive_close(archive);
	return finding.lost == 0;
}

static void a_disk_that_ignores_syncs_loses_what_was_acknowledged(void **state)
{
	struct tale *tale = *state;
	struct crash_image *image;
	size_t losses = 0;

	crash_vfs_ignore_syncs(true);
	tell(tale, ARCHIVE_WRITE_DISK);
	crash_vfs_ignore_syncs(false);
	image = crash_image_create();
	crash_image_advance(image, crash_vfs_moment());
	for (uint64_t seed = 1; seed <= SEEDS_OF_A_LIE; seed++) {
		crash(tale, image, seed);
		losses += !is_kept(tale, crash_vfs_moment());
	}
	crash_image_destroy(image);
	assert_int_not_equal(losses, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_was_acknowledged_survives_a_power_cut, tale_make, tale_remove),
		cmocka_unit_test_setup_teardown(
			what_only_the_process_promised_is_cut_at_its_end, tale_make, tale_remove),
		cmocka_unit_test_setup_teardown(
			a_disk_that_ignores_syncs_loses_what_was_acknowledged, tale_make,
			tale_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
