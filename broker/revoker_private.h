/* SPDX-License-Identifier: MIT */
/* What revoker.c and revoker_ask.c share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/user.h"

struct closing;
struct login;
struct map;
struct revoker;

/* Whom to close, and why. The keys are hashes of sessions and ids of users, told apart by their
 * length. */
struct revoker_batch {
	struct revoker *revoker;
	struct map *closings; /* owned */
};

struct revoker_batch revoker_batch_begin(struct revoker *revoker);
void revoker_batch_add(struct revoker_batch *batch, const uint8_t *key, size_t size,
	const struct closing *closing);
/* Condemns all connections of the batch's keys. */
void revoker_batch_end(struct revoker_batch *batch);

/* Looks a session or a guest up, and adds it to the batch when it is not valid any more. False when
 * nobody can say at this moment. */
bool revoker_ask_about_login(struct revoker_batch *batch, struct login *login);
bool revoker_ask_about_guest(struct revoker_batch *batch, const struct user *guest);
/* Looks up a few of the sessions that were not looked up for long. */
void revoker_recheck_some(struct revoker *revoker);
/* Looks up a slice of everybody. False when it stopped at somebody about whom nobody can say. */
bool revoker_ask_anew(struct revoker_batch *batch);
