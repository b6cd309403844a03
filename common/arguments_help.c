/* SPDX-License-Identifier: MIT */
/* --help, printed from the rows that are parsed. */
#include <stdio.h>

#include "common/arguments_private.h"

static void print_row(const char *name, const char *value, const char *help, const char *dashes)
{
	char left[64];

	snprintf(left, sizeof(left), "%s%s%s%s", dashes, name, value == NULL ? "" : " ",
		value == NULL ? "" : value);
	printf("  %-26s %s\n", left, help);
}

static void print_options(const struct arguments_option *options, size_t count)
{
	for (size_t i = 0; i < count; i++)
		print_row(options[i].name, options[i].value, options[i].help, "--");
}

static void print_command_usage(
	const struct arguments_program *program, const struct arguments_command *command)
{
	printf("Usage: %s %s%s%s [OPTION]...\n%s\n\n", program->name, command->name,
		command->operand == NULL ? "" : " ",
		command->operand == NULL ? "" : command->operand, command->help);
	print_options(command->options, command->option_count);
}

/* Those that begin with noun; NULL: all. */
static void print_commands(const struct arguments_program *program, const char *noun)
{
	if (program->commands == NULL)
		return;
	for (size_t i = 0; i < program->command_count; i++)
		if (noun == NULL || command_has_noun(&program->commands[i], noun))
			print_row(program->commands[i].name, program->commands[i].operand,
				program->commands[i].help, "");
	printf("\n");
}

static void print_configuration(void)
{
	struct buf keys = { 0 };

	config_describe(&keys);
	printf("\nThe configuration, with its defaults (roomwire.conf(5)):\n%s", buf_text(&keys));
	buf_finish(&keys);
}

void arguments_print_help(const struct arguments_program *program, const struct parsed *parsed)
{
	if (parsed->command != NULL) {
		print_command_usage(program, parsed->command);
	} else {
		printf("Usage: %s %s[OPTION]...\n%s\n\n", program->name,
			program->commands == NULL ? "" : "COMMAND ", program->summary);
		print_commands(program, parsed->noun);
	}
	print_options(program->options, program->option_count);
	for (size_t i = 0; i < common_option_count; i++)
		print_row(common_options[i].name, common_options[i].value, common_options[i].help,
			"--");
	if (parsed->noun == NULL)
		print_configuration();
}
