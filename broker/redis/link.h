/* SPDX-License-Identifier: MIT */
/* One Redis host, as the main thread sees it: commands and their answers, and what is published on
 * the channels that are subscribed. Two connections that are up and down together, and a third for
 * a command that blocks. Comes back by itself, for ever; a broken link is told once, its cause is
 * logged here. Nothing of hiredis is seen outside. Main's thread only; no function calls back but
 * link_stop. */
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

/* What all brokers of a site say to each other, on each host: the name of the channel in database 0
 * (link_events). */
#define LINK_EVENTS "roomwire:events"

/* A command that blocks does so for at most this long (BZPOPMIN's last word). */
#define LINK_BLOCKING_SECONDS_MAX 5

enum link_reply_kind {
	LINK_NIL, /* no such thing: of a text or of an array */
	LINK_TEXT,
	LINK_STATUS, /* "OK" */
	LINK_INTEGER,
	LINK_ARRAY,
	LINK_ERROR,
};

/* Borrowed for the call that it is given to, with all that hangs on it. */
struct link_reply {
	enum link_reply_kind kind;
	int64_t integer; /* of LINK_INTEGER */
	struct str text; /* of LINK_TEXT and LINK_STATUS, any bytes; of LINK_ERROR the sentence */
	struct str code; /* of LINK_ERROR, its first word: "NOSCRIPT"; else "" */
	const struct link_reply *elements; /* of LINK_ARRAY */
	size_t count;
};

/* Who waits for an answer; copied. context lives until take, which is called exactly once if the
 * command was taken. */
struct link_handler {
	/* reply is NULL when the link broke before the answer came: whether Redis has done the
	 * command is not known then. The link is not destroyed here; anything else may be done. */
	void (*take)(void *context, const struct link_reply *reply);
	void *context;
};

/* count, words: two arguments in one, of struct str. */
#define LINK_WORDS(...)                                                              \
	(sizeof((struct str[]){ __VA_ARGS__ }) / sizeof(struct str)), (struct str[]) \
	{                                                                            \
		__VA_ARGS__                                                          \
	}

struct link_setting {
	struct reactor *reactor; /* all borrowed for the link's life */
	struct stats *stats;
	const struct redis_url *url;
	struct str broker_id; /* beats with it: {"beat": "<broker_id>"} on link_events */
	struct script *const *scripts; /* are loaded before it is up */
	size_t script_count;
	/* Connected, logged in, scripts loaded and all subscribed: from now on nothing that is
	 * published there is missed. */
	void (*up)(void *context);
	/* After an up. Handlers that still wait get their NULL behind this. */
	void (*down)(void *context);
	/* On link_events or another channel that is subscribed, itself or by a pattern; between up
	 * and down. Own beats are not told, other brokers' are. Borrowed for the call. */
	void (*pushed)(void *context, struct str channel, struct str payload);
	void *context;
};

/* Begins to connect. Never fails: what is wrong is logged, and tried again. */
struct link *link_create(const struct link_setting *setting) __attribute__((warn_unused_result));
/* Is away for good. Handlers that still wait get their NULL; down is not called. Harmless a second
 * time. */
void link_stop(struct link *link);
/* NULL is fine. Stops it before. Neither of the two while the events of a turn are handled: in a
 * mail, in a task, or when the reactor does not run. */
void link_destroy(struct link *link);
bool link_is_up(const struct link *link);
/* LINK_EVENTS, or in another database LINK_EVENTS ":<its number>": what is published knows no
 * databases, and another site may be in each. */
struct str link_events(const struct link *link);
/* Sends a command at the end of this turn, together with the others. They are done, and answered,
 * in their order. False, and nothing happens, when the link is not up or too much waits already
 * (65,536 commands, or 16 MiB that are not sent; counted as redis_refused). handler NULL: nobody
 * waits; an error is logged then. What is not to be sent in that way: all that blocks, MULTI,
 * SUBSCRIBE and the like. */
bool link_command(struct link *link, const struct link_handler *handler, size_t count,
	const struct str *words) __attribute__((warn_unused_result));
/* A command that blocks, on a connection of its own. One at a time: false while another one is not
 * answered, or when the link is not up. */
bool link_blocking(struct link *link, const struct link_handler *handler, size_t count,
	const struct str *words) __attribute__((warn_unused_result));
/* The command that blocks is answered at once: LINK_NIL, or what it had got by then. Harmless when
 * there is none. */
void link_unblock(struct link *link);
/* From now on, and again whenever the link comes back; once however often it is asked for. The name
 * is a channel's, or a pattern of such names. False beyond 10,000 of them. */
enum link_subscription { LINK_CHANNEL, LINK_PATTERN };
bool link_subscribe(struct link *link, enum link_subscription kind, struct str name)
	__attribute__((warn_unused_result));
