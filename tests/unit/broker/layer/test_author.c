/* SPDX-License-Identifier: MIT */
/* Two keys are equal only for the same ref of the same sender for the same channel or group. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/layer/author.h"

static const uint8_t ann[16] = "ann", bob[16] = "bob";

static void an_author_has_a_ref_with_its_sender_only(void **state)
{
	uint8_t key[REFS_KEY_SIZE];
	struct author author = { .kind = AUTHOR_CHANNEL, .ref = STR_OF("r1"), .sender = ann };

	assert_true(author_has_ref(&author));
	author.sender = NULL;
	assert_false(author_has_ref(&author));
	author = (struct author){ .kind = AUTHOR_CHANNEL, .sender = ann };
	assert_false(author_has_ref(&author));
	assert_false(author_ref_key(&author, 'c', STR_OF("name"), key));
	(void)state;
}

static void keys_differ_by_sender_ref_kind_and_name(void **state)
{
	static const struct {
		struct str ref;
		const uint8_t *sender;
		char kind;
		struct str name;
	} cases[] = {
		{ STR("r1"), ann, 'c', STR("name") },
		{ STR("r2"), ann, 'c', STR("name") },
		{ STR("r1"), bob, 'c', STR("name") },
		{ STR("r1"), ann, 'g', STR("name") },
		{ STR("r1"), ann, 'c', STR("other") },
	};
	uint8_t keys[5][REFS_KEY_SIZE], again[REFS_KEY_SIZE];

	for (size_t i = 0; i < 5; i++) {
		struct author author = { AUTHOR_CHANNEL, i, cases[i].ref, cases[i].sender };

		assert_true(author_ref_key(&author, cases[i].kind, cases[i].name, keys[i]));
		assert_true(author_ref_key(&author, cases[i].kind, cases[i].name, again));
		assert_memory_equal(again, keys[i], REFS_KEY_SIZE);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(keys[j], keys[i], REFS_KEY_SIZE);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_author_has_a_ref_with_its_sender_only),
		cmocka_unit_test(keys_differ_by_sender_ref_kind_and_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
