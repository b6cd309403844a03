/* SPDX-License-Identifier: MIT */
/* What revoker.c and revoker_ask.c share: whom to close, and who asks about them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/user.h"

struct closing;
struct login;
struct map;
struct revoker;

/* Whom to close, and why: hashes of sessions and ids of users, told apart by their length. */
struct revoker_batch {
	struct revoker *revoker;
	struct map *closings; /* owned */
};

struct revoker_batch revoker_batch_begin(struct revoker *revoker);
void revoker_batch_add(struct revoker_batch *batch, const uint8_t *key, size_t size,
	const struct closing *closing);
/* Condemns all that it is about. */
void revoker_batch_end(struct revoker_batch *batch);

/* Puts a session or a guest into the batch that is good no more. False when nobody can tell at this
 * moment. */
bool revoker_ask_about_login(struct revoker_batch *batch, struct login *login);
bool revoker_ask_about_guest(struct revoker_batch *batch, const struct user *guest);
/* A few of the sessions that have not been asked about for long. */
void revoker_recheck_some(struct revoker *revoker);
/* A slice of everybody; false when that stopped at somebody whom nobody can tell about. */
bool revoker_ask_anew(struct revoker_batch *batch);
