/* SPDX-License-Identifier: MIT */
#include "broker/budget.h"

#define MILLI_TOKENS 1000 /* of a message */

static uint64_t full(const struct config *config)
{
	return (uint64_t)config->limits_message_burst * MILLI_TOKENS;
}

void budget_fill(struct budget *budget, const struct config *config, uint32_t now_ms)
{
	*budget = (struct budget){ (uint32_t)full(config), now_ms };
}

bool budget_pay(struct budget *budget, const struct config *config, uint32_t now_ms)
{
	uint64_t tokens;

	if (config->limits_messages_per_second == 0)
		return true;
	tokens = budget->milli_tokens + (uint64_t)(now_ms - budget->filled_ms) *
						(uint64_t)config->limits_messages_per_second;
	tokens = tokens < full(config) ? tokens : full(config);
	*budget = (struct budget){ (uint32_t)tokens, now_ms };
	if (budget->milli_tokens < MILLI_TOKENS)
		return false;
	budget->milli_tokens -= MILLI_TOKENS;
	return true;
}
