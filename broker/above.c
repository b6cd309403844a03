/* SPDX-License-Identifier: MIT */
#include "broker/above.h"

#include "broker/broker.h"
#include "broker/bus/control.h"

static bool send(void *context, uint32_t id, struct str request)
{
	struct layer *layer = ((struct broker *)context)->layer;

	return layer->ops->ask_above(layer, id, request);
}

static bool is_open(void *context)
{
	return !((const struct broker *)context)->is_cut_off;
}

struct asker *above_create_asker(struct broker *broker)
{
	return asker_create(&broker->reactor,
		&(struct asker_way){ .send = send, .is_open = is_open, .context = broker });
}

void above_tell(void *context, uint64_t asker, struct str answer)
{
	struct broker *broker = context;

	if (broker->hub_asker != NULL)
		asker_take(broker->hub_asker, (uint32_t)asker, answer);
}

void above_answer_below(void *context, struct str question, struct buf *answer)
{
	control_answer_edge(context, question, answer);
}
