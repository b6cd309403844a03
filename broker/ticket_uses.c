/* SPDX-License-Identifier: MIT */
#include "broker/ticket_uses.h"

#include <stdio.h>

#include "broker/stats.h"
#include "common/accounts_wire.h"
#include "common/base/map.h"
#include "common/base/mem.h"

/* Long enough for the waiters to look at the answer. */
#define KEEP_MS 30000
#define GOOD_SECONDS (TICKET_LIFETIME_SECONDS_MAX + TICKET_LEEWAY_SECONDS)

struct taking {
	struct list link; /* in asked or in answered */
	struct ticket_uses *uses;
	struct tickets_use use;
	struct inquiry inquiry; /* where a broker is asked */
	struct list waiters;
	uint64_t until_ms; /* when it is answered */
	bool is_asked;
	bool is_judged;
	enum ticket_problem problem;
};

struct ticket_uses {
	/* False when it cannot be asked; else take_verdict is called, perhaps much later. */
	bool (*ask)(struct taking *taking);
	struct links *links; /* this one or asker */
	struct asker *asker;
	const struct reactor *reactor;
	struct stats *stats;
	struct map *by_hash;
	struct list asked;
	struct list answered; /* the oldest first */
};

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
	list_splice(&uses->answered, &uses->asked);
	list_each_safe (link, &uses->answered)
		forget(list_entry(link, struct taking, link));
	map_destroy(uses->by_hash);
	mem_free(uses);
}

static struct taking *oldest_answered(const struct ticket_uses *uses)
{
	struct list *link = list_first(&uses->answered);

	return link == NULL ? NULL : list_entry(link, struct taking, link);
}

static void forget_old(struct ticket_uses *uses)
{
	struct taking *taking = oldest_answered(uses);

	while (taking != NULL && taking->until_ms <= uses->reactor->now_ms) {
		forget(taking);
		taking = oldest_answered(uses);
	}
}

/* False when all wait for their answers. */
static bool make_room(struct ticket_uses *uses)
{
	struct taking *taking = oldest_answered(uses);

	if (map_count(uses->by_hash) < TICKET_USES_MAX)
		return true;
	stat_add(uses->stats, STAT_TICKET_USES_DROPPED, 1);
	if (taking == NULL)
		return false;
	forget(taking);
	return true;
}

static void keep_answer(struct taking *taking)
{
	struct ticket_uses *uses = taking->uses;

	taking->is_asked = false;
	taking->until_ms = uses->reactor->now_ms + KEEP_MS;
	list_remove(&taking->link);
	list_append(&uses->answered, &taking->link);
}

static void take_verdict(struct taking *taking, bool is_judged, enum ticket_problem problem)
{
	struct list waiters;

	taking->is_judged = is_judged;
	taking->problem = problem;
	keep_answer(taking);
	list_init(&waiters);
	list_splice(&waiters, &taking->waiters);
	answer_wake_all(&waiters);
}

/* An error of Redis is no answer. */
static void take_reply(void *context, const struct link_reply *reply)
{
	bool is_judged = reply != NULL && reply->kind != LINK_ERROR;

	take_verdict(
		context, is_judged, is_judged && reply->kind == LINK_NIL ? TICKET_USED : TICKET_OK);
}

static bool ask_redis(struct taking *taking)
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

/* Any other refusal is no answer either. */
static bool read_verdict(const struct json *answer, enum ticket_problem *problem_out)
{
	static const enum ticket_problem problems[] = { TICKET_USED, TICKET_STALE,
		TICKET_TOO_MANY };
	struct str code = STR("");
	bool is_ok = false;

	*problem_out = TICKET_OK;
	if (json_get_bool(json_find(answer, "ok"), &is_ok) && is_ok)
		return true;
	json_get_string(json_find(answer, "error"), &code);
	for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++) {
		if (!str_is(code, ticket_problem_code(problems[i])))
			continue;
		*problem_out = problems[i];
		return true;
	}
	return false;
}

static void take_answer(struct inquiry *inquiry, const struct json *answer)
{
	enum ticket_problem problem;
	bool is_judged = read_verdict(answer, &problem);

	take_verdict(list_entry(inquiry, struct taking, inquiry), is_judged, problem);
}

static bool ask_broker(struct taking *taking)
{
	struct buf request = { 0 };
	bool is_asked;

	accounts_wire_ask_ticket(taking->use.number_hash, sizeof(taking->use.number_hash),
		taking->use.issued_s, &request);
	taking->inquiry.tell = take_answer;
	is_asked = asker_ask(taking->uses->asker, &taking->inquiry, buf_str(&request));
	buf_finish(&request);
	return is_asked;
}

static struct ticket_uses *create(
	const struct reactor *reactor, struct stats *stats, bool (*ask)(struct taking *taking))
{
	struct ticket_uses *uses = mem_new(struct ticket_uses);

	uses->ask = ask;
	uses->reactor = reactor;
	uses->stats = stats;
	uses->by_hash = map_create();
	list_init(&uses->asked);
	list_init(&uses->answered);
	return uses;
}

struct ticket_uses *ticket_uses_create_redis(
	struct links *links, const struct reactor *reactor, struct stats *stats)
{
	struct ticket_uses *uses = create(reactor, stats, ask_redis);

	uses->links = links;
	return uses;
}

struct ticket_uses *ticket_uses_create_asking(
	struct asker *asker, const struct reactor *reactor, struct stats *stats)
{
	struct ticket_uses *uses = create(reactor, stats, ask_broker);

	uses->asker = asker;
	return uses;
}

static struct taking *begin(struct ticket_uses *uses, const struct tickets_use *use)
{
	struct taking *taking = mem_new(struct taking);

	taking->uses = uses;
	taking->use = *use;
	list_init(&taking->waiters);
	list_append(&uses->asked, &taking->link);
	map_put(uses->by_hash, key_of(use), taking);
	taking->is_asked = uses->ask(taking);
	if (!taking->is_asked)
		keep_answer(taking);
	return taking;
}

bool ticket_uses_take(struct ticket_uses *uses, const struct tickets_use *use,
	struct answer_waiter *waiter, bool *is_judged_out, enum ticket_problem *problem_out)
{
	struct taking *taking;

	forget_old(uses);
	taking = map_find(uses->by_hash, key_of(use));
	if (taking == NULL && make_room(uses))
		taking = begin(uses, use);
	*is_judged_out = false;
	*problem_out = TICKET_OK;
	if (taking == NULL)
		return true;
	if (taking->is_asked) {
		answer_wait(waiter, &taking->waiters);
		return false;
	}
	*is_judged_out = taking->is_judged;
	*problem_out = taking->problem;
	return true;
}
