/* SPDX-License-Identifier: MIT */
/* Whose budget is full again is as good as unknown: they are forgotten when the table has doubled,
 * which costs each newcomer the same in the mean and needs no timer. */
#include "broker/speakers.h"

#include "common/base/map.h"
#include "common/base/mem.h"

#define SWEEP_FROM 1024

/* Of all who have to wait because the table is full. */
#define CROWD_WAIT_MS 1000

struct speakers {
	const struct config *config;
	struct map *budgets; /* by user id; owned */
	size_t sweep_at;
};

static struct str key_of(const uint8_t *user_id)
{
	return str_range((const char *)user_id, USER_ID_SIZE);
}

struct speakers *speakers_create(const struct config *config)
{
	struct speakers *speakers = mem_new(struct speakers);

	speakers->config = config;
	speakers->budgets = map_create();
	speakers->sweep_at = SWEEP_FROM;
	return speakers;
}

void speakers_destroy(struct speakers *speakers)
{
	size_t position = 0;
	void *budget;

	if (speakers == NULL)
		return;
	while (map_next(speakers->budgets, &position, NULL, &budget))
		mem_free(budget);
	map_destroy(speakers->budgets);
	mem_free(speakers);
}

static void sweep(struct speakers *speakers, uint32_t now_ms)
{
	size_t position = 0, doubled;
	struct str key;
	void *budget;

	while (map_next(speakers->budgets, &position, &key, &budget)) {
		if (!budget_is_full(budget, speakers->config, now_ms))
			continue;
		map_remove(speakers->budgets, key);
		mem_free(budget);
	}
	doubled = map_count(speakers->budgets) * 2;
	speakers->sweep_at = doubled < SWEEP_FROM     ? SWEEP_FROM
			     : doubled > SPEAKERS_MAX ? SPEAKERS_MAX
						      : doubled;
}

/* NULL when there are too many. */
static struct budget *find_budget(
	struct speakers *speakers, const uint8_t *user_id, uint32_t now_ms)
{
	struct budget *budget = map_find(speakers->budgets, key_of(user_id));

	if (budget != NULL)
		return budget;
	if (map_count(speakers->budgets) >= speakers->sweep_at)
		sweep(speakers, now_ms);
	if (map_count(speakers->budgets) >= SPEAKERS_MAX)
		return NULL;
	budget = mem_new(struct budget);
	budget_fill(budget, speakers->config, now_ms);
	map_put(speakers->budgets, key_of(user_id), budget);
	return budget;
}

bool speakers_pay(struct speakers *speakers, const uint8_t user_id[static USER_ID_SIZE],
	uint64_t now_ms, uint32_t *wait_ms_out)
{
	struct budget *budget = find_budget(speakers, user_id, (uint32_t)now_ms);

	if (budget != NULL && budget_pay(budget, speakers->config, (uint32_t)now_ms))
		return true;
	*wait_ms_out = budget == NULL ? CROWD_WAIT_MS : budget_wait_ms(budget, speakers->config);
	return false;
}

size_t speakers_count(const struct speakers *speakers)
{
	return map_count(speakers->budgets);
}
