/* SPDX-License-Identifier: MIT */
/* What the files of a link share. */
#pragma once

#include <sys/socket.h>

#include "broker/redis/link.h"
#include "broker/redis/pipe.h"
#include "broker/redis/url.h"
#include "common/base/map.h"

/* A link that is up sends a beat this often; it breaks when so many beats are unanswered. */
#define LINK_BEAT_MS 1000
#define LINK_BEATS_MAX 3
/* The time limit, in beats, from connecting to the last reply to the greeting. */
#define LINK_GREETING_BEATS_MAX 5

enum link_state {
	LINK_AWAY, /* until the next attempt */
	LINK_COMING, /* resolves, connects, greets */
	LINK_UP,
};

enum link_pipe_kind { LINK_COMMANDS, LINK_SUBSCRIPTION, LINK_BLOCKING, LINK_PIPES };

/* The last logged problem: the same one is not logged again until again_ms. */
struct link_said {
	struct buf text;
	uint64_t again_ms;
};

struct link {
	struct link_setting setting;
	enum link_state state;
	struct link_pipe pipes[LINK_PIPES];
	size_t due[LINK_PIPES]; /* replies to the greeting that are still to come */
	struct reactor_task task; /* sends the turn's commands, or closes a link that has failed */
	struct timer timer; /* the next attempt, or the next beat */
	struct buf problem; /* not empty: the link has failed in this turn */
	struct resolver_question *question; /* the look-up of an attempt; NULL: none */
	struct sockaddr_storage address; /* of all three connections */
	socklen_t address_size;
	unsigned attempts; /* failed ones since the last beat that came back */
	uint64_t away_since_ms;
	bool was_lost;
	struct link_said said_problem, said_error;
	struct map *subscriptions[2]; /* by enum link_subscription; keys are the names; owned */
	struct buf events; /* link_events */
	struct buf beat; /* what is published each second */
	unsigned beats_unanswered, beats_unseen; /* in a row */
	unsigned greeting_beats;
	size_t scripts_loaded; /* by this greeting */
	bool is_blocked; /* a command that blocks is not answered yet */
	bool wants_unblock;
	unsigned blocked_beats;
	struct link_handler blocked;
	int64_t blocking_id; /* Redis' id of that connection; 0: not known yet */
};

/* Closes the link at the end of this turn. problem completes a sentence that begins with the host's
 * name; it is copied. Further calls in the same turn do nothing. */
void link_fail(struct link *link, const char *problem);
/* Calls link_fail with "COMMAND is refused: …". */
void link_fail_reply(struct link *link, const char *command, const struct link_reply *reply);
/* Opens a connection and sends the greeting. On failure calls link_fail and returns false. */
bool link_open_pipe(struct link *link, enum link_pipe_kind kind)
	__attribute__((warn_unused_result));
/* One reply to the greeting has come. */
void link_note_greeted(struct link *link, enum link_pipe_kind kind);

/* link_greeting.c: sends the first commands on a new connection. */
void link_greet(struct link *link, enum link_pipe_kind kind);

/* link_channels.c: subscribes, and delivers publications. */
void link_subscribe_all(struct link *link);
void link_take_push(struct link *link, const struct link_reply *reply);

/* link_pulse.c: link_beat runs once each second while the link is up. */
void link_beat(struct link *link);
void link_begin_beats(struct link *link);

/* link_problem.c: tells people what went wrong. */
/* Counts and logs an error reply. Fails the link when the error makes this host useless. */
void link_note_error(struct link *link, const struct link_reply *reply);
/* Whether text may be logged now: when it is new, and then once a minute. */
bool link_may_say(struct link *link, struct link_said *said, struct str text);
