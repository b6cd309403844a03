/* SPDX-License-Identifier: MIT */
/* Stamped once, here, for all members: two clients never differ by a second as they do in the
 * tutorial. */
#include "broker/layer/group.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/mem.h"

struct group *group_create(struct str room, void *layer, void (*expire)(struct timer *timer))
{
	struct group *group = mem_alloc(sizeof(*group) + room.len + 1);

	memcpy(group->room, room.data, room.len);
	group->layer = layer;
	timer_init(&group->idle_timer, expire);
	snprintf(group->epoch, sizeof(group->epoch), "%016" PRIx64, crypto_random_uint64());
	return group;
}

void group_destroy(struct group *group)
{
	mem_free(group);
}

void group_number(struct group *group, struct event *event)
{
	int64_t now_ms = clock_wall_ms();

	if (now_ms > group->time_ms)
		group->time_ms = now_ms;
	event->time_ms = group->time_ms;
	event->epoch = group->epoch;
	event->seq = event->is_message ? ++group->seq : 0;
}

void group_stamp(struct event *event)
{
	event->time_ms = clock_wall_ms();
	event->epoch = "";
	event->seq = 0;
}
