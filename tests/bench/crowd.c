/* SPDX-License-Identifier: MIT */
/* A handshake begins with the system call that connects, so that waiting in the server's queue of
 * connections is part of it. */
#include "tests/bench/crowd.h"

static void opened(void *context, struct client *client, uint64_t now_ns)
{
	struct crowd *crowd = context;

	if (!crowd->report->is_measuring)
		return;
	crowd->report->deliveries++;
	histogram_add(&crowd->report->latency_ns, now_ns - client->begun_ns);
}

static void text_came(
	void *context, struct client *client, struct str payload, size_t wire_len, uint64_t now_ns)
{
	struct crowd *crowd = context;

	crowd->report->other++;
	(void)client;
	(void)payload;
	(void)wire_len;
	(void)now_ns;
}

static void closed(void *context, struct client *client)
{
	struct crowd *crowd = context;

	crowd->report->closed++;
	(void)client;
}

static const struct client_ops ops = { .opened = opened, .text = text_came, .closed = closed };

void crowd_init(
	struct crowd *crowd, const struct options *options, size_t count, struct report *report)
{
	crowd->report = report;
	fleet_init(&crowd->fleet, options, count, &ops, crowd);
	for (size_t i = 0; i < count; i++) {
		crowd->fleet.clients[i].room = (uint32_t)(i % options->rooms);
		crowd->fleet.clients[i].member = (uint32_t)(i / options->rooms);
	}
}

void crowd_open(struct crowd *crowd, size_t first, size_t count)
{
	fleet_open(&crowd->fleet, first, count, crowd->fleet.options->parallel);
}

void crowd_finish(struct crowd *crowd)
{
	fleet_finish(&crowd->fleet);
}
