/* SPDX-License-Identifier: MIT */
/* A Redis on a unix socket that does what the test says, on the test's thread: between the turns of
 * a reactor it takes what has come, and answers as a server does that has nothing. */
#pragma once

#include <stdbool.h>

#include "broker/redis/resp.h"
#include "common/base/buf.h"

#define FAKE_CLIENTS 16
#define FAKE_ANSWERS 16

struct fake_client {
	int fd; /* -1: none */
	struct resp_reader *reader;
	struct buf output;
	bool is_subscribed;
};

struct fake_redis {
	int listen_fd;
	const char *path;
	struct fake_client clients[FAKE_CLIENTS];
	struct {
		const char *command;
		const char *bytes;
	} answers[FAKE_ANSWERS];
	struct buf said; /* the commands, a line each */
	size_t slice; /* bytes that are sent a turn; 0: all */
	bool is_deaf; /* reads nothing */
	unsigned scripts; /* loaded */
};

/* path is borrowed. */
void fake_redis_start(struct fake_redis *fake, const char *path);
void fake_redis_stop(struct fake_redis *fake);
/* Reads, answers, sends. */
void fake_redis_turn(struct fake_redis *fake);
/* From now on these bytes are the answer to commands that begin so ("SCRIPT LOAD"); "" is none at
 * all, NULL the usual one. Both are borrowed. */
void fake_redis_answer(struct fake_redis *fake, const char *command, const char *bytes);
/* To all that have subscribed anything, or to the others. */
void fake_redis_push(struct fake_redis *fake, bool subscribers, const char *bytes);
/* All connections; new ones are taken. */
void fake_redis_hang_up(struct fake_redis *fake);
size_t fake_redis_clients(const struct fake_redis *fake);
/* What was said since the last call; borrowed until the next turn. */
const char *fake_redis_said(struct fake_redis *fake);
