/* SPDX-License-Identifier: MIT */
/* The command line that roomwire's programs share: a table of options each, --help, --version,
 * --config, --set and --check-config. */
#pragma once

#include <stdbool.h>

#include "common/config.h"

/* An option of one program's own. */
struct arguments_option {
	const char *name; /* without the dashes */
	const char *value; /* name of its value in --help, or NULL for a switch */
	const char *help;
	const char **value_out; /* receives the value, or "" for a switch; borrowed from argv */
};

struct arguments_program {
	const char *name;
	const char *summary;
	const char *libraries; /* what --version adds in brackets, such as "libmicrohttpd 0.9.75,
				  nng 1.5.2" */
	const struct arguments_option *options;
	size_t option_count;
	/* What only this program can check in a configuration; false with a sentence. NULL for
	 * nothing. */
	bool (*check)(const struct config *config, struct buf *problem);
};

/* Parses argv and loads the configuration. False when the program has nothing more to do: after
 * --help, --version, --check-config or a mistake (one line on stderr); *status_out is then its exit
 * status: 0, 2 for usage, CONFIG_EXIT_STATUS for the configuration. */
bool arguments_parse(const struct arguments_program *program, int argc, char **argv,
	struct config *config, int *status_out) __attribute__((warn_unused_result));
