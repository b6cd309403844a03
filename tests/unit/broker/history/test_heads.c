/* SPDX-License-Identifier: MIT */
/* What a transaction changed is taken back as a whole, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "broker/history/heads.h"
#include "common/base/crypto.h"

static void raise_to(struct heads *heads, struct head *head, uint64_t seq)
{
	heads_change(heads, head);
	head->room.seq = seq;
}

static void what_was_kept_is_not_taken_back(void **state)
{
	const struct archive_room room = { .id = 1, .seq = 7 };
	struct heads *heads = heads_create();
	struct head *a = heads_add(heads, STR_OF("a"), &room);
	struct head *b = heads_add(heads, STR_OF("b"), &room);

	raise_to(heads, a, 8);
	heads_keep(heads);
	raise_to(heads, a, 9);
	raise_to(heads, a, 10);
	raise_to(heads, b, 8);
	heads_take_back(heads);
	assert_int_equal(heads_find(heads, STR_OF("a"))->room.seq, 8);
	assert_int_equal(heads_find(heads, STR_OF("b"))->room.seq, 7);
	heads_take_back(heads);
	assert_int_equal(a->room.seq, 8);
	heads_destroy(heads);
	(void)state;
}

static void too_many_are_forgotten_together(void **state)
{
	const struct archive_room room = { .id = 1 };
	struct heads *heads = heads_create();
	char name[16];

	for (unsigned i = 0; i <= HEADS_MAX; i++) {
		heads_trim(heads);
		snprintf(name, sizeof(name), "%u", i);
		heads_add(heads, str_from(name), &room);
	}
	assert_non_null(heads_find(heads, STR_OF("0")));
	heads_trim(heads);
	assert_null(heads_find(heads, STR_OF("0")));
	assert_null(heads_find(heads, str_from(name)));
	heads_destroy(heads);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_kept_is_not_taken_back),
		cmocka_unit_test(too_many_are_forgotten_together),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
