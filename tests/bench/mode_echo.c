/* SPDX-License-Identifier: MIT */
/* Round trips: each connection is a room of its own that hears itself, and answers each echo with
 * its next message. */
#include "tests/bench/modes.h"

#include "tests/bench/nanoclock.h"
#include "tests/bench/traffic.h"

#define HOUR_NS (3600 * NANOSECONDS)

static void echo_start(struct traffic *traffic, uint64_t now_ns)
{
	for (uint32_t i = 0; i < traffic->rooms; i++) {
		struct client *client = traffic_client(traffic, i, 0);

		now_ns = nanoclock_now();
		for (uint32_t k = 0; k < traffic->options->in_flight; k++)
			traffic_say(traffic, client, now_ns);
		client_flush(client, &traffic->fleet.host);
	}
}

/* Sent with all others that the same read asks for. */
static void echo_received(struct traffic *traffic, struct client *client,
	const struct marker *marker, uint64_t now_ns)
{
	(void)marker;
	if (!traffic->is_ending)
		traffic_say(traffic, client, now_ns);
}

static uint64_t echo_speak(struct traffic *traffic, uint64_t now_ns)
{
	(void)traffic;
	return now_ns + HOUR_NS; /* all is said in answer */
}

void mode_echo_run(const struct options *options, struct report *report)
{
	static const struct traffic_pattern pattern = {
		.start = echo_start,
		.speak = echo_speak,
		.received = echo_received,
	};
	struct traffic traffic = {
		.pattern = &pattern,
		.rooms = options->connections,
		.members = 1,
		.speakers = 1,
	};

	traffic_run(&traffic, options, report);
	report_add(report, "connections", options->connections);
	report_add(report, "in_flight", options->in_flight);
	report_add(report, "size", options->size);
}
