/* SPDX-License-Identifier: MIT */
/* A file with a bit turned or its end cut off: it is told that it is damaged, and left as it is; or
 * the damage is none that matters, and everything in it is read without harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/store/archive.h"
#include "tests/support/folder.h"

#define PAGE_SIZE 4096
#define HEADER_SIZE 100
#define MESSAGES 120
/* Bits between two that are turned, behind the header; odd, so that each place of a byte is hit. */
#define STRIDE 769

static void database_make(const char *path)
{
	static const uint8_t sender[ARCHIVE_SENDER_SIZE] = "0123456789abcdef";
	enum store_problem problem;
	struct archive *archive = archive_open(path, ARCHIVE_WRITE_PROCESS, &problem);
	struct archive_room room;

	assert_int_equal(problem, STORE_OK);
	assert_int_equal(archive_begin(archive), STORE_OK);
	assert_int_equal(archive_add_room(archive, STR_OF("lobby"), &room), STORE_OK);
	for (uint64_t seq = 1; seq <= MESSAGES; seq++) {
		char text[300] = { 0 };
		const struct archive_message message = { .seq = seq,
			.time_ms = (int64_t)seq,
			.user = STR("ann"),
			.ref = STR("ref"),
			.sender = sender,
			.text = { text, sizeof(text) } };

		memset(text, 'a' + (int)(seq % 26), sizeof(text));
		assert_int_equal(archive_append(archive, room.id, &message), STORE_OK);
	}
	assert_int_equal(archive_commit(archive), STORE_OK);
	archive_close(archive);
}

static bool count_visit(void *context, const struct archive_message *message)
{
	size_t *bytes = context;

	/* Every byte that it says it has. */
	for (size_t i = 0; i < message->text.len; i++)
		*bytes += message->text.data[i] != '\0';
	return true;
}

static bool is_clear(enum store_problem problem)
{
	return problem == STORE_CORRUPT || problem == STORE_FOREIGN || problem == STORE_NEWER ||
	       problem == STORE_READ_ONLY;
}

/* Everything that a program does. Whether all of it is there, as far as it can be told. */
static bool use(struct archive *archive, uint64_t *messages_out)
{
	struct archive_message next = { .user = STR("ann"), .text = STR("next") };
	struct archive_room room;
	size_t bytes = 0;
	enum store_problem problem = archive_find_room(archive, STR_OF("lobby"), &room);

	*messages_out = bytes;
	if (problem == STORE_OK)
		problem = archive_read_after(
			archive, STR_OF("lobby"), 0, SIZE_MAX, count_visit, &bytes);
	*messages_out = bytes / 300;
	if (problem == STORE_OK)
		problem = archive_begin(archive);
	if (problem == STORE_OK && room.id != 0) {
		next.seq = room.seq + 1;
		problem = archive_append(archive, room.id, &next);
	}
	archive_roll_back(archive);
	assert_true(problem == STORE_OK || problem == STORE_REFUSED || is_clear(problem));
	return problem == STORE_OK;
}

static void forget_log(const struct folder *folder)
{
	unlink(folder_path(folder, "history.db-wal"));
	unlink(folder_path(folder, "history.db-shm"));
}

static void assert_unchanged(const char *path, const char *data, size_t len)
{
	size_t after_len;
	char *after = file_read(path, &after_len);

	assert_int_equal(after_len, len);
	assert_memory_equal(after, data, len);
	mem_free(after);
}

/* Whether the file was refused, or the use of it. */
static bool is_damage_told(
	const struct folder *folder, enum archive_mode mode, const char *data, size_t len)
{
	const char *path = folder_path(folder, "history.db");
	enum store_problem problem;
	struct archive *archive;
	uint64_t messages;
	bool is_whole;

	forget_log(folder);
	file_write(path, data, len);
	archive = archive_open(path, mode, &problem);
	if (archive == NULL) {
		assert_true(is_clear(problem));
		assert_unchanged(path, data, len);
		return true;
	}
	is_whole = use(archive, &messages) && messages == MESSAGES;
	archive_close(archive);
	return !is_whole;
}

static void turned_bits_are_told_or_do_no_harm(void **state)
{
	const struct folder *folder = *state;
	const char *path = folder_path(folder, "history.db");
	size_t len, told = 0, tried = 0;
	char *data;

	database_make(path);
	data = file_read(path, &len);
	assert_true(len > 10 * PAGE_SIZE);
	assert_false(is_damage_told(folder, ARCHIVE_WRITE_PROCESS, data, len));
	for (size_t bit = 0; bit < 8 * len; bit += bit < 8L * HEADER_SIZE ? 1 : STRIDE) {
		data[bit / 8] ^= (char)(1 << bit % 8);
		told += is_damage_told(
			folder, bit % 2 == 0 ? ARCHIVE_READ : ARCHIVE_WRITE_PROCESS, data, len);
		data[bit / 8] ^= (char)(1 << bit % 8);
		tried++;
	}
	/* The first 16 bytes, the version of the format and the application's id, at least. */
	assert_in_range(told, 8 * (16 + 4), tried - 1);
	mem_free(data);
}

static void cut_files_are_told(void **state)
{
	const struct folder *folder = *state;
	const char *path = folder_path(folder, "history.db");
	size_t len;
	char *data;

	database_make(path);
	data = file_read(path, &len);
	for (size_t cut = 0; cut < len; cut += cut < HEADER_SIZE ? 1 : 509) {
		assert_true(is_damage_told(folder, ARCHIVE_READ, data, cut));
		assert_true(is_damage_told(folder, ARCHIVE_WRITE_PROCESS, data, cut));
	}
	for (size_t cut = PAGE_SIZE; cut < len; cut += PAGE_SIZE)
		assert_true(is_damage_told(folder, ARCHIVE_WRITE_DISK, data, cut));
	assert_true(is_damage_told(folder, ARCHIVE_WRITE_DISK, data, len - 1));
	mem_free(data);
}

static void damaged_log_loses_what_is_in_it_only(void **state)
{
	const struct folder *folder = *state;
	const char *path = folder_path(folder, "history.db");
	const char *log = folder_path(folder, "history.db-wal");
	enum store_problem problem;
	struct archive *archive;
	struct archive_room room;
	size_t len, log_len;
	char *data, *log_data;

	database_make(path);
	/* A log with one commit, as a program leaves it that was killed. */
	archive = archive_open(path, ARCHIVE_WRITE_PROCESS, &problem);
	assert_int_equal(archive_begin(archive), STORE_OK);
	assert_int_equal(archive_add_room(archive, STR_OF("new"), &room), STORE_OK);
	assert_int_equal(archive_commit(archive), STORE_OK);
	data = file_read(path, &len);
	log_data = file_read(log, &log_len);
	archive_close(archive);
	assert_true(log_len > PAGE_SIZE);
	for (size_t cut = 0; cut <= log_len; cut += cut < log_len - 8 ? 251 : 1) {
		unlink(folder_path(folder, "history.db-shm"));
		file_write(path, data, len);
		file_write(log, log_data, cut);
		archive = archive_open(path, ARCHIVE_WRITE_PROCESS, &problem);
		assert_int_equal(problem, STORE_OK);
		assert_int_equal(archive_find_room(archive, STR_OF("new"), &room), STORE_OK);
		assert_int_equal(room.id != 0, cut == log_len);
		assert_int_equal(archive_find_room(archive, STR_OF("lobby"), &room), STORE_OK);
		assert_int_equal(room.seq, MESSAGES);
		archive_close(archive);
	}
	mem_free(log_data);
	mem_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(turned_bits_are_told_or_do_no_harm),
		FOLDER_TEST(cut_files_are_told),
		FOLDER_TEST(damaged_log_loses_what_is_in_it_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
