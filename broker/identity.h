/* SPDX-License-Identifier: MIT */
/* Finds who connects, by a table of sources that are asked in order. Main thread, before the
 * 101. */
#pragma once

struct broker;
struct scope;

/* No status of an answer: another broker is asked. When it has answered, scope->patience is woken;
 * then ask again, with a new scope. */
#define IDENTITY_LATER 102

/* Fills scope->who. Returns 101, IDENTITY_LATER, or the status of the refusal, with its cause in
 * refused_as. A socket whose address names another user (?as=TAG, common/identity.h) gets 101 and
 * is closed then, because scripts are not told the status of a refusal. */
int identity_judge(struct broker *broker, struct scope *scope);
