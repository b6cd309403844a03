/* SPDX-License-Identifier: MIT */
/* Asks another broker, without blocking. Many questions may be under way; each gets its answer, or
 * none within ASKER_WAIT_MS. No question is sent twice. A way says how questions get to the other
 * broker. Main thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "broker/reactor/reactor.h"
#include "common/base/list.h"
#include "common/base/str.h"
#include "common/json.h"

/* As long as people are willing to wait for a page. */
#define ASKER_WAIT_MS 2000
/* Questions that wait to be sent or answered; more are refused. */
#define ASKER_QUESTIONS_MAX 4096
/* Of these, sent and not answered; the other broker takes no more of one connection
 * (bus/requests.h). */
#define ASKER_SENT_MAX 48
/* The highest bit is free for the way. */
#define ASKER_ID_MAX (UINT32_MAX >> 1)

struct asker;

/* How questions get to the other broker. The way hands the answers to asker_take. */
struct asker_way {
	/* Sends a control request; its answer will have this id. False when nothing can be sent at
	 * this moment: the question then times out. */
	bool (*send)(void *context, uint32_t id, struct str request);
	/* Whether there is anybody to ask. May be NULL when that is not known. */
	bool (*is_open)(void *context);
	void (*destroy)(void *context); /* may be NULL */
	void *context;
};

/* A question that is under way; embedded in its owner, all zero before it is asked. */
struct inquiry {
	/* Called once, unless the inquiry is withdrawn. answer is the other broker's, which may be
	 * a refusal, borrowed for the call; NULL when none came in time. It may free the inquiry,
	 * and ask anything. */
	void (*tell)(struct inquiry *inquiry, const struct json *answer);
	struct list link; /* the rest is private */
	struct asker *asker; /* NULL: not under way */
	uint32_t id;
	struct timer timer;
	char *request; /* until it is sent */
};

/* reactor is borrowed. way is copied; its context is destroyed with the asker. The caller owns the
 * result. */
struct asker *asker_create(struct reactor *reactor, const struct asker_way *way)
	__attribute__((warn_unused_result));
/* Withdraws what is under way. NULL is fine. */
void asker_destroy(struct asker *asker);
/* Asks a control request; tell is called later. False, and nothing happens, when too much is under
 * way or nobody is there. */
bool asker_ask(struct asker *asker, struct inquiry *inquiry, struct str request)
	__attribute__((warn_unused_result));
/* Harmless when the inquiry is not under way. */
void asker_withdraw(struct inquiry *inquiry);
/* Call it from the way with an answer, which is borrowed. An answer that is no JSON object counts
 * as none. Harmless when nobody waits for it any more. */
void asker_take(struct asker *asker, uint32_t id, struct str answer);
