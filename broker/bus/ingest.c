/* SPDX-License-Identifier: MIT */
/* Nobody waits for an answer here, so that a bad line is counted and logged. */
#include "broker/bus/ingest.h"

#include <nng/protocol/pipeline0/pull.h>

#include "broker/broker.h"
#include "broker/bus/line.h"
#include "common/base/log.h"

static void take_line(struct ingest *ingest, struct str text)
{
	struct broker *broker = ingest->broker;
	struct log_quoted quoted;
	struct line line;
	const char *problem = line_read(broker, text, &line);

	if (problem == NULL && !broker_group_send(broker, &line.event))
		problem = "too_many_rooms";
	if (problem == NULL) {
		stat_add(&broker->stats, STAT_INGEST_EVENTS, 1);
	} else {
		stat_add(&broker->stats, STAT_INGEST_REFUSED, 1);
		log_warning("event=ingest_refused problem=%s group=%s", problem,
			log_quote(&quoted, str_range(text.data, str_find(text, ' '))));
	}
	line_finish(&line);
}

static void receive(struct bus_socket *socket, nng_msg *message)
{
	struct ingest *ingest = list_entry(socket, struct ingest, socket);
	struct str rest = bus_message_text(message);
	struct str text;

	while (str_next_word(&rest, "\r\n", &text))
		take_line(ingest, text);
	nng_msg_free(message);
}

bool ingest_start(struct ingest *ingest, struct broker *broker, const char *path)
{
	ingest->broker = broker;
	return bus_socket_open(&ingest->socket, &broker->reactor, nng_pull0_open, receive) &&
	       bus_socket_listen(&ingest->socket, path);
}
