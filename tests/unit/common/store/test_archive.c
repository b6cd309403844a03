/* SPDX-License-Identifier: MIT */
/* What is written is read again, by this connection and by others, and by nobody before its commit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/store/archive.h"
#include "tests/unit/common/store/folder.h"

static struct archive *open_archive(const struct folder *folder, enum archive_mode mode)
{
	enum store_problem problem;
	struct archive *archive = archive_open(folder_path(folder, "history.db"), mode, &problem);

	assert_int_equal(problem, STORE_OK);
	assert_non_null(archive);
	return archive;
}

static enum store_problem append(struct archive *archive, int64_t room_id, uint64_t seq,
	const char *user, const char *text, const char *ref)
{
	static const uint8_t sender[ARCHIVE_SENDER_SIZE] = "0123456789abcdef";
	struct archive_message message = { .seq = seq,
		.time_ms = 1000 * (int64_t)seq,
		.user = str_from(user),
		.text = str_from(text),
		.ref = str_from(ref),
		.sender = ref == NULL ? NULL : sender };

	return archive_append(archive, room_id, &message);
}

static int64_t add_room(struct archive *archive, const char *name)
{
	struct archive_room room;

	assert_int_equal(archive_add_room(archive, str_from(name), &room), STORE_OK);
	return room.id;
}

/* A room with messages 1 to count, said in turn with and without a ref. */
static int64_t fill_room(struct archive *archive, const char *name, uint64_t count)
{
	int64_t id;

	assert_int_equal(archive_begin(archive), STORE_OK);
	id = add_room(archive, name);
	for (uint64_t seq = 1; seq <= count; seq++) {
		char text[32], ref[32];

		snprintf(text, sizeof(text), "text %ju", (uintmax_t)seq);
		snprintf(ref, sizeof(ref), "ref %ju", (uintmax_t)seq);
		assert_int_equal(
			append(archive, id, seq, "ann", text, seq % 2 == 0 ? ref : NULL), STORE_OK);
	}
	assert_int_equal(archive_commit(archive), STORE_OK);
	return id;
}

/* What a walk has seen: "3 2 1 ". */
struct trace {
	char text[256];
	size_t limit;
	size_t count;
};

static bool trace_visit(void *context, const struct archive_message *message)
{
	struct trace *trace = context;
	size_t len = strlen(trace->text);

	snprintf(trace->text + len, sizeof(trace->text) - len, "%ju ", (uintmax_t)message->seq);
	return ++trace->count != trace->limit;
}

static void messages_come_back_as_they_were_written(void **state)
{
	const struct folder *folder = *state;
	struct archive *archive = open_archive(folder, ARCHIVE_WRITE_PROCESS);
	struct archive_room room;

	fill_room(archive, "lobby", 5);
	assert_int_equal(archive_find_room(archive, STR_OF("lobby"), &room), STORE_OK);
	assert_int_equal(room.seq, 5);
	assert_int_equal(room.first_seq, 1);
	assert_int_equal(room.time_ms, 5000);
	archive_close(archive);
}

static void pages_are_ranges(void **state)
{
	static const struct {
		bool is_after;
		uint64_t seq;
		size_t limit;
		const char *seen;
	} cases[] = {
		{ true, 0, 3, "1 2 3 " },
		{ true, 8, 5, "9 10 " },
		{ true, 10, 5, "" },
		{ true, UINT64_MAX, 5, "" },
		{ true, 0, 0, "" },
		{ false, UINT64_MAX, 3, "10 9 8 " },
		{ false, 3, 5, "2 1 " },
		{ false, 1, 5, "" },
		{ false, 0, 5, "" },
		{ false, 11, SIZE_MAX, "10 9 8 7 6 5 4 3 2 1 " },
	};
	const struct folder *folder = *state;
	struct archive *archive = open_archive(folder, ARCHIVE_WRITE_PROCESS);

	fill_room(archive, "other", 4);
	fill_room(archive, "lobby", 10);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trace trace = { 0 };

		assert_int_equal(
			(cases[i].is_after ? archive_read_after : archive_read_before)(archive,
				STR_OF("lobby"), cases[i].seq, cases[i].limit, trace_visit, &trace),
			STORE_OK);
		assert_string_equal(trace.text, cases[i].seen);
	}
	archive_close(archive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			messages_come_back_as_they_were_written, folder_make, folder_remove),
		cmocka_unit_test_setup_teardown(pages_are_ranges, folder_make, folder_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
