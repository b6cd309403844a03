/* SPDX-License-Identifier: MIT */
/* The operations of the control socket: JSON in, JSON out, always with "ok". Some are answered at
 * once. Others wait for the layer or the history: their answer has begun then, and one of the
 * functions below completes it. Pure but for the broker that they work on. */
#pragma once

#include "broker/layer/layer.h"
#include "common/base/buf.h"
#include "common/store/problem.h"

struct broker;
struct order_refusal;

enum control_outcome {
	CONTROL_ANSWERED,
	CONTROL_REFUSED, /* answered as well */
	/* answer has begun; it is completed later, perhaps before control_answer returns. */
	CONTROL_WAITS,
	CONTROL_WAITS_LONG, /* the same, without a time limit */
	CONTROL_RECEIVES, /* the asker's receiver waits for a message, for timeout_ms at most */
};

/* Who asks; and what control_answer sets for the caller beside the answer. */
struct control_asker {
	uint64_t id; /* names the request in what is asked on its behalf */
	uint64_t connection; /* channels bound to it end with it; 0: it is gone */
	bool may_wait; /* the number of requests that wait for messages is below its bound */
	struct layer_receiver receiver;
	unsigned timeout_ms;
	bool has_bound; /* set when a channel was bound to the connection */
};

/* Appends the answer to a request's text. */
enum control_outcome control_answer(struct broker *broker, struct str request,
	struct control_asker *asker, struct buf *answer) __attribute__((warn_unused_result));
/* The same for a question of an edge to its hub, which came by the layer. It is answered at once,
 * and only if it is about accounts or tickets. */
void control_answer_edge(struct broker *broker, struct str request, struct buf *answer);
/* Completes the answer to a request that sent a message. */
void control_end_send(struct buf *answer, enum layer_result result, uint64_t seq);
/* Completes the answer to "receive"; message is a JSON object, or empty when none came in time. */
void control_end_receive(struct buf *answer, struct str message);
/* Completes the answer to "history" and "search"; members are those of an object. */
void control_end_page(
	struct buf *answer, enum store_problem problem, const char *epoch, struct str members);
/* Completes the answer to "members"; request is the request's text. */
void control_end_members(struct buf *answer, struct str request, enum layer_result result,
	const struct layer_names *names);
/* Completes the answer to "session" and "guest"; no members: nobody can say. */
void control_end_account(struct buf *answer, struct str members);
/* Reads who says something by the text of a request. */
bool control_find_speaker(struct str request, struct user *user_out)
	__attribute__((warn_unused_result));
/* The word of the audit log by what way it came, by the text of a request; NULL: it says none. */
const char *control_find_via(struct str request);
/* Completes the answer to "moderate"; NULL: it is done. */
void control_end_order(struct buf *answer, const struct order_refusal *refusal);
/* Completes the answer to "backup"; request is the request's text. */
void control_end_backup(struct buf *answer, struct str request, enum store_problem problem);

/* Why a request is answered with a failure. */
enum control_failure {
	CONTROL_BUSY, /* too many wait; the request was not read */
	CONTROL_TIMEOUT,
	CONTROL_STOPPING,
};

/* Replaces what has been written by the failure. */
void control_fail(struct buf *answer, enum control_failure failure);
