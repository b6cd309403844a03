/* SPDX-License-Identifier: MIT */
/* An open loop: messages are due at fixed times, spread over rooms and then over speakers, whatever
 * the server does, and their latency counts from when they were due. So a stall costs as much in
 * the figures as it does in life. */
#include "tests/bench/modes.h"

#include "tests/bench/nanoclock.h"
#include "tests/bench/traffic.h"

/* Of one speaker. What the server does not take beyond it is not said, and counted. */
#define UNSENT_MAX_BYTES (8 << 20)

struct schedule {
	uint64_t start_ns;
	uint64_t said; /* or skipped */
	uint64_t unsent;
};

static uint64_t due_ns(const struct traffic *traffic, const struct schedule *schedule)
{
	double seconds = (double)schedule->said / traffic->options->rate;

	return schedule->start_ns + (uint64_t)(seconds * (double)NANOSECONDS);
}

static void rate_start(struct traffic *traffic, uint64_t now_ns)
{
	struct schedule *schedule = traffic->state;

	schedule->start_ns = now_ns;
}

static void say_one(struct traffic *traffic, struct schedule *schedule, uint64_t due)
{
	uint32_t room = (uint32_t)(schedule->said % traffic->rooms);
	uint32_t member = (uint32_t)(schedule->said / traffic->rooms % traffic->speakers);
	struct client *speaker = traffic_client(traffic, room, member);

	schedule->said++;
	if (speaker->state != CLIENT_OPEN || speaker->out.len > UNSENT_MAX_BYTES) {
		schedule->unsent++;
		return;
	}
	traffic_say(traffic, speaker, due);
	client_flush(speaker, &traffic->fleet.host);
}

static uint64_t rate_speak(struct traffic *traffic, uint64_t now_ns)
{
	struct schedule *schedule = traffic->state;
	uint64_t due;

	while ((due = due_ns(traffic, schedule)) <= now_ns)
		say_one(traffic, schedule, due);
	return due;
}

void mode_rate_run(const struct options *options, struct report *report)
{
	static const struct traffic_pattern pattern = {
		.start = rate_start,
		.speak = rate_speak,
		.is_open_loop = true,
	};
	struct schedule schedule = { 0 };
	struct traffic traffic = {
		.pattern = &pattern,
		.state = &schedule,
		.rooms = options->rooms,
		.members = options->members,
		.speakers = options->speakers,
	};

	traffic_run(&traffic, options, report);
	report_add(report, "rooms", options->rooms);
	report_add(report, "members", options->members);
	report_add(report, "speakers", options->speakers);
	report_add(report, "size", options->size);
	report_add(report, "stalled", options->stalled);
	report_add(report, "rate", options->rate);
	report_add(report, "unsent", (double)schedule.unsent);
}
