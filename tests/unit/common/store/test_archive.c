/* SPDX-License-Identifier: MIT */
/* What is written is read again, by this connection and by others, and by nobody before its commit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/store/archive.h"
#include "tests/support/folder.h"

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

/* One message, whatever it is, comes back as it was. */
struct expected {
	struct archive_message message;
	bool is_seen;
};

static void assert_text_equal(struct str a, struct str b)
{
	assert_int_equal(a.len, b.len);
	if (a.len > 0)
		assert_memory_equal(a.data, b.data, a.len);
}

static bool expected_visit(void *context, const struct archive_message *message)
{
	struct expected *expected = context;

	assert_int_equal(message->seq, expected->message.seq);
	assert_int_equal(message->time_ms, expected->message.time_ms);
	assert_text_equal(message->user, expected->message.user);
	assert_text_equal(message->text, expected->message.text);
	assert_text_equal(message->ref, expected->message.ref);
	assert_int_equal(message->sender == NULL, expected->message.sender == NULL);
	if (message->sender != NULL)
		assert_memory_equal(message->sender, expected->message.sender, ARCHIVE_SENDER_SIZE);
	expected->is_seen = true;
	return true;
}

static void messages_come_back_as_they_were_written(void **state)
{
	static const uint8_t sender[ARCHIVE_SENDER_SIZE] = { 0, 1, 0, 255, '\'' };
	static char long_text[1024 * 1024];
	const struct archive_message cases[] = {
		{ .time_ms = 1, .user = STR("ann"), .text = STR("hello") },
		{ .time_ms = 1, .user = STR("ann"), .text = STR("hello"), .ref = STR("r1") },
		{ .time_ms = 2, .user = STR("ann"), .ref = STR("r2"), .sender = sender },
		{ .time_ms = INT64_MAX, .text = STR("from the site") },
		{ .time_ms = -1, .user = STR("'; DROP TABLE room; --"), .text = STR("?1 \" ' %s") },
		{ .user = STR("\xe5\x8c\x97\xe4\xba\xac"), .text = STR("a\0b\n\xf0\x9f\x98\x80") },
		{ .text = { long_text, sizeof(long_text) }, .sender = sender },
	};
	const struct folder *folder = *state;
	struct archive *archive = open_archive(folder, ARCHIVE_WRITE_DISK);
	struct archive *reader = open_archive(folder, ARCHIVE_READ);
	struct archive_room room;
	int64_t id;

	memset(long_text, 'x', sizeof(long_text));
	assert_int_equal(archive_begin(archive), STORE_OK);
	id = add_room(archive, "lobby");
	assert_int_equal(archive_commit(archive), STORE_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct expected expected = { .message = cases[i] };

		expected.message.seq = i + 1;
		assert_int_equal(archive_begin(archive), STORE_OK);
		assert_int_equal(archive_append(archive, id, &expected.message), STORE_OK);
		assert_int_equal(archive_commit(archive), STORE_OK);
		assert_int_equal(archive_read_after(reader, STR_OF("lobby"), i, SIZE_MAX,
					 expected_visit, &expected),
			STORE_OK);
		assert_true(expected.is_seen);
		assert_int_equal(archive_find_room(reader, STR_OF("lobby"), &room), STORE_OK);
		assert_int_equal(room.id, id);
		assert_int_equal(room.seq, i + 1);
		assert_int_equal(room.first_seq, 1);
		assert_int_equal(room.time_ms, cases[i].time_ms);
	}
	archive_close(reader);
	archive_close(archive);
}

static void rooms_are_known_by_their_whole_name(void **state)
{
	static const char *const unknown[] = { "lobb", "lobby2", "LOBBY", "lobby ", "" };
	const struct folder *folder = *state;
	struct archive *archive = open_archive(folder, ARCHIVE_WRITE_PROCESS);
	struct archive_room room;

	fill_room(archive, "lobby", 3);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		struct trace trace = { 0 };

		assert_int_equal(archive_find_room(archive, str_from(unknown[i]), &room), STORE_OK);
		assert_memory_equal(&room, &(struct archive_room){ 0 }, sizeof(room));
		assert_int_equal(archive_read_after(
					 archive, str_from(unknown[i]), 0, 9, trace_visit, &trace),
			STORE_OK);
		assert_string_equal(trace.text, "");
	}
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

static void walk_ends_when_its_visitor_says_so(void **state)
{
	const struct folder *folder = *state;
	struct archive *archive = open_archive(folder, ARCHIVE_WRITE_PROCESS);

	fill_room(archive, "lobby", 10);
	for (size_t limit = 1; limit < 4; limit++) {
		struct trace trace = { .limit = limit };

		assert_int_equal(
			archive_read_after(archive, STR_OF("lobby"), 0, 10, trace_visit, &trace),
			STORE_OK);
		assert_int_equal(trace.count, limit);
		/* Nothing is left open that would be in a writer's way. */
		assert_int_equal(archive_checkpoint(archive, true), STORE_OK);
	}
	archive_close(archive);
}

static bool ref_visit(void *context, struct str room, const struct archive_message *message)
{
	struct trace *trace = context;
	size_t len = strlen(trace->text);

	snprintf(trace->text + len, sizeof(trace->text) - len, "%.*s:%.*s ", STR_ARG(room),
		STR_ARG(message->ref));
	assert_non_null(message->sender);
	return ++trace->count != trace->limit;
}

static void refs_are_those_of_the_last_that_are_young_enough(void **state)
{
	/* Even numbers have a ref; number n was said at n seconds, the second room after the first.
	 */
	static const struct {
		int64_t since_ms;
		size_t limit;
		size_t stop;
		const char *seen;
	} cases[] = {
		{ 0, 100, 0, "a:ref 2 a:ref 4 a:ref 6 b:ref 2 b:ref 4 " },
		{ 0, 100, 2, "a:ref 2 a:ref 4 " },
		{ 0, 6, 0, "a:ref 6 b:ref 2 b:ref 4 " },
		{ 0, 5, 0, "b:ref 2 b:ref 4 " },
		{ 0, 0, 0, "" },
		{ 4000, 100, 0, "a:ref 4 a:ref 6 b:ref 4 " },
		{ 4001, 100, 0, "a:ref 6 " },
		{ 7000, 100, 0, "" },
	};
	const struct folder *folder = *state;
	struct archive *archive = open_archive(folder, ARCHIVE_WRITE_PROCESS);
	struct trace none = { 0 };

	assert_int_equal(archive_read_refs(archive, 0, 100, ref_visit, &none), STORE_OK);
	assert_int_equal(none.count, 0);
	fill_room(archive, "a", 6);
	fill_room(archive, "b", 5);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trace trace = { .limit = cases[i].stop };

		assert_int_equal(archive_read_refs(archive, cases[i].since_ms, cases[i].limit,
					 ref_visit, &trace),
			STORE_OK);
		assert_string_equal(trace.text, cases[i].seen);
	}
	archive_close(archive);
}

static bool room_visit(void *context, struct str name, const struct archive_room *room)
{
	struct trace *trace = context;
	size_t len = strlen(trace->text);

	snprintf(trace->text + len, sizeof(trace->text) - len, "%.*s:%ju ", STR_ARG(name),
		(uintmax_t)room->seq);
	return ++trace->count != trace->limit;
}

static void rooms_are_listed_bytewise_behind_a_name(void **state)
{
	static const struct {
		const char *after;
		size_t limit;
		size_t stop;
		const char *seen;
	} cases[] = {
		{ "", 10, 0, "B:0 a:2 aa:1 b:3 " },
		{ "", 2, 0, "B:0 a:2 " },
		{ "", 10, 3, "B:0 a:2 aa:1 " },
		{ "a", 10, 0, "aa:1 b:3 " },
		{ "a ", 10, 0, "aa:1 b:3 " },
		{ "b", 10, 0, "" },
		{ "", 0, 0, "" },
	};
	const struct folder *folder = *state;
	struct archive *archive = open_archive(folder, ARCHIVE_WRITE_PROCESS);

	fill_room(archive, "b", 3);
	fill_room(archive, "aa", 1);
	fill_room(archive, "B", 0);
	fill_room(archive, "a", 2);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trace trace = { .limit = cases[i].stop };

		assert_int_equal(archive_read_rooms(archive, str_from(cases[i].after),
					 cases[i].limit, room_visit, &trace),
			STORE_OK);
		assert_string_equal(trace.text, cases[i].seen);
	}
	archive_close(archive);
}

static uint64_t head_of(struct archive *archive, const char *name)
{
	struct archive_room room;

	assert_int_equal(archive_find_room(archive, str_from(name), &room), STORE_OK);
	return room.seq;
}

static void readers_see_commits_and_nothing_before(void **state)
{
	const struct folder *folder = *state;
	struct archive *writer = open_archive(folder, ARCHIVE_WRITE_PROCESS);
	struct archive *reader = open_archive(folder, ARCHIVE_READ);
	int64_t id = fill_room(writer, "lobby", 2);

	assert_int_equal(archive_begin(writer), STORE_OK);
	assert_int_equal(append(writer, id, 3, "ann", "three", NULL), STORE_OK);
	assert_int_equal(head_of(reader, "lobby"), 2);
	assert_int_equal(archive_commit(writer), STORE_OK);
	assert_int_equal(head_of(reader, "lobby"), 3);
	archive_close(writer);
	/* After the last writer left, too. */
	assert_int_equal(head_of(reader, "lobby"), 3);
	assert_int_equal(archive_check_file(reader), STORE_OK);
	archive_close(reader);
	reader = open_archive(folder, ARCHIVE_READ);
	assert_int_equal(head_of(reader, "lobby"), 3);
	assert_int_equal(archive_probe(reader), STORE_READ_ONLY);
	archive_close(reader);
}

static void roll_back_leaves_no_gap(void **state)
{
	const struct folder *folder = *state;
	struct archive *archive = open_archive(folder, ARCHIVE_WRITE_PROCESS);
	int64_t id = fill_room(archive, "lobby", 2);
	struct trace trace = { 0 };

	assert_int_equal(archive_begin(archive), STORE_OK);
	assert_int_equal(append(archive, id, 3, "ann", "never said", "r"), STORE_OK);
	add_room(archive, "never made");
	archive_roll_back(archive);
	archive_roll_back(archive);
	assert_int_equal(head_of(archive, "lobby"), 2);
	assert_int_equal(archive_begin(archive), STORE_OK);
	assert_int_equal(append(archive, id, 3, "ann", "three", "r"), STORE_OK);
	add_room(archive, "never made");
	assert_int_equal(archive_commit(archive), STORE_OK);
	/* What is open when the archive is closed was never said either. */
	assert_int_equal(archive_begin(archive), STORE_OK);
	assert_int_equal(append(archive, id, 4, "ann", "never said", "r"), STORE_OK);
	archive_close(archive);
	archive = open_archive(folder, ARCHIVE_WRITE_PROCESS);
	assert_int_equal(
		archive_read_after(archive, STR_OF("lobby"), 0, 9, trace_visit, &trace), STORE_OK);
	assert_string_equal(trace.text, "1 2 3 ");
	archive_close(archive);
}

static void refused_row_costs_only_itself(void **state)
{
	static char endless[17 * 1024 * 1024];
	const struct folder *folder = *state;
	struct archive *archive = open_archive(folder, ARCHIVE_WRITE_PROCESS);
	const struct archive_message too_long = { .seq = 4, .text = { endless, sizeof(endless) } };
	const struct archive_message long_name = { .seq = 4, .user = { endless, sizeof(endless) } };
	int64_t id = fill_room(archive, "lobby", 2);
	struct archive_room room;

	assert_int_equal(archive_begin(archive), STORE_OK);
	assert_int_equal(append(archive, id, 3, "ann", "three", "r"), STORE_OK);
	assert_int_equal(append(archive, id, 3, "ann", "twice", "r"), STORE_REFUSED);
	assert_string_not_equal(archive_error_text(archive), "");
	assert_int_equal(append(archive, id, 0, "ann", "before the first", "r"), STORE_REFUSED);
	assert_int_equal(append(archive, id + 77, 1, "ann", "nowhere", "r"), STORE_REFUSED);
	assert_int_equal(archive_append(archive, id, &too_long), STORE_REFUSED);
	assert_int_equal(archive_append(archive, id, &long_name), STORE_REFUSED);
	assert_int_equal(archive_add_room(archive, STR_OF("lobby"), &room), STORE_REFUSED);
	assert_int_equal(append(archive, id, 4, "ann", "four", "r"), STORE_OK);
	assert_int_equal(archive_commit(archive), STORE_OK);
	assert_int_equal(head_of(archive, "lobby"), 4);
	archive_close(archive);
}

static void second_writer_is_told_busy_and_loses_nothing(void **state)
{
	const struct folder *folder = *state;
	struct archive *first = open_archive(folder, ARCHIVE_WRITE_PROCESS);
	struct archive *second = open_archive(folder, ARCHIVE_WRITE_DISK);
	_Atomic bool is_hurried = true;
	int64_t id = fill_room(first, "lobby", 1);

	assert_int_equal(archive_begin(first), STORE_OK);
	archive_set_patience(second, 10, NULL);
	assert_int_equal(archive_begin(second), STORE_BUSY);
	assert_int_equal(archive_probe(second), STORE_BUSY);
	archive_set_patience(second, 30000, &is_hurried);
	assert_int_equal(archive_begin(second), STORE_BUSY);
	assert_int_equal(append(first, id, 2, "ann", "two", NULL), STORE_OK);
	assert_int_equal(archive_commit(first), STORE_OK);
	assert_int_equal(archive_begin(second), STORE_OK);
	assert_int_equal(append(second, id, 3, "ann", "three", NULL), STORE_OK);
	assert_int_equal(archive_commit(second), STORE_OK);
	assert_int_equal(head_of(first, "lobby"), 3);
	archive_close(second);
	archive_close(first);
}

static void log_grows_with_commits_and_begins_anew(void **state)
{
	const struct folder *folder = *state;
	struct archive *archive = open_archive(folder, ARCHIVE_WRITE_PROCESS);
	int pages;

	fill_room(archive, "lobby", 500);
	pages = archive_wal_pages(archive);
	assert_true(pages > 5);
	assert_int_equal(archive_probe(archive), STORE_OK);
	assert_int_equal(archive_wal_pages(archive), pages + 1);
	assert_int_equal(archive_checkpoint(archive, true), STORE_OK);
	assert_int_equal(archive_probe(archive), STORE_OK);
	assert_int_equal(archive_wal_pages(archive), 1);
	archive_close(archive);
}

/* Writes until it is told to stop; then its room has as many messages as it says. */
struct talker {
	const struct folder *folder;
	_Atomic bool is_stopping;
	_Atomic uint64_t said;
};

static void *talk(void *context)
{
	struct talker *talker = context;
	struct archive *archive = open_archive(talker->folder, ARCHIVE_WRITE_PROCESS);
	int64_t id = fill_room(archive, "live", 1);

	talker->said = 1;
	while (!talker->is_stopping) {
		assert_int_equal(archive_begin(archive), STORE_OK);
		assert_int_equal(
			append(archive, id, talker->said + 1, "ann", "and", NULL), STORE_OK);
		assert_int_equal(archive_commit(archive), STORE_OK);
		talker->said++;
	}
	archive_close(archive);
	return NULL;
}

static bool gapless_visit(void *context, const struct archive_message *message)
{
	return message->seq == ++*(uint64_t *)context;
}

static void backup_is_one_moment_while_others_write(void **state)
{
	const struct folder *folder = *state;
	const char *path = folder_path(folder, "backup.db");
	struct archive *archive = open_archive(folder, ARCHIVE_WRITE_PROCESS);
	struct talker talker = { .folder = folder };
	enum store_problem problem;
	struct archive *copy;
	uint64_t before, after, copied, seen = 0;
	pthread_t thread;

	fill_room(archive, "lobby", 5000);
	archive_close(archive);
	assert_int_equal(pthread_create(&thread, NULL, talk, &talker), 0);
	while (talker.said < 10)
		sched_yield();
	archive = open_archive(folder, ARCHIVE_READ);
	before = talker.said;
	assert_int_equal(archive_backup(archive, path), STORE_OK);
	after = talker.said;
	talker.is_stopping = true;
	pthread_join(thread, NULL);
	assert_int_equal(archive_backup(archive, path), STORE_DENIED);
	assert_false(file_exists(folder_path(folder, "backup.db-wal")));

	copy = archive_open(path, ARCHIVE_READ, &problem);
	assert_int_equal(problem, STORE_OK);
	assert_string_not_equal(archive_epoch(copy), archive_epoch(archive));
	assert_int_equal(head_of(copy, "lobby"), 5000);
	copied = head_of(copy, "live");
	assert_in_range(copied, before, after + 1);
	assert_int_equal(
		archive_read_after(copy, STR_OF("live"), 0, SIZE_MAX, gapless_visit, &seen),
		STORE_OK);
	assert_int_equal(seen, copied);
	archive_close(copy);
	assert_false(file_exists(folder_path(folder, "backup.db-wal")));
	/* It goes on from there. */
	copy = archive_open(path, ARCHIVE_WRITE_PROCESS, &problem);
	assert_int_equal(problem, STORE_OK);
	fill_room(copy, "another", 1);
	archive_close(copy);
	archive_close(archive);
}

static void epoch_is_the_databases_own(void **state)
{
	const struct folder *folder = *state;
	struct archive *archive = open_archive(folder, ARCHIVE_WRITE_PROCESS);
	char epoch[ARCHIVE_EPOCH_SIZE];

	strcpy(epoch, archive_epoch(archive));
	assert_int_equal(strspn(epoch, "0123456789abcdef"), ARCHIVE_EPOCH_SIZE - 1);
	archive_close(archive);
	archive = open_archive(folder, ARCHIVE_READ);
	assert_string_equal(archive_epoch(archive), epoch);
	archive_close(archive);
	assert_int_equal(unlink(folder_path(folder, "history.db")), 0);
	archive = open_archive(folder, ARCHIVE_WRITE_PROCESS);
	assert_string_not_equal(archive_epoch(archive), epoch);
	archive_close(archive);
}

static void deleted_file_is_noticed_and_another_is_opened(void **state)
{
	const struct folder *folder = *state;
	struct archive *old = open_archive(folder, ARCHIVE_WRITE_PROCESS);
	enum store_problem problem;
	struct archive *archive;

	fill_room(old, "lobby", 3);
	assert_int_equal(archive_check_file(old), STORE_OK);
	assert_int_equal(unlink(folder_path(folder, "history.db")), 0);
	assert_int_equal(archive_check_file(old), STORE_GONE);
	/* The log may be all that is left of what was said last. */
	assert_null(
		archive_open(folder_path(folder, "history.db"), ARCHIVE_WRITE_PROCESS, &problem));
	assert_int_equal(problem, STORE_GONE);
	assert_int_equal(unlink(folder_path(folder, "history.db-wal")), 0);
	assert_int_equal(unlink(folder_path(folder, "history.db-shm")), 0);
	archive = open_archive(folder, ARCHIVE_WRITE_PROCESS);
	fill_room(archive, "lobby", 2);
	archive_close(old);
	assert_int_equal(archive_check_file(archive), STORE_OK);
	assert_int_equal(head_of(archive, "lobby"), 2);
	archive_close(archive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(messages_come_back_as_they_were_written),
		FOLDER_TEST(rooms_are_known_by_their_whole_name),
		FOLDER_TEST(pages_are_ranges),
		FOLDER_TEST(walk_ends_when_its_visitor_says_so),
		FOLDER_TEST(refs_are_those_of_the_last_that_are_young_enough),
		FOLDER_TEST(rooms_are_listed_bytewise_behind_a_name),
		FOLDER_TEST(readers_see_commits_and_nothing_before),
		FOLDER_TEST(roll_back_leaves_no_gap),
		FOLDER_TEST(refused_row_costs_only_itself),
		FOLDER_TEST(second_writer_is_told_busy_and_loses_nothing),
		FOLDER_TEST(log_grows_with_commits_and_begins_anew),
		FOLDER_TEST(backup_is_one_moment_while_others_write),
		FOLDER_TEST(epoch_is_the_databases_own),
		FOLDER_TEST(deleted_file_is_noticed_and_another_is_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
