/* SPDX-License-Identifier: MIT */
/* Requests are read first and answered at the turn's end. A turn is bounded by their number, by
 * bytes and by time: lists are expensive, and people's sockets wait meanwhile. */
#include "broker/bus/requests.h"

#include <nng/protocol/reqrep0/rep.h>

#include "broker/broker.h"
#include "broker/bus/bus.h"
#include "broker/bus/line.h"
#include "common/base/clock.h"
#include "common/base/map.h"
#include "common/base/mem.h"

#define ANSWER_BYTES_PER_TURN (64 * 1024)
#define ANSWER_MS_PER_TURN 2
#define REQUEST_ID_BYTES 4 /* what REQ puts before a request */
#define LINGER_MAX_MS 200 /* at the end */

/* A connection. */
struct caller {
	bool has_bound; /* channels */
};

static struct str caller_key(const uint32_t *pipe)
{
	return str_range((const char *)pipe, sizeof(*pipe));
}

static uint32_t pipe_of(nng_msg *message)
{
	return (uint32_t)nng_pipe_id(nng_msg_get_pipe(message));
}

/* Takes message. nng drops an answer whose connection is gone. */
static void send_answer(struct requests *requests, nng_msg *message, const struct buf *answer)
{
	requests->has_said_last = requests->is_stopping;
	nng_msg_clear(message);
	if (nng_msg_append(message, answer->data, answer->len) == 0 &&
		nng_sendmsg(requests->socket.socket, message, NNG_FLAG_NONBLOCK) == 0)
		return;
	nng_msg_free(message);
	stat_add(&requests->broker->stats, STAT_CONTROL_ANSWERS_LOST, 1);
}

static size_t count_of_pipe(const struct list *list, uint32_t pipe)
{
	size_t count = 0;

	list_each (link, list) {
		struct waiting_request *request = list_entry(link, struct waiting_request, link);

		count += pipe_of(request->message) == pipe;
	}
	return count;
}

static bool is_busy(const struct requests *requests, nng_msg *message)
{
	uint32_t pipe = pipe_of(message);

	return requests->count == REQUESTS_MAX ||
	       count_of_pipe(&requests->unread, pipe) + count_of_pipe(&requests->begun, pipe) +
			       count_of_pipe(&requests->receiving, pipe) >=
		       REQUESTS_PER_PIPE_MAX;
}

/* Takes message. */
static void fail_at_once(struct requests *requests, nng_msg *message, enum control_failure failure)
{
	struct buf answer = { 0 };

	control_fail(&answer, failure);
	send_answer(requests, message, &answer);
	buf_finish(&answer);
}

/* The request gets no message any more. */
static void stop_receiving(struct waiting_request *request)
{
	struct layer *layer = request->requests->broker->layer;

	if (request->is_receiving)
		layer->ops->cancel_receive(layer, &request->asker.receiver);
}

static void fail(struct waiting_request *request, enum control_failure failure)
{
	stop_receiving(request);
	control_fail(&request->answer, failure);
	requests_answer(request);
}

static void handle_timer(struct timer *timer)
{
	struct waiting_request *request = list_entry(timer, struct waiting_request, timer);

	if (!request->is_receiving) {
		fail(request, CONTROL_TIMEOUT);
		return;
	}
	stop_receiving(request);
	control_end_receive(&request->answer, STR_OF(""));
	requests_answer(request);
}

static void take_message(struct layer_receiver *receiver, struct str message)
{
	struct control_asker *asker = list_entry(receiver, struct control_asker, receiver);
	struct waiting_request *request = list_entry(asker, struct waiting_request, asker);

	control_end_receive(&request->answer, message);
	requests_answer(request);
}

static void receive(struct watched_socket *socket, nng_msg *message)
{
	struct requests *requests = list_entry(socket, struct requests, socket);
	struct waiting_request *request;

	stat_add(&requests->broker->stats, STAT_CONTROL_REQUESTS, 1);
	if (requests->is_stopping) {
		fail_at_once(requests, message, CONTROL_STOPPING);
		return;
	}
	if (is_busy(requests, message)) {
		stat_add(&requests->broker->stats, STAT_CONTROL_BUSY, 1);
		fail_at_once(requests, message, CONTROL_BUSY);
		return;
	}
	request = mem_new(struct waiting_request);
	request->requests = requests;
	request->message = message;
	request->asker.id = BUS_REQUEST_ID_BIT | ++requests->last_id;
	request->asker.receiver.take = take_message;
	list_init(&request->asker.receiver.link);
	timer_init(&request->timer, handle_timer);
	list_append(&requests->unread, &request->link);
	requests->count++;
	reactor_schedule(&requests->broker->reactor, &requests->answer_task);
}

struct waiting_request *requests_find(struct requests *requests, uint64_t id)
{
	/* Answers come nearly in the order of the requests. */
	list_each (link, &requests->begun) {
		struct waiting_request *request = list_entry(link, struct waiting_request, link);

		if (request->asker.id == id)
			return request;
	}
	return NULL;
}

/* Frees its message, too, if it is still there. */
static void destroy(struct waiting_request *request)
{
	struct requests *requests = request->requests;

	list_remove(&request->link);
	requests->count--;
	requests->receiving_count -= request->is_receiving;
	reactor_disarm(&requests->broker->reactor, &request->timer);
	if (request->message != NULL)
		nng_msg_free(request->message);
	buf_finish(&request->answer);
	mem_free(request);
}

void requests_answer(struct waiting_request *request)
{
	struct requests *requests = request->requests;

	if (request == requests->current) {
		request->is_complete = true;
		return;
	}
	send_answer(requests, request->message, &request->answer);
	request->message = NULL;
	destroy(request);
}

static void begin_to_receive(struct waiting_request *request)
{
	struct requests *requests = request->requests;

	list_remove(&request->link);
	list_append(&requests->receiving, &request->link);
	requests->receiving_count++;
	request->is_receiving = true;
	reactor_arm(&requests->broker->reactor, &request->timer, request->asker.timeout_ms);
}

static struct caller *find_caller(
	const struct requests *requests, const struct waiting_request *request)
{
	uint32_t pipe = pipe_of(request->message);

	return map_find(requests->callers, caller_key(&pipe));
}

/* Returns the bytes that have been written of its answer. */
static size_t begin(struct requests *requests, struct waiting_request *request)
{
	struct caller *caller = find_caller(requests, request);
	enum control_outcome outcome;
	size_t bytes;

	list_remove(&request->link);
	list_append(&requests->begun, &request->link);
	requests->current = request;
	request->asker.connection = caller == NULL ? 0 : pipe_of(request->message);
	request->asker.may_wait = requests->receiving_count < REQUESTS_RECEIVING_MAX;
	outcome = control_answer(requests->broker, message_text(request->message), &request->asker,
		&request->answer);
	requests->current = NULL;
	if (caller != NULL && request->asker.has_bound)
		caller->has_bound = true;
	bytes = request->answer.len;
	if (outcome == CONTROL_ANSWERED || outcome == CONTROL_REFUSED || request->is_complete)
		requests_answer(request);
	else if (outcome == CONTROL_WAITS)
		reactor_arm(&requests->broker->reactor, &request->timer, REQUEST_WAIT_MS);
	else if (outcome == CONTROL_RECEIVES)
		begin_to_receive(request);
	return bytes;
}

static void run_answer(struct reactor_task *task)
{
	struct requests *requests = list_entry(task, struct requests, answer_task);
	uint64_t end_ms = clock_monotonic_ms() + ANSWER_MS_PER_TURN;
	size_t bytes = 0;
	struct list *oldest;

	while (bytes < ANSWER_BYTES_PER_TURN && clock_monotonic_ms() <= end_ms &&
		(oldest = list_first(&requests->unread)) != NULL)
		bytes += begin(requests, list_entry(oldest, struct waiting_request, link));
	if (!list_is_empty(&requests->unread))
		reactor_schedule(&requests->broker->reactor, task);
}

static const struct watched_protocol protocol = {
	.open = nng_rep0_open_raw,
	.message_bytes_max = BUS_EVENT_BYTES_MAX + REQUEST_ID_BYTES,
	.send_queue = REQUESTS_MAX,
	.receive_queue = REQUESTS_PER_PIPE_MAX,
	.receive = receive,
};

void requests_add_caller(struct requests *requests, uint32_t pipe)
{
	if (map_find(requests->callers, caller_key(&pipe)) == NULL)
		map_put(requests->callers, caller_key(&pipe), mem_new(struct caller));
}

/* Drops the connection's requests for messages: they would take messages that nobody gets. */
static void drop_receives(struct requests *requests, uint32_t pipe)
{
	list_each_safe (link, &requests->receiving) {
		struct waiting_request *request = list_entry(link, struct waiting_request, link);

		if (pipe_of(request->message) != pipe)
			continue;
		stop_receiving(request);
		destroy(request);
	}
}

void requests_remove_caller(struct requests *requests, uint32_t pipe)
{
	struct caller *caller = map_remove(requests->callers, caller_key(&pipe));
	struct layer *layer = requests->broker->layer;

	if (caller == NULL)
		return;
	drop_receives(requests, pipe);
	if (caller->has_bound)
		layer->ops->end_owner(layer, pipe);
	mem_free(caller);
}

struct caller_mail {
	struct mail mail;
	struct requests *requests;
	uint32_t pipe;
	bool is_gone;
};

static void handle_caller(struct mail *base)
{
	struct caller_mail *mail = list_entry(base, struct caller_mail, mail);

	if (mail->is_gone)
		requests_remove_caller(mail->requests, mail->pipe);
	else
		requests_add_caller(mail->requests, mail->pipe);
	mem_free(mail);
}

/* Runs on nng's threads. A connection is added before its requests can be read, because requests
 * begin after the turn's mail; and it is removed only after it was added. */
static void note_caller(nng_pipe pipe, nng_pipe_ev change, void *context)
{
	struct requests *requests = context;
	struct caller_mail *mail = mem_new(struct caller_mail);

	*mail = (struct caller_mail){ { NULL, handle_caller }, requests,
		(uint32_t)nng_pipe_id(pipe), change == NNG_PIPE_EV_REM_POST };
	reactor_post(&requests->broker->reactor, &mail->mail);
}

static bool listen_to_callers(struct requests *requests)
{
	nng_socket socket = requests->socket.socket;

	return nng_pipe_notify(socket, NNG_PIPE_EV_ADD_PRE, note_caller, requests) == 0 &&
	       nng_pipe_notify(socket, NNG_PIPE_EV_REM_POST, note_caller, requests) == 0;
}

bool requests_start(struct requests *requests, struct broker *broker, const char *path)
{
	requests->broker = broker;
	list_init(&requests->unread);
	list_init(&requests->begun);
	list_init(&requests->receiving);
	requests->callers = map_create();
	reactor_task_init(&requests->answer_task, run_answer);
	return watched_socket_open(&requests->socket, &broker->reactor, &protocol) &&
	       listen_to_callers(requests) &&
	       watched_socket_listen(&requests->socket, &broker->stats, path);
}

static void fail_all(const struct list *list)
{
	list_each_safe (link, list)
		fail(list_entry(link, struct waiting_request, link), CONTROL_STOPPING);
}

void requests_stop(struct requests *requests)
{
	if (requests->broker == NULL)
		return;
	requests->is_stopping = true;
	entrance_close(&requests->socket.entrance);
	reactor_unschedule(&requests->answer_task);
	fail_all(&requests->unread);
}

static void forget_callers(struct requests *requests)
{
	size_t position = 0;
	void *caller;

	if (requests->callers == NULL)
		return;
	while (map_next(requests->callers, &position, NULL, &caller))
		mem_free(caller);
	map_destroy(requests->callers);
	requests->callers = NULL;
}

void requests_finish(struct requests *requests)
{
	if (requests->broker == NULL)
		return;
	requests_stop(requests);
	fail_all(&requests->begun);
	fail_all(&requests->receiving);
	if (requests->has_said_last && requests->socket.socket.id != 0)
		watched_socket_linger(&requests->socket, LINGER_MAX_MS);
	watched_socket_close(&requests->socket);
	/* nng calls note_caller no more. Handles the mails that it has posted, because they point
	 * to requests. */
	(void)mailbox_drain(&requests->broker->reactor.mailbox);
	forget_callers(requests);
}
