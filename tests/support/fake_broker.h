/* SPDX-License-Identifier: MIT */
/* Plays the control socket of a broker, in a thread of its own. */
#pragma once

#include "common/base/buf.h"
#include "common/json.h"

struct fake_broker;

/* Appends the answer to a request; on that thread. */
typedef void fake_broker_answer_fn(void *context, const struct json *request, struct buf *answer);

struct fake_broker *fake_broker_start(
	const char *url, fake_broker_answer_fn *answer, void *context);
/* NULL is fine. */
void fake_broker_stop(struct fake_broker *broker);
