/* SPDX-License-Identifier: MIT */
/* The events socket (PUB): every event of every room as a line, for its followers. Lossy by nature
 * (nng drops the oldest for a slow subscriber); a gap in seq shows it. */
#pragma once

#include <stdatomic.h>

#include "broker/nng/socket.h"
#include "common/event.h"

struct broker;

struct events {
	struct watched_socket socket;
	struct broker *broker;
	atomic_int followers; /* with those that are being turned away; counted on nng's threads */
	/* The lines of this turn, all of one group: subscribers filter by the beginning of a
	 * message. */
	struct buf lines;
	char *group;
	struct reactor_task send_task;
};

bool events_start(struct events *events, struct broker *broker, const char *path)
	__attribute__((warn_unused_result));
/* Sends what has been published, which takes up to half a second. Harmless when it was not
 * started. */
void events_finish(struct events *events);
/* Appends the event's line to what goes out at the end of the turn. */
void events_publish(struct events *events, const struct event *event);
