/* SPDX-License-Identifier: MIT */
/* Requests are read first and answered at the turn's end, at most so many a turn, by their bytes
 * and by the time they take: lists are dear, and the sockets of people wait meanwhile. */
#include "broker/bus/requests.h"

#include <nng/protocol/reqrep0/rep.h>

#include "broker/broker.h"
#include "broker/bus/control.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

#define ANSWER_BYTES_PER_TURN (64 * 1024)
#define ANSWER_MS_PER_TURN 2
#define REQUEST_ID_BYTES 4 /* what REQ puts before a request */

struct waiting_request {
	struct list link;
	nng_msg *message; /* owned; its header says whose answer this will be */
};

/* Takes message. */
static void send_answer(struct requests *requests, nng_msg *message, const struct buf *answer)
{
	nng_msg_clear(message);
	if (nng_msg_append(message, answer->data, answer->len) == 0 &&
		nng_sendmsg(requests->socket.socket, message, NNG_FLAG_NONBLOCK) == 0)
		return;
	nng_msg_free(message);
	stat_add(&requests->broker->stats, STAT_CONTROL_ANSWERS_LOST, 1);
}

static bool is_busy(const struct requests *requests, nng_msg *message)
{
	int pipe = nng_pipe_id(nng_msg_get_pipe(message));
	size_t count = 0;

	list_each (link, &requests->waiting) {
		struct waiting_request *other = list_entry(link, struct waiting_request, link);

		count += nng_pipe_id(nng_msg_get_pipe(other->message)) == pipe;
	}
	return requests->count == REQUESTS_MAX || count >= REQUESTS_PER_PIPE_MAX;
}

static void refuse(struct requests *requests, nng_msg *message)
{
	struct buf answer = { 0 };

	stat_add(&requests->broker->stats, STAT_CONTROL_BUSY, 1);
	control_answer_busy(&answer);
	send_answer(requests, message, &answer);
	buf_finish(&answer);
}

static void receive(struct bus_socket *socket, nng_msg *message)
{
	struct requests *requests = list_entry(socket, struct requests, socket);
	struct waiting_request *request;

	stat_add(&requests->broker->stats, STAT_CONTROL_REQUESTS, 1);
	if (is_busy(requests, message)) {
		refuse(requests, message);
		return;
	}
	request = mem_new(struct waiting_request);
	request->message = message;
	list_append(&requests->waiting, &request->link);
	requests->count++;
	reactor_schedule(&requests->broker->reactor, &requests->answer_task);
}

/* The oldest, which is the caller's from now on; NULL when none waits. */
static nng_msg *take_oldest(struct requests *requests)
{
	struct waiting_request *request;
	nng_msg *message;

	if (list_is_empty(&requests->waiting))
		return NULL;
	request = list_entry(requests->waiting.next, struct waiting_request, link);
	message = request->message;
	list_remove(&request->link);
	requests->count--;
	mem_free(request);
	return message;
}

static void run_answer(struct reactor_task *task)
{
	struct requests *requests = list_entry(task, struct requests, answer_task);
	uint64_t end_ms = clock_monotonic_ms() + ANSWER_MS_PER_TURN;
	size_t bytes = 0;
	struct buf answer = { 0 };
	nng_msg *message;

	while (bytes < ANSWER_BYTES_PER_TURN && clock_monotonic_ms() <= end_ms &&
		(message = take_oldest(requests)) != NULL) {
		buf_clear(&answer);
		control_answer(requests->broker, bus_message_text(message), &answer);
		bytes += answer.len;
		send_answer(requests, message, &answer);
	}
	buf_finish(&answer);
	if (requests->count > 0)
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
	list_init(&requests->waiting);
	reactor_task_init(&requests->answer_task, run_answer);
	return bus_socket_open(&requests->socket, &broker->reactor, &protocol) &&
	       bus_socket_listen(&requests->socket, &broker->stats, path);
}

void requests_finish(struct requests *requests)
{
	nng_msg *message;

	if (requests->broker == NULL)
		return;
	bus_socket_close(&requests->socket);
	reactor_unschedule(&requests->answer_task);
	while ((message = take_oldest(requests)) != NULL)
		nng_msg_free(message);
}
