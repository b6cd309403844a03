/* SPDX-License-Identifier: MIT */
/* Nobody waits for an answer here, so a bad line is counted and logged. */
#include "broker/bus/ingest.h"

#include <nng/protocol/pipeline0/pull.h>

#include "broker/broker.h"
#include "broker/bus/line.h"

/* The most bytes of a message, which may be a file of lines. */
#define MESSAGE_BYTES_MAX (1024 * 1024)
#define LINES_PER_TURN 256
#define BYTES_PER_TURN (64 * 1024)
#define RETRY_MS 10

/* False when the line must be taken later. */
static bool take_line(struct ingest *ingest, struct str text)
{
	struct broker *broker = ingest->broker;
	const char *problem = "too_long";
	enum layer_result result = LAYER_SENT;
	struct line line = { 0 };

	if (text.len <= BUS_EVENT_BYTES_MAX)
		problem = line_read(broker, text, &line);
	if (problem == NULL)
		result = broker_group_send(broker, &line.event, NULL);
	if (result != LAYER_SENT)
		problem = broker_refusal_code(result);
	if (result == LAYER_BUSY && !ingest->is_ending) {
		line_finish(&line);
		return false;
	}
	if (problem == NULL) {
		stat_add(&broker->stats, STAT_INGEST_EVENTS, 1);
	} else {
		stat_add(&broker->stats, STAT_INGEST_REFUSED, 1);
		line_log_refused(
			&ingest->refusals, broker->reactor.now_ms, "ingest_refused", problem, text);
	}
	line_finish(&line);
	return true;
}

static void take_next_line(struct ingest *ingest)
{
	struct str rest = ingest->rest;
	struct str text;

	if (!str_next_word(&rest, "\r\n", &text)) {
		nng_msg_free(ingest->message);
		ingest->message = NULL;
		return;
	}
	ingest->lines++;
	ingest->bytes += text.len;
	if (take_line(ingest, text))
		ingest->rest = rest;
	else
		reactor_arm(&ingest->broker->reactor, &ingest->retry_timer, RETRY_MS);
}

static void take_lines_of_turn(struct ingest *ingest)
{
	while (ingest->message != NULL && !timer_is_armed(&ingest->retry_timer) &&
		ingest->lines < LINES_PER_TURN && ingest->bytes < BYTES_PER_TURN)
		take_next_line(ingest);
}

static void receive(struct watched_socket *socket, nng_msg *message)
{
	struct ingest *ingest = list_entry(socket, struct ingest, socket);

	ingest->message = message;
	ingest->rest = message_text(message);
	take_lines_of_turn(ingest);
	if (ingest->message != NULL)
		watched_socket_pause(socket);
	reactor_schedule(&ingest->broker->reactor, &ingest->turn_task);
}

static void begin_turn(struct reactor_task *task)
{
	struct ingest *ingest = list_entry(task, struct ingest, turn_task);

	ingest->lines = ingest->bytes = 0;
	if (ingest->message == NULL || timer_is_armed(&ingest->retry_timer))
		return;
	take_lines_of_turn(ingest);
	if (ingest->message == NULL)
		watched_socket_resume(&ingest->socket);
	reactor_schedule(&ingest->broker->reactor, task);
}

static void retry(struct timer *timer)
{
	begin_turn(&list_entry(timer, struct ingest, retry_timer)->turn_task);
}

static const struct watched_protocol protocol = {
	.open = nng_pull0_open,
	.message_bytes_max = MESSAGE_BYTES_MAX,
	.receive = receive,
};

bool ingest_start(struct ingest *ingest, struct broker *broker, const char *path)
{
	ingest->broker = broker;
	reactor_task_init(&ingest->turn_task, begin_turn);
	timer_init(&ingest->retry_timer, retry);
	return watched_socket_open(&ingest->socket, &broker->reactor, &protocol) &&
	       watched_socket_listen(&ingest->socket, &broker->stats, path);
}

void ingest_finish(struct ingest *ingest)
{
	if (ingest->broker == NULL)
		return;
	watched_socket_close(&ingest->socket);
	reactor_unschedule(&ingest->turn_task);
	reactor_disarm(&ingest->broker->reactor, &ingest->retry_timer);
	ingest->is_ending = true;
	while (ingest->message != NULL)
		take_next_line(ingest);
}
