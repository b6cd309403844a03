/* SPDX-License-Identifier: MIT */
/* Command lines, and what they end in: an exit status, or a configuration and the program's own
 * values. What is printed is caught in temporary files in the place of stdout and stderr. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arguments.h"

static const char *pid_file;
static const char *is_daemon;

static const struct arguments_option options[] = {
	{ "pid-file", "FILE", "write the process id to FILE", &pid_file },
	{ "daemon", NULL, "run in the background", &is_daemon },
};

static const struct arguments_program program = {
	.name = "roomwire-test",
	.summary = "tests itself",
	.libraries = "libtest 1.0",
	.options = options,
	.option_count = 2,
};

struct outcome {
	bool goes_on;
	int status;
	char out[16384];
	char err[1024];
};

/* Puts a temporary file in the place of fd; *saved_out takes what was there. */
static FILE *stream_catch(int fd, int *saved_out)
{
	FILE *file = tmpfile();

	assert_non_null(file);
	*saved_out = dup(fd);
	dup2(fileno(file), fd);
	return file;
}

static void stream_release(int fd, int saved, FILE *file, char *text, size_t size)
{
	dup2(saved, fd);
	close(saved);
	rewind(file);
	text[fread(text, 1, size - 1, file)] = '\0';
	fclose(file);
}

/* line is split at its spaces. */
static void arguments_run(const char *line, struct config *config, struct outcome *outcome)
{
	char *copy = strdup(line);
	char *argv[16] = { (char *)(uintptr_t) "roomwire-test" };
	int argc = 1, saved_out, saved_err;
	FILE *out, *err;

	for (char *word = strtok(copy, " "); word != NULL && argc < 15; word = strtok(NULL, " "))
		argv[argc++] = word;
	*config = (struct config){ 0 };
	fflush(stdout);
	out = stream_catch(STDOUT_FILENO, &saved_out);
	err = stream_catch(STDERR_FILENO, &saved_err);
	outcome->goes_on = arguments_parse(&program, argc, argv, config, &outcome->status);
	fflush(stdout);
	stream_release(STDERR_FILENO, saved_err, err, outcome->err, sizeof(outcome->err));
	stream_release(STDOUT_FILENO, saved_out, out, outcome->out, sizeof(outcome->out));
	free(copy);
}

static void options_may_have_their_value_behind_or_in_them(void **state)
{
	static const char line[] =
		"--pid-file=a=b --set site.name=x --set=limits.connections=5 --daemon";
	struct outcome outcome;
	struct config config;
	char first;

	arguments_run(line, &config, &outcome);
	assert_true(outcome.goes_on);
	assert_string_equal(config.site_name, "x");
	assert_int_equal(config.limits_connections, 5);
	assert_non_null(pid_file);
	assert_non_null(is_daemon);
	first = is_daemon[0];
	assert_int_equal(first, '\0');
	assert_string_equal(outcome.out, "");
	assert_string_equal(outcome.err, "");
	config_finish(&config);
	(void)state;
}

static void later_setting_wins(void **state)
{
	struct outcome outcome;
	struct config config;

	arguments_run("--set site.name=a --set site.name=b", &config, &outcome);
	assert_true(outcome.goes_on);
	assert_string_equal(config.site_name, "b");
	config_finish(&config);
	(void)state;
}

static void misuse_is_one_line_and_status_2(void **state)
{
	static const char *const lines[] = { "--nonsense", "-x", "file", "--pid-file", "--set",
		"--daemon=1", "--", "-", "--help=1", "--version --nonsense", "--configx=a" };

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct outcome outcome;
		struct config config;
		const char *newline;

		arguments_run(lines[i], &config, &outcome);
		assert_false(outcome.goes_on);
		assert_int_equal(outcome.status, 2);
		newline = strchr(outcome.err, '\n');
		assert_non_null(newline);
		assert_string_equal(newline, "\n");
		assert_true(str_starts_with(str_from(outcome.err), STR_OF("roomwire-test: ")));
		assert_string_equal(outcome.out, "");
	}
	(void)state;
}

static void wrong_configuration_is_status_78(void **state)
{
	struct outcome outcome;
	struct config config;

	arguments_run("--set limits.conections=1", &config, &outcome);
	assert_false(outcome.goes_on);
	assert_int_equal(outcome.status, CONFIG_EXIT_STATUS);
	assert_non_null(strstr(outcome.err, "did you mean \"connections\"?"));
	config_finish(&config);
	(void)state;
}

static void check_config_says_ok_or_what_is_wrong(void **state)
{
	struct outcome outcome;
	struct config config;

	arguments_run("-n", &config, &outcome);
	assert_false(outcome.goes_on);
	assert_int_equal(outcome.status, 0);
	assert_string_equal(outcome.out, "configuration: ok\n");
	config_finish(&config);
	arguments_run("--check-config --config /dev/null", &config, &outcome);
	assert_int_equal(outcome.status, 0);
	assert_string_equal(outcome.out, "/dev/null: ok\n");
	config_finish(&config);
	arguments_run("--check-config --config /nonexistent", &config, &outcome);
	assert_int_equal(outcome.status, CONFIG_EXIT_STATUS);
	assert_string_equal(outcome.out, "");
	config_finish(&config);
	(void)state;
}

static void help_names_every_option_and_key(void **state)
{
	static const char *const wanted[] = { "Usage: roomwire-test", "tests itself",
		"--pid-file FILE", "--daemon", "--config FILE", "--set SECTION.KEY=VALUE",
		"--check-config", "--version", "--help", "backlog_bytes" };
	struct outcome outcome;
	struct config config;

	arguments_run("--help --set no.such=key", &config, &outcome);
	assert_false(outcome.goes_on);
	assert_int_equal(outcome.status, 0);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		assert_non_null(strstr(outcome.out, wanted[i]));
	(void)state;
}

static void version_names_the_libraries(void **state)
{
	struct outcome outcome;
	struct config config;

	arguments_run("--version", &config, &outcome);
	assert_false(outcome.goes_on);
	assert_int_equal(outcome.status, 0);
	assert_string_equal(outcome.out, "roomwire-test " ROOMWIRE_VERSION " (libtest 1.0)\n");
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_may_have_their_value_behind_or_in_them),
		cmocka_unit_test(later_setting_wins),
		cmocka_unit_test(misuse_is_one_line_and_status_2),
		cmocka_unit_test(wrong_configuration_is_status_78),
		cmocka_unit_test(check_config_says_ok_or_what_is_wrong),
		cmocka_unit_test(help_names_every_option_and_key),
		cmocka_unit_test(version_names_the_libraries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
