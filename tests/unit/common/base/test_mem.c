/* SPDX-License-Identifier: MIT */
/* What callers of the heap may rely on without looking. That memory ends is tried in a child, which
 * must not survive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/mem.h"

static void alloc_gives_zeroes_and_never_null(void **state)
{
	char *zeroes = mem_alloc(64);
	char *nothing = mem_alloc(0);

	for (size_t i = 0; i < 64; i++)
		assert_int_equal(zeroes[i], 0);
	assert_non_null(nothing);
	mem_free(zeroes);
	mem_free(nothing);
	mem_free(NULL);
	(void)state;
}

static void strndup_copies_and_terminates(void **state)
{
	char *copy = mem_strndup("abcdef", 3);
	char *empty = mem_strndup(NULL, 0);

	assert_string_equal(copy, "abc");
	assert_string_equal(empty, "");
	mem_free(copy);
	mem_free(empty);
	(void)state;
}

static void array_whose_size_overflows_aborts(void **state)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		close(STDERR_FILENO);
		mem_free(mem_alloc_array(SIZE_MAX / 2, 4));
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	/* A sanitizer's allocator ends the program in its own way. */
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alloc_gives_zeroes_and_never_null),
		cmocka_unit_test(strndup_copies_and_terminates),
		cmocka_unit_test(array_whose_size_overflows_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
