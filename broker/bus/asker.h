/* SPDX-License-Identifier: MIT */
/* Asks another broker, without waiting: many questions are under way, and each gets its answer, or
 * none within ASKER_WAIT_MS. None is asked twice. How they get there is the way's. Main thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "broker/reactor/reactor.h"
#include "common/base/list.h"
#include "common/base/str.h"
#include "common/json.h"

/* As long as people wait for a page. */
#define ASKER_WAIT_MS 2000
/* Questions that wait to be sent or answered; more are refused. */
#define ASKER_QUESTIONS_MAX 4096
/* Of these, with the other broker; it takes no more of one connection (bus/requests.h). */
#define ASKER_SENT_MAX 48
/* A way may have a use for the highest bit. */
#define ASKER_ID_MAX (UINT32_MAX >> 1)

struct asker;

/* How questions get to the other broker; its answers come to asker_take. */
struct asker_way {
	/* A request as control has it; its answer will be of this id. False when nothing is taken
	 * at this moment: then the time of the question goes by. */
	bool (*send)(void *context, uint32_t id, struct str request);
	/* Whether there is anybody to ask; may be NULL: nobody knows. */
	bool (*is_open)(void *context);
	void (*destroy)(void *context); /* may be NULL */
	void *context;
};

/* A question that is under way; embedded in its owner, all zero before it is asked. */
struct inquiry {
	/* Once, unless it is withdrawn. answer is the other's, refusals too, borrowed for the call;
	 * NULL when none came in time. The inquiry may be freed, and anything be asked. */
	void (*tell)(struct inquiry *inquiry, const struct json *answer);
	struct list link; /* the rest is private */
	struct asker *asker; /* NULL: not under way */
	uint32_t id;
	struct timer timer;
	char *request; /* until it is sent */
};

/* reactor is borrowed, way copied: its context is destroyed with the asker. */
struct asker *asker_create(struct reactor *reactor, const struct asker_way *way)
	__attribute__((warn_unused_result));
/* What is under way is withdrawn. NULL is fine. */
void asker_destroy(struct asker *asker);
/* Asks a request on control; tell is called later. False when too much is under way or nobody is
 * there, and nothing happens. */
bool asker_ask(struct asker *asker, struct inquiry *inquiry, struct str request)
	__attribute__((warn_unused_result));
/* Harmless when it is not under way. */
void asker_withdraw(struct inquiry *inquiry);
/* For the way: what was answered, borrowed; what is no object is no answer. Nothing when nobody
 * waits for it any more. */
void asker_take(struct asker *asker, uint32_t id, struct str answer);
