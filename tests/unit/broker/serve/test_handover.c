/* SPDX-License-Identifier: MIT */
/* The reader is this test, on the other end of the pipe. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker/serve/handover.h"

#define LONG_LEN 20000 /* several pages */
#define LARGE 65536 /* as much as any library reads at once */

static void read_is(int reader, const char *text)
{
	char bytes[LARGE];

	assert_int_equal(read(reader, bytes, sizeof(bytes)), strlen(text));
	assert_memory_equal(bytes, text, strlen(text));
}

static void only_one_line_is_in_the_pipe_however_much_is_read_at_once(void **state)
{
	struct handover handover;
	int reader;

	handover_init(&handover);
	reader = handover_open(&handover);
	assert_true(reader >= 0 && handover_is_free(&handover) && !handover_waits(&handover));
	handover_take(&handover, STR_OF("one"));
	assert_true(handover_waits(&handover) && !handover_is_free(&handover));
	for (int i = 0; i < 3; i++)
		assert_false(handover_proceed(&handover));
	read_is(reader, "one\n");
	assert_false(handover_is_free(&handover));
	assert_true(handover_proceed(&handover));
	assert_true(handover_is_free(&handover));
	handover_take(&handover, STR_OF(""));
	assert_false(handover_proceed(&handover));
	read_is(reader, "\n");
	assert_true(handover_proceed(&handover));
	close(reader);
	handover_finish(&handover);
	(void)state;
}

static void a_line_that_is_read_in_part_is_not_read(void **state)
{
	struct handover handover;
	char c;
	int reader;

	handover_init(&handover);
	reader = handover_open(&handover);
	handover_take(&handover, STR_OF("ab"));
	assert_false(handover_proceed(&handover));
	assert_int_equal(read(reader, &c, 1), 1);
	assert_false(handover_proceed(&handover));
	assert_int_equal(read(reader, &c, 1), 1);
	assert_false(handover_proceed(&handover));
	close(reader);
	assert_false(handover_close(&handover));
	reader = handover_open(&handover);
	assert_false(handover_proceed(&handover));
	read_is(reader, "ab\n");
	close(reader);
	assert_true(handover_close(&handover));
	assert_true(handover_is_free(&handover));
	handover_finish(&handover);
	(void)state;
}

static void a_reader_that_closes_has_not_read(void **state)
{
	struct handover handover;
	int reader;

	handover_init(&handover);
	reader = handover_open(&handover);
	handover_take(&handover, STR_OF("a"));
	assert_false(handover_proceed(&handover));
	close(reader);
	assert_false(handover_proceed(&handover));
	assert_false(handover_waits(&handover));
	assert_false(handover_close(&handover));
	reader = handover_open(&handover);
	close(reader);
	assert_true(handover_waits(&handover));
	assert_false(handover_proceed(&handover));
	assert_false(handover_waits(&handover));
	assert_false(handover_close(&handover));
	assert_false(handover_is_free(&handover));
	handover_finish(&handover);
	(void)state;
}

static void a_long_line_comes_in_pages_and_begins_anew_for_the_next(void **state)
{
	struct handover handover;
	static char line[LONG_LEN];
	char bytes[LARGE];
	size_t len = 0;
	int reader;

	memset(line, 'x', sizeof(line));
	handover_init(&handover);
	reader = handover_open(&handover);
	handover_take(&handover, str_range(line, sizeof(line)));
	assert_false(handover_proceed(&handover));
	assert_true(read(reader, bytes, sizeof(bytes)) > 0);
	assert_false(handover_proceed(&handover));
	close(reader);
	assert_false(handover_close(&handover));
	reader = handover_open(&handover);
	while (len < LONG_LEN + 1) {
		assert_false(handover_proceed(&handover));
		len += (size_t)read(reader, bytes, sizeof(bytes));
	}
	assert_int_equal(len, LONG_LEN + 1);
	assert_true(handover_proceed(&handover));
	close(reader);
	handover_finish(&handover);
	(void)state;
}

static int ignore_broken_pipes(void **state)
{
	(void)state;
	return signal(SIGPIPE, SIG_IGN) == SIG_ERR;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_one_line_is_in_the_pipe_however_much_is_read_at_once),
		cmocka_unit_test(a_line_that_is_read_in_part_is_not_read),
		cmocka_unit_test(a_reader_that_closes_has_not_read),
		cmocka_unit_test(a_long_line_comes_in_pages_and_begins_anew_for_the_next),
	};

	return cmocka_run_group_tests(tests, ignore_broken_pipes, NULL);
}
