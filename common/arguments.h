/* SPDX-License-Identifier: MIT */
/* The command line that roomwire's programs share: a table of options each, --help, --version,
 * --config, --set and --check-config; of a program that does one thing of several, a table of these
 * commands, too. */
#pragma once

#include <stdbool.h>

#include "common/config.h"

#define ARGUMENTS_LIST_MAX 32

/* An option of one program's own. One whose value's name ends in "..." may stand several times:
 * then value_out is the first of ARGUMENTS_LIST_MAX pointers, which are NULL behind the last value.
 */
struct arguments_option {
	const char *name; /* without the dashes */
	const char *value; /* name of its value in --help, or NULL for a switch */
	const char *help;
	const char **value_out; /* receives the value, or "" for a switch; borrowed from argv */
};

/* One of the things that a program can be told to do. */
struct arguments_command {
	const char *name; /* one word or two, "user add"; the longest that fits is meant */
	const char *operand; /* the name of its word in --help, "[NAME]" where it may be left out;
				NULL: it takes none */
	const char *help;
	const struct arguments_option *options; /* known behind the name only */
	size_t option_count;
	/* Returns the exit status. operand is NULL when there is none; borrowed from argv. */
	int (*run)(const struct config *config, const char *operand);
};

struct arguments_program {
	const char *name;
	const char *summary;
	const char *libraries; /* what --version adds in brackets, such as "libmicrohttpd 0.9.75,
				  nng 1.5.2" */
	const struct arguments_option *options;
	size_t option_count;
	const struct arguments_command *commands; /* NULL: it takes no words */
	size_t command_count;
	/* What only this program can check in a configuration; false with a sentence. NULL for
	 * nothing. */
	bool (*check)(const struct config *config, struct buf *problem);
};

/* Parses argv and loads the configuration. False when the program has nothing more to do: after
 * --help, --version, --check-config or a mistake (one line on stderr); *status_out is then its exit
 * status: 0, 2 for usage, CONFIG_EXIT_STATUS for the configuration. */
bool arguments_parse(const struct arguments_program *program, int argc, char **argv,
	struct config *config, int *status_out) __attribute__((warn_unused_result));
/* The same of a program with commands, and runs the one that argv names. Returns the exit status of
 * the program: EX_USAGE for usage, CONFIG_EXIT_STATUS for the configuration, else the command's. */
int arguments_run(const struct arguments_program *program, int argc, char **argv)
	__attribute__((warn_unused_result));
