/* SPDX-License-Identifier: MIT */
#include "broker/bus/asker.h"

#include "common/base/log.h"
#include "common/base/mem.h"

struct asker {
	struct reactor *reactor;
	struct asker_way way;
	struct list waiting; /* to be sent; oldest first */
	struct list sent; /* to be answered; oldest first */
	size_t waiting_count, sent_count;
	uint32_t last_id;
	struct log_rate failures;
};

static void forget_request(struct inquiry *inquiry)
{
	mem_free(inquiry->request);
	inquiry->request = NULL;
}

static void end(struct inquiry *inquiry)
{
	struct asker *asker = inquiry->asker;

	if (inquiry->request != NULL)
		asker->waiting_count--;
	else
		asker->sent_count--;
	forget_request(inquiry);
	list_remove(&inquiry->link);
	reactor_disarm(asker->reactor, &inquiry->timer);
	inquiry->asker = NULL;
}

static bool send_one(struct asker *asker, struct inquiry *inquiry)
{
	if (!asker->way.send(asker->way.context, inquiry->id, str_from(inquiry->request)))
		return false;
	forget_request(inquiry);
	list_remove(&inquiry->link);
	list_append(&asker->sent, &inquiry->link);
	asker->waiting_count--;
	asker->sent_count++;
	return true;
}

static void send_some(struct asker *asker)
{
	struct list *oldest;

	while (asker->sent_count < ASKER_SENT_MAX &&
		(oldest = list_first(&asker->waiting)) != NULL) {
		if (!send_one(asker, list_entry(oldest, struct inquiry, link)))
			return;
	}
}

static struct inquiry *find(const struct asker *asker, uint32_t id)
{
	/* Answers come nearly in the order of the questions. */
	list_each (link, &asker->sent) {
		struct inquiry *inquiry = list_entry(link, struct inquiry, link);

		if (inquiry->id == id)
			return inquiry;
	}
	return NULL;
}

static struct json *read_answer(struct str text)
{
	const char *problem;
	struct json *answer = json_parse(text, &problem);

	if (answer != NULL && json_is_object(answer))
		return answer;
	json_destroy(answer);
	return NULL;
}

void asker_take(struct asker *asker, uint32_t id, struct str text)
{
	struct inquiry *inquiry = find(asker, id);
	struct json *answer;

	if (inquiry == NULL)
		return;
	answer = read_answer(text);
	end(inquiry);
	inquiry->tell(inquiry, answer);
	json_destroy(answer);
	send_some(asker);
}

static void expire(struct timer *timer)
{
	struct inquiry *inquiry = list_entry(timer, struct inquiry, timer);
	struct asker *asker = inquiry->asker;
	uint64_t suppressed;

	if (log_rate_admits(&asker->failures, asker->reactor->now_ms, &suppressed))
		log_warning("event=ask_timeout questions=%zu",
			asker->waiting_count + asker->sent_count);
	end(inquiry);
	inquiry->tell(inquiry, NULL);
	send_some(asker);
}

struct asker *asker_create(struct reactor *reactor, const struct asker_way *way)
{
	struct asker *asker = mem_new(struct asker);

	asker->reactor = reactor;
	asker->way = *way;
	list_init(&asker->waiting);
	list_init(&asker->sent);
	return asker;
}

static void withdraw_all(const struct list *list)
{
	list_each_safe (link, list)
		end(list_entry(link, struct inquiry, link));
}

void asker_destroy(struct asker *asker)
{
	if (asker == NULL)
		return;
	withdraw_all(&asker->waiting);
	withdraw_all(&asker->sent);
	if (asker->way.destroy != NULL)
		asker->way.destroy(asker->way.context);
	mem_free(asker);
}

bool asker_ask(struct asker *asker, struct inquiry *inquiry, struct str request)
{
	if (asker->waiting_count + asker->sent_count >= ASKER_QUESTIONS_MAX ||
		(asker->way.is_open != NULL && !asker->way.is_open(asker->way.context)))
		return false;
	inquiry->asker = asker;
	inquiry->id = ++asker->last_id & ASKER_ID_MAX;
	inquiry->request = str_dup(request);
	timer_init(&inquiry->timer, expire);
	list_append(&asker->waiting, &inquiry->link);
	asker->waiting_count++;
	reactor_arm(asker->reactor, &inquiry->timer, ASKER_WAIT_MS);
	send_some(asker);
	return true;
}

void asker_withdraw(struct inquiry *inquiry)
{
	if (inquiry->asker != NULL)
		end(inquiry);
}
