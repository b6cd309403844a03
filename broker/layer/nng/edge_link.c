/* SPDX-License-Identifier: MIT */
/* The session with the hub. One batch is in flight at a time; it is sent again, with the same
 * number, until the hub acknowledges it. The records that come meanwhile wait for the next batch.
 * The frames of the stream are taken in order. A hub that does not know the session makes the edge
 * begin a new one, in which the edge sends everything without an outcome again; refs make sure that
 * each message is committed once. */
#include "broker/layer/nng/edge_private.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "broker/layer/author.h"
#include "common/base/crypto.h"
#include "common/base/log.h"
#include "common/base/mem.h"

/* A batch without an answer is sent again after this. */
#define AGAIN_MS 2000
#define NONCE_RANDOM_BITS 32 /* the other 32 count hellos: two a second for 68 years */

struct item_name {
	uint8_t sender[CRYPTO_SHA256_SIZE];
	char ref[EVENT_REF_MAX];
};

static uint64_t now_ms(const struct edge *edge)
{
	return edge->setting.reactor->now_ms;
}

/* Batches. */

bool edge_send(struct edge *edge, const struct wire_record *head, struct str rest)
{
	buf_clear(&edge->message);
	wire_write(head, &edge->message);
	buf_append_str(&edge->message, rest);
	return edge->way.ask(edge->way.context, buf_str(&edge->message));
}

static void send_batch(struct edge *edge)
{
	const struct wire_record head = {
		.kind = WIRE_BATCH, .number = edge->batch, .session = edge->session
	};

	edge->sent_ms = now_ms(edge);
	(void)edge_send(edge, &head, buf_str(&edge->in_flight));
}

/* The size of the next batch, in whole records. */
static size_t batch_bytes(const struct edge *edge)
{
	struct str all = buf_str(&edge->waiting), rest = all;
	struct wire_record unused;

	if (all.len <= EDGE_BATCH_BYTES)
		return all.len;
	while (all.len - rest.len < EDGE_BATCH_BYTES && wire_read(&rest, &unused)) {
	}
	return all.len - rest.len;
}

/* An empty batch is sent, too: it tells the hub that we are there. */
static void begin_batch(struct edge *edge)
{
	size_t bytes = batch_bytes(edge);

	buf_clear(&edge->in_flight);
	buf_append_str(&edge->in_flight, str_range(edge->waiting.data, bytes));
	buf_drop(&edge->waiting, bytes);
	edge->batch++;
	edge->is_in_flight = true;
	send_batch(edge);
}

static void run_send(struct reactor_task *task)
{
	struct edge *edge = list_entry(task, struct edge, send_task);

	if (edge->session != 0 && !edge->is_in_flight && edge->waiting.len > 0)
		begin_batch(edge);
}

bool edge_is_full(const struct edge *edge)
{
	return edge->waiting.len > EDGE_BYTES_MAX;
}

static void begin_anew(struct edge *edge)
{
	stat_add(edge->setting.stats, STAT_LAYER_OVERRUNS, 1);
	log_warning("event=layer_overrun bytes=%zu", edge->waiting.len);
	buf_finish(&edge->waiting);
	edge_say_hello(edge);
}

static void note_waiting(struct edge *edge)
{
	reactor_schedule(edge->setting.reactor, &edge->send_task);
	if (edge->waiting.len > edge->waiting_max)
		begin_anew(edge);
}

/* Without a session a record may be dropped: tell_state tells all that matters later. */
void edge_tell_written(struct edge *edge, struct str record)
{
	if (edge->session == 0)
		return;
	buf_append_str(&edge->waiting, record);
	note_waiting(edge);
}

void edge_tell(struct edge *edge, const struct wire_record *record)
{
	if (edge->session == 0)
		return;
	wire_write(record, &edge->waiting);
	note_waiting(edge);
}

void edge_tell_done(struct edge *edge, uint64_t number, enum layer_result result)
{
	edge_tell(edge, &(struct wire_record){
				.kind = WIRE_DONE, .number = number, .result = (uint64_t)result });
}

/* A ref for a message that has none, so that sending it again does not double it; of its sender, if
 * it has one, who may edit it later. */
static void make_ref(const struct edge *edge, const struct follower_item *item,
	struct wire_record *record, struct item_name *name)
{
	const uint8_t *sender = item->author.sender;

	if (sender == NULL)
		crypto_sha256(str_from(edge->setting.broker_id), name->sender);
	snprintf(name->ref, sizeof(name->ref), "%s:%llu", edge->setting.broker_id,
		(unsigned long long)item->number);
	record->ref = str_from(name->ref);
	record->sender = str_range(
		(const char *)(sender == NULL ? name->sender : sender), USER_ID_SIZE);
}

void edge_tell_item(struct edge *edge, const struct follower_item *item)
{
	struct wire_record record = { .kind = WIRE_SAY,
		.number = EDGE_ITEM_NUMBER(item->number),
		.room = item->event.room,
		.user = item->event.user,
		.text = item->event.message,
		.origin = item->event.origin,
		.via = item->event.via,
		.copies = item->event.copies };
	struct item_name name;

	wire_write_change(&item->event, &record);
	if (author_has_ref(&item->author))
		wire_write_ref(&item->author, &record);
	else
		make_ref(edge, item, &record, &name);
	edge_tell(edge, &record);
}

void edge_note_idle(struct edge *edge)
{
	if (edge->is_hurried && edge->layer.ops->is_idle(&edge->layer))
		edge->sink.idle(edge->sink.context);
}

/* The beginning of a session. */

/* Greater than all nonces before it, and nobody can predict it. */
static uint64_t make_nonce(struct edge *edge)
{
	assert(edge->last_hello < UINT64_MAX >> NONCE_RANDOM_BITS);
	return ++edge->last_hello << NONCE_RANDOM_BITS |
	       crypto_random_uint64() >> (64 - NONCE_RANDOM_BITS);
}

void edge_say_hello(struct edge *edge)
{
	struct wire_record hello = { .kind = WIRE_HELLO,
		.notice = edge->notice,
		.broker = str_from(edge->setting.broker_id),
		.hub = str_from(edge->hub) };

	if (edge->nonce == 0)
		edge->nonce = make_nonce(edge);
	edge->session = 0;
	edge->waiting_max = SIZE_MAX; /* until tell_state has told the state */
	edge->is_in_flight = false;
	hello.number = edge->nonce;
	(void)edge_send(edge, &hello, STR_OF(""));
}

static void tell_person(void *context, struct str room, const struct user *user)
{
	struct wire_record record = wire_person(STR_OF(""), room, user, true);

	edge_tell(context, &record);
}

/* Tells a new session what the hub has to know: the people here, and all items without an outcome.
 * The follower asks again for heads. */
static void tell_state(struct edge *edge)
{
	struct str own = str_from(edge->setting.broker_id);
	const struct follower_item *item;
	uint64_t next = 0;

	buf_clear(&edge->waiting);
	edge_tell(edge, &(struct wire_record){ .kind = WIRE_PEOPLE });
	roster_visit(edge->roster, own, tell_person, edge);
	edge_tell(edge, &(struct wire_record){ .kind = WIRE_ALL_PEOPLE });
	edge_tell_errands(edge);
	follower_ask_heads(edge->follower);
	while ((item = follower_next(edge->follower, next)) != NULL) {
		edge_tell_item(edge, item);
		next = item->number + 1;
	}
	edge->waiting_max = edge->waiting.len + EDGE_SESSION_BYTES_MAX;
}

static void forget_frames(struct edge *edge)
{
	list_each_safe (link, &edge->held) {
		list_remove(link);
		mem_free(list_entry(link, struct edge_frame, link));
	}
	edge->held_bytes = 0;
}

static void take_welcome(struct edge *edge, const struct wire_record *head, struct str rest)
{
	if (edge->nonce == 0 || head->number != edge->nonce || head->session == 0 ||
		head->broker.len >= sizeof(edge->hub))
		return;
	if (!str_is(head->broker, edge->hub))
		edge->notice = 0;
	edge->nonce = 0;
	edge->is_refused = false;
	edge->session = head->session;
	snprintf(edge->hub, sizeof(edge->hub), "%.*s", STR_ARG(head->broker));
	edge->layer.keeps_past = head->keeps_past != 0;
	edge->batch = 0;
	edge->position = edge->newest = head->after;
	forget_frames(edge);
	edge_drop_own_questions(edge);
	edge_begin_people(edge);
	edge_apply(edge, rest);
	edge->notice = head->notice;
	tell_state(edge);
	edge_ask_again(edge, true);
	edge_ask_for_people(edge, 0, 1);
}

/* The stream. */

static void hold_frame(struct edge *edge, uint64_t number, struct str records)
{
	struct list *before = edge->held.previous;
	struct edge_frame *frame;

	while (before != &edge->held &&
		list_entry(before, struct edge_frame, link)->number > number)
		before = before->previous;
	if (edge->held_bytes + records.len > EDGE_HELD_BYTES_MAX ||
		(before != &edge->held &&
			list_entry(before, struct edge_frame, link)->number == number))
		return;
	frame = mem_alloc(sizeof(*frame) + records.len);
	frame->number = number;
	frame->len = records.len;
	memcpy(frame->records, records.data, records.len);
	list_append(before->next, &frame->link);
	edge->held_bytes += frame->len;
}

void edge_take_frame(struct edge *edge, uint64_t number, struct str records)
{
	if (edge->newest < number)
		edge->newest = number;
	if (number <= edge->position || records.len == 0)
		return;
	if (number > edge->position + 1 || edge->awaits_people) {
		hold_frame(edge, number, records);
		return;
	}
	edge->position = number;
	edge_apply(edge, records);
}

void edge_go_on(struct edge *edge)
{
	struct list *link;

	while (!edge->awaits_people && (link = list_first(&edge->held)) != NULL) {
		struct edge_frame *frame = list_entry(link, struct edge_frame, link);

		if (frame->number > edge->position + 1)
			break;
		list_remove(link);
		edge->held_bytes -= frame->len;
		edge_take_frame(edge, frame->number, str_range(frame->records, frame->len));
		mem_free(frame);
	}
	if (edge->session != 0 && !edge->awaits_people && edge->newest > edge->position &&
		!edge_has_question(edge, EDGE_FRAMES))
		edge_ask_for_frames(edge);
}

static void come_up(struct edge *edge)
{
	if (edge->is_up)
		return;
	edge->is_up = true;
	log_info("event=hub_found hub=%s", edge->hub);
	edge->sink.tell_link(edge->sink.context, true);
}

/* The frames of a hub that we do not know are dropped; we say HELLO to it. */
static void take_stream(struct edge *edge, const struct wire_record *head, struct str rest)
{
	if (edge->session == 0)
		return;
	if (!str_is(head->broker, edge->hub)) {
		edge_say_hello(edge);
		return;
	}
	edge->heard_ms = now_ms(edge);
	edge_take_frame(edge, head->number, rest);
	edge_go_on(edge);
	come_up(edge);
}

/* BUSY in answer to HELLO: the hub has too many edges. We go on saying HELLO, and log it once. */
static void take_busy(struct edge *edge, const struct wire_record *head)
{
	if (edge->session != 0) {
		edge_take_busy(edge, head->number);
		return;
	}
	if (edge->is_refused || edge->nonce == 0 || head->number != edge->nonce)
		return;
	edge->is_refused = true;
	stat_add(edge->setting.stats, STAT_LAYER_REFUSED, 1);
	log_warning("event=edge_refused problem=too_many");
}

static void take_taken(struct edge *edge, const struct wire_record *head)
{
	if (head->session != edge->session || head->number != edge->batch || !edge->is_in_flight)
		return;
	edge->is_in_flight = false;
	if (edge->waiting.len > 0)
		begin_batch(edge);
	edge_note_idle(edge);
}

bool edge_take(struct edge *edge, struct str records)
{
	struct wire_record head;

	if (!wire_is_whole(records) || !wire_read(&records, &head))
		return false;
	if (head.kind == WIRE_FRAME)
		take_stream(edge, &head, records);
	else if (head.kind == WIRE_WELCOME)
		take_welcome(edge, &head, records);
	else if (head.kind == WIRE_TAKEN)
		take_taken(edge, &head);
	else if (head.kind == WIRE_STRANGER && edge->session != 0 && head.session == edge->session)
		edge_say_hello(edge);
	else if (head.kind == WIRE_ANSWER && head.session == edge->session)
		edge_take_answer(edge, head.number, records);
	else if (head.kind == WIRE_BUSY && head.session == edge->session)
		take_busy(edge, &head);
	return true;
}

void edge_connect(struct edge *edge)
{
	if (edge->session == 0) {
		edge_say_hello(edge);
		return;
	}
	if (edge->is_in_flight)
		send_batch(edge);
	edge_ask_again(edge, true);
}

static void go_down(struct edge *edge)
{
	edge->is_up = false;
	log_warning("event=hub_lost hub=%s", edge->hub);
	edge->sink.tell_link(edge->sink.context, false);
	edge_fail_questions(edge);
	follower_fail_opening(edge->follower);
	edge_note_idle(edge);
}

/* Sends again what has no answer yet: the hello, the batch, questions. */
static void send_again(struct edge *edge)
{
	if (edge->session == 0) {
		edge_say_hello(edge);
	} else if (edge->is_in_flight) {
		if (now_ms(edge) >= edge->sent_ms + AGAIN_MS)
			send_batch(edge);
	} else if (edge->waiting.len > 0 || now_ms(edge) >= edge->sent_ms + 2 * EDGE_TICK_MS) {
		begin_batch(edge);
	}
	edge_ask_again(edge, false);
}

static void tick(struct timer *timer)
{
	struct edge *edge = list_entry(timer, struct edge, tick_timer);
	uint64_t late_ms = now_ms(edge) - edge->tick_ms;

	edge->tick_ms = now_ms(edge);
	if (late_ms > 4 * EDGE_TICK_MS) /* this process was suspended: the hub was not silent */
		edge->heard_ms += late_ms;
	if (edge->is_up && now_ms(edge) > edge->heard_ms + EDGE_SILENCE_MS)
		go_down(edge);
	edge_forget_brokers(edge);
	edge_ask_heads_again(edge);
	send_again(edge);
	reactor_arm(edge->setting.reactor, timer, EDGE_TICK_MS);
}

/* Fails the rooms that were opened while the hub is lost. */
static void run_fail(struct reactor_task *task)
{
	struct edge *edge = list_entry(task, struct edge, fail_task);

	if (!edge->is_up)
		follower_fail_opening(edge->follower);
}

void edge_begin(struct edge *edge)
{
	list_init(&edge->held);
	reactor_task_init(&edge->send_task, run_send);
	reactor_task_init(&edge->fail_task, run_fail);
	timer_init(&edge->tick_timer, tick);
	edge->is_up = true;
	edge->heard_ms = edge->tick_ms = now_ms(edge);
	reactor_arm(edge->setting.reactor, &edge->tick_timer, EDGE_TICK_MS);
	edge_say_hello(edge);
}

void edge_end(struct edge *edge)
{
	const struct wire_record bye = { .kind = WIRE_BYE, .session = edge->session };

	if (edge->session != 0) {
		buf_clear(&edge->in_flight);
		wire_write(&bye, &edge->in_flight);
		edge->batch++;
		send_batch(edge);
	}
	forget_frames(edge);
	reactor_unschedule(&edge->send_task);
	reactor_unschedule(&edge->fail_task);
	reactor_disarm(edge->setting.reactor, &edge->tick_timer);
	buf_finish(&edge->in_flight);
	buf_finish(&edge->waiting);
	buf_finish(&edge->message);
}
