/* SPDX-License-Identifier: MIT */
/* Looks up the addresses of a host's name without blocking: the system's resolver may take half a
 * minute, so each look-up has a thread of its own. Main's thread only. */
#pragma once

#include <stdint.h>

struct addrinfo;
struct reactor;
struct resolver_question;

struct resolver_asker {
	/* Called once, from a mail, unless the question is given up. addresses is borrowed for the
	 * call. When it is NULL, problem completes a sentence that begins with the host's name. */
	void (*take)(void *context, const struct addrinfo *addresses, const char *problem);
	void *context;
};

/* The question is valid until take or resolver_give_up was called; do not free it. NULL when no
 * thread can be started. */
struct resolver_question *resolver_ask(struct reactor *reactor, const char *host, uint16_t port,
	const struct resolver_asker *asker) __attribute__((warn_unused_result));
/* take will not be called; the thread frees the question when it is done. NULL is fine. */
void resolver_give_up(struct resolver_question *question);
