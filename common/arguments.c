/* SPDX-License-Identifier: MIT */
/* Options are rows, the program's own and the common ones alike; --help is printed from the same
 * rows that are parsed. */
#include "common/arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/arguments_private.h"
#include "common/base/mem.h"

#define USAGE_STATUS 2

const struct common_option common_options[] = {
	{ "config", "FILE", "read the configuration from FILE",
		offsetof(struct parsed, arguments.file) },
	{ "set", "SECTION.KEY=VALUE", "set one key, over the file",
		offsetof(struct parsed, setting) },
	{ "check-config", NULL, "check the configuration and exit",
		offsetof(struct parsed, check) },
	{ "version", NULL, "print the version and exit", offsetof(struct parsed, version) },
	{ "help", NULL, "print this and exit", offsetof(struct parsed, help) },
};

const size_t common_option_count = sizeof(common_options) / sizeof(common_options[0]);

static const struct arguments_option *option_find(
	const struct arguments_option *options, size_t count, struct str name)
{
	for (size_t i = 0; i < count; i++)
		if (str_is(name, options[i].name))
			return &options[i];
	return NULL;
}

/* Where the option puts its next value; NULL when a list is full. */
static const char **find_place(const struct arguments_option *option)
{
	const char **place = option->value_out;

	if (option->value == NULL || !str_ends_with(str_from(option->value), STR_OF("...")))
		return place;
	for (size_t i = 0; i < ARGUMENTS_LIST_MAX; i++, place++) {
		if (*place == NULL)
			return place;
	}
	return NULL;
}

/* Where the option of that name puts its value; *takes_value_out says whether it has one. NULL
 * when there is none, or no place for more. */
static const char **find_option(const struct arguments_program *program, struct parsed *parsed,
	struct str name, bool *takes_value_out)
{
	const struct arguments_command *command = parsed->command;
	const struct arguments_option *option = NULL;

	if (command != NULL)
		option = option_find(command->options, command->option_count, name);
	if (option == NULL)
		option = option_find(program->options, program->option_count, name);
	if (option != NULL) {
		*takes_value_out = option->value != NULL;
		return find_place(option);
	}
	for (size_t i = 0; i < common_option_count; i++) {
		if (!str_is(name, common_options[i].name))
			continue;
		*takes_value_out = common_options[i].value != NULL;
		return (const char **)(void *)((char *)parsed + common_options[i].offset);
	}
	return NULL;
}

static void keep_setting(struct parsed *parsed)
{
	struct config_arguments *arguments = &parsed->arguments;

	if (parsed->setting == NULL)
		return;
	arguments->settings = mem_resize(
		arguments->settings, (arguments->setting_count + 1) * sizeof(char *));
	arguments->settings[arguments->setting_count++] = parsed->setting;
	parsed->setting = NULL;
}

bool arguments_complain(
	const struct arguments_program *program, const char *argument, const char *what)
{
	fprintf(stderr, "%s: %s: %s (see --help)\n", program->name, argument, what);
	return false;
}

static bool parse_option(
	const struct arguments_program *program, struct parsed *parsed, char **argv, int *used_out)
{
	struct str text = str_from(strcmp(argv[0], "-n") == 0 ? "--check-config" : argv[0]);
	struct str name = str_skip(text, 2);
	size_t equals = str_find(name, '=');
	bool takes_value = false;
	const char **value_out = find_option(
		program, parsed, str_range(name.data, equals), &takes_value);

	if (value_out == NULL)
		return arguments_complain(program, argv[0],
			takes_value ? "too many of this option" : "unknown option");
	if (equals < name.len && !takes_value)
		return arguments_complain(program, argv[0], "this option takes no value");
	if (equals < name.len) {
		*value_out = name.data + equals + 1;
	} else if (!takes_value) {
		*value_out = "";
	} else if (argv[1] == NULL) {
		return arguments_complain(program, argv[0], "a value is missing");
	} else {
		*value_out = argv[1];
		*used_out = 2;
	}
	keep_setting(parsed);
	return true;
}

/* One argument, and the next one where it is the value; *used_out says how many. */
static bool parse_one(
	const struct arguments_program *program, struct parsed *parsed, char **argv, int *used_out)
{
	bool is_option = str_starts_with(str_from(argv[0]), STR_OF("--")) ||
			 strcmp(argv[0], "-n") == 0;

	*used_out = 1;
	if (program->commands != NULL && (parsed->is_words_only || argv[0][0] != '-'))
		return command_take_word(program, parsed, argv[0]);
	if (program->commands != NULL && strcmp(argv[0], "--") == 0) {
		parsed->is_words_only = true;
		return true;
	}
	if (!is_option)
		return arguments_complain(program, argv[0], "unknown argument");
	return parse_option(program, parsed, argv, used_out);
}

static int load(const struct arguments_program *program, const struct config_arguments *arguments,
	struct config *config)
{
	struct buf problem = { 0 };
	int status = EXIT_SUCCESS;

	if (!config_load(config, arguments, &problem) ||
		(program->check != NULL && !program->check(config, &problem))) {
		fprintf(stderr, "%s: %s\n", program->name, buf_text(&problem));
		status = CONFIG_EXIT_STATUS;
	}
	buf_finish(&problem);
	return status;
}

/* True when the program goes on. */
static bool act(const struct arguments_program *program, const struct parsed *parsed,
	struct config *config, int *status)
{
	*status = EXIT_SUCCESS;
	if (parsed->help != NULL) {
		arguments_print_help(program, parsed);
		return false;
	}
	if (parsed->version != NULL) {
		printf("%s %s%s%s%s\n", program->name, ROOMWIRE_VERSION,
			program->libraries == NULL ? "" : " (",
			program->libraries == NULL ? "" : program->libraries,
			program->libraries == NULL ? "" : ")");
		return false;
	}
	*status = load(program, &parsed->arguments, config);
	if (parsed->check == NULL || *status != EXIT_SUCCESS)
		return *status == EXIT_SUCCESS;
	printf("%s: ok\n",
		parsed->arguments.file == NULL ? "configuration" : parsed->arguments.file);
	return false;
}

/* Whether argv could be read. */
static bool parse_all(
	const struct arguments_program *program, struct parsed *parsed, int argc, char **argv)
{
	int used;

	for (int i = 1; i < argc; i += used)
		if (!parse_one(program, parsed, argv + i, &used))
			return false;
	return true;
}

bool arguments_parse(const struct arguments_program *program, int argc, char **argv,
	struct config *config, int *status_out)
{
	struct parsed parsed = { 0 };
	bool goes_on = parse_all(program, &parsed, argc, argv);

	*status_out = USAGE_STATUS;
	if (goes_on)
		goes_on = act(program, &parsed, config, status_out);
	mem_free(parsed.arguments.settings);
	return goes_on;
}

/* Whether the program may do something else than what its command says. */
static bool is_command_needed(const struct parsed *parsed)
{
	return parsed->help == NULL && parsed->version == NULL && parsed->check == NULL;
}

int arguments_run(const struct arguments_program *program, int argc, char **argv)
{
	struct parsed parsed = { 0 };
	struct config config = { 0 };
	bool is_usable = parse_all(program, &parsed, argc, argv) &&
			 (!is_command_needed(&parsed) || command_check(program, &parsed));
	int status = EX_USAGE;

	if (is_usable && act(program, &parsed, &config, &status))
		status = parsed.command->run(&config, parsed.operand);
	config_finish(&config);
	mem_free(parsed.arguments.settings);
	return status;
}
