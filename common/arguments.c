/* SPDX-License-Identifier: MIT */
/* Options are rows, the program's own and the common ones alike; --help is printed from the same
 * rows that are parsed. */
#include "common/arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"

#define USAGE_STATUS 2

/* What the common options leave behind. */
struct parsed {
	struct config_arguments arguments;
	const char *help;
	const char *version;
	const char *check;
	const char *setting; /* the latest --set */
};

static const struct common_option {
	const char *name;
	const char *value;
	const char *help;
	size_t offset; /* of a const char * in struct parsed */
} common_options[] = {
	{ "config", "FILE", "read the configuration from FILE",
		offsetof(struct parsed, arguments.file) },
	{ "set", "SECTION.KEY=VALUE", "set one key, over the file",
		offsetof(struct parsed, setting) },
	{ "check-config", NULL, "check the configuration and exit",
		offsetof(struct parsed, check) },
	{ "version", NULL, "print the version and exit", offsetof(struct parsed, version) },
	{ "help", NULL, "print this and exit", offsetof(struct parsed, help) },
};

#define COMMON_COUNT (sizeof(common_options) / sizeof(common_options[0]))

/* Where the option of that name puts its value; *takes_value_out says whether it has one. NULL
 * when there is none. */
static const char **find_option(const struct arguments_program *program, struct parsed *parsed,
	struct str name, bool *takes_value_out)
{
	for (size_t i = 0; i < program->option_count; i++) {
		if (!str_is(name, program->options[i].name))
			continue;
		*takes_value_out = program->options[i].value != NULL;
		return program->options[i].value_out;
	}
	for (size_t i = 0; i < COMMON_COUNT; i++) {
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

static bool complain(
	const struct arguments_program *program, const char *argument, const char *what)
{
	fprintf(stderr, "%s: %s: %s (see --help)\n", program->name, argument, what);
	return false;
}

/* One argument, and the next one where it is the value; *used_out says how many. */
static bool parse_one(
	const struct arguments_program *program, struct parsed *parsed, char **argv, int *used_out)
{
	struct str text = str_from(strcmp(argv[0], "-n") == 0 ? "--check-config" : argv[0]);
	struct str name = str_skip(text, 2);
	size_t equals = str_find(name, '=');
	bool takes_value = false;
	const char **value_out;

	*used_out = 1;
	if (!str_starts_with(text, STR_OF("--")))
		return complain(program, argv[0], "unknown argument");
	value_out = find_option(program, parsed, str_range(name.data, equals), &takes_value);
	if (value_out == NULL)
		return complain(program, argv[0], "unknown option");
	if (equals < name.len && !takes_value)
		return complain(program, argv[0], "this option takes no value");
	if (equals < name.len) {
		*value_out = name.data + equals + 1;
	} else if (!takes_value) {
		*value_out = "";
	} else if (argv[1] == NULL) {
		return complain(program, argv[0], "a value is missing");
	} else {
		*value_out = argv[1];
		*used_out = 2;
	}
	keep_setting(parsed);
	return true;
}

static void print_option(const char *name, const char *value, const char *help)
{
	char left[64];

	snprintf(left, sizeof(left), "--%s%s%s", name, value == NULL ? "" : " ",
		value == NULL ? "" : value);
	printf("  %-26s %s\n", left, help);
}

static void print_help(const struct arguments_program *program)
{
	struct buf keys = { 0 };

	printf("Usage: %s [OPTION]...\n%s\n\n", program->name, program->summary);
	for (size_t i = 0; i < program->option_count; i++)
		print_option(program->options[i].name, program->options[i].value,
			program->options[i].help);
	for (size_t i = 0; i < COMMON_COUNT; i++)
		print_option(
			common_options[i].name, common_options[i].value, common_options[i].help);
	config_describe(&keys);
	printf("\nThe configuration, with its defaults (roomwire.conf(5)):\n%s", buf_text(&keys));
	buf_finish(&keys);
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
	if (parsed->help != NULL) {
		print_help(program);
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

bool arguments_parse(const struct arguments_program *program, int argc, char **argv,
	struct config *config, int *status_out)
{
	struct parsed parsed = { 0 };
	bool goes_on = true;
	int used;

	*status_out = EXIT_SUCCESS;
	for (int i = 1; i < argc && goes_on; i += used)
		goes_on = parse_one(program, &parsed, argv + i, &used);
	if (goes_on)
		goes_on = act(program, &parsed, config, status_out);
	else
		*status_out = USAGE_STATUS;
	mem_free(parsed.arguments.settings);
	return goes_on;
}
