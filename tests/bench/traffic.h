/* SPDX-License-Identifier: MIT */
/* What the modes with messages share: rooms full of clients, who says what, whether it arrives, the
 * warm-up, the measured window and the end. When to speak is the pattern's: bursts (fanout), a
 * schedule (rate), or answers (echo). */
#pragma once

#include "tests/bench/checker.h"
#include "tests/bench/fleet.h"
#include "tests/bench/message.h"
#include "tests/bench/report.h"

#define TRAFFIC_STALL_NS (UINT64_C(2000000000)) /* without a delivery: what is missing is lost */

struct traffic;

struct traffic_pattern {
	/* Everybody is there; now_ns is when the traffic begins. */
	void (*start)(struct traffic *traffic, uint64_t now_ns);
	/* Says what is due; returns when to come again. */
	uint64_t (*speak)(struct traffic *traffic, uint64_t now_ns);
	/* Any text has come, what is no message included. May be NULL. */
	void (*heard)(struct traffic *traffic, struct client *client, struct str payload);
	/* A message has come to client for the first time. May be NULL. */
	void (*received)(struct traffic *traffic, struct client *client,
		const struct marker *marker, uint64_t now_ns);
	/* Messages do not wait for each other: whether a latency is of the window says when its
	 * message was due, not when it came. */
	bool is_open_loop;
};

struct traffic {
	const struct options *options;
	const struct traffic_pattern *pattern;
	void *state; /* the pattern's own, borrowed */
	struct fleet fleet;
	uint32_t rooms;
	uint32_t members; /* of each */
	uint32_t speakers;
	struct report *report;
	uint32_t *readers; /* owned: members of each room that read and are open */
	bool is_ending; /* nobody says anything new */
	/* private */
	struct message message;
	struct checker checker;
	uint32_t *sent; /* owned: how many each speaker has said */
	uint64_t awaited; /* deliveries that have not come */
	uint64_t unacked; /* messages with refs that no ack has come for */
	uint64_t started_ns;
	uint64_t window_ns; /* where what is measured begins, */
	uint64_t window_end_ns; /* and ends */
	uint64_t progress_ns;
};

/* rooms, members and speakers, pattern and state are set by the caller. Fills report, whose figures
 * the caller may add to. */
void traffic_run(struct traffic *traffic, const struct options *options, struct report *report);

struct client *traffic_client(struct traffic *traffic, uint32_t room, uint32_t member);
/* Queues the next message of an open speaker. The caller flushes. */
void traffic_say(struct traffic *traffic, struct client *speaker, uint64_t due_ns);
/* The number that the speaker's next message will have. */
uint32_t traffic_next_number(const struct traffic *traffic, const struct client *speaker);
