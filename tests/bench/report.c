/* SPDX-License-Identifier: MIT */
/* The counters of the server are read first and last, so that reading them is inside nobody's
 * figures but the wall clock's few microseconds. What nobody asked for, or what can't be known, is
 * null. */
#include "tests/bench/report.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "tests/bench/nanoclock.h"

#define NANOSECONDS_OF_US 1000.0

void report_finish(struct report *report)
{
	proc_group_finish(&report->processes);
}

void report_find_server(struct report *report, const struct options *options)
{
	if (options->server_pid_count > 0)
		proc_find(&report->processes, options->server_pids, options->server_pid_count);
}

void report_begin_measuring(struct report *report)
{
	proc_read_usage(&report->processes, &report->server);
	report->client_cpu_ns = nanoclock_of(CLOCK_PROCESS_CPUTIME_ID);
	report->time_ns = nanoclock_now();
	report->is_measuring = true;
}

/* Processes that have ended take their share with them. */
static uint64_t since(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

void report_end_measuring(struct report *report)
{
	struct proc_usage server;

	report->time_ns = nanoclock_now() - report->time_ns;
	report->client_cpu_ns = nanoclock_of(CLOCK_PROCESS_CPUTIME_ID) - report->client_cpu_ns;
	proc_read_usage(&report->processes, &server);
	report->server.cpu_ns = since(server.cpu_ns, report->server.cpu_ns);
	report->server.user_ticks = since(server.user_ticks, report->server.user_ticks);
	report->server.system_ticks = since(server.system_ticks, report->server.system_ticks);
	report->is_measuring = false;
}

void report_weigh(struct report *report)
{
	proc_read_memory(&report->processes, &report->memory);
}

void report_add(struct report *report, const char *key, double value)
{
	assert(report->figure_count < REPORT_FIGURES_MAX);
	report->figures[report->figure_count++] = (struct report_figure){ key, value };
}

static double ratio(double part, double whole)
{
	return whole > 0 ? part / whole : NAN;
}

static void print_number(const char *key, double value)
{
	if (isnan(value))
		printf(", \"%s\": null", key);
	else
		printf(", \"%s\": %.10g", key, value);
}

static void print_count(const char *key, uint64_t count)
{
	printf(", \"%s\": %" PRIu64, key, count);
}

static void print_latency(const struct histogram *latency_ns)
{
	static const struct {
		const char *key;
		double part;
	} rows[] = { { "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 }, { "p999", 0.999 } };

	printf(", \"latency_us\": {\"count\": %" PRIu64 ", ", latency_ns->total);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		printf("\"%s\": %.1f, ", rows[i].key,
			(double)histogram_percentile(latency_ns, rows[i].part) / NANOSECONDS_OF_US);
	printf("\"max\": %.1f}", (double)latency_ns->max / NANOSECONDS_OF_US);
}

static void print_processors(const struct report *report, bool has_server)
{
	const struct proc_usage *server = &report->server;
	double deliveries = (double)report->deliveries;
	double ticks = (double)(server->user_ticks + server->system_ticks);
	double server_us = has_server ? (double)server->cpu_ns / NANOSECONDS_OF_US : NAN;
	double user_us = server_us * ratio((double)server->user_ticks, ticks);
	double client_us = (double)report->client_cpu_ns / NANOSECONDS_OF_US;

	print_number("server_cpu_us_per_delivery", ratio(server_us, deliveries));
	print_number("server_user_us_per_delivery", ratio(user_us, deliveries));
	print_number("server_system_us_per_delivery", ratio(server_us - user_us, deliveries));
	print_number("client_cpu_us_per_delivery", ratio(client_us, deliveries));
	print_number("server_cpu_seconds", server_us / 1e6);
	print_number("client_cpu_seconds", client_us / 1e6);
	print_number("server_pss_bytes", has_server ? (double)report->memory.pss_bytes : NAN);
}

void report_print(const struct report *report, const struct options *options)
{
	double seconds = (double)report->time_ns / (double)NANOSECONDS;
	double deliveries = (double)report->deliveries;

	printf("{\"mode\": \"%s\"", mode_name(options->mode));
	print_count("messages", report->messages);
	print_count("deliveries", report->deliveries);
	print_number("seconds", seconds);
	print_number("deliveries_per_second", ratio(deliveries, seconds));
	print_count("lost", report->lost);
	print_count("doubled", report->doubled);
	print_count("disordered", report->disordered);
	print_count("foreign", report->foreign);
	print_count("other", report->other);
	print_count("closed", report->closed);
	print_number("frame_bytes", ratio((double)report->frame_bytes, deliveries));
	print_latency(&report->latency_ns);
	print_processors(report, options->server_pid_count > 0);
	for (size_t i = 0; i < report->figure_count; i++)
		print_number(report->figures[i].key, report->figures[i].value);
	puts("}");
}
