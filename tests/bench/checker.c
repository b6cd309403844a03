/* SPDX-License-Identifier: MIT */
/* A number above the expected one leaves a gap that is lost until it comes; one below is late when
 * it lies in a gap, and doubled otherwise. */
#include "tests/bench/checker.h"

#include "common/base/mem.h"

void checker_init(struct checker *checker, size_t connections, size_t speakers)
{
	*checker = (struct checker){ .speakers = speakers };
	checker->expected = mem_alloc_array(connections * speakers, sizeof(*checker->expected));
}

void checker_finish(struct checker *checker)
{
	mem_free(checker->expected);
	checker->expected = NULL;
}

static void gap_open(struct checker *checker, size_t pair, uint32_t first, uint32_t end)
{
	checker->lost += end - first;
	if (end > first && checker->gap_count < CHECKER_GAPS_MAX)
		checker->gaps[checker->gap_count++] = (struct checker_gap){ pair, first, end };
}

/* Takes a number out of the gap that it lies in, which may leave one on either side. */
static bool gap_fill(struct checker *checker, size_t pair, uint32_t number)
{
	for (size_t i = 0; i < checker->gap_count; i++) {
		struct checker_gap gap = checker->gaps[i];

		if (gap.pair != pair || number < gap.first || number >= gap.end)
			continue;
		checker->gaps[i] = checker->gaps[--checker->gap_count];
		checker->lost -= gap.end - gap.first;
		gap_open(checker, pair, gap.first, number);
		gap_open(checker, pair, number + 1, gap.end);
		return true;
	}
	return false;
}

bool checker_see(struct checker *checker, size_t connection, size_t speaker, uint32_t number)
{
	size_t pair = connection * checker->speakers + speaker;
	uint32_t expected = checker->expected[pair];

	if (number >= expected) {
		gap_open(checker, pair, expected, number);
		checker->expected[pair] = number + 1;
		return true;
	}
	if (gap_fill(checker, pair, number)) {
		checker->disordered++;
		return true;
	}
	checker->doubled++;
	return false;
}

void checker_close(struct checker *checker, size_t connection, size_t speaker, uint32_t sent)
{
	uint32_t expected = checker->expected[connection * checker->speakers + speaker];

	if (sent > expected)
		checker->lost += sent - expected;
}
