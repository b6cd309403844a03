/* SPDX-License-Identifier: MIT */
#include "broker/layer/nng/callers.h"

#include <stddef.h>
#include <string.h>

#include "common/base/list.h"
#include "common/base/mem.h"

struct caller {
	struct list link;
	enum caller_road road;
	uint32_t pipe;
	struct caller_address address;
	uint64_t heard_ms; /* of its last message with the key; before that, of callers_add */
	bool is_known;
	bool is_over; /* hang_up was called for it */
};

struct callers {
	struct list callers; /* in the order in which they came */
	callers_hang_up_fn *hang_up;
	void *context;
};

static struct caller *caller_of(struct list *link)
{
	return list_entry(link, struct caller, link);
}

struct callers *callers_create(callers_hang_up_fn *hang_up, void *context)
{
	struct callers *callers = mem_new(struct callers);

	list_init(&callers->callers);
	callers->hang_up = hang_up;
	callers->context = context;
	return callers;
}

static void forget(struct caller *caller)
{
	list_remove(&caller->link);
	mem_free(caller);
}

void callers_destroy(struct callers *callers)
{
	if (callers == NULL)
		return;
	list_each_safe (link, &callers->callers)
		forget(caller_of(link));
	mem_free(callers);
}

static struct caller *find(const struct callers *callers, uint32_t pipe)
{
	list_each (link, &callers->callers) {
		if (caller_of(link)->pipe == pipe)
			return caller_of(link);
	}
	return NULL;
}

static bool is_at(const struct caller *caller, const struct caller_address *address)
{
	return memcmp(caller->address.host, address->host, sizeof(address->host)) == 0;
}

static size_t count_known_at(const struct callers *callers, const struct caller_address *address)
{
	size_t count = 0;

	list_each (link, &callers->callers)
		count += caller_of(link)->is_known && is_at(caller_of(link), address);
	return count;
}

/* The subscribers of the same address that came before it. */
static size_t count_elders(const struct callers *callers, const struct caller *caller)
{
	size_t count = 0;

	list_each (link, &callers->callers) {
		const struct caller *other = caller_of(link);

		if (other == caller)
			break;
		count += other->road == CALLER_STREAM && !other->is_over &&
			 is_at(other, &caller->address);
	}
	return count;
}

static bool is_stranger(const struct callers *callers, const struct caller *caller)
{
	if (caller->road == CALLER_ASKS)
		return !caller->is_known;
	return count_elders(callers, caller) >= count_known_at(callers, &caller->address);
}

static void hang_up(struct callers *callers, struct caller *caller, const char *stranger)
{
	caller->is_over = true;
	callers->hang_up(callers->context, &caller->address, stranger);
}

static void make_room(struct callers *callers, enum caller_road road)
{
	struct caller *first = NULL;
	size_t count = 0;

	list_each (link, &callers->callers) {
		struct caller *caller = caller_of(link);

		if (caller->road != road || caller->is_over || !is_stranger(callers, caller))
			continue;
		if (first == NULL)
			first = caller;
		count++;
	}
	if (count > CALLERS_STRANGERS_MAX)
		hang_up(callers, first, "too_many");
}

void callers_add(struct callers *callers, enum caller_road road, uint32_t pipe,
	const struct caller_address *address, uint64_t now_ms)
{
	struct caller *caller = mem_new(struct caller);

	caller->road = road;
	caller->pipe = pipe;
	caller->address = *address;
	caller->heard_ms = now_ms;
	list_append(&callers->callers, &caller->link);
	make_room(callers, road);
}

void callers_remove(struct callers *callers, uint32_t pipe)
{
	struct caller *caller = find(callers, pipe);

	if (caller != NULL)
		forget(caller);
}

void callers_know(struct callers *callers, uint32_t pipe, uint64_t now_ms)
{
	struct caller *caller = find(callers, pipe);

	if (caller == NULL)
		return;
	caller->is_known = true;
	caller->heard_ms = now_ms;
}

void callers_expose(struct callers *callers, uint32_t pipe, const struct caller_address *address,
	const char *problem)
{
	struct caller *caller = find(callers, pipe);

	if (caller != NULL && caller->is_over)
		return;
	if (caller != NULL)
		caller->is_over = true;
	callers->hang_up(callers->context, address, problem);
}

void callers_check(struct callers *callers, uint64_t now_ms)
{
	list_each (link, &callers->callers) {
		struct caller *caller = caller_of(link);

		if (caller->road == CALLER_ASKS && !caller->is_over &&
			now_ms >= caller->heard_ms + CALLERS_SILENCE_MS)
			hang_up(callers, caller, caller->is_known ? NULL : "silent");
	}
}
