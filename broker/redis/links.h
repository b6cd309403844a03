/* SPDX-License-Identifier: MIT */
/* The Redis hosts of a site (shards). Names are spread over them as channels_redis does it, so that
 * a Django layer with the same hosts in the same order finds each name on the same host. The links
 * count as up only when all of them are up. Main's thread only. */
#pragma once

#include "broker/redis/link.h"

struct links;
struct redis_urls;

struct links_setting {
	struct reactor *reactor; /* this and all below: borrowed for the links' life */
	struct stats *stats;
	const struct redis_urls *urls;
	struct str broker_id;
	struct script *const *scripts; /* the array is copied */
	size_t script_count;
	/* All links are up. Any of them may have been down since the last call. */
	void (*up)(void *context);
	/* The first of the links is down. The others still accept commands. */
	void (*down)(void *context);
	/* As in struct link_setting. Also called while another link is down. */
	void (*pushed)(void *context, struct link *link, struct str channel, struct str payload);
	void *context;
};

struct links *links_create(const struct links_setting *setting) __attribute__((warn_unused_result));
/* NULL is fine. The rule of link_destroy holds. */
void links_destroy(struct links *links);
bool links_are_up(const struct links *links);
size_t links_count(const struct links *links);
/* Host 0 holds what exists once in a site. */
struct link *links_at(const struct links *links, size_t index);
/* The host of a name. The caller knows which part of a key is the name. */
struct link *links_of(const struct links *links, struct str name);
/* Calls link_subscribe on all links; false when one of them refuses. */
bool links_subscribe(struct links *links, enum link_subscription kind, struct str name)
	__attribute__((warn_unused_result));
/* The host's number that links_of uses: 0 to count - 1. */
size_t links_index(struct str name, size_t count);
