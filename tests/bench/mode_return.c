/* SPDX-License-Identifier: MIT */
/* All of a room but its speaker are cut at once, miss something, and come back at once where they
 * were. The speaker never stops, so that everybody's past has a seam with the present; whether it
 * is complete and in order is the traffic's checker's to say, as if nobody had been away. */
#include "tests/bench/modes.h"

#include <math.h>
#include <stdio.h>

#include "common/base/mem.h"
#include "tests/bench/answer.h"
#include "tests/bench/nanoclock.h"
#include "tests/bench/traffic.h"

#define EPOCH_SIZE 64
#define BEGUN_AT_ONCE 64 /* between two looks at what has come */
#define BUSY_NS (NANOSECONDS / 1000)

enum phase { PHASE_PRESENT, PHASE_AWAY, PHASE_RETURNING };

struct follower {
	uint64_t seq; /* of the last message */
	bool is_back; /* has all that was said before anybody came back */
};

struct coming {
	enum phase phase;
	struct follower *followers; /* owned, by member; the first one is the speaker */
	char epoch[EPOCH_SIZE];
	uint64_t due_ns; /* the next message */
	uint64_t began_ns; /* the phase; of the last one: to come back */
	uint64_t back_ns; /* the last one was back */
	uint32_t cut_at; /* number of the first message that was missed, */
	uint32_t owed; /* and of the first that was not */
	uint32_t begun; /* members that have begun to come back */
	uint32_t back;
	uint32_t recovered; /* were told so */
};

static uint64_t interval_ns(const struct traffic *traffic, const struct coming *coming)
{
	const struct options *options = traffic->options;
	double rate = coming->phase == PHASE_AWAY ? options->missed / options->away_seconds
						  : options->rate;

	return (uint64_t)((double)NANOSECONDS / rate);
}

static uint32_t next_number(struct traffic *traffic)
{
	return traffic_next_number(traffic, traffic_client(traffic, 0, 0));
}

static void enter(struct coming *coming, enum phase phase, uint64_t now_ns)
{
	coming->phase = phase;
	coming->began_ns = coming->due_ns = now_ns;
}

static void cut_all(struct traffic *traffic, struct coming *coming, uint64_t now_ns)
{
	for (uint32_t i = 1; i < traffic->members; i++)
		client_close(traffic_client(traffic, 0, i));
	coming->cut_at = next_number(traffic);
	enter(coming, PHASE_AWAY, now_ns);
}

/* False when the server is too busy just now. */
static bool begin_one(struct traffic *traffic, struct coming *coming)
{
	char query[EPOCH_SIZE + 64];

	snprintf(query, sizeof(query), "?epoch=%s&after=%llu", coming->epoch,
		(unsigned long long)coming->followers[coming->begun].seq);
	return fleet_begin(
		&traffic->fleet, traffic_client(traffic, 0, coming->begun), str_from(query));
}

/* Returns when to go on. */
static uint64_t begin_some(struct traffic *traffic, struct coming *coming, uint64_t now_ns)
{
	for (uint32_t i = 0; i < BEGUN_AT_ONCE && coming->begun < traffic->members; i++) {
		if (!begin_one(traffic, coming))
			return now_ns + BUSY_NS;
		coming->begun++;
	}
	return coming->begun < traffic->members ? now_ns : UINT64_MAX;
}

static void advance(struct traffic *traffic, struct coming *coming, uint64_t now_ns)
{
	double away_ns = traffic->options->away_seconds * (double)NANOSECONDS;

	switch (coming->phase) {
	case PHASE_PRESENT:
		if (traffic->report->is_measuring)
			cut_all(traffic, coming, now_ns);
		return;
	case PHASE_AWAY:
		if (now_ns < coming->began_ns + (uint64_t)away_ns)
			return;
		coming->owed = next_number(traffic);
		enter(coming, PHASE_RETURNING, now_ns);
		return;
	case PHASE_RETURNING:
		return;
	}
}

static void return_start(struct traffic *traffic, uint64_t now_ns)
{
	enter(traffic->state, PHASE_PRESENT, now_ns);
}

static uint64_t return_speak(struct traffic *traffic, uint64_t now_ns)
{
	struct coming *coming = traffic->state;
	struct client *speaker = traffic_client(traffic, 0, 0);
	uint64_t go_on_ns = UINT64_MAX;

	advance(traffic, coming, now_ns);
	for (; coming->due_ns <= now_ns; coming->due_ns += interval_ns(traffic, coming)) {
		if (speaker->state == CLIENT_OPEN)
			traffic_say(traffic, speaker, coming->due_ns);
	}
	client_flush(speaker, &traffic->fleet.host);
	if (coming->phase == PHASE_RETURNING)
		go_on_ns = begin_some(traffic, coming, now_ns);
	return go_on_ns < coming->due_ns ? go_on_ns : coming->due_ns;
}

static void take_welcome(struct coming *coming, struct follower *follower, struct str welcome)
{
	struct str epoch = answer_find(welcome, "epoch");

	coming->recovered += str_starts_with(answer_find(welcome, "recovered"), STR_OF("true"));
	if (coming->phase != PHASE_PRESENT || epoch.len == 0)
		return;
	epoch = str_skip(epoch, 1);
	epoch.len = str_find(epoch, '"');
	snprintf(coming->epoch, sizeof(coming->epoch), "%.*s", STR_ARG(epoch));
	answer_next_number(&welcome, "seq", &follower->seq);
}

static void return_heard(struct traffic *traffic, struct client *client, struct str payload)
{
	struct coming *coming = traffic->state;
	struct follower *follower = &coming->followers[client->member];

	if (answer_is(payload, "message"))
		answer_next_number(&payload, "seq", &follower->seq);
	else if (answer_is(payload, "welcome"))
		take_welcome(coming, follower, payload);
}

static void return_received(struct traffic *traffic, struct client *client,
	const struct marker *marker, uint64_t now_ns)
{
	struct coming *coming = traffic->state;
	struct follower *follower = &coming->followers[client->member];

	if (coming->phase != PHASE_RETURNING || client->member == 0 || follower->is_back ||
		marker->number + 1 < coming->owed)
		return;
	follower->is_back = true;
	if (++coming->back == traffic->members - 1)
		coming->back_ns = now_ns;
}

void mode_return_run(const struct options *options, struct report *report)
{
	static const struct traffic_pattern pattern = {
		.start = return_start,
		.speak = return_speak,
		.heard = return_heard,
		.received = return_received,
		.is_open_loop = true,
	};
	struct coming coming = {
		.followers = mem_alloc_array(options->members, sizeof(struct follower)),
		.begun = 1,
	};
	struct traffic traffic = {
		.pattern = &pattern,
		.state = &coming,
		.rooms = 1,
		.members = options->members,
		.speakers = 1,
	};
	bool are_back;

	traffic_run(&traffic, options, report);
	are_back = coming.back_ns > 0;
	report_add(report, "members", options->members);
	report_add(report, "size", options->size);
	report_add(report, "rate", options->rate);
	report_add(report, "missed", coming.owed - coming.cut_at);
	report_add(report, "back", coming.back);
	report_add(report, "recovered", coming.recovered);
	report_add(report, "back_seconds",
		are_back ? (double)(coming.back_ns - coming.began_ns) / (double)NANOSECONDS : NAN);
	mem_free(coming.followers);
}
