/* SPDX-License-Identifier: MIT */
/* What the files of common/arguments share: the options of all programs, and what a command line
 * has said so far. */
#pragma once

#include "common/arguments.h"

struct parsed {
	struct config_arguments arguments;
	const char *help;
	const char *version;
	const char *check;
	const char *setting; /* the latest --set */
	bool is_words_only; /* behind "--" */
	const char *noun; /* the first word; NULL: none yet */
	const struct arguments_command *command; /* NULL: not known yet */
	bool is_command_settled; /* no further word makes it another one */
	const char *operand;
};

struct common_option {
	const char *name;
	const char *value;
	const char *help;
	size_t offset; /* of a const char * in struct parsed */
};

extern const struct common_option common_options[];
extern const size_t common_option_count;

/* The command of one word, or of two; NULL when there is none. */
const struct arguments_command *command_find(
	const struct arguments_program *program, const char *noun, const char *verb);
/* Whether a command begins with this word. */
bool command_has_noun(const struct arguments_command *command, const char *noun);
/* One word of a program with commands. False after it has said what is wrong with it. */
bool command_take_word(const struct arguments_program *program, struct parsed *parsed,
	const char *word) __attribute__((warn_unused_result));
/* Whether the words, once they are all read, are a command and what it needs; says what is missing.
 */
bool command_check(const struct arguments_program *program, const struct parsed *parsed)
	__attribute__((warn_unused_result));

/* One line on stderr; returns false. */
bool arguments_complain(
	const struct arguments_program *program, const char *argument, const char *what);
/* Of the command that was named, of those that begin with the word that was, or of the program. */
void arguments_print_help(const struct arguments_program *program, const struct parsed *parsed);
