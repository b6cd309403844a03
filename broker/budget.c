/* SPDX-License-Identifier: MIT */
#include "broker/budget.h"

#define MILLI_TOKENS 1000 /* of a message */

static uint64_t full(const struct config *config)
{
	return (uint64_t)config->limits_message_burst * MILLI_TOKENS;
}

static uint64_t tokens_at(const struct budget *budget, const struct config *config, uint32_t now_ms)
{
	uint64_t tokens = budget->milli_tokens +
			  (uint64_t)(now_ms - budget->filled_ms) *
				  (uint64_t)config->limits_messages_per_second;

	return tokens < full(config) ? tokens : full(config);
}

void budget_fill(struct budget *budget, const struct config *config, uint32_t now_ms)
{
	*budget = (struct budget){ (uint32_t)full(config), now_ms };
}

bool budget_pay(struct budget *budget, const struct config *config, uint32_t now_ms)
{
	if (config->limits_messages_per_second == 0)
		return true;
	*budget = (struct budget){ (uint32_t)tokens_at(budget, config, now_ms), now_ms };
	if (budget->milli_tokens < MILLI_TOKENS)
		return false;
	budget->milli_tokens -= MILLI_TOKENS;
	return true;
}

uint32_t budget_wait_ms(const struct budget *budget, const struct config *config)
{
	uint32_t per_second = (uint32_t)config->limits_messages_per_second;

	if (per_second == 0 || budget->milli_tokens >= MILLI_TOKENS)
		return 0;
	return (MILLI_TOKENS - budget->milli_tokens + per_second - 1) / per_second;
}

bool budget_is_full(const struct budget *budget, const struct config *config, uint32_t now_ms)
{
	return tokens_at(budget, config, now_ms) == full(config);
}
