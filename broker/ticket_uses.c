/* SPDX-License-Identifier: MIT */
#include "broker/ticket_uses.h"

#include <stdio.h>

#include "common/base/map.h"
#include "common/base/mem.h"

/* Until who has waited for the answer has looked at it. */
#define KEEP_MS 30000
#define GOOD_SECONDS (TICKET_LIFETIME_SECONDS_MAX + TICKET_LEEWAY_SECONDS)

struct taking {
	struct list link; /* of all, the oldest first */
	struct ticket_uses *uses;
	struct tickets_use use;
	struct list waiters;
	uint64_t until_ms;
	bool is_asked;
	bool is_judged;
	enum ticket_problem problem;
};

struct ticket_uses {
	struct links *links;
	const struct reactor *reactor;
	struct map *by_hash;
	struct list order;
};

struct ticket_uses *ticket_uses_create(struct links *links, const struct reactor *reactor)
{
	struct ticket_uses *uses = mem_new(struct ticket_uses);

	uses->links = links;
	uses->reactor = reactor;
	uses->by_hash = map_create();
	list_init(&uses->order);
	return uses;
}

static struct str key_of(const struct tickets_use *use)
{
	return str_range((const char *)use->number_hash, sizeof(use->number_hash));
}

static void forget(struct taking *taking)
{
	map_remove(taking->uses->by_hash, key_of(&taking->use));
	list_remove(&taking->link);
	mem_free(taking);
}

void ticket_uses_destroy(struct ticket_uses *uses)
{
	if (uses == NULL)
		return;
	list_each_safe (link, &uses->order)
		forget(list_entry(link, struct taking, link));
	map_destroy(uses->by_hash);
	mem_free(uses);
}

static void forget_old(struct ticket_uses *uses)
{
	list_each_safe (link, &uses->order) {
		struct taking *taking = list_entry(link, struct taking, link);

		if (taking->is_asked || taking->until_ms > uses->reactor->now_ms)
			return;
		forget(taking);
	}
}

/* An error is no answer: nobody can say. */
static void take_reply(void *context, const struct link_reply *reply)
{
	struct taking *taking = context;
	struct list waiters;

	taking->is_asked = false;
	taking->is_judged = reply != NULL && reply->kind != LINK_ERROR;
	taking->problem = taking->is_judged && reply->kind == LINK_NIL ? TICKET_USED : TICKET_OK;
	list_init(&waiters);
	list_splice(&waiters, &taking->waiters);
	distant_wake_all(&waiters);
}

static bool ask(struct taking *taking)
{
	struct link_handler handler = { take_reply, taking };
	struct buf key = { 0 };
	char seconds[16];
	bool is_asked;

	buf_append_text(&key, TICKET_USES_PREFIX);
	buf_append_hex(&key, taking->use.number_hash, sizeof(taking->use.number_hash));
	snprintf(seconds, sizeof(seconds), "%d", GOOD_SECONDS);
	is_asked = link_command(links_of(taking->uses->links, buf_str(&key)), &handler,
		LINK_WORDS(STR_OF("SET"), buf_str(&key), STR_OF("1"), STR_OF("NX"), STR_OF("EX"),
			str_from(seconds)));
	buf_finish(&key);
	return is_asked;
}

static struct taking *begin(struct ticket_uses *uses, const struct tickets_use *use)
{
	struct taking *taking = mem_new(struct taking);

	taking->uses = uses;
	taking->use = *use;
	taking->until_ms = uses->reactor->now_ms + KEEP_MS;
	list_init(&taking->waiters);
	list_append(&uses->order, &taking->link);
	map_put(uses->by_hash, key_of(use), taking);
	taking->is_asked = ask(taking);
	return taking;
}

bool ticket_uses_take(struct ticket_uses *uses, const struct tickets_use *use,
	struct distant_waiter *waiter, bool *is_judged_out, enum ticket_problem *problem_out)
{
	struct taking *taking;

	forget_old(uses);
	taking = map_find(uses->by_hash, key_of(use));
	if (taking == NULL)
		taking = begin(uses, use);
	if (taking->is_asked) {
		distant_wait(waiter, &taking->waiters);
		return false;
	}
	*is_judged_out = taking->is_judged;
	*problem_out = taking->problem;
	return true;
}
