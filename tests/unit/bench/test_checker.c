/* SPDX-License-Identifier: MIT */
/* What reaches one connection of two, from one speaker of two, as a list of numbers; and what the
 * checker makes of it. The other connection and speaker hear and say everything in order. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "tests/bench/checker.h"

#define SENT 5 /* 0 to 4 */
#define END UINT32_MAX
#define NUMBERS_MAX 8

static int set_up(void **state)
{
	struct checker *checker = mem_new(struct checker);

	checker_init(checker, 2, 2);
	*state = checker;
	return 0;
}

static int tear_down(void **state)
{
	checker_finish(*state);
	mem_free(*state);
	return 0;
}

struct arrival_case {
	const char *name;
	uint32_t numbers[NUMBERS_MAX];
	uint64_t lost, doubled, disordered;
};

static const struct arrival_case cases[] = {
	{ "all in order", { 0, 1, 2, 3, 4, END }, 0, 0, 0 },
	{ "nothing at all", { END }, 5, 0, 0 },
	{ "the first is lost", { 1, 2, 3, 4, END }, 1, 0, 0 },
	{ "two in the middle are lost", { 0, 3, 4, END }, 2, 0, 0 },
	{ "the last is lost", { 0, 1, 2, 3, END }, 1, 0, 0 },
	{ "one comes twice", { 0, 1, 1, 2, 3, 4, END }, 0, 1, 0 },
	{ "one comes again much later", { 0, 1, 2, 3, 4, 0, END }, 0, 1, 0 },
	{ "two change places", { 0, 2, 1, 3, 4, END }, 0, 0, 1 },
	{ "the first comes last", { 1, 2, 3, 4, 0, END }, 0, 0, 1 },
	{ "a late one comes twice", { 0, 2, 1, 1, 3, 4, END }, 0, 1, 1 },
	{ "the middle of a gap comes late", { 0, 4, 2, END }, 2, 0, 1 },
	{ "backwards", { 4, 3, 2, 1, 0, END }, 0, 0, 4 },
};

static void check_arrivals(const struct arrival_case *row)
{
	void *state = NULL;
	struct checker *checker;

	set_up(&state);
	checker = state;
	for (size_t i = 0; row->numbers[i] != END; i++)
		checker_see(checker, 1, 0, row->numbers[i]);
	for (uint32_t number = 0; number < SENT; number++) {
		assert_true(checker_see(checker, 0, 0, number));
		assert_true(checker_see(checker, 0, 1, number));
		assert_true(checker_see(checker, 1, 1, number));
	}
	for (size_t connection = 0; connection < 2; connection++) {
		for (size_t speaker = 0; speaker < 2; speaker++)
			checker_close(checker, connection, speaker, SENT);
	}
	if (checker->lost != row->lost || checker->doubled != row->doubled ||
		checker->disordered != row->disordered)
		fail_msg("%s: lost %" PRIu64 ", doubled %" PRIu64 ", disordered %" PRIu64,
			row->name, checker->lost, checker->doubled, checker->disordered);
	tear_down(&state);
}

static void checker_tells_what_is_wrong_with_one_speaker(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_arrivals(&cases[i]);
	(void)state;
}

static void checker_says_what_is_new(void **state)
{
	assert_true(checker_see(*state, 0, 0, 0));
	assert_true(checker_see(*state, 0, 0, 2));
	assert_true(checker_see(*state, 0, 0, 1));
	assert_false(checker_see(*state, 0, 0, 1));
	assert_false(checker_see(*state, 0, 0, 2));
}

/* Every other one is missing, twice as many as there is room for; those that are forgotten stay
 * lost. */
static void checker_counts_losses_beyond_its_list_of_gaps(void **state)
{
	struct checker *checker = *state;

	for (uint32_t i = 0; i < 2 * CHECKER_GAPS_MAX; i++)
		assert_true(checker_see(checker, 0, 0, 2 * i + 1));
	assert_int_equal(checker->lost, 2 * CHECKER_GAPS_MAX);
	assert_true(checker_see(checker, 0, 0, 0));
	assert_int_equal(checker->lost, 2 * CHECKER_GAPS_MAX - 1);
	assert_false(checker_see(checker, 0, 0, 4 * CHECKER_GAPS_MAX - 2));
	assert_int_equal(checker->lost, 2 * CHECKER_GAPS_MAX - 1);
	assert_int_equal(checker->doubled, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checker_tells_what_is_wrong_with_one_speaker),
		cmocka_unit_test_setup_teardown(checker_says_what_is_new, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			checker_counts_losses_beyond_its_list_of_gaps, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
