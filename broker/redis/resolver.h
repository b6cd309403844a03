/* SPDX-License-Identifier: MIT */
/* Names of hosts to addresses without waiting for them: the system's resolver may take half a
 * minute, so each question has a thread of its own until it is answered. Main's thread only. */
#pragma once

#include <stdint.h>

struct addrinfo;
struct reactor;
struct resolver_question;

struct resolver_asker {
	/* In a mail; once, unless the question is given up. addresses is borrowed for the call;
	 * NULL: problem says why, as the end of a sentence that begins with the host. */
	void (*take)(void *context, const struct addrinfo *addresses, const char *problem);
	void *context;
};

/* The answer, or resolver_give_up, ends the question. NULL when there is no thread to be had. */
struct resolver_question *resolver_ask(struct reactor *reactor, const char *host, uint16_t port,
	const struct resolver_asker *asker) __attribute__((warn_unused_result));
/* Nobody waits any more, for as long as it may still take. NULL is fine. */
void resolver_give_up(struct resolver_question *question);
