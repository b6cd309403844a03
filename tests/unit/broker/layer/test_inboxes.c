/* SPDX-License-Identifier: MIT */
/* Messages that wait in channels, and receivers: their order, their bounds and their time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/layer/inboxes.h"
#include "common/base/crypto.h"

#define CAPACITY 3
#define EXPIRY_MS 1000

struct reader {
	struct layer_receiver receiver;
	char taken[64]; /* all that it has got */
};

static void take(struct layer_receiver *receiver, struct str message)
{
	struct reader *reader = list_entry(receiver, struct reader, receiver);
	size_t len = strlen(reader->taken);

	assert_true(list_is_empty(&receiver->link));
	snprintf(reader->taken + len, sizeof(reader->taken) - len, "%.*s ", STR_ARG(message));
}

static void reader_init(struct reader *reader)
{
	*reader = (struct reader){ .receiver = { .take = take } };
	list_init(&reader->receiver.link);
}

static int set_up(void **state)
{
	*state = inboxes_create(CAPACITY, EXPIRY_MS);
	return 0;
}

static int take_down(void **state)
{
	inboxes_destroy(*state);
	return 0;
}

static enum layer_result put(
	struct inboxes *inboxes, const char *name, const char *message, uint64_t now_ms)
{
	struct inbox_text *text = inbox_text_create(str_from(message));
	enum layer_result result = inboxes_put(inboxes, str_from(name), text, now_ms);

	inbox_text_unref(text);
	return result;
}

/* "" for none. Borrowed until the next one. */
static const char *get(struct inboxes *inboxes, const char *name)
{
	static char got[64];
	struct buf message = { 0 };

	got[0] = '\0';
	if (inboxes_take(inboxes, str_from(name), &message))
		snprintf(got, sizeof(got), "%s", buf_text(&message));
	else
		assert_int_equal(message.len, 0);
	buf_finish(&message);
	return got;
}

static void wait_for(struct inboxes *inboxes, const char *name, struct reader *reader)
{
	assert_true(inboxes_wait(inboxes, str_from(name), &reader->receiver));
}

static void messages_come_out_in_their_order(void **state)
{
	struct inboxes *inboxes = *state;

	assert_int_equal(put(inboxes, "a", "1", 0), LAYER_SENT);
	assert_int_equal(put(inboxes, "b", "x", 0), LAYER_SENT);
	assert_int_equal(put(inboxes, "a", "2", 0), LAYER_SENT);
	assert_int_equal(inboxes_count(inboxes), 2);
	assert_int_equal(inboxes_messages(inboxes), 3);
	assert_string_equal(get(inboxes, "a"), "1");
	assert_string_equal(get(inboxes, "a"), "2");
	assert_string_equal(get(inboxes, "a"), "");
	assert_string_equal(get(inboxes, "b"), "x");
	/* Nothing is kept of an inbox in which nothing waits. */
	assert_int_equal(inboxes_count(inboxes), 0);
	assert_int_equal(inboxes_messages(inboxes), 0);
}

static void full_inbox_takes_no_more_and_others_do(void **state)
{
	struct inboxes *inboxes = *state;

	for (int i = 0; i < CAPACITY; i++)
		assert_int_equal(put(inboxes, "a", "x", 0), LAYER_SENT);
	assert_int_equal(put(inboxes, "a", "y", 0), LAYER_FULL);
	assert_int_equal(put(inboxes, "b", "y", 0), LAYER_SENT);
	get(inboxes, "a");
	assert_int_equal(put(inboxes, "a", "z", 0), LAYER_SENT);
	assert_int_equal(put(inboxes, "a", "z", 0), LAYER_FULL);
}

static void message_goes_to_who_has_waited_longest(void **state)
{
	struct inboxes *inboxes = *state;
	struct reader first, second;

	reader_init(&first);
	reader_init(&second);
	wait_for(inboxes, "a", &first);
	wait_for(inboxes, "a", &second);
	assert_int_equal(put(inboxes, "a", "1", 0), LAYER_SENT);
	assert_string_equal(first.taken, "1 ");
	assert_string_equal(second.taken, "");
	put(inboxes, "a", "2", 0);
	assert_string_equal(second.taken, "2 ");
	/* Nobody waits any more: it is kept. */
	assert_int_equal(inboxes_count(inboxes), 0);
	put(inboxes, "a", "3", 0);
	assert_string_equal(first.taken, "1 ");
	assert_string_equal(get(inboxes, "a"), "3");
}

static void who_has_been_cancelled_gets_nothing(void **state)
{
	struct inboxes *inboxes = *state;
	struct reader first, second;

	reader_init(&first);
	reader_init(&second);
	inboxes_cancel(inboxes, &first.receiver); /* it has never waited */
	wait_for(inboxes, "a", &first);
	wait_for(inboxes, "a", &second);
	inboxes_cancel(inboxes, &first.receiver);
	put(inboxes, "a", "1", 0);
	assert_string_equal(first.taken, "");
	assert_string_equal(second.taken, "1 ");
	inboxes_cancel(inboxes, &second.receiver); /* it has got its message */
	wait_for(inboxes, "a", &first);
	inboxes_cancel(inboxes, &first.receiver);
	assert_int_equal(inboxes_count(inboxes), 0);
	put(inboxes, "a", "2", 0);
	assert_string_equal(get(inboxes, "a"), "2");
}

static void messages_expire_oldest_first(void **state)
{
	struct inboxes *inboxes = *state;

	assert_int_equal(inboxes_due_ms(inboxes), UINT64_MAX);
	put(inboxes, "a", "1", 100);
	put(inboxes, "b", "2", 150);
	put(inboxes, "a", "3", 200);
	assert_int_equal(inboxes_due_ms(inboxes), 100 + EXPIRY_MS);
	assert_int_equal(inboxes_expire(inboxes, 99 + EXPIRY_MS), 0);
	assert_int_equal(inboxes_expire(inboxes, 100 + EXPIRY_MS), 1);
	assert_string_equal(get(inboxes, "a"), "3");
	assert_int_equal(inboxes_due_ms(inboxes), 150 + EXPIRY_MS);
	assert_int_equal(inboxes_expire(inboxes, 10 * EXPIRY_MS), 1);
	assert_string_equal(get(inboxes, "b"), "");
	assert_int_equal(inboxes_count(inboxes), 0);
	assert_int_equal(inboxes_due_ms(inboxes), UINT64_MAX);
}

static void expired_messages_make_room(void **state)
{
	struct inboxes *inboxes = *state;

	for (int i = 0; i < CAPACITY; i++)
		put(inboxes, "a", "old", 0);
	assert_int_equal(inboxes_expire(inboxes, EXPIRY_MS), CAPACITY);
	assert_int_equal(put(inboxes, "a", "new", EXPIRY_MS), LAYER_SENT);
	assert_string_equal(get(inboxes, "a"), "new");
}

static void one_text_waits_in_many_inboxes(void **state)
{
	struct inboxes *inboxes = *state;
	struct inbox_text *text = inbox_text_create(STR_OF("{}"));

	assert_int_equal(inboxes_put(inboxes, STR_OF("a"), text, 0), LAYER_SENT);
	assert_int_equal(inboxes_put(inboxes, STR_OF("b"), text, 0), LAYER_SENT);
	assert_int_equal(text->references, 3);
	assert_string_equal(get(inboxes, "a"), "{}");
	assert_int_equal(text->references, 2);
	inbox_text_unref(text);
	assert_string_equal(get(inboxes, "b"), "{}");
}

static void note_name(void *context, struct str name)
{
	buf_append_str(context, name);
	buf_append_char(context, ' ');
}

static void bound_inbox_goes_with_its_owner(void **state)
{
	struct inboxes *inboxes = *state;
	struct buf names = { 0 };
	struct reader other;

	reader_init(&other);
	assert_true(inboxes_bind(inboxes, STR_OF("a"), 1));
	assert_true(inboxes_bind(inboxes, STR_OF("b"), 2));
	assert_true(inboxes_bind(inboxes, STR_OF("c"), 1));
	put(inboxes, "a", "1", 0);
	get(inboxes, "a");
	assert_true(inboxes_is_bound(inboxes, STR_OF("a")));
	assert_false(inboxes_is_bound(inboxes, STR_OF("d")));
	put(inboxes, "a", "2", 0);
	put(inboxes, "b", "3", 0);
	wait_for(inboxes, "c", &other);
	inboxes_end_owner(inboxes, 1, note_name, &names);
	assert_string_equal(buf_text(&names), "a c ");
	assert_false(inboxes_is_bound(inboxes, STR_OF("a")));
	assert_string_equal(get(inboxes, "a"), "");
	assert_int_equal(inboxes_count(inboxes), 2); /* "b", and "c" as somebody waits there */
	inboxes_cancel(inboxes, &other.receiver);
	assert_int_equal(inboxes_count(inboxes), 1);
	assert_string_equal(get(inboxes, "b"), "3");
	assert_true(inboxes_is_bound(inboxes, STR_OF("b")));
	buf_finish(&names);
}

static void flush_leaves_who_is_bound_or_waits(void **state)
{
	struct inboxes *inboxes = *state;
	struct reader reader;

	reader_init(&reader);
	assert_true(inboxes_bind(inboxes, STR_OF("bound"), 1));
	put(inboxes, "bound", "1", 0);
	put(inboxes, "a", "2", 0);
	wait_for(inboxes, "b", &reader);
	inboxes_flush(inboxes);
	assert_int_equal(inboxes_messages(inboxes), 0);
	assert_int_equal(inboxes_count(inboxes), 2);
	assert_true(inboxes_is_bound(inboxes, STR_OF("bound")));
	put(inboxes, "b", "3", 0);
	assert_string_equal(reader.taken, "3 ");
}

static void put_numbered(struct inboxes *inboxes, unsigned number, enum layer_result result)
{
	char name[32];

	snprintf(name, sizeof(name), "n%u", number);
	assert_int_equal(put(inboxes, name, "x", 0), result);
}

static void all_together_are_bounded_in_number(void **state)
{
	struct inboxes *inboxes = *state;
	struct reader reader;

	reader_init(&reader);
	for (unsigned i = 0; i < INBOXES_MAX; i++)
		put_numbered(inboxes, i, LAYER_SENT);
	put_numbered(inboxes, INBOXES_MAX, LAYER_CROWDED);
	assert_false(inboxes_wait(inboxes, STR_OF("new"), &reader.receiver));
	assert_true(list_is_empty(&reader.receiver.link));
	assert_false(inboxes_bind(inboxes, STR_OF("new"), 1));
	put_numbered(inboxes, 7, LAYER_SENT);
	get(inboxes, "n0");
	put_numbered(inboxes, INBOXES_MAX, LAYER_SENT);
}

static void all_together_are_bounded_in_messages(void **state)
{
	struct inboxes *inboxes = inboxes_create(INBOXES_MESSAGES_MAX + 1, EXPIRY_MS);

	for (unsigned i = 0; i < INBOXES_MESSAGES_MAX; i++)
		assert_int_equal(put(inboxes, "a", "x", 0), LAYER_SENT);
	assert_int_equal(put(inboxes, "a", "x", 0), LAYER_CROWDED);
	get(inboxes, "a");
	assert_int_equal(put(inboxes, "a", "x", 0), LAYER_SENT);
	inboxes_destroy(inboxes);
	(void)state;
}

static void all_together_are_bounded_in_bytes(void **state)
{
	static char large[1024 * 1024];
	struct inboxes *inboxes = inboxes_create(1000, EXPIRY_MS);
	struct inbox_text *text = inbox_text_create(str_range(large, sizeof(large)));
	struct reader reader;
	unsigned count = 0;

	reader_init(&reader);
	while (inboxes_put(inboxes, STR_OF("a"), text, 0) == LAYER_SENT)
		count++;
	assert_int_equal(count, INBOXES_BYTES_MAX / sizeof(large) - 1);
	assert_int_equal(inboxes_put(inboxes, STR_OF("b"), text, 0), LAYER_CROWDED);
	assert_int_equal(put(inboxes, "b", "small", 0), LAYER_SENT);
	/* Whoever waits gets his, for nothing is kept then. */
	wait_for(inboxes, "c", &reader);
	assert_int_equal(inboxes_put(inboxes, STR_OF("c"), text, 0), LAYER_SENT);
	inboxes_flush(inboxes);
	assert_int_equal(inboxes_put(inboxes, STR_OF("a"), text, 0), LAYER_SENT);
	inbox_text_unref(text);
	inboxes_destroy(inboxes);
	(void)state;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, take_down)

static void destroying_none_is_fine(void **state)
{
	inboxes_destroy(NULL);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(messages_come_out_in_their_order),
		TEST(full_inbox_takes_no_more_and_others_do),
		TEST(message_goes_to_who_has_waited_longest),
		TEST(who_has_been_cancelled_gets_nothing),
		TEST(messages_expire_oldest_first),
		TEST(expired_messages_make_room),
		TEST(one_text_waits_in_many_inboxes),
		TEST(bound_inbox_goes_with_its_owner),
		TEST(flush_leaves_who_is_bound_or_waits),
		TEST(all_together_are_bounded_in_number),
		cmocka_unit_test(all_together_are_bounded_in_messages),
		cmocka_unit_test(all_together_are_bounded_in_bytes),
		cmocka_unit_test(destroying_none_is_fine),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
