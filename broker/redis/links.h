/* SPDX-License-Identifier: MIT */
/* The Redis hosts of a site, over which names are spread as channels_redis does it: Django's layer
 * with the same hosts in the same order finds the same names on the same ones. Together they are up
 * or down: with one of them away a site is not complete. Main's thread only. */
#pragma once

#include "broker/redis/link.h"

struct links;
struct redis_urls;

struct links_setting {
	struct reactor *reactor; /* all borrowed for the links' life */
	struct stats *stats;
	const struct redis_urls *urls;
	struct str broker_id;
	struct script *const *scripts; /* the array is copied */
	size_t script_count;
	/* All are up now; any of them may have been away since the last time. */
	void (*up)(void *context);
	/* The first one is down. Others go on: their commands are taken and answered. */
	void (*down)(void *context);
	/* As a link has it, also of those that are up while another one is not. */
	void (*pushed)(void *context, struct link *link, struct str channel, struct str payload);
	void *context;
};

struct links *links_create(const struct links_setting *setting) __attribute__((warn_unused_result));
/* NULL is fine; as link_destroy. */
void links_destroy(struct links *links);
bool links_are_up(const struct links *links);
size_t links_count(const struct links *links);
/* The first one is 0: there lies what there is once in a site. */
struct link *links_at(const struct links *links, size_t index);
/* Where a name lies. Which part of a key that is, is the caller's to know. */
struct link *links_of(const struct links *links, struct str name);
/* On all of them; false beyond the bound of one. */
bool links_subscribe(struct links *links, enum link_subscription kind, struct str name)
	__attribute__((warn_unused_result));
/* links_of's rule: 0 to count - 1. */
size_t links_index(struct str name, size_t count);
