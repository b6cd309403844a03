/* SPDX-License-Identifier: MIT */
/* Who polls is away between two answers: for a while such people stay in their rooms, so that
 * nobody sees them come and go. Main thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/user.h"

struct away;
struct broker;
struct channel;
struct login;
struct room;

/* Whether somebody has to leave at once; session is a hash (broker/logins.h), or NULL. */
typedef bool away_judge_fn(const void *context, const uint8_t *session, const uint8_t *user);

struct away *away_create(struct broker *broker) __attribute__((warn_unused_result));
/* Nobody is kept any more. NULL is fine. */
void away_destroy(struct away *away);
/* The channel is about to leave its room, its person stays. login may be NULL. */
void away_keep(struct away *away, const struct channel *channel, const struct login *login);
/* Those whom judge finds leave. */
void away_judge(struct away *away, away_judge_fn *judge, const void *context);
/* The user leaves this room, and may close it. False, and nothing is done, when the user is not
 * away. */
bool away_let_go(struct away *away, struct room *room, const uint8_t user[static USER_ID_SIZE]);
/* All leave. */
void away_end(struct away *away);
