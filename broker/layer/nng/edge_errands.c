/* SPDX-License-Identifier: MIT */
/* Errands of an edge: items other than messages that have an outcome. An errand is kept until its
 * outcome comes. The hub drops the errands of a session with that session, so the edge sends them
 * again in the next one; only heads are asked for by the follower. */
#include "broker/layer/nng/edge_private.h"

#include <string.h>

#include "common/base/mem.h"

static const size_t count_max[EDGE_ERRAND_CLASSES] = {
	[EDGE_HEADS] = SIZE_MAX, /* bounded by the number of rooms */
	[EDGE_NOTICES] = EDGE_NOTICES_MAX,
	[EDGE_OTHERS] = EDGE_ERRANDS_MAX,
};

static struct edge_errand *errand_of(struct list *link)
{
	return list_entry(link, struct edge_errand, link);
}

static struct str key_of(const uint64_t *number)
{
	return str_range((const char *)number, sizeof(*number));
}

static void tell(struct edge *edge, const struct edge_errand *errand)
{
	edge_tell_written(edge, str_range(errand->record, errand->len));
}

void edge_begin_errands(struct edge *edge)
{
	list_init(&edge->errands);
	edge->errands_by_number = map_create();
	edge->heads = map_create();
}

void edge_drop_errands(struct edge *edge)
{
	list_each_safe (link, &edge->errands)
		edge_end_errand(edge, errand_of(link));
	map_destroy(edge->errands_by_number);
	map_destroy(edge->heads);
}

static struct edge_errand *make_errand(
	struct edge *edge, enum edge_errand_class class, const struct wire_record *record)
{
	struct edge_errand *errand;
	struct buf written = { 0 };

	wire_write(record, &written);
	errand = mem_alloc(sizeof(*errand) + written.len);
	errand->number = record->number;
	errand->class = class;
	errand->len = written.len;
	memcpy(errand->record, written.data, written.len);
	buf_finish(&written);
	list_append(&edge->errands, &errand->link);
	map_put(edge->errands_by_number, key_of(&errand->number), errand);
	edge->errand_counts[errand->class]++;
	edge->errand_bytes += errand->len;
	return errand;
}

static bool has_room(const struct edge *edge, enum edge_errand_class class)
{
	return edge->errand_counts[class] < count_max[class] &&
	       (class != EDGE_OTHERS || edge->errand_bytes < EDGE_ERRANDS_BYTES_MAX);
}

struct edge_errand *edge_begin_errand(struct edge *edge, enum edge_errand_class class,
	struct wire_record *record, const struct author *author)
{
	struct edge_errand *errand;

	if (!has_room(edge, class))
		return NULL;
	record->number = EDGE_ERRAND_NUMBER(++edge->last_errand);
	errand = make_errand(edge, class, record);
	errand->author = (struct author){ .kind = author->kind, .id = author->id };
	tell(edge, errand);
	return errand;
}

void edge_end_errand(struct edge *edge, struct edge_errand *errand)
{
	if (errand->room != NULL)
		map_remove(edge->heads, str_from(errand->room));
	map_remove(edge->errands_by_number, key_of(&errand->number));
	list_remove(&errand->link);
	edge->errand_counts[errand->class]--;
	edge->errand_bytes -= errand->len;
	mem_free(errand->room);
	mem_free(errand);
	edge_note_idle(edge);
}

struct edge_errand *edge_find_errand(const struct edge *edge, uint64_t number)
{
	return map_find(edge->errands_by_number, key_of(&number));
}

/* Heads. */

void edge_ask_head(struct edge *edge, struct str room)
{
	struct wire_record record = { .kind = WIRE_OPEN, .room = room };
	struct edge_errand *errand;

	if (map_find(edge->heads, room) != NULL)
		return;
	errand = edge_begin_errand(edge, EDGE_HEADS, &record, AUTHOR_OF_NOBODY);
	errand->room = str_dup(room);
	map_put(edge->heads, room, errand);
}

void edge_forget_head(struct edge *edge, struct str room)
{
	struct edge_errand *errand = map_find(edge->heads, room);

	if (errand != NULL)
		edge_end_errand(edge, errand);
}

void edge_ask_heads_again(struct edge *edge)
{
	list_each (link, &edge->errands) {
		struct edge_errand *errand = errand_of(link);

		if (errand->waits)
			tell(edge, errand);
		errand->waits = false;
	}
}

void edge_tell_errands(struct edge *edge)
{
	list_each_safe (link, &edge->errands) {
		struct edge_errand *errand = errand_of(link);

		if (errand->class == EDGE_HEADS)
			edge_end_errand(edge, errand);
		else
			tell(edge, errand);
	}
}
