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
#include <sysexits.h>
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

#define WORDS_MAX 40

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

static char ran[256]; /* the command that was run last, and what it was told */
static const char *size;
static const char *colours[ARGUMENTS_LIST_MAX];
static const char *shape;

static int run_draw(const struct config *config, const char *operand)
{
	assert_string_equal(config->paths_state, "state");
	snprintf(ran, sizeof(ran), "draw %s %s", operand == NULL ? "-" : operand,
		size == NULL ? "-" : size);
	for (size_t i = 0; i < ARGUMENTS_LIST_MAX && colours[i] != NULL; i++)
		strcat(strcat(ran, " "), colours[i]);
	return 3;
}

static int run_list(const struct config *config, const char *operand)
{
	(void)config;
	snprintf(ran, sizeof(ran), "list %s", operand == NULL ? "-" : operand);
	return EXIT_SUCCESS;
}

static const struct arguments_option draw_options[] = {
	{ "size", "N", "this large", &size },
	{ "colour", "C...", "in this colour, too", colours },
};

static const struct arguments_command commands[] = {
	{ "draw", "[NAME]", "draws one", draw_options, 2, run_draw },
	{ "draw list", NULL, "lists them", NULL, 0, run_list },
	{ "shape add", "NAME", "adds one", NULL, 0, run_list },
	{ "shape list", NULL, "lists shapes", NULL, 0, run_list },
};

static const struct arguments_option commander_options[] = {
	{ "shape", "SHAPE", "of this shape", &shape },
};

static const struct arguments_program commander = {
	.name = "roomwire-test",
	.summary = "does several things",
	.options = commander_options,
	.option_count = 1,
	.commands = commands,
	.command_count = sizeof(commands) / sizeof(commands[0]),
};

/* line is split at its spaces. config NULL: the one with commands. */
static void run_line(const char *line, struct config *config, struct outcome *outcome)
{
	char *copy = strdup(line);
	char *argv[WORDS_MAX + 1] = { (char *)(uintptr_t) "roomwire-test" };
	int argc = 1, saved_out, saved_err;
	FILE *out, *err;

	for (char *word = strtok(copy, " "); word != NULL && argc < WORDS_MAX;
		word = strtok(NULL, " "))
		argv[argc++] = word;
	fflush(stdout);
	out = stream_catch(STDOUT_FILENO, &saved_out);
	err = stream_catch(STDERR_FILENO, &saved_err);
	if (config == NULL) {
		ran[0] = '\0';
		size = shape = NULL;
		memset(colours, 0, sizeof(colours));
		outcome->status = arguments_run(&commander, argc, argv);
	} else {
		*config = (struct config){ 0 };
		outcome->goes_on = arguments_parse(&program, argc, argv, config, &outcome->status);
	}
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

	run_line(line, &config, &outcome);
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

static void an_option_of_a_list_may_stand_several_times(void **state)
{
	struct outcome outcome;

	run_line("draw --colour red --colour=blue", NULL, &outcome);
	assert_int_equal(outcome.status, 3);
	assert_string_equal(ran, "draw - - red blue");
	(void)state;
}

static void an_option_of_a_list_may_not_stand_too_often(void **state)
{
	struct outcome outcome;
	struct buf line = { 0 };

	buf_append_text(&line, "draw");
	for (int i = 0; i < ARGUMENTS_LIST_MAX; i++)
		buf_append_text(&line, " --colour=red");
	run_line(buf_text(&line), NULL, &outcome);
	assert_int_equal(outcome.status, 3);
	buf_append_text(&line, " --colour=red");
	run_line(buf_text(&line), NULL, &outcome);
	assert_int_equal(outcome.status, EX_USAGE);
	assert_non_null(strstr(outcome.err, "too many of this option"));
	buf_finish(&line);
	(void)state;
}

static void later_setting_wins(void **state)
{
	struct outcome outcome;
	struct config config;

	run_line("--set site.name=a --set site.name=b", &config, &outcome);
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

		run_line(lines[i], &config, &outcome);
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

	run_line("--set limits.conections=1", &config, &outcome);
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

	run_line("-n", &config, &outcome);
	assert_false(outcome.goes_on);
	assert_int_equal(outcome.status, 0);
	assert_string_equal(outcome.out, "configuration: ok\n");
	config_finish(&config);
	run_line("--check-config --config /dev/null", &config, &outcome);
	assert_int_equal(outcome.status, 0);
	assert_string_equal(outcome.out, "/dev/null: ok\n");
	config_finish(&config);
	run_line("--check-config --config /nonexistent", &config, &outcome);
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

	run_line("--help --set no.such=key", &config, &outcome);
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

	run_line("--version", &config, &outcome);
	assert_false(outcome.goes_on);
	assert_int_equal(outcome.status, 0);
	assert_string_equal(outcome.out, "roomwire-test " ROOMWIRE_VERSION " (libtest 1.0)\n");
	(void)state;
}

static void command_is_the_longest_that_the_words_name(void **state)
{
	static const struct {
		const char *line;
		const char *ran;
		int status;
	} cases[] = {
		{ "draw", "draw - -", 3 },
		{ "draw list", "list -", 0 },
		{ "shape add list", "list list", 0 },
		{ "--set site.name=x shape --shape=round list", "list -", 0 },
		{ "draw circle --size 3", "draw circle 3", 3 },
		{ "draw --size=3 circle", "draw circle 3", 3 },
		{ "draw -- --size", "draw --size -", 3 },
		{ "--shape x draw circle --size=", "draw circle ", 3 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outcome outcome;

		run_line(cases[i].line, NULL, &outcome);
		assert_string_equal(ran, cases[i].ran);
		assert_int_equal(outcome.status, cases[i].status);
		assert_string_equal(outcome.err, "");
	}
	(void)state;
}

static void misuse_of_commands_is_one_line_and_runs_nothing(void **state)
{
	static const struct {
		const char *line;
		const char *words;
	} cases[] = {
		{ "", "no command: there is nothing to do" },
		{ "sing", "sing: unknown command" },
		{ "shape", "shape: a second word is missing" },
		{ "shape round", "round: unknown command" },
		{ "shape add", "NAME: this word is missing" },
		{ "shape add a b", "b: one word too many" },
		{ "shape list a", "a: one word too many" },
		{ "--size 3 draw", "--size: unknown option" },
		{ "shape add a --size 3", "--size: unknown option" },
		{ "draw -x", "-x: unknown argument" },
		{ "draw --size", "--size: a value is missing" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outcome outcome;

		run_line(cases[i].line, NULL, &outcome);
		assert_int_equal(outcome.status, EX_USAGE);
		assert_non_null(strstr(outcome.err, cases[i].words));
		assert_ptr_equal(strchr(outcome.err, '\n'), strrchr(outcome.err, '\n'));
		assert_string_equal(outcome.out, "");
		assert_string_equal(ran, "");
	}
	(void)state;
}

static void help_is_of_what_was_named(void **state)
{
	static const struct {
		const char *line;
		const char *has, *has_not;
	} cases[] = {
		{ "--help", "shape add NAME", "this large" },
		{ "--help", "backlog_bytes", "this large" },
		{ "shape --help", "shape add NAME", "draws one" },
		{ "draw --help", "--size N", "shape add" },
		{ "shape add --help", "roomwire-test shape add NAME [OPTION]", "backlog_bytes" },
		{ "draw --help", "--check-config", "backlog_bytes" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outcome outcome;

		run_line(cases[i].line, NULL, &outcome);
		assert_int_equal(outcome.status, EXIT_SUCCESS);
		assert_non_null(strstr(outcome.out, cases[i].has));
		assert_null(strstr(outcome.out, cases[i].has_not));
		assert_string_equal(ran, "");
	}
	(void)state;
}

static void program_with_commands_checks_a_configuration_without_one(void **state)
{
	struct outcome outcome;

	run_line("--check-config", NULL, &outcome);
	assert_int_equal(outcome.status, EXIT_SUCCESS);
	assert_string_equal(outcome.out, "configuration: ok\n");
	run_line("draw --set site.nam=x", NULL, &outcome);
	assert_int_equal(outcome.status, CONFIG_EXIT_STATUS);
	assert_string_equal(ran, "");
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_may_have_their_value_behind_or_in_them),
		cmocka_unit_test(an_option_of_a_list_may_stand_several_times),
		cmocka_unit_test(an_option_of_a_list_may_not_stand_too_often),
		cmocka_unit_test(later_setting_wins),
		cmocka_unit_test(misuse_is_one_line_and_status_2),
		cmocka_unit_test(wrong_configuration_is_status_78),
		cmocka_unit_test(check_config_says_ok_or_what_is_wrong),
		cmocka_unit_test(help_names_every_option_and_key),
		cmocka_unit_test(version_names_the_libraries),
		cmocka_unit_test(command_is_the_longest_that_the_words_name),
		cmocka_unit_test(misuse_of_commands_is_one_line_and_runs_nothing),
		cmocka_unit_test(help_is_of_what_was_named),
		cmocka_unit_test(program_with_commands_checks_a_configuration_without_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
