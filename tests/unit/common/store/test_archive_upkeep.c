/* SPDX-License-Identifier: MIT */
/* What slices index and delete, that each is bounded, and that nothing stale stays behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "tests/unit/common/store/chatter.h"

#define ROWS_OF_INDEX "SELECT count(*) FROM search('\"1:needle\" OR \"2:needle\"')"
#define MESSAGES "SELECT count(*) FROM message"
#define INDEXED "SELECT indexed FROM archive"

static void say_needles(struct archive *archive, const char *room, int count)
{
	for (int i = 0; i < count; i++)
		chatter_say(archive, room, "needle 北京");
}

static struct archive_room find_room(struct archive *archive, const char *name)
{
	struct archive_room room;

	assert_int_equal(archive_find_room(archive, str_from(name), &room), STORE_OK);
	return room;
}

/* All slices; returns how many there were. */
static size_t prune(
	struct archive *archive, uint64_t keep_messages, int64_t delete_before_ms, size_t limit)
{
	struct archive_retention retention = { keep_messages, delete_before_ms };
	int64_t room_id = 0;
	size_t slices = 0;

	do {
		assert_int_equal(
			archive_prune_slice(archive, &retention, limit, &room_id), STORE_OK);
		slices++;
	} while (room_id != 0);
	return slices;
}

/* FTS5 holds its lists to their checksums; no word is left of what was deleted. */
static void check_index(const struct folder *folder, int64_t rows)
{
	assert_int_equal(chatter_ask(folder, ROWS_OF_INDEX), rows);
	assert_int_equal(
		chatter_ask(folder, "SELECT count(*) FROM search('\"1:北京\" OR \"2:北京\"')"),
		rows);
	assert_int_equal(chatter_ask(folder, "SELECT count(*) FROM search('\"1:needle\"') "
					     "WHERE rowid NOT IN (SELECT id FROM message)"),
		0);
	chatter_run(folder, "INSERT INTO search (search) VALUES ('integrity-check')");
}

static void indexing_goes_in_slices(void **state)
{
	struct archive *archive = chatter_open(*state);
	bool has_more;

	say_needles(archive, "lobby", 7);
	for (int indexed = 3; indexed <= 6; indexed += 3) {
		assert_int_equal(archive_index_slice(archive, 3, &has_more), STORE_OK);
		assert_true(has_more);
		assert_int_equal(chatter_ask(*state, ROWS_OF_INDEX), indexed);
		assert_int_equal(chatter_ask(*state, INDEXED), indexed);
	}
	assert_int_equal(chatter_index(archive, 3), 1);
	assert_int_equal(chatter_index(archive, 3), 1);
	check_index(*state, 7);
	archive_close(archive);
}

static void long_messages_make_slices_shorter(void **state)
{
	static char text[10 * 1024];
	struct archive *archive = chatter_open(*state);
	bool has_more;

	for (size_t i = 0; i + 1 < sizeof(text); i++)
		text[i] = i % 8 == 7 ? ' ' : 'x';
	for (int i = 0; i < 8; i++)
		chatter_say(archive, "lobby", text);
	assert_int_equal(archive_index_slice(archive, 8, &has_more), STORE_OK);
	assert_true(has_more);
	assert_int_equal(chatter_ask(*state, INDEXED), 3);
	archive_close(archive);
}

static void slices_lock_nothing_without_work(void **state)
{
	struct archive *archive = chatter_open(*state), *other = chatter_open(*state);
	bool has_more;

	say_needles(archive, "lobby", 3);
	chatter_index(archive, 10);
	archive_set_patience(archive, 0, NULL);
	assert_int_equal(archive_begin(other), STORE_OK);
	assert_int_equal(archive_index_slice(archive, 10, &has_more), STORE_OK);
	prune(archive, 3, 0, 10);
	archive_roll_back(other);
	archive_close(other);
	archive_close(archive);
}

static void slices_that_fail_change_nothing(void **state)
{
	const struct archive_retention retention = { .keep_messages = 1 };
	struct archive *archive = chatter_open(*state), *other = chatter_open(*state);
	bool has_more = true;
	int64_t room_id = 0;

	say_needles(archive, "lobby", 3);
	archive_set_patience(archive, 0, NULL);
	assert_int_equal(archive_begin(other), STORE_OK);
	assert_int_equal(archive_index_slice(archive, 10, &has_more), STORE_BUSY);
	assert_false(has_more);
	assert_int_equal(archive_prune_slice(archive, &retention, 10, &room_id), STORE_BUSY);
	archive_roll_back(other);
	assert_int_equal(chatter_ask(*state, MESSAGES), 3);
	assert_int_equal(chatter_ask(*state, INDEXED), 0);
	assert_int_equal(chatter_say(archive, "lobby", "on it goes"), 4);
	archive_close(other);
	archive_close(archive);
}

static void rooms_keep_their_newest_messages(void **state)
{
	struct archive *archive = chatter_open(*state);

	say_needles(archive, "lobby", 10);
	say_needles(archive, "small", 3);
	chatter_index(archive, 100);
	prune(archive, 4, 0, 100);
	assert_int_equal(find_room(archive, "lobby").first_seq, 7);
	assert_int_equal(find_room(archive, "lobby").seq, 10);
	assert_int_equal(find_room(archive, "small").first_seq, 1);
	assert_int_equal(chatter_ask(*state, MESSAGES), 7);
	assert_string_equal(
		chatter_search(archive, "lobby", "needle", UINT64_MAX, 10), "10 9 8 7 ");
	check_index(*state, 7);
	archive_close(archive);
}

static void what_is_too_old_is_deleted(void **state)
{
	struct archive *archive = chatter_open(*state);

	say_needles(archive, "lobby", 10);
	prune(archive, 0, 6000, 100);
	assert_int_equal(find_room(archive, "lobby").first_seq, 6);
	prune(archive, 0, 0, 100);
	assert_int_equal(chatter_ask(*state, MESSAGES), 5);
	archive_close(archive);
}

/* Also of rows that the index has not come to, and in the middle of it. */
static void nothing_stale_stays_in_the_index(void **state)
{
	for (size_t indexed = 0; indexed <= 10; indexed += 5) {
		struct archive *archive = chatter_open(*state);
		bool has_more;

		say_needles(archive, "lobby", 10);
		if (indexed > 0)
			assert_int_equal(
				archive_index_slice(archive, indexed, &has_more), STORE_OK);
		prune(archive, 2, 0, 3);
		chatter_index(archive, 100);
		check_index(*state, 2);
		prune(archive, 0, INT64_MAX, 3);
		check_index(*state, 0);
		assert_int_equal(chatter_ask(*state, INDEXED), 0);
		archive_close(archive);
	}
}

static void pruning_goes_in_slices_from_room_to_room(void **state)
{
	const struct archive_retention retention = { .keep_messages = 1 };
	struct archive *archive = chatter_open(*state);
	int64_t room_id = 0;

	say_needles(archive, "a", 1);
	say_needles(archive, "b", 8);
	say_needles(archive, "c", 4);
	for (int64_t left = 13; left > 3;) {
		int64_t now_left;

		assert_int_equal(archive_prune_slice(archive, &retention, 3, &room_id), STORE_OK);
		now_left = chatter_ask(*state, MESSAGES);
		assert_in_range(left - now_left, 0, 3);
		left = now_left;
	}
	assert_int_equal(prune(archive, 1, 0, 100), 1);
	archive_close(archive);
}

static void pruning_looks_at_so_many_rooms_a_slice(void **state)
{
	const struct archive_retention retention = { .keep_messages = 1 };
	struct archive *archive = chatter_open(*state);
	int64_t room_id = 0;

	for (int i = 0; i < 5; i++) {
		char name[32];

		snprintf(name, sizeof(name), "room-%d", i);
		say_needles(archive, name, 1);
	}
	assert_int_equal(archive_prune_slice(archive, &retention, 3, &room_id), STORE_OK);
	assert_int_equal(room_id, 4);
	assert_int_equal(archive_prune_slice(archive, &retention, 3, &room_id), STORE_OK);
	assert_int_equal(room_id, 0);
	archive_close(archive);
}

static void numbers_go_on_after_all_is_deleted(void **state)
{
	struct archive *archive = chatter_open(*state);
	struct archive_room room;

	say_needles(archive, "lobby", 5);
	chatter_index(archive, 100);
	prune(archive, 0, INT64_MAX, 2);
	room = find_room(archive, "lobby");
	assert_int_equal(room.seq, 5);
	assert_int_equal(room.first_seq, 6);
	assert_int_equal(chatter_say(archive, "lobby", "needle 北京"), 6);
	chatter_index(archive, 100);
	assert_string_equal(chatter_search(archive, "lobby", "needle", UINT64_MAX, 10), "6 ");
	check_index(*state, 1);
	archive_close(archive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(indexing_goes_in_slices),
		FOLDER_TEST(long_messages_make_slices_shorter),
		FOLDER_TEST(slices_lock_nothing_without_work),
		FOLDER_TEST(slices_that_fail_change_nothing),
		FOLDER_TEST(rooms_keep_their_newest_messages),
		FOLDER_TEST(what_is_too_old_is_deleted),
		FOLDER_TEST(nothing_stale_stays_in_the_index),
		FOLDER_TEST(pruning_goes_in_slices_from_room_to_room),
		FOLDER_TEST(pruning_looks_at_so_many_rooms_a_slice),
		FOLDER_TEST(numbers_go_on_after_all_is_deleted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
