/* SPDX-License-Identifier: MIT */
/* Who connects: a table of what can tell, asked in order. Main thread, before the 101. */
#pragma once

struct broker;
struct scope;

/* No status of ours: another broker is asked. scope->patience is woken to ask again, with a scope
 * made anew. */
#define IDENTITY_LATER 102

/* Fills scope->who; 101, IDENTITY_LATER, or the status of the refusal with its cause in refused_as.
 * A socket that
 * is another user's than its address says (?as=TAG, common/identity.h) is let in to be closed:
 * scripts are not told the status of a refusal. */
int identity_judge(struct broker *broker, struct scope *scope);
