/* SPDX-License-Identifier: MIT */
/* The operations of the control socket: JSON in, JSON out, always with "ok". Some are answered at
 * once, some when others have done their part; then what has been written by then waits, and one
 * of the functions below completes it. Pure but for the broker that they work on. */
#pragma once

#include "broker/layer/layer.h"
#include "common/base/buf.h"
#include "common/store/problem.h"

struct broker;

enum control_outcome {
	CONTROL_ANSWERED,
	CONTROL_REFUSED, /* answered too */
	/* answer has begun, and its completion comes, perhaps before control_answer returns. */
	CONTROL_WAITS,
	CONTROL_WAITS_LONG, /* the same, for as long as it takes */
	CONTROL_RECEIVES, /* the asker's receiver waits, for timeout_ms at most */
};

/* Who asks, and what becomes of it beside the answer. */
struct control_asker {
	uint64_t id; /* names the request in what is asked on its behalf */
	uint64_t connection; /* what is bound to it goes with it; 0: it is gone itself */
	bool may_wait; /* not too many wait for messages already */
	struct layer_receiver receiver;
	unsigned timeout_ms;
	bool has_bound; /* something is bound to its connection now */
};

/* Appends what a request's text is answered. */
enum control_outcome control_answer(struct broker *broker, struct str request,
	struct control_asker *asker, struct buf *answer) __attribute__((warn_unused_result));
/* The same for an edge, to whose hub this comes by way of the layer: at once, and of accounts and
 * tickets alone. */
void control_answer_edge(struct broker *broker, struct str request, struct buf *answer);
/* Completes the answer to a message that was sent. */
void control_end_send(struct buf *answer, enum layer_result result, uint64_t seq);
/* The same to "receive"; message is a JSON object, or empty when none came in time. */
void control_end_receive(struct buf *answer, struct str message);
/* The same to "history" and "search"; members are those of an object. */
void control_end_page(
	struct buf *answer, enum store_problem problem, const char *epoch, struct str members);
/* The same to "members"; request is what was asked. */
void control_end_members(struct buf *answer, struct str request, enum layer_result result,
	const struct layer_names *names);
/* The same to "session" and "guest"; no members: nobody can say. */
void control_end_account(struct buf *answer, struct str members);
/* The same to "backup"; request is what was asked. */
void control_end_backup(struct buf *answer, struct str request, enum store_problem problem);

/* Why a request gets no answer of its own. */
enum control_failure {
	CONTROL_BUSY, /* nobody has looked at it, because too many wait */
	CONTROL_TIMEOUT,
	CONTROL_STOPPING,
};

/* Puts that in the place of what has been written. */
void control_fail(struct buf *answer, enum control_failure failure);
