/* SPDX-License-Identifier: MIT */
/* Cells are each their own, are found by index while they are taken, and their memory goes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/mman.h>

#include "common/base/slab.h"

#define CELLS 3000

struct cells {
	struct slab slab;
	unsigned char *cells[CELLS];
	uint32_t indices[CELLS];
	size_t cell_size;
};

static void take_all(struct cells *cells, size_t cell_size)
{
	slab_init(&cells->slab, cell_size);
	cells->cell_size = cell_size;
	for (size_t i = 0; i < CELLS; i++) {
		cells->cells[i] = slab_take(&cells->slab);
		cells->indices[i] = slab_index(&cells->slab, cells->cells[i]);
		for (size_t byte = 0; byte < cell_size; byte++)
			assert_int_equal(cells->cells[i][byte], 0);
		memset(cells->cells[i], (int)(i % 251 + 1), cell_size);
	}
}

static void cells_are_zeroed_and_do_not_overlap(void **state)
{
	static const size_t sizes[] = { 1, 16, 136, 1000, 4096 };
	static struct cells cells;

	for (size_t size = 0; size < sizeof(sizes) / sizeof(sizes[0]); size++) {
		take_all(&cells, sizes[size]);
		for (size_t i = 0; i < CELLS; i++) {
			assert_int_equal((uintptr_t)cells.cells[i] % 8, 0);
			assert_int_equal(cells.cells[i][0], i % 251 + 1);
			assert_int_equal(cells.cells[i][sizes[size] - 1], i % 251 + 1);
		}
		for (size_t i = 0; i < CELLS; i++)
			slab_give_back(&cells.slab, cells.cells[i]);
		slab_finish(&cells.slab);
	}
	(void)state;
}

static void only_taken_cells_are_found(void **state)
{
	static struct cells cells;

	take_all(&cells, 136);
	for (size_t i = 0; i < CELLS; i += 2)
		slab_give_back(&cells.slab, cells.cells[i]);
	for (size_t i = 0; i < CELLS; i++)
		assert_ptr_equal(slab_find(&cells.slab, cells.indices[i]),
			i % 2 == 0 ? NULL : cells.cells[i]);
	assert_null(slab_find(&cells.slab, UINT32_MAX));
	for (size_t i = 0; i < CELLS; i += 2) {
		cells.cells[i] = slab_take(&cells.slab);
		cells.indices[i] = slab_index(&cells.slab, cells.cells[i]);
	}
	for (size_t i = 0; i < CELLS; i++) {
		assert_ptr_equal(slab_find(&cells.slab, cells.indices[i]), cells.cells[i]);
		slab_give_back(&cells.slab, cells.cells[i]);
	}
	slab_finish(&cells.slab);
	(void)state;
}

static void walk_finds_the_taken_cells_in_order(void **state)
{
	static struct cells cells;
	uint64_t position = 0;
	size_t count = 0;

	take_all(&cells, 136);
	for (size_t i = 0; i < CELLS; i += 3)
		slab_give_back(&cells.slab, cells.cells[i]);
	for (void *cell = slab_next(&cells.slab, &position); cell != NULL;
		cell = slab_next(&cells.slab, &position)) {
		assert_int_equal(slab_index(&cells.slab, cell), position - 1);
		slab_give_back(&cells.slab, cell);
		count++;
	}
	assert_int_equal(count, CELLS - CELLS / 3);
	slab_finish(&cells.slab);
	(void)state;
}

/* msync fails where nothing is mapped. */
static size_t count_mapped(const struct cells *cells)
{
	size_t count = 0;

	for (size_t i = 0; i < CELLS; i++) {
		char *page = (char *)cells->cells[i] - (uintptr_t)cells->cells[i] % 4096;

		count += msync(page, 4096, MS_ASYNC) == 0;
	}
	return count;
}

static void memory_of_free_cells_goes_back_but_for_one_chunk(void **state)
{
	static struct cells cells;

	take_all(&cells, 136);
	assert_int_equal(count_mapped(&cells), CELLS);
	for (size_t i = 0; i < CELLS; i++)
		slab_give_back(&cells.slab, cells.cells[i]);
	assert_in_range(count_mapped(&cells), 1, 64 * 1024 / 136);
	slab_finish(&cells.slab);
	assert_int_equal(count_mapped(&cells), 0);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_are_zeroed_and_do_not_overlap),
		cmocka_unit_test(only_taken_cells_are_found),
		cmocka_unit_test(walk_finds_the_taken_cells_in_order),
		cmocka_unit_test(memory_of_free_cells_goes_back_but_for_one_chunk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
