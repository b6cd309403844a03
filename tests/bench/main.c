/* SPDX-License-Identifier: MIT */
/* The load generator of scripts/bench: one run of one mode, one line of JSON. One thread, so that
 * what it costs itself is one figure. */
#include <stdlib.h>

#include "common/base/mem.h"
#include "tests/bench/modes.h"

static mode_run *const runs[] = {
	[MODE_FANOUT] = mode_fanout_run,
	[MODE_RATE] = mode_rate_run,
	[MODE_ECHO] = mode_echo_run,
	[MODE_CONNECT] = mode_connect_run,
	[MODE_IDLE] = mode_idle_run,
	[MODE_RETURN] = mode_return_run,
	[MODE_READ] = mode_read_run,
};

int main(int argc, char **argv)
{
	struct options options;
	struct report *report = mem_new(struct report);

	options_parse(&options, argc, argv);
	runs[options.mode](&options, report);
	report_print(report, &options);
	report_finish(report);
	mem_free(report);
	return EXIT_SUCCESS;
}
