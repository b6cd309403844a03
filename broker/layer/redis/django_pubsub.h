/* SPDX-License-Identifier: MIT */
/* From Django's pub/sub layer into rooms. What is published reaches all brokers of a site, and has
 * nothing that says which one it is: so the broker that has a lease says it, and the others drop
 * it. At a stop it is handed over, without a gap or a double. As with Django's own consumers there,
 * what is published while nobody has the lease, which is up to three seconds behind the crash of
 * who had it, is heard by nobody. */
#pragma once

#include "broker/layer/layer.h"

struct django_pubsub;
struct link;
struct redis_channels;

struct django_pubsub *django_pubsub_create(struct redis_channels *channels)
	__attribute__((warn_unused_result));
/* Behind the links. NULL is fine. */
void django_pubsub_destroy(struct django_pubsub *pubsub);
void django_pubsub_up(struct django_pubsub *pubsub);
void django_pubsub_pushed(
	struct django_pubsub *pubsub, struct link *link, struct str channel, struct str payload);
void django_pubsub_settle(
	struct django_pubsub *pubsub, uint64_t author_id, enum layer_result result);
/* Gives the lease back: until another broker has it this one goes on, for a second and a half at
 * most. */
void django_pubsub_hurry(struct django_pubsub *pubsub);
