/* SPDX-License-Identifier: MIT */
/* What the files of a link share. */
#pragma once

#include <sys/socket.h>

#include "broker/redis/link.h"
#include "broker/redis/pipe.h"
#include "broker/redis/url.h"
#include "common/base/map.h"

/* How often a link that is up is felt; and how many times in vain until it is broken. */
#define LINK_BEAT_MS 1000
#define LINK_BEATS_MAX 3
/* For all from the connection to the last answer of the greeting. */
#define LINK_GREETING_BEATS_MAX 5

enum link_state {
	LINK_AWAY, /* until the next attempt */
	LINK_COMING, /* resolves, connects, greets */
	LINK_UP,
};

enum link_pipe_kind { LINK_COMMANDS, LINK_SUBSCRIPTION, LINK_BLOCKING, LINK_PIPES };

/* What was logged last, so that it is not all the time. */
struct link_said {
	struct buf text;
	uint64_t again_ms;
};

struct link {
	struct link_setting setting;
	enum link_state state;
	struct link_pipe pipes[LINK_PIPES];
	size_t due[LINK_PIPES]; /* answers to the greeting that have not come */
	struct reactor_task task; /* sends what the turn has gathered, or ends what has failed */
	struct timer timer; /* the next attempt, or the next beat */
	struct buf problem; /* not empty: it has failed in this turn */
	struct resolver_question *question; /* of an attempt; NULL: none */
	struct sockaddr_storage address; /* of all three connections */
	socklen_t address_size;
	unsigned attempts; /* in vain, since the last beat that came back */
	uint64_t away_since_ms;
	bool was_lost;
	struct link_said said_problem, said_error;
	struct map *subscriptions[2]; /* by enum link_subscription; names to anything; owned */
	struct buf events; /* link_events */
	struct buf beat; /* what is published each second */
	unsigned beats_unanswered, beats_unseen; /* in a row */
	unsigned greeting_beats;
	size_t scripts_loaded; /* by this greeting */
	bool is_blocked; /* blocked waits */
	bool wants_unblock;
	unsigned blocked_beats;
	struct link_handler blocked;
	int64_t blocking_id; /* of the connection; 0: not known */
};

/* Ends it with this turn; problem is the end of a sentence that begins with the host. Only the
 * first one of a turn counts. */
void link_fail(struct link *link, const char *problem);
/* "COMMAND is refused: …" */
void link_fail_reply(struct link *link, const char *command, const struct link_reply *reply);
/* Opens a connection and greets. False after link_fail. */
bool link_open_pipe(struct link *link, enum link_pipe_kind kind)
	__attribute__((warn_unused_result));
/* An answer to the greeting is here. */
void link_note_greeted(struct link *link, enum link_pipe_kind kind);

/* link_greeting.c: all that has to be said on a new connection. */
void link_greet(struct link *link, enum link_pipe_kind kind);

/* link_channels.c: what is subscribed, and what comes of it. */
void link_subscribe_all(struct link *link);
void link_take_push(struct link *link, const struct link_reply *reply);

/* link_pulse.c: the second that is over, when a link is up. */
void link_beat(struct link *link);
void link_begin_beats(struct link *link);

/* link_problem.c: what went wrong, for people. */
/* An error among the answers: counted, logged, and the link's end where it can be of no use any
 * more. */
void link_note_error(struct link *link, const struct link_reply *reply);
/* Once, and again each minute while it stays the same. */
bool link_may_say(struct link *link, struct link_said *said, struct str text);
