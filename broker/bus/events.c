/* SPDX-License-Identifier: MIT */
/* Lines are batched per turn and room: a message of nng costs twenty times what a line in it
 * costs. */
#include "broker/bus/events.h"

#include <nng/protocol/pubsub0/pub.h>
#include <string.h>

#include "broker/broker.h"
#include "broker/bus/line.h"
#include "common/base/mem.h"
#include "common/room_name.h"

/* The most bytes of several lines in one message; peers take more (peers.c). */
#define LINES_BYTES_MAX BUS_EVENT_BYTES_MAX
/* The most messages that pub0 keeps; it drops the oldest when it is full. */
#define SEND_QUEUE 8192
#define HEARD_BYTES_MAX 1024 /* followers say nothing */
/* The wait at the end, for what nng has not written yet. */
#define LINGER_MAX_MS 500

static const struct watched_protocol protocol = {
	.open = nng_pub0_open,
	.message_bytes_max = HEARD_BYTES_MAX,
	.send_queue = SEND_QUEUE,
};

/* Sends the first len bytes, which are whole lines. */
static void send_lines(struct events *events, size_t len)
{
	nng_msg *message;

	if (len == 0)
		return;
	if (nng_msg_alloc(&message, 0) == 0) {
		if (nng_msg_append(message, events->lines.data, len) != 0 ||
			nng_sendmsg(events->socket.socket, message, NNG_FLAG_NONBLOCK) != 0)
			nng_msg_free(message);
	}
	buf_drop(&events->lines, len);
}

static void run_send(struct reactor_task *task)
{
	struct events *events = list_entry(task, struct events, send_task);

	send_lines(events, events->lines.len);
}

/* Counts at ADD_PRE, because nng reports the end of exactly those pipes for which ADD_PRE was
 * called; a pipe of another protocol is turned away without an ADD_POST. */
static void count_follower(nng_pipe pipe, nng_pipe_ev change, void *context)
{
	struct events *events = context;

	(void)pipe;
	atomic_fetch_add(&events->followers, change == NNG_PIPE_EV_ADD_PRE ? 1 : -1);
}

bool events_start(struct events *events, struct broker *broker, const char *path)
{
	events->broker = broker;
	reactor_task_init(&events->send_task, run_send);
	if (!watched_socket_open(&events->socket, &broker->reactor, &protocol))
		return false;
	nng_pipe_notify(events->socket.socket, NNG_PIPE_EV_ADD_PRE, count_follower, events);
	nng_pipe_notify(events->socket.socket, NNG_PIPE_EV_REM_POST, count_follower, events);
	return watched_socket_listen(&events->socket, &broker->stats, path);
}

void events_finish(struct events *events)
{
	if (events->broker == NULL)
		return;
	if (events->socket.socket.id != 0 && atomic_load(&events->followers) > 0) {
		send_lines(events, events->lines.len);
		watched_socket_linger(&events->socket, LINGER_MAX_MS);
	}
	reactor_unschedule(&events->send_task);
	watched_socket_close(&events->socket);
	buf_finish(&events->lines);
	mem_free(events->group);
	events->group = NULL;
}

void events_publish(struct events *events, const struct event *event)
{
	struct buf group = { 0 };
	size_t waiting;

	if (atomic_load_explicit(&events->followers, memory_order_relaxed) == 0)
		return;
	room_name_group(event->room, &group);
	if (events->group == NULL || strcmp(events->group, buf_text(&group)) != 0) {
		send_lines(events, events->lines.len);
		mem_free(events->group);
		events->group = mem_strdup(buf_text(&group));
	}
	waiting = events->lines.len;
	buf_append_str(&events->lines, buf_str(&group));
	buf_append_char(&events->lines, ' ');
	event_write(event, &events->lines);
	buf_append_char(&events->lines, '\n');
	if (events->lines.len > LINES_BYTES_MAX)
		send_lines(events, waiting);
	buf_finish(&group);
	stat_add(&events->broker->stats, STAT_EVENTS_PUBLISHED, 1);
	reactor_schedule(&events->broker->reactor, &events->send_task);
}
