/* SPDX-License-Identifier: MIT */
/* What connections cost that say nothing: memory of the server's processes before, with and after
 * them, and its processors' time meanwhile. What the kernel keeps for a socket is in no process's
 * memory and so in none of these figures. */
#include "tests/bench/modes.h"

#include <unistd.h>

#include "tests/bench/crowd.h"
#include "tests/bench/nanoclock.h"

#define SETTLE_NS (NANOSECONDS / 5) /* what joining leads to is over */
#define AFTER_SECONDS 3 /* servers that give memory back do so by then */

static uint64_t pss_bytes(const struct options *options)
{
	if (options->server_pid_count == 0)
		return 0;
	return proc_read_pss_bytes(options->server_pids, options->server_pid_count);
}

void mode_idle_run(const struct options *options, struct report *report)
{
	uint64_t before = pss_bytes(options);
	struct crowd crowd;
	double grown;

	crowd_init(&crowd, options, options->connections, report);
	crowd_open(&crowd, 0, options->connections);
	fleet_run(&crowd.fleet, nanoclock_now() + SETTLE_NS);
	report_begin_measuring(report, options);
	fleet_run(
		&crowd.fleet, nanoclock_now() + (uint64_t)(options->seconds * (double)NANOSECONDS));
	report_end_measuring(report, options);
	crowd_finish(&crowd);
	report_add(report, "connections", options->connections);
	report_add(report, "rooms", options->rooms);
	if (options->server_pid_count == 0)
		return;
	sleep(AFTER_SECONDS);
	grown = (double)report->server_pss_bytes - (double)before;
	report_add(report, "pss_before_bytes", (double)before);
	report_add(report, "pss_open_bytes", (double)report->server_pss_bytes);
	report_add(report, "pss_closed_bytes", (double)pss_bytes(options));
	report_add(report, "bytes_per_connection", grown / options->connections);
}
