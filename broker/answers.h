/* SPDX-License-Identifier: MIT */
/* What another broker was asked about subjects, and has answered. An answer is remembered for
 * ANSWERS_GOOD_MS. What changes there is polled, and the owner drops the answers that a change
 * concerns: they are asked for again. Main thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/bus/asker.h"
#include "broker/reactor/reactor.h"
#include "common/base/buf.h"
#include "common/base/list.h"
#include "common/json.h"

#define ANSWERS_GOOD_MS 30000
/* How long a missing answer is remembered: newcomers meanwhile do not wait for another one. */
#define ANSWERS_BAD_MS 1000
/* Subjects that are remembered or asked about; the oldest remembered ones are forgotten first. When
 * all are being asked about, nobody can tell of more. */
#define ANSWERS_MAX 10000

struct answers;

/* Waits for an answer; embedded in its owner. link is alone while it does not wait. */
struct answer_waiter {
	struct list link;
	/* Called once: ask again now. It may do anything. */
	void (*wake)(struct answer_waiter *waiter);
};

/* For modules that answer. answer_wait moves a waiter into a list; NULL is fine. answer_wake_all
 * empties a list and wakes all of its waiters. */
void answer_wait(struct answer_waiter *waiter, struct list *waiters);
void answer_wake_all(struct list *waiters);

/* What is asked, and how. A subject is bytes; those that are handed over are aligned like the
 * heap's. */
struct answers_ops {
	size_t value_size; /* of what an answer says */
	void (*ask)(struct str subject, struct buf *request); /* appends the request */
	/* value is all zero. answer may be a refusal, malformed, or NULL: false when nobody could
	 * tell, and value says so. */
	bool (*read)(struct str subject, const struct json *answer, void *value);
	/* Appends the request for the changes after a number (negative: for that of the last). */
	void (*ask_changes)(int64_t after, struct buf *request);
	/* Takes the answer to it, which is borrowed. is_first: nobody told of changes before.
	 * is_complete false: some were missed. */
	void (*take_changes)(
		void *context, const struct json *answer, bool is_first, bool is_complete);
};

/* reactor and asker, which asks the other broker, are borrowed; ops is constant. The caller owns
 * the result. */
struct answers *answers_create(struct reactor *reactor, struct asker *asker,
	const struct answers_ops *ops, void *context) __attribute__((warn_unused_result));
/* Wakes all waiters, who find that nobody can tell. NULL is fine. */
void answers_destroy(struct answers *answers);
/* True: *value_out is what is known, or says that nobody can tell. False: the question is under
 * way, and waiter, unless it is NULL, is woken when it is answered. */
bool answers_find(struct answers *answers, struct str subject, struct answer_waiter *waiter,
	void *value_out) __attribute__((warn_unused_result));
/* Forgets the answer about one subject, or about those that are meant (is_meant NULL: all). What is
 * being asked about is asked about again, and its waiters go on waiting; its value is NULL. */
void answers_drop_one(struct answers *answers, struct str subject);
void answers_drop(struct answers *answers,
	bool (*is_meant)(const void *context, struct str subject, const void *value),
	const void *context);
/* Asks for the changes since the last time, unless that is under way. */
void answers_poll(struct answers *answers);
