/* SPDX-License-Identifier: MIT */
/* What is left of a message that was edited or deleted: its row, its edits and its words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/store/archive_private.h"
#include "common/store/migrate.h"
#include "tests/unit/common/store/chatter.h"

#define INTEGRITY "INSERT INTO search (search) VALUES ('integrity-check')"

/* Within a transaction of its own. Returns the change's number; 0: there is no such target. */
static uint64_t change(
	struct archive *archive, enum message_kind kind, uint64_t target, const char *text)
{
	struct archive_message message = {
		.user = STR("bob"), .text = str_from(text), .kind = kind, .target = target
	};
	struct archive_target found;
	struct archive_room room;

	assert_int_equal(archive_find_room(archive, STR_OF("lobby"), &room), STORE_OK);
	assert_int_equal(archive_begin(archive), STORE_OK);
	assert_int_equal(archive_find_target(archive, room.id, target, &found), STORE_OK);
	if (found.id == 0) {
		archive_roll_back(archive);
		return 0;
	}
	message.seq = room.seq + 1;
	message.time_ms = 1000 * (int64_t)message.seq;
	assert_int_equal(archive_append(archive, room.id, &message), STORE_OK);
	assert_int_equal(archive_change(archive, room.id, &found, &message), STORE_OK);
	assert_int_equal(archive_commit(archive), STORE_OK);
	return message.seq;
}

static uint64_t edit(struct archive *archive, uint64_t target, const char *text)
{
	return change(archive, MESSAGE_EDITS, target, text);
}

static uint64_t delete (struct archive *archive, uint64_t target)
{
	return change(archive, MESSAGE_DELETES, target, "");
}

static bool describe(void *context, const struct archive_message *message)
{
	static const char *const marks[] = { [MESSAGE_SAYS] = "",
		[MESSAGE_EDITS] = "e",
		[MESSAGE_DELETES] = "d",
		[MESSAGE_DELETED] = "x" };
	struct buf *text = context;

	buf_append_text(text, marks[message->kind]);
	if (message->target > 0)
		buf_append_number(text, (int64_t)message->target);
	buf_append_char(text, '\'');
	buf_append_str(text, message->text);
	buf_append_text(text, message->edited_ms > 0 ? "'* " : "' ");
	return true;
}

/* All rows: their texts, with "e1" before an edit of message 1, "d1" before a deletion, "x" before
 * what was deleted, and a star behind what was edited. Borrowed until the next call. */
static const char *rows(struct archive *archive)
{
	static char described[512];
	struct buf text = { 0 };

	assert_int_equal(
		archive_read_after(archive, STR_OF("lobby"), 0, 100, describe, &text), STORE_OK);
	snprintf(described, sizeof(described), "%s", buf_text(&text));
	buf_finish(&text);
	return described;
}

static const char *find(struct archive *archive, const char *word)
{
	return chatter_search(archive, "lobby", word, UINT64_MAX, 10);
}

static void an_edit_gives_the_message_another_text(void **state)
{
	struct archive *archive = chatter_open(*state);

	chatter_say(archive, "lobby", "helo");
	chatter_say(archive, "lobby", "second");
	assert_int_equal(edit(archive, 1, "hello"), 3);
	assert_int_equal(edit(archive, 1, "hello!"), 4);
	assert_string_equal(rows(archive), "'hello!'* 'second' e1'hello' e1'hello!' ");
	archive_close(archive);
}

static void a_deletion_leaves_no_text_of_the_message_and_its_edits(void **state)
{
	struct archive *archive = chatter_open(*state);

	chatter_say(archive, "lobby", "secret");
	chatter_say(archive, "lobby", "other");
	edit(archive, 1, "secret again");
	edit(archive, 2, "other again");
	assert_int_equal(delete (archive, 1), 5);
	assert_string_equal(rows(archive), "x'' 'other again'* e1'' e2'other again' d1'' ");
	archive_close(archive);
}

static void only_messages_that_are_there_can_be_changed(void **state)
{
	struct archive *archive = chatter_open(*state);

	chatter_say(archive, "lobby", "one");
	chatter_say(archive, "elsewhere", "one");
	chatter_say(archive, "elsewhere", "two");
	assert_int_equal(edit(archive, 2, "x"), 0);
	assert_int_equal(edit(archive, 1, "uno"), 2);
	assert_int_equal(delete (archive, 2), 0); /* an edit is none */
	assert_int_equal(delete (archive, 1), 3);
	assert_int_equal(delete (archive, 1), 0);
	assert_int_equal(edit(archive, 1, "back"), 0);
	archive_close(archive);
}

static void the_author_of_a_target_is_told(void **state)
{
	static const uint8_t ann[ARCHIVE_SENDER_SIZE] = "ann's id";
	const struct archive_message message = {
		.seq = 1, .time_ms = 77, .user = STR("ann"), .text = STR("x"), .sender = ann
	};
	struct archive *archive = chatter_open(*state);
	struct archive_target target;
	struct archive_room room;

	assert_int_equal(archive_begin(archive), STORE_OK);
	assert_int_equal(archive_add_room(archive, STR_OF("lobby"), &room), STORE_OK);
	assert_int_equal(archive_append(archive, room.id, &message), STORE_OK);
	assert_int_equal(archive_find_target(archive, room.id, 1, &target), STORE_OK);
	assert_true(target.has_sender);
	assert_memory_equal(target.sender, ann, sizeof(ann));
	assert_int_equal(target.time_ms, 77);
	assert_int_equal(archive_commit(archive), STORE_OK);
	chatter_say(archive, "lobby", "nobody's");
	assert_int_equal(archive_find_target(archive, room.id, 2, &target), STORE_OK);
	assert_true(target.id != 0 && !target.has_sender);
	archive_close(archive);
}

/* is_indexed: the index has come to the messages before they are changed. */
static void check_words(const struct folder *folder, bool is_indexed)
{
	struct archive *archive = chatter_open(folder);

	chatter_say(archive, "lobby", "apple one");
	chatter_say(archive, "lobby", "apple two");
	if (is_indexed)
		chatter_index(archive, 10);
	edit(archive, 1, "pear one");
	delete (archive, 2);
	for (int i = 0; i < 2; i++) {
		assert_string_equal(find(archive, "apple"), "");
		assert_string_equal(find(archive, "two"), "");
		assert_string_equal(find(archive, "pear"), "1 "); /* and not its edit */
		assert_string_equal(find(archive, "one"), "1 ");
		chatter_index(archive, 10);
	}
	chatter_run(folder, INTEGRITY);
	archive_close(archive);
}

static void words_are_those_of_the_texts_that_are_left(void **state)
{
	check_words(*state, false);
}

static void words_in_the_index_are_those_of_the_texts_that_are_left(void **state)
{
	check_words(*state, true);
}

/* A row leaves the index exactly when it is in it. */
static void what_was_changed_is_dropped_like_all_else(void **state)
{
	const struct archive_retention retention = { .keep_messages = 1 };
	struct archive *archive = chatter_open(*state);
	int64_t room_id = 0;

	chatter_say(archive, "lobby", "apple");
	chatter_say(archive, "lobby", "apple");
	chatter_index(archive, 10);
	edit(archive, 1, "pear");
	delete (archive, 2);
	chatter_say(archive, "lobby", "apple");
	chatter_index(archive, 10);
	do {
		assert_int_equal(archive_prune_slice(archive, &retention, 2, &room_id), STORE_OK);
	} while (room_id != 0);
	assert_string_equal(rows(archive), "'apple' ");
	assert_string_equal(find(archive, "apple"), "5 ");
	assert_string_equal(find(archive, "pear"), "");
	assert_int_equal(chatter_ask(*state, "SELECT count(*) FROM edit"), 0);
	chatter_run(*state, INTEGRITY);
	archive_close(archive);
}

static void text_of_an_edit_goes_with_its_message(void **state)
{
	const struct archive_retention retention = { .keep_messages = 2 };
	struct archive *archive = chatter_open(*state);
	int64_t room_id = 0;

	chatter_say(archive, "lobby", "helo");
	chatter_say(archive, "lobby", "apple");
	edit(archive, 1, "hello");
	do {
		assert_int_equal(archive_prune_slice(archive, &retention, 2, &room_id), STORE_OK);
	} while (room_id != 0);
	assert_int_equal(chatter_ask(*state, "SELECT count(*) FROM message"), 2);
	assert_int_equal(
		chatter_ask(*state, "SELECT count(*) FROM message WHERE text = 'hello'"), 0);
	assert_int_equal(
		chatter_ask(*state, "SELECT count(*) FROM message WHERE text = 'apple'"), 1);
	archive_close(archive);
}

static void nothing_is_changed_when_it_is_rolled_back(void **state)
{
	const struct archive_message deletion = {
		.seq = 2, .kind = MESSAGE_DELETES, .target = 1, .user = STR("")
	};
	struct archive *archive = chatter_open(*state);
	struct archive_target target;

	chatter_say(archive, "lobby", "apple");
	chatter_index(archive, 10);
	assert_int_equal(archive_begin(archive), STORE_OK);
	assert_int_equal(archive_find_target(archive, 1, 1, &target), STORE_OK);
	assert_int_equal(archive_append(archive, 1, &deletion), STORE_OK);
	assert_int_equal(archive_change(archive, 1, &target, &deletion), STORE_OK);
	archive_roll_back(archive);
	assert_string_equal(rows(archive), "'apple' ");
	assert_string_equal(find(archive, "apple"), "1 ");
	archive_close(archive);
}

static void texts_that_are_deleted_are_not_left_in_the_file(void **state)
{
	struct archive *archive = chatter_open(*state);
	char bytes[256 * 1024], text[9001];
	size_t len;
	FILE *file;

	/* Long enough for pages of its own. */
	memset(text, '.', sizeof(text) - 1);
	memcpy(text + 8000, "zanzibar", 8);
	text[9000] = '\0';
	chatter_say(archive, "lobby", text);
	delete (archive, 1);
	assert_int_equal(archive_checkpoint(archive, true), STORE_OK);
	file = fopen(folder_path(*state, "history.db"), "r");
	assert_non_null(file);
	len = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	assert_true(len > 0 && len < sizeof(bytes));
	assert_null(memmem(bytes, len, "zanzibar", 8));
	archive_close(archive);
}

static void what_was_said_before_can_be_changed(void **state)
{
	const struct migration_steps before = { history_migrations.sql, 1 };
	struct database database = { 0 };
	struct archive *archive;

	assert_int_equal(migrate_open(&database, folder_path(*state, "history.db"),
				 DATABASE_WRITE_DISK, ARCHIVE_APPLICATION_ID, &before),
		STORE_OK);
	assert_int_equal(database_run(&database, "INSERT INTO room (id, name) VALUES (1, 'lobby')"),
		STORE_OK);
	assert_int_equal(database_run(&database,
				 "INSERT INTO message (room, seq, time, user, text) "
				 "VALUES (1, 1, 5, 'ann', 'apple'), (1, 2, 6, 'ann', 'plum')"),
		STORE_OK);
	database_close(&database);
	archive = chatter_open(*state);
	assert_string_equal(rows(archive), "'apple' 'plum' ");
	edit(archive, 1, "pear");
	delete (archive, 2);
	assert_string_equal(rows(archive), "'pear'* x'' e1'pear' d2'' ");
	archive_close(archive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(an_edit_gives_the_message_another_text),
		FOLDER_TEST(a_deletion_leaves_no_text_of_the_message_and_its_edits),
		FOLDER_TEST(only_messages_that_are_there_can_be_changed),
		FOLDER_TEST(the_author_of_a_target_is_told),
		FOLDER_TEST(words_are_those_of_the_texts_that_are_left),
		FOLDER_TEST(words_in_the_index_are_those_of_the_texts_that_are_left),
		FOLDER_TEST(what_was_changed_is_dropped_like_all_else),
		FOLDER_TEST(text_of_an_edit_goes_with_its_message),
		FOLDER_TEST(nothing_is_changed_when_it_is_rolled_back),
		FOLDER_TEST(texts_that_are_deleted_are_not_left_in_the_file),
		FOLDER_TEST(what_was_said_before_can_be_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
