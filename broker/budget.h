/* SPDX-License-Identifier: MIT */
/* Tokens that somebody pays for messages, refilled by time ([limits] messages_per_second and
 * message_burst). Pure: who pays says what time it is. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"

struct budget {
	uint32_t milli_tokens;
	uint32_t filled_ms; /* monotonic, cut to 32 bits: only differences count */
};

void budget_fill(struct budget *budget, const struct config *config, uint32_t now_ms);
/* False when there is no token left for a message. */
bool budget_pay(struct budget *budget, const struct config *config, uint32_t now_ms)
	__attribute__((warn_unused_result));
