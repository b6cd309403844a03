/* SPDX-License-Identifier: MIT */
/* What connections cost that say nothing: memory of the server's processes before, with and after
 * them, and its processors' time meanwhile. What the kernel keeps for a socket is in no process's
 * memory and so in none of these figures. */
#include "tests/bench/modes.h"

#include <unistd.h>

#include "tests/bench/crowd.h"
#include "tests/bench/nanoclock.h"

#define SETTLE_NS (NANOSECONDS / 5) /* what joining leads to is over */

static double growth(uint64_t now, uint64_t before)
{
	return (double)now - (double)before;
}

static void add_memory(struct report *report, const struct proc_memory *before,
	const struct proc_memory *closed, double connections)
{
	const struct proc_memory *open = &report->memory;

	report_add(report, "pss_before_bytes", (double)before->pss_bytes);
	report_add(report, "pss_open_bytes", (double)open->pss_bytes);
	report_add(report, "pss_closed_bytes", (double)closed->pss_bytes);
	report_add(report, "anonymous_before_bytes", (double)before->anonymous_bytes);
	report_add(report, "anonymous_open_bytes", (double)open->anonymous_bytes);
	report_add(report, "anonymous_closed_bytes", (double)closed->anonymous_bytes);
	report_add(report, "bytes_per_connection",
		growth(open->pss_bytes, before->pss_bytes) / connections);
	report_add(report, "anonymous_bytes_per_connection",
		growth(open->anonymous_bytes, before->anonymous_bytes) / connections);
}

void mode_idle_run(const struct options *options, struct report *report)
{
	struct proc_memory before, closed;
	struct crowd crowd;

	report_find_server(report, options);
	proc_read_memory(&report->processes, &before);
	crowd_init(&crowd, options, options->connections, report);
	crowd_open(&crowd, 0, options->connections);
	fleet_run(&crowd.fleet, nanoclock_now() + SETTLE_NS);
	report_begin_measuring(report);
	fleet_run(
		&crowd.fleet, nanoclock_now() + (uint64_t)(options->seconds * (double)NANOSECONDS));
	report_end_measuring(report);
	report_weigh(report);
	crowd_finish(&crowd);
	report_add(report, "connections", options->connections);
	report_add(report, "rooms", options->rooms);
	if (options->server_pid_count == 0)
		return;
	sleep(options->after_seconds);
	proc_read_memory(&report->processes, &closed);
	add_memory(report, &before, &closed, options->connections);
}
