/* SPDX-License-Identifier: MIT */
/* The intrusive list: order, leaving at any time, moving. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/list.h"

struct item {
	int number;
	struct list link;
};

static void list_fill(struct list *head, struct item *items, int count, int first)
{
	list_init(head);
	for (int i = 0; i < count; i++) {
		items[i].number = first + i;
		list_append(head, &items[i].link);
	}
}

static int list_digits(const struct list *head)
{
	int digits = 0;

	list_each (link, (struct list *)(uintptr_t)head)
		digits = digits * 10 + list_entry(link, struct item, link)->number;
	return digits;
}

static void elements_keep_the_order_they_came_in(void **state)
{
	struct list head;
	struct item items[3];

	list_fill(&head, items, 3, 1);
	assert_int_equal(list_digits(&head), 123);
	assert_ptr_equal(list_first(&head), &items[0].link);
	(void)state;
}

static void element_may_leave_twice(void **state)
{
	struct list head;
	struct item items[3];

	list_fill(&head, items, 3, 1);
	list_remove(&items[1].link);
	list_remove(&items[1].link);
	assert_int_equal(list_digits(&head), 13);
	(void)state;
}

static void walk_survives_the_removal_of_each(void **state)
{
	struct list head;
	struct item items[4];

	list_fill(&head, items, 4, 1);
	list_each_safe (link, &head)
		list_remove(link);
	assert_true(list_is_empty(&head));
	assert_null(list_first(&head));
	(void)state;
}

static void splice_moves_all_to_the_end(void **state)
{
	struct list head, from;
	struct item items[2], others[2];

	list_fill(&head, items, 2, 1);
	list_fill(&from, others, 2, 3);
	list_splice(&head, &from);
	assert_int_equal(list_digits(&head), 1234);
	assert_true(list_is_empty(&from));
	list_splice(&head, &from);
	assert_int_equal(list_digits(&head), 1234);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_keep_the_order_they_came_in),
		cmocka_unit_test(element_may_leave_twice),
		cmocka_unit_test(walk_survives_the_removal_of_each),
		cmocka_unit_test(splice_moves_all_to_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
