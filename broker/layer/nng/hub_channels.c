/* SPDX-License-Identifier: MIT */
/* Channels and groups at the hub. Channels that no edge owns live here, as on a broker alone. An
 * operation on the channel of an edge becomes an errand of that edge. */
#include "broker/layer/nng/hub_private.h"

#include "common/base/mem.h"

struct hub_edge *hub_edge_of_channel(const struct hub *hub, struct str channel)
{
	size_t mark = str_find(channel, '!');
	size_t id_len = CHANNEL_BROKER_ID_SIZE - 1;

	if (mark == channel.len || mark < id_len + 1 || channel.data[mark - id_len - 1] != '.')
		return NULL;
	return hub_find_edge(hub, str_range(channel.data + mark - id_len, id_len));
}

/* Sends record to an edge as an errand. LAYER_UNDER_WAY or LAYER_BUSY. */
static enum layer_result send_errand(struct hub *hub, struct hub_edge *edge,
	struct wire_record *record, const struct author *author)
{
	struct hub_errand *errand;

	if (edge->errand_count >= HUB_ERRANDS_MAX)
		return LAYER_BUSY;
	errand = mem_new(struct hub_errand);
	errand->number = ++hub->last_errand;
	errand->kind = author->kind;
	errand->id = author->id;
	list_append(&edge->errands, &errand->link);
	edge->errand_count++;
	record->number = errand->number;
	record->broker = str_from(edge->id);
	hub_tell(hub, record);
	return LAYER_UNDER_WAY;
}

static void end_errand(struct hub_edge *edge, struct hub_errand *errand, enum layer_result result)
{
	struct author author = { .kind = errand->kind, .id = errand->id };

	list_remove(&errand->link);
	edge->errand_count--;
	mem_free(errand);
	hub_settle(edge->hub, &author, result, 0);
}

/* Searches from the oldest: edges do their errands nearly in order. */
void hub_end_errand(struct hub_edge *edge, uint64_t number, enum layer_result result)
{
	list_each (link, &edge->errands) {
		struct hub_errand *errand = list_entry(link, struct hub_errand, link);

		if (errand->number == number) {
			end_errand(edge, errand, result);
			return;
		}
	}
}

void hub_fail_errands(struct hub_edge *edge)
{
	struct list *first;

	while ((first = list_first(&edge->errands)) != NULL)
		end_errand(edge, list_entry(first, struct hub_errand, link), LAYER_NO_CHANNEL);
}

enum layer_result hub_send_to(struct hub *hub, struct str channel, struct str text,
	const struct event *event, const struct author *author)
{
	struct hub_edge *edge = hub_edge_of_channel(hub, channel);
	struct wire_record record = { .kind = WIRE_DIRECT, .channel = channel, .text = text };

	if (edge == NULL)
		return hub->inner->ops->send(hub->inner, channel, event, author);
	wire_write_ref(author, &record);
	return send_errand(hub, edge, &record, author);
}

enum layer_result hub_change_group(struct hub *hub, enum wire_kind kind, struct str group,
	struct str channel, const struct author *author)
{
	struct hub_edge *edge = hub_edge_of_channel(hub, channel);
	struct wire_record record = { .kind = kind, .group = group, .channel = channel };
	const struct layer_ops *ops = hub->inner->ops;

	if (edge != NULL)
		return send_errand(hub, edge, &record, author);
	return kind == WIRE_ADD ? ops->group_add(hub->inner, group, channel, author)
				: ops->group_discard(hub->inner, group, channel, author);
}

enum layer_result hub_group_send(struct hub *hub, struct event *event, const struct author *author)
{
	enum layer_result result = hub->inner->ops->group_send(hub->inner, event, author);

	/* The sink is not told events without a room, so the edges are told here. */
	if (event->room.len == 0 && result == LAYER_SENT && hub->edge_count > 0)
		hub_tell_event(hub, event, 0, STR_OF(""));
	return result;
}

void hub_flush(struct hub *hub)
{
	(void)hub->inner->ops->flush(hub->inner, AUTHOR_OF_NOBODY);
	hub_tell(hub, &(struct wire_record){ .kind = WIRE_FLUSH });
}
