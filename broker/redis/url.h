/* SPDX-License-Identifier: MIT */
/* Where Redis is, from addresses as redis-py reads them and Django sites write them. Whatever is
 * said about one, its password is not. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/str.h"

struct config;

/* One host. All texts are owned, and "" when there is none. */
struct redis_url {
	char *host; /* "" with a path */
	uint16_t port;
	char *path; /* of a unix socket */
	char *user;
	char *password;
	unsigned database;
	char *name; /* for people: the address without user and password */
};

struct redis_urls {
	struct redis_url *items; /* owned */
	size_t count;
};

/* False with a sentence, which does not repeat the text. url_out is for redis_url_finish in either
 * case. */
bool redis_url_parse(struct str text, struct redis_url *url_out, struct buf *problem_out)
	__attribute__((warn_unused_result));
/* All zero is fine. */
void redis_url_finish(struct redis_url *url);
/* What the configuration and the environment say, with passwords from the file. False with a
 * sentence; urls_out is for redis_urls_finish in either case. */
bool redis_urls_read(const struct config *config, struct redis_urls *urls_out,
	struct buf *problem_out) __attribute__((warn_unused_result));
/* The same for a check of the configuration: true, too, where no Redis is wanted. */
bool redis_urls_check(const struct config *config, struct buf *problem_out)
	__attribute__((warn_unused_result));
/* All zero is fine. */
void redis_urls_finish(struct redis_urls *urls);
