/* SPDX-License-Identifier: MIT */
/* Batched per turn and room: a message of nng's costs twenty times what a line in one costs. */
#include "broker/bus/events.h"

#include <nng/protocol/pubsub0/pub.h>
#include <string.h>

#include "broker/broker.h"
#include "common/base/mem.h"
#include "common/room_name.h"

#define LINES_BYTES_MAX (256 * 1024)

static void send_lines(struct events *events)
{
	nng_msg *message;

	if (events->lines.len == 0)
		return;
	if (nng_msg_alloc(&message, 0) == 0) {
		if (nng_msg_append(message, events->lines.data, events->lines.len) != 0 ||
			nng_sendmsg(events->socket.socket, message, NNG_FLAG_NONBLOCK) != 0)
			nng_msg_free(message);
	}
	buf_clear(&events->lines);
}

static void run_send(struct reactor_task *task)
{
	send_lines(list_entry(task, struct events, send_task));
}

/* ADD_PRE, because nng tells of the end of every pipe that it has told this of, and only of these;
 * one that speaks another protocol is turned away without an ADD_POST. */
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
	if (!bus_socket_open(&events->socket, &broker->reactor, nng_pub0_open, NULL))
		return false;
	nng_pipe_notify(events->socket.socket, NNG_PIPE_EV_ADD_PRE, count_follower, events);
	nng_pipe_notify(events->socket.socket, NNG_PIPE_EV_REM_POST, count_follower, events);
	return bus_socket_listen(&events->socket, path);
}

void events_finish(struct events *events)
{
	if (events->broker == NULL)
		return;
	send_lines(events);
	reactor_unschedule(&events->send_task);
	bus_socket_close(&events->socket);
	buf_finish(&events->lines);
	mem_free(events->group);
	events->group = NULL;
}

void events_publish(struct events *events, const struct event *event)
{
	struct buf group = { 0 };

	if (atomic_load_explicit(&events->followers, memory_order_relaxed) == 0)
		return;
	room_name_group(event->room, &group);
	if (events->group == NULL || strcmp(events->group, buf_text(&group)) != 0 ||
		events->lines.len > LINES_BYTES_MAX) {
		send_lines(events);
		mem_free(events->group);
		events->group = mem_strdup(buf_text(&group));
	}
	buf_append_str(&events->lines, buf_str(&group));
	buf_append_char(&events->lines, ' ');
	event_write(event, &events->lines);
	buf_append_char(&events->lines, '\n');
	buf_finish(&group);
	stat_add(&events->broker->stats, STAT_EVENTS_PUBLISHED, 1);
	reactor_schedule(&events->broker->reactor, &events->send_task);
}
