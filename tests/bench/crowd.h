/* SPDX-License-Identifier: MIT */
/* Connections that say nothing, spread over rooms: what connect and idle measure. What they hear is
 * counted and thrown away. */
#pragma once

#include "tests/bench/fleet.h"
#include "tests/bench/report.h"

struct crowd {
	struct fleet fleet;
	struct report *report; /* borrowed */
};

/* All connections are new. */
void crowd_init(
	struct crowd *crowd, const struct options *options, size_t count, struct report *report);
/* Opens more of them; while the report is measuring, each is a delivery whose latency is that of
 * its handshake. */
void crowd_open(struct crowd *crowd, size_t first, size_t count);
/* Closes all. */
void crowd_finish(struct crowd *crowd);
