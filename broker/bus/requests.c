/* SPDX-License-Identifier: MIT */
/* Requests are read first and answered at the turn's end, at most so many a turn, by their bytes
 * and by the time they take: lists are dear, and the sockets of people wait meanwhile. */
#include "broker/bus/requests.h"

#include <nng/protocol/reqrep0/rep.h>

#include "broker/broker.h"
#include "broker/bus/bus.h"
#include "broker/bus/control.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

#define ANSWER_BYTES_PER_TURN (64 * 1024)
#define ANSWER_MS_PER_TURN 2
#define REQUEST_ID_BYTES 4 /* what REQ puts before a request */
#define LINGER_MAX_MS 200 /* at the end */

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

static size_t count_of_pipe(const struct list *list, int pipe)
{
	size_t count = 0;

	list_each (link, list) {
		struct waiting_request *request = list_entry(link, struct waiting_request, link);

		count += nng_pipe_id(nng_msg_get_pipe(request->message)) == pipe;
	}
	return count;
}

static bool is_busy(const struct requests *requests, nng_msg *message)
{
	int pipe = nng_pipe_id(nng_msg_get_pipe(message));

	return requests->count == REQUESTS_MAX ||
	       count_of_pipe(&requests->unread, pipe) + count_of_pipe(&requests->begun, pipe) >=
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

static void fail(struct waiting_request *request, enum control_failure failure)
{
	control_fail(&request->answer, failure);
	requests_answer(request);
}

static void handle_timer(struct timer *timer)
{
	fail(list_entry(timer, struct waiting_request, timer), CONTROL_TIMEOUT);
}

static void receive(struct bus_socket *socket, nng_msg *message)
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
	request->id = BUS_REQUEST_ID_BIT | ++requests->last_id;
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

		if (request->id == id)
			return request;
	}
	return NULL;
}

void requests_answer(struct waiting_request *request)
{
	struct requests *requests = request->requests;

	if (request == requests->current) {
		request->is_complete = true;
		return;
	}
	list_remove(&request->link);
	requests->count--;
	reactor_disarm(&requests->broker->reactor, &request->timer);
	send_answer(requests, request->message, &request->answer);
	buf_finish(&request->answer);
	mem_free(request);
}

/* Returns the bytes of its answer, as far as there is one. */
static size_t begin(struct requests *requests, struct waiting_request *request)
{
	enum control_outcome outcome;
	size_t bytes;

	list_remove(&request->link);
	list_append(&requests->begun, &request->link);
	requests->current = request;
	outcome = control_answer(requests->broker, bus_message_text(request->message), request->id,
		&request->answer);
	requests->current = NULL;
	bytes = request->answer.len;
	if (outcome == CONTROL_ANSWERED || outcome == CONTROL_REFUSED || request->is_complete)
		requests_answer(request);
	else if (outcome == CONTROL_WAITS)
		reactor_arm(&requests->broker->reactor, &request->timer, REQUEST_WAIT_MS);
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

static const struct bus_protocol protocol = {
	.open = nng_rep0_open_raw,
	.message_bytes_max = BUS_EVENT_BYTES_MAX + REQUEST_ID_BYTES,
	.send_queue = REQUESTS_MAX,
	.receive_queue = REQUESTS_PER_PIPE_MAX,
	.receive = receive,
};

bool requests_start(struct requests *requests, struct broker *broker, const char *path)
{
	requests->broker = broker;
	list_init(&requests->unread);
	list_init(&requests->begun);
	reactor_task_init(&requests->answer_task, run_answer);
	return bus_socket_open(&requests->socket, &broker->reactor, &protocol) &&
	       bus_socket_listen(&requests->socket, &broker->stats, path);
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

void requests_finish(struct requests *requests)
{
	if (requests->broker == NULL)
		return;
	requests_stop(requests);
	fail_all(&requests->begun);
	if (requests->has_said_last && requests->socket.socket.id != 0)
		bus_socket_linger(&requests->socket, LINGER_MAX_MS);
	bus_socket_close(&requests->socket);
}
