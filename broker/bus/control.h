/* SPDX-License-Identifier: MIT */
/* The operations of the control socket: JSON in, JSON out, always with "ok". Pure but for the
 * broker that they work on. */
#pragma once

#include "common/base/buf.h"

struct broker;

/* Appends what a request's text is answered. */
void control_answer(struct broker *broker, struct str request, struct buf *answer);
/* Appends the answer to a request that nobody has looked at, because too many wait. */
void control_answer_busy(struct buf *answer);
