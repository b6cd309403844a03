/* SPDX-License-Identifier: MIT */
/* How fast a server lets people in, and what each costs it, what is told to others of them
 * included. A delivery is a connection that has got its 101. */
#include "tests/bench/modes.h"

#include "tests/bench/crowd.h"
#include "tests/bench/nanoclock.h"

/* While the idle ones are opened, which nobody measures. */
#define QUIETLY 64

void mode_connect_run(const struct options *options, struct report *report)
{
	struct crowd crowd;
	uint64_t begun_ns, opened_ns;
	double server_us;

	crowd_init(&crowd, options, (size_t)options->keep_open + options->connections, report);
	fleet_open(&crowd.fleet, 0, options->keep_open, QUIETLY);
	report_find_server(report, options);
	report_begin_measuring(report);
	begun_ns = nanoclock_now();
	crowd_open(&crowd, options->keep_open, options->connections);
	opened_ns = nanoclock_now();
	fleet_run(&crowd.fleet, opened_ns + options->after_seconds * NANOSECONDS);
	report_end_measuring(report);
	report->time_ns = opened_ns - begun_ns;
	report_weigh(report);
	crowd_finish(&crowd);
	server_us = (double)report->server.cpu_ns / 1000;
	report_add(report, "connections", options->connections);
	report_add(report, "parallel", options->parallel);
	report_add(report, "kept_open", options->keep_open);
	report_add(report, "rooms", options->rooms);
	if (options->server_pid_count > 0)
		report_add(
			report, "server_cpu_us_per_connection", server_us / options->connections);
	report_add(report, "connections_per_second",
		options->connections * 1e9 / (double)report->time_ns);
}
