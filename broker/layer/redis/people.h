/* SPDX-License-Identifier: MIT */
/* People and notices of all brokers by way of Redis, on the first host's channels: what changes is
 * published, 50 ms of it together; whoever is new, or was away, asks, and gets everybody's people
 * on a channel of its own (REDIS_PEOPLE_CHANNEL and its id). Both come on one connection in the
 * order in which they were said, so that no change is lost between a list and what follows it. A
 * broker of whom nothing is heard for ten seconds is gone, and its people with it. Main thread.
 *
 * Objects: people_list.h's; {"notice": …, "broker"} (notice.h); {"beat": broker}, a sign of life as
 * the others are. */
#pragma once

#include <stdbool.h>

#include "broker/layer/layer.h"
#include "common/json.h"

#define REDIS_PEOPLE_CHANNEL "roomwire:people:"

struct links;
struct redis_people;

struct redis_people_setting {
	struct reactor *reactor; /* borrowed, as all of these */
	struct stats *stats;
	struct links *links;
	const char *broker_id;
	struct layer_sink sink; /* of which tell_person and take_notice are called */
};

/* Subscribes the channel of its own; link_events is subscribed without it. */
struct redis_people *redis_people_create(const struct redis_people_setting *setting)
	__attribute__((warn_unused_result));
/* Behind the links, whose last answers come here. NULL is fine. */
void redis_people_destroy(struct redis_people *people);

/* As the links are. */
void redis_people_link_up(struct redis_people *people);
void redis_people_link_down(struct redis_people *people);
/* Any object that came from the first host, on link_events or on a channel that begins with
 * REDIS_PEOPLE_CHANNEL. True when it was about people, a notice or a beat, and nothing else. */
bool redis_people_hear(struct redis_people *people, const struct json *object);

/* The stop: the others are told that nobody is here any more, and nothing after that. */
void redis_people_hurry(struct redis_people *people);

/* The room is open: behind sink.open, which is told who is there. */
void redis_people_open_room(struct redis_people *people, struct str room);
/* Of one that was opened so. */
void redis_people_close_room(struct redis_people *people, struct str room);
/* The members of struct layer_ops. */
void redis_people_person(
	struct redis_people *people, struct str room, const struct user *user, bool is_here);
void redis_people_notify(struct redis_people *people, const struct layer_notice *notice);
