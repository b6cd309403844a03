/* SPDX-License-Identifier: MIT */
/* Of each one only the time is kept until which it has used up its share (the generic cell rate
 * algorithm). Who is not ahead of the clock is as good as unknown, and forgotten when there are too
 * many. */
#include "common/throttle.h"

#include "common/base/map.h"
#include "common/base/mem.h"

#define SECOND_US INT64_C(1000000)

struct throttle {
	int64_t interval_us; /* 0: no limit */
	int64_t burst;
	size_t ids_max;
	struct map *shares; /* by id; owned, with its values */
};

struct share {
	int64_t until_us;
};

struct throttle *throttle_create(int64_t per_second, int64_t burst, size_t ids_max)
{
	struct throttle *throttle = mem_new(struct throttle);

	throttle->interval_us = per_second == 0 ? 0 : SECOND_US / per_second;
	throttle->burst = burst;
	throttle->ids_max = ids_max;
	throttle->shares = map_create();
	return throttle;
}

/* Those who are not ahead of the clock. */
static void forget(struct throttle *throttle, int64_t now_us)
{
	size_t position = 0;
	struct str id;
	void *value;

	while (map_next(throttle->shares, &position, &id, &value)) {
		struct share *share = value;

		if (share->until_us > now_us)
			continue;
		map_remove(throttle->shares, id);
		mem_free(share);
	}
}

void throttle_destroy(struct throttle *throttle)
{
	if (throttle == NULL)
		return;
	forget(throttle, INT64_MAX);
	map_destroy(throttle->shares);
	mem_free(throttle);
}

/* NULL when there are too many. */
static struct share *find_share(struct throttle *throttle, struct str id, int64_t now_us)
{
	struct share *share = map_find(throttle->shares, id);

	if (share != NULL)
		return share;
	if (map_count(throttle->shares) >= throttle->ids_max)
		forget(throttle, now_us);
	if (map_count(throttle->shares) >= throttle->ids_max)
		return NULL;
	share = mem_new(struct share);
	map_put(throttle->shares, id, share);
	return share;
}

static int64_t take(struct throttle *throttle, struct str id, int64_t count, int64_t now_us)
{
	struct share *share = find_share(throttle, id, now_us);
	int64_t until_us, wait_us;

	if (share == NULL)
		return SECOND_US;
	until_us = (share->until_us > now_us ? share->until_us : now_us) +
		   count * throttle->interval_us;
	wait_us = until_us - now_us - throttle->burst * throttle->interval_us;
	if (wait_us > 0)
		return wait_us;
	share->until_us = until_us;
	return 0;
}

int64_t throttle_take(struct throttle *throttle, struct str id, int64_t count, uint64_t now_ms)
{
	int64_t wait_us;

	if (throttle->interval_us == 0)
		return 0;
	wait_us = take(throttle, id, count < throttle->burst ? count : throttle->burst,
		(int64_t)now_ms * 1000);
	return (wait_us + 999) / 1000;
}
