/* SPDX-License-Identifier: MIT */
/* Shares people and notices among all brokers, by publications on the first Redis host. A broker
 * publishes its changes, those of 50 ms together. A broker that is new or was away asks, and each
 * other one publishes all its people on the asker's own channel (REDIS_PEOPLE_CHANNEL and its id).
 * Lists and changes come on one connection, in order, so no change is lost between them. When a
 * broker is silent for ten seconds, it counts as gone, and its people are removed. Main's thread
 * only.
 *
 * Objects: people_list.h's; {"notice": …, "broker"} (notice.h); {"beat": broker}. Each of them is a
 * sign of life. */
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
	struct layer_sink sink; /* only tell_person and take_notice are called */
};

/* Subscribes its own channel. Does not subscribe link_events: each link does so itself. */
struct redis_people *redis_people_create(const struct redis_people_setting *setting)
	__attribute__((warn_unused_result));
/* Call it after links_destroy, whose NULL replies still use it. NULL is fine. */
void redis_people_destroy(struct redis_people *people);

/* Call them when the links come up and go down. */
void redis_people_link_up(struct redis_people *people);
void redis_people_link_down(struct redis_people *people);
/* Takes an object that was published on the first host, on link_events or on a channel that begins
 * with REDIS_PEOPLE_CHANNEL. True when it is about people, a notice or a beat. */
bool redis_people_hear(struct redis_people *people, const struct json *object);

/* The stop: tells the other brokers that nobody is here any more. Publishes nothing afterwards. */
void redis_people_hurry(struct redis_people *people);

/* Call it after sink.open: reports the people of the room to the sink. */
void redis_people_open_room(struct redis_people *people, struct str room);
/* Call it for a room that was opened with redis_people_open_room. */
void redis_people_close_room(struct redis_people *people, struct str room);
/* The members person and notify of struct layer_ops. */
void redis_people_person(
	struct redis_people *people, struct str room, const struct user *user, bool is_here);
void redis_people_notify(struct redis_people *people, const struct layer_notice *notice);
