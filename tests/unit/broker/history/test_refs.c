/* SPDX-License-Identifier: MIT */
/* Forgetting is by age and by number, never by chance: small tables are filled many times over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/history/refs.h"
#include "common/base/crypto.h"

#define NOW_MS INT64_C(1700000000000)

static const uint8_t ann[16] = "ann", bob[16] = "bob";

struct key {
	uint8_t bytes[REFS_KEY_SIZE];
};

static struct key key_of(unsigned number)
{
	struct key key;
	char ref[16];

	snprintf(ref, sizeof(ref), "%u", number);
	refs_key(STR_OF("lobby"), ann, str_from(ref), key.bytes);
	return key;
}

/* 0 when it is not known. */
static uint64_t seq_of(const struct refs *refs, unsigned number, int64_t now_ms)
{
	uint64_t seq = 0;

	return refs_find(refs, key_of(number).bytes, now_ms, &seq) ? seq : 0;
}

static void refs_know_what_was_added(void **state)
{
	struct refs *refs = refs_create(100);

	for (unsigned i = 1; i <= 100; i++)
		(void)refs_add(refs, key_of(i).bytes, i, NOW_MS);
	for (unsigned i = 1; i <= 100; i++)
		assert_int_equal(seq_of(refs, i, NOW_MS), i);
	assert_int_equal(seq_of(refs, 101, NOW_MS), 0);
	refs_destroy(refs);
	(void)state;
}

static void refs_forget_what_is_too_old(void **state)
{
	struct refs *refs = refs_create(10);

	(void)refs_add(refs, key_of(1).bytes, 7, NOW_MS);
	assert_int_equal(seq_of(refs, 1, NOW_MS + REFS_KEEP_MS), 7);
	assert_int_equal(seq_of(refs, 1, NOW_MS + REFS_KEEP_MS + 1), 0);
	(void)refs_add(refs, key_of(1).bytes, 9, NOW_MS + REFS_KEEP_MS + 1);
	assert_int_equal(seq_of(refs, 1, NOW_MS + REFS_KEEP_MS + 1), 9);
	refs_destroy(refs);
	(void)state;
}

static void refs_forget_the_first_beyond_their_number(void **state)
{
	struct refs *refs = refs_create(8);

	for (unsigned i = 1; i <= 1000; i++) {
		(void)refs_add(refs, key_of(i).bytes, i, NOW_MS);
		for (unsigned j = i > 8 ? i - 8 : 0; j <= i; j++)
			assert_int_equal(seq_of(refs, j, NOW_MS), j + 8 > i ? j : 0);
	}
	refs_destroy(refs);
	(void)state;
}

static void what_is_taken_back_was_never_there(void **state)
{
	struct refs *refs = refs_create(50);
	struct refs_change changes[50];

	for (unsigned i = 1; i <= 50; i++)
		(void)refs_add(refs, key_of(i).bytes, i, NOW_MS);
	for (unsigned round = 1; round <= 100; round++) {
		unsigned count = round % 50 + 1;

		for (unsigned i = 0; i < count; i++)
			changes[i] = refs_add(
				refs, key_of(1000 + round + i).bytes, 1000 + i, NOW_MS);
		for (unsigned i = count; i > 0; i--)
			refs_take_back(refs, &changes[i - 1]);
		for (unsigned i = 1; i <= 50; i++)
			assert_int_equal(seq_of(refs, i, NOW_MS), i);
		for (unsigned i = 0; i < count; i++)
			assert_int_equal(seq_of(refs, 1000 + round + i, NOW_MS), 0);
	}
	refs_destroy(refs);
	(void)state;
}

static void what_is_taken_back_leaves_what_came_meanwhile(void **state)
{
	struct refs *refs = refs_create(3);
	struct refs_change first, second;

	(void)refs_add(refs, key_of(1).bytes, 1, NOW_MS);
	(void)refs_add(refs, key_of(2).bytes, 2, NOW_MS);
	first = refs_add(refs, key_of(3).bytes, 3, NOW_MS);
	second = refs_add(refs, key_of(4).bytes, 4, NOW_MS); /* instead of 1 */
	(void)refs_add(refs, key_of(1).bytes, 1, NOW_MS); /* instead of 2 */
	refs_take_back(refs, &second);
	refs_take_back(refs, &first);
	assert_int_equal(seq_of(refs, 1, NOW_MS), 1);
	for (unsigned i = 2; i <= 4; i++)
		assert_int_equal(seq_of(refs, i, NOW_MS), 0);
	for (unsigned i = 5; i <= 7; i++)
		(void)refs_add(refs, key_of(i).bytes, i, NOW_MS);
	refs_take_back(refs, &first); /* others lie there now */
	for (unsigned i = 5; i <= 7; i++)
		assert_int_equal(seq_of(refs, i, NOW_MS), i);
	refs_destroy(refs);
	(void)state;
}

static void a_later_message_that_is_taken_back_leaves_the_first(void **state)
{
	struct refs *refs = refs_create(2);
	struct refs_change change;

	(void)refs_add(refs, key_of(1).bytes, 1, NOW_MS);
	(void)refs_add(refs, key_of(2).bytes, 2, NOW_MS);
	change = refs_add(refs, key_of(1).bytes, 9, NOW_MS + 5);
	assert_int_equal(seq_of(refs, 1, NOW_MS), 9);
	refs_take_back(refs, &change);
	assert_int_equal(seq_of(refs, 1, NOW_MS), 1);
	(void)refs_add(refs, key_of(3).bytes, 3, NOW_MS); /* instead of the oldest */
	assert_int_equal(seq_of(refs, 1, NOW_MS), 0);
	assert_int_equal(seq_of(refs, 2, NOW_MS), 2);
	refs_destroy(refs);
	(void)state;
}

static void refs_added_twice_take_one_place(void **state)
{
	struct refs *refs = refs_create(4);

	(void)refs_add(refs, key_of(1).bytes, 1, NOW_MS);
	for (unsigned i = 0; i < 20; i++)
		(void)refs_add(refs, key_of(2).bytes, 2, NOW_MS - i);
	assert_int_equal(seq_of(refs, 1, NOW_MS), 1);
	assert_int_equal(seq_of(refs, 2, NOW_MS + REFS_KEEP_MS), 2); /* its time stayed */
	refs_destroy(refs);
	(void)state;
}

static void keys_differ_in_each_part(void **state)
{
	static const struct {
		struct str room;
		const uint8_t *sender;
		struct str ref;
	} parts[] = {
		{ STR("ab"), ann, STR("c") },
		{ STR("a"), ann, STR("bc") },
		{ STR("ab"), bob, STR("c") },
		{ STR("ab"), ann, STR("d") },
		{ STR("ab"), ann, STR("") },
		{ STR("1 ab"), ann, STR("c") },
	};
	const size_t count = sizeof(parts) / sizeof(parts[0]);
	struct key keys[sizeof(parts) / sizeof(parts[0])], again;

	for (size_t i = 0; i < count; i++) {
		refs_key(parts[i].room, parts[i].sender, parts[i].ref, keys[i].bytes);
		refs_key(parts[i].room, parts[i].sender, parts[i].ref, again.bytes);
		assert_memory_equal(keys[i].bytes, again.bytes, REFS_KEY_SIZE);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(keys[i].bytes, keys[j].bytes, REFS_KEY_SIZE);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refs_know_what_was_added),
		cmocka_unit_test(refs_forget_what_is_too_old),
		cmocka_unit_test(refs_forget_the_first_beyond_their_number),
		cmocka_unit_test(what_is_taken_back_was_never_there),
		cmocka_unit_test(what_is_taken_back_leaves_what_came_meanwhile),
		cmocka_unit_test(a_later_message_that_is_taken_back_leaves_the_first),
		cmocka_unit_test(refs_added_twice_take_one_place),
		cmocka_unit_test(keys_differ_in_each_part),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
