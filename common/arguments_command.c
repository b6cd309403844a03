/* SPDX-License-Identifier: MIT */
/* Words of a command line: the name of a command, and what it is about. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "common/arguments_private.h"

static bool command_is(const struct arguments_command *command, const char *noun, const char *verb)
{
	struct str rest = str_from(command->name), first = { 0 };

	return str_next(&rest, ' ', &first) && str_is(first, noun) && str_is(rest, verb);
}

const struct arguments_command *command_find(
	const struct arguments_program *program, const char *noun, const char *verb)
{
	for (size_t i = 0; i < program->command_count; i++)
		if (command_is(&program->commands[i], noun, verb))
			return &program->commands[i];
	return NULL;
}

bool command_has_noun(const struct arguments_command *command, const char *noun)
{
	struct str rest = str_from(command->name), first = { 0 };

	return str_next(&rest, ' ', &first) && str_is(first, noun);
}

static bool program_has_noun(const struct arguments_program *program, const char *noun)
{
	for (size_t i = 0; i < program->command_count; i++)
		if (command_has_noun(&program->commands[i], noun))
			return true;
	return false;
}

static bool take_noun(
	const struct arguments_program *program, struct parsed *parsed, const char *word)
{
	if (!program_has_noun(program, word))
		return arguments_complain(program, word, "unknown command");
	parsed->noun = word;
	parsed->command = command_find(program, word, "");
	return true;
}

static bool take_operand(
	const struct arguments_program *program, struct parsed *parsed, const char *word)
{
	if (parsed->command->operand == NULL || parsed->operand != NULL)
		return arguments_complain(program, word, "one word too many");
	parsed->operand = word;
	return true;
}

bool command_take_word(
	const struct arguments_program *program, struct parsed *parsed, const char *word)
{
	const struct arguments_command *longer;

	if (parsed->noun == NULL)
		return take_noun(program, parsed, word);
	if (parsed->is_command_settled)
		return take_operand(program, parsed, word);
	parsed->is_command_settled = true;
	longer = command_find(program, parsed->noun, word);
	if (longer == NULL && parsed->command == NULL)
		return arguments_complain(program, word, "unknown command");
	if (longer == NULL)
		return take_operand(program, parsed, word);
	parsed->command = longer;
	return true;
}

bool command_check(const struct arguments_program *program, const struct parsed *parsed)
{
	const struct arguments_command *command = parsed->command;

	if (command == NULL)
		return arguments_complain(program,
			parsed->noun == NULL ? "no command" : parsed->noun,
			parsed->noun == NULL ? "there is nothing to do"
					     : "a second word is missing");
	if (parsed->operand == NULL && command->operand != NULL && command->operand[0] != '[')
		return arguments_complain(program, command->operand, "this word is missing");
	return true;
}
