/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/message_kind.h"

static void edits_and_deletions_change_what_was_said(void **state)
{
	assert_false(message_kind_changes(MESSAGE_SAYS));
	assert_true(message_kind_changes(MESSAGE_EDITS));
	assert_true(message_kind_changes(MESSAGE_DELETES));
	assert_false(message_kind_changes(MESSAGE_DELETED));
	(void)state;
}

static void every_kind_has_a_word(void **state)
{
	for (enum message_kind kind = MESSAGE_SAYS; kind < MESSAGE_KIND_COUNT; kind++)
		assert_non_null(message_kind_word(kind));
	assert_string_equal(message_kind_word(MESSAGE_DELETED), message_kind_word(MESSAGE_SAYS));
	(void)state;
}

static void assert_state(enum message_kind kind, int64_t edited_ms, const char *expected)
{
	struct buf text = { 0 };
	struct json_writer writer = json_writer_to(&text);

	json_begin_object(&writer, NULL);
	message_kind_write_state(kind, edited_ms, &writer);
	json_end_object(&writer);
	assert_string_equal(buf_text(&text), expected);
	buf_finish(&text);
}

static void what_was_done_to_a_message_is_told_of_messages_alone(void **state)
{
	assert_state(MESSAGE_SAYS, 0, "{}");
	assert_state(MESSAGE_SAYS, 1795232100123, "{\"edited\": \"2026-11-21T03:35:00.123Z\"}");
	assert_state(MESSAGE_DELETED, 1795232100123, "{\"deleted\": true}");
	assert_state(MESSAGE_EDITS, 1795232100123, "{}");
	assert_state(MESSAGE_DELETES, 0, "{}");
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edits_and_deletions_change_what_was_said),
		cmocka_unit_test(every_kind_has_a_word),
		cmocka_unit_test(what_was_done_to_a_message_is_told_of_messages_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
