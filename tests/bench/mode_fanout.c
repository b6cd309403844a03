/* SPDX-License-Identifier: MIT */
/* A closed loop: a room's speakers each say a burst at once, and the next one when everybody has
 * everything of it. A room that stands still is not waited for any longer, and goes on with what
 * comes next. */
#include "tests/bench/modes.h"

#include "common/base/mem.h"
#include "tests/bench/nanoclock.h"
#include "tests/bench/traffic.h"

#define LOOK_NS (NANOSECONDS / 10) /* how often rooms that stand still are looked for */

struct room {
	uint64_t outstanding; /* deliveries of the burst that is under way */
	uint64_t progress_ns;
	uint32_t first; /* number of the burst; all speakers of a room are in step */
};

struct fanout {
	struct room *rooms; /* owned */
	uint64_t bursts;
	uint64_t given_up;
};

static void burst_start(struct traffic *traffic, uint32_t index, uint64_t now_ns)
{
	struct fanout *fanout = traffic->state;
	struct room *room = &fanout->rooms[index];
	uint32_t in_flight = traffic->options->in_flight;

	fanout->bursts++;
	room->progress_ns = now_ns;
	room->outstanding = 0;
	for (uint32_t i = 0; i < traffic->speakers; i++) {
		struct client *speaker = traffic_client(traffic, index, i);

		if (speaker->state != CLIENT_OPEN)
			continue;
		room->first = traffic_next_number(traffic, speaker);
		room->outstanding += (uint64_t)in_flight * traffic->readers[index];
		now_ns = nanoclock_now();
		for (uint32_t k = 0; k < in_flight; k++)
			traffic_say(traffic, speaker, now_ns);
		client_flush(speaker, &traffic->fleet.host);
	}
}

static void fanout_start(struct traffic *traffic, uint64_t now_ns)
{
	for (uint32_t i = 0; i < traffic->rooms; i++)
		burst_start(traffic, i, now_ns);
}

static void fanout_received(struct traffic *traffic, struct client *client,
	const struct marker *marker, uint64_t now_ns)
{
	struct fanout *fanout = traffic->state;
	struct room *room = &fanout->rooms[client->room];

	if (marker->number < room->first)
		return; /* of a burst that was given up */
	room->progress_ns = now_ns;
	if (--room->outstanding == 0 && !traffic->is_ending)
		burst_start(traffic, client->room, now_ns);
}

static uint64_t fanout_speak(struct traffic *traffic, uint64_t now_ns)
{
	struct fanout *fanout = traffic->state;

	for (uint32_t i = 0; i < traffic->rooms; i++) {
		if (now_ns < fanout->rooms[i].progress_ns + TRAFFIC_STALL_NS)
			continue;
		fanout->given_up++;
		burst_start(traffic, i, now_ns);
	}
	return now_ns + LOOK_NS;
}

void mode_fanout_run(const struct options *options, struct report *report)
{
	static const struct traffic_pattern pattern = {
		.start = fanout_start,
		.speak = fanout_speak,
		.received = fanout_received,
	};
	struct fanout fanout = { .rooms = mem_alloc_array(options->rooms, sizeof(struct room)) };
	struct traffic traffic = {
		.pattern = &pattern,
		.state = &fanout,
		.rooms = options->rooms,
		.members = options->members,
		.speakers = options->speakers,
	};

	traffic_run(&traffic, options, report);
	report_add(report, "rooms", options->rooms);
	report_add(report, "members", options->members);
	report_add(report, "speakers", options->speakers);
	report_add(report, "in_flight", options->in_flight);
	report_add(report, "size", options->size);
	report_add(report, "stalled", options->stalled);
	report_add(report, "bursts", (double)fanout.bursts);
	report_add(report, "given_up", (double)fanout.given_up);
	mem_free(fanout.rooms);
}
