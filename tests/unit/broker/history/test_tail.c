/* SPDX-License-Identifier: MIT */
/* Whoever comes back gets every message behind the one he names, once and in order, in his dialect,
 * wherever the tail's pieces begin and end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/history/tail.h"
#include "broker/ws/deflate.h"
#include "broker/ws/frame.h"

static _Atomic uint64_t rendered;

static void append(struct tail *tail, uint64_t seq)
{
	char text[32];

	snprintf(text, sizeof(text), "text %" PRIu64, seq);
	tail_append(tail, &(struct archive_message){
				  .seq = seq, .user = STR("ann"), .text = str_from(text) });
}

/* Behind the message before first, with those from first to last. */
static struct tail *tail_of(uint64_t first, uint64_t last)
{
	struct tail *tail = tail_create("epoch", first - 1, &rendered);

	for (uint64_t seq = first; seq <= last; seq++)
		append(tail, seq);
	return tail;
}

static bool prepend(struct tail *tail, uint64_t first, uint64_t last)
{
	size_t count = (size_t)(last - first + 1);
	struct archive_message *messages = calloc(count, sizeof(*messages));
	char(*texts)[32] = calloc(count, sizeof(*texts));
	bool is_taken;

	for (size_t i = 0; i < count; i++) {
		snprintf(texts[i], sizeof(texts[i]), "text %" PRIu64, first + i);
		messages[i] = (struct archive_message){
			.seq = first + i, .user = STR("ann"), .text = str_from(texts[i])
		};
	}
	is_taken = tail_prepend(tail, messages, count);
	free(texts);
	free(messages);
	return is_taken;
}

/* The frame's text has to be the message's with that number. */
static void check_frame(struct str payload, uint64_t seq)
{
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "\"text %" PRIu64 "\"", seq);
	assert_non_null(memmem(payload.data, payload.len, wanted, strlen(wanted)));
	snprintf(wanted, sizeof(wanted), "\"seq\": %" PRIu64, seq);
	assert_non_null(memmem(payload.data, payload.len, wanted, strlen(wanted)));
}

/* Takes replay; it has exactly the messages from first to last. */
static void check_replay(struct replay *replay, uint64_t first, uint64_t last)
{
	uint64_t seq = first;

	assert_non_null(replay);
	for (size_t i = 0; i < replay->count; i++) {
		struct str all[DIALECT_COUNT], payload, rest;
		enum frame_opcode opcode;

		payload_frames(replay->payloads[i], all);
		rest = str_skip(all[replay->dialect], i == 0 ? replay->skipped : 0);
		while (frame_take(&rest, &opcode, &payload))
			check_frame(payload, seq++);
	}
	assert_int_equal(seq, last + 1);
	replay_destroy(replay);
}

static struct replay *replay_v1(struct tail *tail, uint64_t after)
{
	return tail_replay(tail, after, DIALECT_V1, STAMP_FIELD, NULL);
}

static void replay_begins_behind_any_message(void **state)
{
	struct tail *tail = tail_of(1, 200);

	for (uint64_t after = 0; after < 200; after++) {
		check_replay(replay_v1(tail, after), after + 1, 200);
		check_replay(
			tail_replay(tail, after, DIALECT_PLAIN, STAMP_FIELD, NULL), after + 1, 200);
	}
	assert_null(replay_v1(tail, 200));
	tail_destroy(tail);
	(void)state;
}

static void what_is_said_between_two_replays_is_in_the_second(void **state)
{
	struct tail *tail = tail_create("epoch", 0, &rendered);

	for (uint64_t seq = 1; seq <= 150; seq++) {
		append(tail, seq);
		check_replay(replay_v1(tail, seq / 2), seq / 2 + 1, seq);
	}
	tail_destroy(tail);
	(void)state;
}

static void those_who_come_together_share_what_is_rendered(void **state)
{
	struct tail *tail = tail_of(1, 100);
	struct replay *one = replay_v1(tail, 10), *other = replay_v1(tail, 20);

	assert_int_equal(one->count, other->count);
	for (size_t i = 0; i < one->count; i++)
		assert_ptr_equal(one->payloads[i], other->payloads[i]);
	tail_destroy(tail); /* what is on its way outlives it */
	check_replay(one, 11, 100);
	check_replay(other, 21, 100);
	(void)state;
}

static void older_messages_join_at_the_beginning(void **state)
{
	struct tail *tail = tail_of(501, 600);

	assert_int_equal(tail_first(tail), 501);
	assert_false(prepend(tail, 300, 499)); /* a gap */
	assert_false(prepend(tail, 400, 501)); /* twice */
	assert_true(prepend(tail, 300, 500));
	assert_int_equal(tail_first(tail), 300);
	assert_int_equal(tail_head(tail), 600);
	append(tail, 601);
	check_replay(replay_v1(tail, 299), 300, 601);
	check_replay(replay_v1(tail, 520), 521, 601);
	tail_destroy(tail);
	(void)state;
}

static void empty_tail_takes_what_was_said_before(void **state)
{
	struct tail *tail = tail_create("epoch", 70, &rendered);

	assert_int_equal(tail_first(tail), 71);
	assert_null(replay_v1(tail, 70));
	assert_true(prepend(tail, 3, 70));
	check_replay(replay_v1(tail, 2), 3, 70);
	tail_destroy(tail);
	(void)state;
}

static void trimmed_tail_keeps_the_newest_within_its_bytes(void **state)
{
	struct tail *tail = tail_of(1, 1000);
	size_t before = tail_bytes(tail);

	tail_trim(tail, before);
	assert_int_equal(tail_first(tail), 1);
	tail_trim(tail, before / 2);
	assert_true(tail_bytes(tail) <= before / 2);
	assert_true(tail_first(tail) > 400 && tail_first(tail) < 700);
	check_replay(replay_v1(tail, 700), 701, 1000);
	tail_trim(tail, 0);
	assert_true(tail_first(tail) > 900 && tail_first(tail) <= 1000);
	append(tail, 1001);
	check_replay(replay_v1(tail, 1000), 1001, 1001);
	tail_destroy(tail);
	(void)state;
}

static void compressed_dialect_gets_the_same_messages(void **state)
{
	struct tail *tail = tail_of(1, 80);
	struct deflate *deflate = deflate_create();
	struct replay *replay = tail_replay(tail, 7, DIALECT_V1_DEFLATE, STAMP_FIELD, deflate);
	uint64_t seq = 8;

	for (size_t i = 0; i < replay->count; i++) {
		struct str all[DIALECT_COUNT], payload, rest;
		enum frame_opcode opcode;

		payload_frames(replay->payloads[i], all);
		rest = str_skip(all[DIALECT_V1_DEFLATE], i == 0 ? replay->skipped : 0);
		while (rest.len > 0) {
			bool is_compressed = rest.data[0] & 0x40;
			struct buf text = { 0 };

			assert_true(frame_take(&rest, &opcode, &payload));
			if (is_compressed)
				assert_int_equal(
					inflate_message(deflate, payload, 4096, &text), INFLATE_OK);
			check_frame(is_compressed ? buf_str(&text) : payload, seq++);
			buf_finish(&text);
		}
	}
	assert_int_equal(seq, 81);
	replay_destroy(replay);
	deflate_destroy(deflate);
	tail_destroy(tail);
	(void)state;
}

static void frames_count_as_long_as_somebody_holds_them(void **state)
{
	struct tail *tail = tail_of(1, 100);
	struct replay *replay = replay_v1(tail, 0);
	uint64_t before = rendered;

	assert_true(before > 0);
	tail_forget_frames(tail);
	assert_int_equal(rendered, before); /* it is still to be sent */
	replay_destroy(replay);
	assert_int_equal(rendered, 0);
	replay = replay_v1(tail, 0);
	assert_int_equal(rendered, before);
	replay_destroy(replay);
	tail_destroy(tail);
	assert_int_equal(rendered, 0);
	(void)state;
}

static void append_change(
	struct tail *tail, enum message_kind kind, uint64_t target, const char *text)
{
	tail_append(tail, &(struct archive_message){ .seq = tail_head(tail) + 1,
				  .user = STR("ann"),
				  .text = str_from(text),
				  .kind = kind,
				  .target = target,
				  .time_ms = 1795232100123 });
}

/* Takes replay; all its frames, one behind the other. Borrowed until the next call. */
static const char *told(struct replay *replay)
{
	static char text[64 * 1024];
	size_t len = 0;

	for (size_t i = 0; replay != NULL && i < replay->count; i++) {
		struct str all[DIALECT_COUNT], payload, rest;
		enum frame_opcode opcode;

		payload_frames(replay->payloads[i], all);
		rest = str_skip(all[replay->dialect], i == 0 ? replay->skipped : 0);
		while (frame_take(&rest, &opcode, &payload))
			len += (size_t)snprintf(
				text + len, sizeof(text) - len, "%.*s", STR_ARG(payload));
	}
	text[len] = '\0';
	replay_destroy(replay);
	return text;
}

static size_t count(const char *text, const char *part)
{
	size_t found = 0;

	for (text = strstr(text, part); text != NULL; text = strstr(text + 1, part))
		found++;
	return found;
}

static void who_comes_back_is_told_what_messages_say_now(void **state)
{
	struct tail *tail = tail_of(1, 100);
	const char *heard;

	told(replay_v1(tail, 0)); /* what is rendered is rendered anew */
	append_change(tail, MESSAGE_EDITS, 3, "changed");
	append(tail, 102);
	heard = told(replay_v1(tail, 0));
	assert_int_equal(count(heard, "\"text 3\""), 0);
	assert_int_equal(count(heard, "\"changed\""), 2);
	assert_int_equal(count(heard, "\"edited\": \"2026-11-21T03:35:00.123Z\""), 1);
	assert_int_equal(count(heard, "\"seq\""), 102);
	heard = told(replay_v1(tail, 100));
	assert_non_null(strstr(heard, "{\"type\": \"edit\", \"seq\": 101, \"target\": 3"));
	tail_destroy(tail);
	(void)state;
}

static void what_was_deleted_is_nowhere_in_the_tail(void **state)
{
	struct tail *tail = tail_of(1, 10);
	const char *heard;

	append_change(tail, MESSAGE_EDITS, 3, "secret");
	for (uint64_t seq = 12; seq <= 200; seq++) /* the edits of a piece lie in other pieces */
		append(tail, seq);
	append_change(tail, MESSAGE_EDITS, 3, "secret too");
	told(replay_v1(tail, 0));
	append_change(tail, MESSAGE_DELETES, 3, "");
	heard = told(replay_v1(tail, 0));
	assert_int_equal(count(heard, "secret"), 0);
	assert_int_equal(count(heard, "\"deleted\": true"), 1);
	assert_int_equal(count(heard, "\"seq\""), 202);
	append_change(tail, MESSAGE_EDITS, 3, "back"); /* never comes; nothing lives again */
	assert_int_equal(count(told(replay_v1(tail, 0)), "\"back\""), 1);
	tail_destroy(tail);
	(void)state;
}

static void what_is_trimmed_needs_no_change(void **state)
{
	struct tail *tail = tail_of(1, 200);

	append_change(tail, MESSAGE_EDITS, 2, "secret");
	tail_trim(tail, 0);
	assert_true(tail_first(tail) > 2);
	append_change(tail, MESSAGE_DELETES, 2, "");
	assert_int_equal(count(told(replay_v1(tail, 200)), "secret"), 0);
	tail_destroy(tail);
	(void)state;
}

static void plain_clients_miss_no_message_between_changes(void **state)
{
	struct tail *tail = tail_create("epoch", 0, &rendered);

	for (uint64_t seq = 1; seq <= 300; seq += 3) {
		append(tail, seq);
		append_change(tail, MESSAGE_EDITS, seq, "x");
		append(tail, seq + 2);
	}
	append_change(tail, MESSAGE_DELETES, 6, "");
	for (uint64_t after = 0; after <= 301; after++) {
		struct replay *replay = tail_replay(tail, after, DIALECT_PLAIN, STAMP_FIELD, NULL);
		uint64_t wanted = 0;

		for (uint64_t seq = after + 1; seq <= 300; seq++)
			wanted += seq % 3 != 2 && seq != 6;
		assert_int_equal(count(told(replay), "\"seq\""), wanted);
	}
	tail_destroy(tail);
	(void)state;
}

static void pieces_of_nothing_but_changes_are_none_for_plain_clients(void **state)
{
	struct tail *tail = tail_of(1, 1);

	for (int i = 0; i < 200; i++)
		append_change(tail, MESSAGE_EDITS, 1, "x");
	append(tail, 202);
	assert_int_equal(
		count(told(tail_replay(tail, 30, DIALECT_PLAIN, STAMP_FIELD, NULL)), "\"seq\""), 1);
	append_change(tail, MESSAGE_DELETES, 202, "");
	assert_null(tail_replay(tail, 30, DIALECT_PLAIN, STAMP_FIELD, NULL));
	tail_destroy(tail);
	(void)state;
}

/* They were read before the changes were made. */
static void older_messages_catch_up_with_their_changes(void **state)
{
	struct archive_message messages[] = {
		{ .seq = 1, .user = STR("ann"), .text = STR("secret") },
		{ .seq = 2, .user = STR("ann"), .text = STR("helo") },
		{ .seq = 3,
			.user = STR("ann"),
			.text = STR("secret"),
			.kind = MESSAGE_EDITS,
			.target = 1 },
	};
	struct tail *tail = tail_create("epoch", 3, &rendered);
	const char *heard;

	append_change(tail, MESSAGE_EDITS, 2, "first");
	append_change(tail, MESSAGE_EDITS, 2, "hello");
	append_change(tail, MESSAGE_DELETES, 1, "");
	assert_true(tail_prepend(tail, messages, 3));
	heard = told(replay_v1(tail, 0));
	assert_int_equal(count(heard, "secret"), 0);
	assert_int_equal(count(heard, "helo"), 0);
	assert_int_equal(count(heard, "\"first\""), 1);
	assert_int_equal(count(heard, "\"hello\""), 2);
	assert_int_equal(count(heard, "\"deleted\": true"), 1);
	tail_destroy(tail);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replay_begins_behind_any_message),
		cmocka_unit_test(what_is_said_between_two_replays_is_in_the_second),
		cmocka_unit_test(those_who_come_together_share_what_is_rendered),
		cmocka_unit_test(older_messages_join_at_the_beginning),
		cmocka_unit_test(empty_tail_takes_what_was_said_before),
		cmocka_unit_test(trimmed_tail_keeps_the_newest_within_its_bytes),
		cmocka_unit_test(frames_count_as_long_as_somebody_holds_them),
		cmocka_unit_test(compressed_dialect_gets_the_same_messages),
		cmocka_unit_test(who_comes_back_is_told_what_messages_say_now),
		cmocka_unit_test(what_was_deleted_is_nowhere_in_the_tail),
		cmocka_unit_test(what_is_trimmed_needs_no_change),
		cmocka_unit_test(plain_clients_miss_no_message_between_changes),
		cmocka_unit_test(pieces_of_nothing_but_changes_are_none_for_plain_clients),
		cmocka_unit_test(older_messages_catch_up_with_their_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
