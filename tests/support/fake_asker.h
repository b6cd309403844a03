/* SPDX-License-Identifier: MIT */
/* Takes the place of broker/bus/asker.c: a question waits until the test answers it. Link with
 * roomwire_fake_asker. */
#pragma once

#include "broker/bus/asker.h"

struct asker {
	struct list asked;
	size_t count; /* of all that were ever asked */
	bool is_full;
};

extern struct asker fake_asker;

void fake_asker_init(void);
/* Answers the oldest question, which must be about op, with a text; NULL is no answer. */
void fake_asker_answer(const char *op, const char *text);
