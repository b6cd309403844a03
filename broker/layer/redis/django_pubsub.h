/* SPDX-License-Identifier: MIT */
/* Brings events of Django's pub/sub layer into rooms. A publication reaches all brokers of a site,
 * and has no id by which they could find duplicates. So only the broker that holds a lease sends it
 * to its room; the others drop it. A stop hands the lease over without a gap or a duplicate. After
 * a crash of the holder, nobody holds the lease for up to three seconds: events published then are
 * lost, as they are to a consumer of Django's that is not connected. Main's thread only. */
#pragma once

#include "broker/layer/layer.h"

struct django_pubsub;
struct link;
struct redis_channels;

struct django_pubsub *django_pubsub_create(struct redis_channels *channels)
	__attribute__((warn_unused_result));
/* Call it after links_destroy. NULL is fine. */
void django_pubsub_destroy(struct django_pubsub *pubsub);
void django_pubsub_up(struct django_pubsub *pubsub);
void django_pubsub_pushed(
	struct django_pubsub *pubsub, struct link *link, struct str channel, struct str payload);
void django_pubsub_settle(
	struct django_pubsub *pubsub, uint64_t author_id, enum layer_result result);
/* Gives the lease back. This broker goes on sending until another one has the lease, for a second
 * and a half at most. */
void django_pubsub_hurry(struct django_pubsub *pubsub);
