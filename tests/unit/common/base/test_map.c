/* SPDX-License-Identifier: MIT */
/* The hash table, against what a table of numbers would do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/base/crypto.h"
#include "common/base/map.h"

#define NUMBERS 2000

static char values[NUMBERS];

static struct str key_of(int number, char text[static 16])
{
	snprintf(text, 16, "key %d", number);
	return str_from(text);
}

static struct map *map_filled(void)
{
	struct map *map = map_create();
	char text[16];

	for (int i = 0; i < NUMBERS; i++)
		assert_null(map_put(map, key_of(i, text), &values[i]));
	return map;
}

static void entries_are_found_after_growth(void **state)
{
	struct map *map = map_filled();
	char text[16];

	assert_int_equal(map_count(map), NUMBERS);
	for (int i = 0; i < NUMBERS; i++)
		assert_ptr_equal(map_find(map, key_of(i, text)), &values[i]);
	assert_null(map_find(map, STR_OF("key")));
	assert_null(map_find(map, (struct str){ 0 }));
	map_destroy(map);
	map_destroy(NULL);
	(void)state;
}

static void put_of_a_known_key_replaces_its_value(void **state)
{
	struct map *map = map_create();

	assert_null(map_put(map, STR_OF("a"), &values[1]));
	assert_ptr_equal(map_put(map, STR_OF("a"), &values[2]), &values[1]);
	assert_ptr_equal(map_find(map, STR_OF("a")), &values[2]);
	assert_int_equal(map_count(map), 1);
	map_destroy(map);
	(void)state;
}

static void keys_are_bytes_with_nul_and_empty_ones(void **state)
{
	struct map *map = map_create();

	map_put(map, str_range("a\0b", 3), &values[1]);
	map_put(map, str_range("a\0c", 3), &values[2]);
	map_put(map, STR_OF(""), &values[3]);
	assert_ptr_equal(map_find(map, str_range("a\0b", 3)), &values[1]);
	assert_ptr_equal(map_find(map, str_range("a\0c", 3)), &values[2]);
	assert_ptr_equal(map_find(map, (struct str){ 0 }), &values[3]);
	map_destroy(map);
	(void)state;
}

static void removed_entries_hide_nobody_behind_them(void **state)
{
	struct map *map = map_filled();
	char text[16];

	for (int i = 0; i < NUMBERS; i += 2)
		assert_ptr_equal(map_remove(map, key_of(i, text)), &values[i]);
	for (int i = 0; i < NUMBERS; i++)
		assert_ptr_equal(map_find(map, key_of(i, text)), i % 2 == 0 ? NULL : &values[i]);
	assert_null(map_remove(map, key_of(0, text)));
	assert_int_equal(map_count(map), NUMBERS / 2);
	map_destroy(map);
	(void)state;
}

static void walk_may_remove_what_it_was_handed(void **state)
{
	struct map *map = map_filled();
	bool seen[NUMBERS] = { false };
	size_t position = 0;
	struct str key;
	void *value;

	while (map_next(map, &position, &key, &value)) {
		ptrdiff_t number = (char *)value - values;

		assert_false(seen[number]);
		seen[number] = true;
		assert_ptr_equal(map_remove(map, key), value);
	}
	assert_int_equal(map_count(map), 0);
	for (int i = 0; i < NUMBERS; i++)
		assert_true(seen[i]);
	map_destroy(map);
	(void)state;
}

static void coming_and_going_never_fills_the_table(void **state)
{
	struct map *map = map_create();
	char text[16];

	/* Without the marks being cleared the search for an empty slot would never end. */
	for (int i = 0; i < 100 * NUMBERS; i++) {
		map_put(map, key_of(i, text), &values[0]);
		assert_ptr_equal(map_remove(map, key_of(i, text)), &values[0]);
	}
	assert_null(map_find(map, STR_OF("absent")));
	map_destroy(map);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_found_after_growth),
		cmocka_unit_test(put_of_a_known_key_replaces_its_value),
		cmocka_unit_test(keys_are_bytes_with_nul_and_empty_ones),
		cmocka_unit_test(removed_entries_hide_nobody_behind_them),
		cmocka_unit_test(walk_may_remove_what_it_was_handed),
		cmocka_unit_test(coming_and_going_never_fills_the_table),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
