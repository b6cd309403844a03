/* SPDX-License-Identifier: MIT */
#include "broker/order/edges.h"

#include <stdio.h>

#include "broker/broker.h"
#include "broker/bus/asker.h"
#include "broker/bus/bus.h"
#include "broker/order/request.h"
#include "broker/order/tell.h"
#include "broker/order/wire.h"
#include "common/base/crypto.h"
#include "common/base/mem.h"

/* Between two questions for an outcome, and how many are asked. */
#define ASK_AGAIN_MS 100
#define QUESTIONS_MAX 100
#define NUMBER_BITS 52
#define CODE_SIZE 32
#define SENTENCE_SIZE 256

static const struct order_refusal nobody_there = { "unavailable",
	"The broker with the accounts cannot be reached at this moment. Try it again in a while.",
	0 };

/* A job on its way. */
struct sent {
	struct list link; /* in the follower's */
	struct inquiry inquiry;
	struct broker *broker; /* borrowed */
	struct registrar_job *job; /* owned */
	int64_t number; /* at the other broker; 0: none yet */
	unsigned questions;
	struct timer timer;
};

static void forget(struct sent *sent)
{
	sent->broker->order.sent_count--;
	list_remove(&sent->link);
	asker_withdraw(&sent->inquiry);
	reactor_disarm(&sent->broker->reactor, &sent->timer);
	registrar_job_destroy(sent->job);
	mem_free(sent);
}

void order_forget_sent(struct broker *broker)
{
	list_each_safe (link, &broker->order.sent) {
		forget(list_entry(link, struct sent, link));
	}
}

static void finish(struct sent *sent, const struct order_refusal *refusal)
{
	struct broker *broker = sent->broker;
	const struct registrar_job *job = sent->job;
	struct channel *channel = job->asker == REGISTRAR_CHANNEL
					  ? broker_find_channel(broker, job->asker_id)
					  : NULL;

	if (refusal == NULL)
		order_look(&broker->order);
	if (channel != NULL)
		order_tell_outcome(channel, refusal, job->ref);
	else if (job->asker == REGISTRAR_REQUEST)
		bus_tell_order(broker->bus, job->asker_id, refusal);
	forget(sent);
}

static void finish_refused(struct sent *sent, const struct json *answer)
{
	struct str code = STR("storage"), sentence = STR("");
	char code_text[CODE_SIZE], sentence_text[SENTENCE_SIZE];

	(void)json_get_string(json_find(answer, "error"), &code);
	(void)json_get_string(json_find(answer, "message"), &sentence);
	snprintf(code_text, sizeof(code_text), "%.*s", STR_ARG(code));
	snprintf(sentence_text, sizeof(sentence_text), "%.*s", STR_ARG(sentence));
	finish(sent, &(struct order_refusal){ code_text, sentence_text, 0 });
}

static void take_answer(struct inquiry *inquiry, const struct json *answer)
{
	struct sent *sent = list_entry(inquiry, struct sent, inquiry);
	bool is_ok = false, is_under_way = false;

	(void)json_get_bool(json_find(answer, "ok"), &is_ok);
	(void)json_get_bool(json_find(answer, "under_way"), &is_under_way);
	if (json_get_integer(json_find(answer, "order"), &sent->number))
		is_under_way = true;
	if (answer == NULL || (is_under_way && sent->questions > QUESTIONS_MAX))
		finish(sent, &nobody_there);
	else if (!is_ok)
		finish_refused(sent, answer);
	else if (is_under_way)
		reactor_arm(&sent->broker->reactor, &sent->timer, ASK_AGAIN_MS);
	else
		finish(sent, NULL);
}

static bool ask(struct sent *sent)
{
	struct buf request = { 0 };
	bool is_asked;

	sent->questions++;
	sent->inquiry = (struct inquiry){ .tell = take_answer };
	if (sent->number > 0)
		order_wire_ask_outcome(sent->number, &request);
	else
		order_wire_ask_job(sent->job, &request);
	is_asked = asker_ask(sent->broker->revoker.asker, &sent->inquiry, buf_str(&request));
	buf_finish(&request);
	return is_asked;
}

static void ask_again(struct timer *timer)
{
	struct sent *sent = list_entry(timer, struct sent, timer);

	if (!ask(sent))
		finish(sent, &nobody_there);
}

const struct order_refusal *order_send_up(struct broker *broker, struct registrar_job *job)
{
	struct sent *sent;

	if (broker->order.sent_count >= ORDERS_SENT_MAX) {
		stat_add(&broker->stats, STAT_ORDERS_BUSY, 1);
		registrar_job_destroy(job);
		return &order_is_busy;
	}
	sent = mem_new(struct sent);
	sent->broker = broker;
	sent->job = job;
	timer_init(&sent->timer, ask_again);
	list_init(&sent->link);
	list_append(&broker->order.sent, &sent->link);
	broker->order.sent_count++;
	if (ask(sent))
		return NULL;
	forget(sent);
	return &nobody_there;
}

/* The broker with the accounts. */

struct outcome {
	uint64_t number;
	enum order_outcome_state state;
	struct order_refusal refusal;
};

struct order_outcomes {
	uint64_t last;
	struct outcome rows[ORDER_OUTCOMES_MAX];
};

/* An edge that asks for a number of a broker which has been started again must not hear of another
 * order. JSON's numbers are exact to 2^53. */
struct order_outcomes *order_outcomes_create(void)
{
	struct order_outcomes *outcomes = mem_new(struct order_outcomes);

	outcomes->last = crypto_random_uint64() >> (64 - NUMBER_BITS);
	return outcomes;
}

void order_outcomes_destroy(struct order_outcomes *outcomes)
{
	mem_free(outcomes);
}

uint64_t order_outcomes_add(struct order_outcomes *outcomes)
{
	uint64_t number = ++outcomes->last;

	outcomes->rows[number % ORDER_OUTCOMES_MAX] = (struct outcome){ number, ORDER_UNDER_WAY,
		{ NULL, NULL, 0 } };
	return number;
}

void order_outcomes_note(
	struct order_outcomes *outcomes, uint64_t number, const struct order_refusal *refusal)
{
	struct outcome *outcome = &outcomes->rows[number % ORDER_OUTCOMES_MAX];

	if (outcome->number != number)
		return;
	outcome->state = refusal == NULL ? ORDER_DONE : ORDER_REFUSED;
	if (refusal != NULL)
		outcome->refusal = *refusal;
}

enum order_outcome_state order_outcomes_find(
	const struct order_outcomes *outcomes, uint64_t number, struct order_refusal *refusal_out)
{
	const struct outcome *outcome = &outcomes->rows[number % ORDER_OUTCOMES_MAX];

	if (number == 0 || outcome->number != number)
		return ORDER_UNKNOWN;
	*refusal_out = outcome->refusal;
	return outcome->state;
}
