/* SPDX-License-Identifier: MIT */
/* The addresses of Redis hosts, as redis-py reads them and Django sites write them. No text made
 * here for people or logs holds a password. Pure, but for redis_urls_read and redis_urls_check,
 * which read the environment and a file. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/str.h"

struct config;

/* One host. All texts are owned; a missing one is "". */
struct redis_url {
	char *host; /* "" with a path */
	uint16_t port;
	char *path; /* of a unix socket */
	char *user;
	char *password;
	unsigned database;
	char *name; /* for logs: the address without user and password */
};

struct redis_urls {
	struct redis_url *items; /* owned */
	size_t count;
};

/* On failure returns false and appends a sentence, which does not repeat the text, to problem_out.
 * Call redis_url_finish in either case. */
bool redis_url_parse(struct str text, struct redis_url *url_out, struct buf *problem_out)
	__attribute__((warn_unused_result));
/* All zero is fine. */
void redis_url_finish(struct redis_url *url);
/* Reads the configuration, the environment and the password file. On failure returns false and
 * appends a sentence to problem_out. Call redis_urls_finish in either case. */
bool redis_urls_read(const struct config *config, struct redis_urls *urls_out,
	struct buf *problem_out) __attribute__((warn_unused_result));
/* Checks the same and keeps nothing. Also true where the configuration uses no Redis. */
bool redis_urls_check(const struct config *config, struct buf *problem_out)
	__attribute__((warn_unused_result));
/* All zero is fine. */
void redis_urls_finish(struct redis_urls *urls);
