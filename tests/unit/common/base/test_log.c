/* SPDX-License-Identifier: MIT */
/* Lines as they leave the program, read back from a pipe in the place of stderr. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/utf8.h"

static int saved_stderr;
static int pipe_ends[2];

static void capture_begin(void)
{
	assert_int_equal(pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK), 0);
	saved_stderr = dup(STDERR_FILENO);
	dup2(pipe_ends[1], STDERR_FILENO);
}

/* What was written since, NUL-terminated. */
static size_t capture_end(char out[static 8192])
{
	ssize_t len = read(pipe_ends[0], out, 8191);

	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	out[len < 0 ? 0 : len] = '\0';
	return strlen(out);
}

static void priorities_are_those_journald_reads(void **state)
{
	char out[8192];

	log_set_level(LOG_LEVEL_DEBUG);
	capture_begin();
	log_error("a=%d", 1);
	log_warning("b=2");
	log_info("c=3");
	log_debug("d=4");
	capture_end(out);
	assert_string_equal(out, "<3>a=1\n<4>b=2\n<6>c=3\n<7>d=4\n");
	(void)state;
}

static void lines_above_the_level_are_dropped(void **state)
{
	char out[8192];

	log_set_level(LOG_LEVEL_WARNING);
	capture_begin();
	log_info("unseen");
	log_debug("unseen");
	log_warning("seen");
	capture_end(out);
	assert_string_equal(out, "<4>seen\n");
	assert_true(log_writes(LOG_LEVEL_WARNING));
	assert_false(log_writes(LOG_LEVEL_INFO));
	(void)state;
}

static void errno_is_appended_and_kept(void **state)
{
	char out[8192];

	capture_begin();
	errno = ENOENT;
	log_errno("open file=x");
	assert_int_equal(errno, ENOENT);
	capture_end(out);
	assert_string_equal(out, "<3>open file=x error=\"No such file or directory\"\n");
	(void)state;
}

static void long_line_is_cut_to_one_line_of_whole_characters(void **state)
{
	char out[8192];
	char text[6001];

	for (size_t i = 0; i + 3 < sizeof(text); i += 3)
		memcpy(text + i, "\xe6\x88\xbf", 3);
	text[6000] = '\0';
	memcpy(text + 5997, "\xe6\x88\xbf", 3);
	capture_begin();
	log_error("%s", text);
	assert_in_range(capture_end(out), 2000, 2048);
	assert_true(str_ends_with(str_from(out), STR_OF("...\n")));
	assert_true(utf8_is_valid(str_from(out)));
	(void)state;
}

static void control_bytes_never_make_a_second_line(void **state)
{
	char out[8192];

	capture_begin();
	log_error("%s", "a\r\n<3>forged \x1b[31m");
	capture_end(out);
	assert_string_equal(out, "<3>a?"
				 "?<3>forged ?[31m\n");
	(void)state;
}

static void quote_escapes_what_could_forge_or_confuse(void **state)
{
	static const struct {
		const char *raw;
		const char *quoted;
	} table[] = {
		{ "plain", "\"plain\"" },
		{ "\xe6\x88\xbf\xe9\x97\xb4", "\"\xe6\x88\xbf\xe9\x97\xb4\"" },
		{ "a\nb\x1b", "\"a\\u{a}b\\u{1b}\"" },
		{ "say \"hi\" \\", "\"say \\\"hi\\\" \\\\\"" },
		{ "\x7f\xc2\x85", "\"\\u{7f}\\u{85}\"" },
		{ "\xe2\x80\xae", "\"\\u{202e}\"" },
		{ "\xff\xe6\x88", "\"\\xff\\xe6\\x88\"" },
	};
	struct log_quoted quoted;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_string_equal(log_quote(&quoted, str_from(table[i].raw)), table[i].quoted);
	assert_string_equal(log_quote(&quoted, (struct str){ 0 }), "\"\"");
	(void)state;
}

static void quote_of_every_control_byte_stays_printable(void **state)
{
	struct log_quoted quoted;

	for (unsigned c = 0; c < 0xa0; c = c == 0x1f ? 0x7f : c + 1) {
		char bytes[4];
		const char *text = log_quote(&quoted, str_range(bytes, utf8_write(c, bytes)));

		for (; *text != '\0'; text++)
			assert_in_range(*text, 0x20, 0x7e);
	}
	(void)state;
}

static void quote_cuts_long_texts_and_closes_them(void **state)
{
	struct log_quoted quoted;
	char text[1000];

	memset(text, '\n', sizeof(text));
	log_quote(&quoted, str_range(text, sizeof(text)));
	assert_in_range(strlen(quoted.text), 245, sizeof(quoted.text) - 1);
	assert_true(str_ends_with(str_from(quoted.text), STR_OF("}...\"")));
	(void)state;
}

static void level_is_found_by_its_name(void **state)
{
	enum log_level level = LOG_LEVEL_ERROR;

	assert_true(log_level_find(STR_OF("debug"), &level));
	assert_int_equal(level, LOG_LEVEL_DEBUG);
	assert_false(log_level_find(STR_OF("Debug"), &level));
	assert_false(log_level_find(STR_OF(""), &level));
	(void)state;
}

static void rate_admits_a_line_a_second_and_counts_the_rest(void **state)
{
	struct log_rate rate = { 0 };
	uint64_t suppressed = 99;

	assert_true(log_rate_admits(&rate, 5000, &suppressed));
	assert_int_equal(suppressed, 0);
	for (uint64_t now_ms = 5000; now_ms < 6000; now_ms++)
		assert_false(log_rate_admits(&rate, now_ms, &suppressed));
	assert_true(log_rate_admits(&rate, 6000, &suppressed));
	assert_int_equal(suppressed, 1000);
	assert_false(log_rate_admits(&rate, 6999, &suppressed));
	assert_true(log_rate_admits(&rate, 60000, &suppressed));
	assert_int_equal(suppressed, 1);
	assert_true(log_rate_admits(&rate, 61000, &suppressed));
	assert_int_equal(suppressed, 0);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(priorities_are_those_journald_reads),
		cmocka_unit_test(lines_above_the_level_are_dropped),
		cmocka_unit_test(errno_is_appended_and_kept),
		cmocka_unit_test(long_line_is_cut_to_one_line_of_whole_characters),
		cmocka_unit_test(control_bytes_never_make_a_second_line),
		cmocka_unit_test(quote_escapes_what_could_forge_or_confuse),
		cmocka_unit_test(quote_of_every_control_byte_stays_printable),
		cmocka_unit_test(quote_cuts_long_texts_and_closes_them),
		cmocka_unit_test(level_is_found_by_its_name),
		cmocka_unit_test(rate_admits_a_line_a_second_and_counts_the_rest),
	};

	setenv("JOURNAL_STREAM", "1:2", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
