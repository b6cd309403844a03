/* SPDX-License-Identifier: MIT */
/* One Redis host: sends commands, hands out their replies, and delivers what is published on the
 * subscribed channels. A link has two connections, which are up and down together, and a third one
 * for a command that blocks. It reconnects by itself, for ever. When it breaks, it logs the cause
 * and calls down once. No type of hiredis is visible outside. Main's thread only. Of the functions
 * below, only link_stop and link_destroy run callbacks before they return. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/str.h"

struct reactor;
struct redis_url;
struct script;
struct stats;
struct link;

/* The channel on which all brokers of a site publish to each other, one on each host: its name in
 * database 0 (see link_events). */
#define LINK_EVENTS "roomwire:events"

/* The longest timeout that a command that blocks may have (the last word of BZPOPMIN). */
#define LINK_BLOCKING_SECONDS_MAX 5

enum link_reply_kind {
	LINK_NIL, /* there is no such text or array */
	LINK_TEXT,
	LINK_STATUS, /* "OK" */
	LINK_INTEGER,
	LINK_ARRAY,
	LINK_ERROR,
};

/* Valid, with all that it points at, only during the call that gets it. */
struct link_reply {
	enum link_reply_kind kind;
	int64_t integer; /* of LINK_INTEGER */
	struct str text; /* LINK_TEXT, LINK_STATUS: any bytes; LINK_ERROR: the sentence */
	struct str code; /* LINK_ERROR: its first word, as "NOSCRIPT"; else "" */
	const struct link_reply *elements; /* of LINK_ARRAY */
	size_t count;
};

/* Gets the reply of a command. The link copies it. context must live until take, which is called
 * exactly once if the command was accepted. */
struct link_handler {
	/* reply is NULL when the link broke before the reply came: then nobody knows whether Redis
	 * has run the command. Do not destroy the link from it; all else is allowed. */
	void (*take)(void *context, const struct link_reply *reply);
	void *context;
};

/* Expands to two arguments, count and words, from values of struct str. */
#define LINK_WORDS(...)                                                              \
	(sizeof((struct str[]){ __VA_ARGS__ }) / sizeof(struct str)), (struct str[]) \
	{                                                                            \
		__VA_ARGS__                                                          \
	}

struct link_setting {
	struct reactor *reactor; /* this and all below: borrowed for the link's life */
	struct stats *stats;
	const struct redis_url *url;
	struct str broker_id; /* for the beats: {"beat": "<broker_id>"} on link_events */
	struct script *const *scripts; /* loaded before the link is up */
	size_t script_count;
	/* The link is connected, logged in, has loaded the scripts and subscribed all channels:
	 * from now on it misses no publication. */
	void (*up)(void *context);
	/* Called once after each up. Handlers that still wait get their NULL after this call. */
	void (*down)(void *context);
	/* Something was published on a channel that is subscribed, by name or by a pattern. Called
	 * between up and down only. The link's own beats are left out, other brokers' beats are
	 * not. channel and payload are borrowed for the call. */
	void (*pushed)(void *context, struct str channel, struct str payload);
	void *context;
};

/* Begins to connect. Never fails: a problem is logged, and the link tries again. */
struct link *link_create(const struct link_setting *setting) __attribute__((warn_unused_result));
/* Disconnects for good. Handlers that still wait get their NULL; down is not called. A second call
 * does nothing. */
void link_stop(struct link *link);
/* Stops the link first. NULL is fine. Call link_stop and link_destroy from a mail, from a task, or
 * when the reactor does not run; do not call them while the reactor handles events. */
void link_destroy(struct link *link);
bool link_is_up(const struct link *link);
/* LINK_EVENTS in database 0, LINK_EVENTS ":<number>" in another one: all databases of a Redis share
 * its channels, and each database may hold another site. */
struct str link_events(const struct link *link);
/* Sends a command at the end of this turn, together with the turn's other commands. Redis runs and
 * answers commands in order. Returns false, and sends nothing, when the link is not up or its queue
 * is full (65,536 commands without a reply, or 16 MiB unsent; counted as redis_refused). handler
 * may be NULL; errors are logged in either case. Do not send commands that block, MULTI, SUBSCRIBE
 * and the like with it. */
bool link_command(struct link *link, const struct link_handler *handler, size_t count,
	const struct str *words) __attribute__((warn_unused_result));
/* Sends a command that blocks, on a connection of its own, one at a time. Returns false while the
 * last one is not answered, when the link is not up, or when no connection can be opened. */
bool link_blocking(struct link *link, const struct link_handler *handler, size_t count,
	const struct str *words) __attribute__((warn_unused_result));
/* Makes Redis answer the command that blocks soon: LINK_NIL, or what it got before. Does nothing
 * when there is none. */
void link_unblock(struct link *link);
/* Subscribes a channel, or a pattern of channel names, now and after each reconnect. Subscribing a
 * name again does nothing. Returns false when 10,000 names of the kind are subscribed. */
enum link_subscription { LINK_CHANNEL, LINK_PATTERN };
bool link_subscribe(struct link *link, enum link_subscription kind, struct str name)
	__attribute__((warn_unused_result));
