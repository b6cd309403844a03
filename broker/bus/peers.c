/* SPDX-License-Identifier: MIT */
/* A peer's event goes round once. It is numbered here like any other and published with its origin,
 * and no broker takes an event with an origin from a peer. All peers know each other directly;
 * nothing is relayed. */
#include "broker/bus/peers.h"

#include <inttypes.h>
#include <nng/protocol/pubsub0/sub.h>

#include "broker/broker.h"
#include "broker/bus/line.h"
#include "broker/bus/routes.h"
#include "common/base/log.h"
#include "common/room_name.h"

/* The most messages that sub0 keeps; it drops the oldest when it is full. */
#define RECEIVE_QUEUE 8192
/* The most bytes of a message. Several lines are at most BUS_EVENT_BYTES_MAX; a single one is an
 * event from outside, written with more blanks and with its provenance, or a chat message. */
#define MESSAGE_BYTES_MAX (2 * BUS_EVENT_BYTES_MAX)

/* What a line says about the way it has come. */
struct provenance {
	struct str broker; /* who published the line */
	struct str epoch;
	int64_t seq;
	struct buf via;
	struct buf copies;
	bool has_origin;
};

static void read_array(const struct json *object, const char *key, struct buf *out)
{
	const struct json *array = json_find(object, key);

	if (array != NULL && json_is_array(array))
		json_print(out, array);
}

static struct provenance read_provenance(const struct json *object)
{
	struct provenance provenance = { .has_origin = json_find(object, "origin") != NULL };

	json_get_string(json_find(object, "broker"), &provenance.broker);
	json_get_string(json_find(object, "epoch"), &provenance.epoch);
	json_get_integer(json_find(object, "seq"), &provenance.seq);
	read_array(object, "via", &provenance.via);
	read_array(object, "copies", &provenance.copies);
	return provenance;
}

static void provenance_finish(struct provenance *provenance)
{
	buf_finish(&provenance->via);
	buf_finish(&provenance->copies);
}

static void refuse(struct peers *peers, const char *problem, struct str text)
{
	stat_add(&peers->broker->stats, STAT_PEER_REFUSED, 1);
	line_log_refused(
		&peers->refusals, peers->broker->reactor.now_ms, "peer_refused", problem, text);
}

static void count(struct peers *peers, bool is_sent, enum stat_id sent)
{
	stat_add(&peers->broker->stats, is_sent ? sent : STAT_PEER_REFUSED, 1);
}

static void take_peer_line(struct peers *peers, struct line *line)
{
	struct provenance provenance = read_provenance(line->object);
	struct buf origin = { 0 };
	/* A peer that is dialled by mistake may be this broker itself. */
	bool is_our_own = str_is(provenance.broker, peers->broker->id);

	if (!provenance.has_origin && !is_our_own) {
		buf_append_format(
			&origin, "%.*s-%" PRId64, STR_ARG(provenance.epoch), provenance.seq);
		line->event.origin = buf_str(&origin);
		line->event.via = buf_str(&provenance.via);
		line->event.copies = buf_str(&provenance.copies);
		count(peers, broker_group_send(peers->broker, &line->event, NULL) == LAYER_SENT,
			STAT_PEER_EVENTS);
	}
	buf_finish(&origin);
	provenance_finish(&provenance);
}

/* Writes the copy's "via": the rooms that the original came through, and the original's room. */
static void write_via(const struct buf *via, struct str room, struct buf *out)
{
	buf_append_char(out, '[');
	if (via->len > 2) {
		buf_append(out, via->data + 1, via->len - 2);
		buf_append_text(out, ", ");
	}
	json_write_string(out, room);
	buf_append_char(out, ']');
}

static void copy_to(struct peers *peers, const struct line *line, struct str room, struct str via)
{
	struct event copy = line->event;

	copy.room = room;
	copy.via = via;
	copy.origin = copy.copies = STR_OF("");
	count(peers, broker_group_send(peers->broker, &copy, NULL) == LAYER_SENT,
		STAT_ROUTED_COPIES);
}

/* A line of our own event says in "copies" where it goes; a line of a peer's event says where the
 * peer copies it. An event of another broker of the site was copied there. */
static void take_own_line(struct peers *peers, struct line *line)
{
	struct provenance provenance = read_provenance(line->object);
	struct buf chosen = { 0 }, via = { 0 };
	const char *problem;
	struct json *rooms;

	line->event.via = buf_str(&provenance.via);
	line->event.copies = provenance.has_origin ? buf_str(&provenance.copies) : STR_OF("");
	if (str_is(provenance.broker, peers->broker->id) &&
		routes_copies(peers->broker->config, &line->event, &chosen)) {
		rooms = json_parse(buf_str(&chosen), &problem);
		write_via(&provenance.via, line->event.room, &via);
		for (size_t i = 0; i < json_count(rooms); i++) {
			struct str room;

			if (json_get_string(json_at(rooms, i), &room))
				copy_to(peers, line, room, buf_str(&via));
		}
		json_destroy(rooms);
	}
	buf_finish(&via);
	buf_finish(&chosen);
	provenance_finish(&provenance);
}

/* Of what was said there: it has another number here. */
static bool is_change(const struct event *event)
{
	return str_is(event->type, message_kind_word(MESSAGE_EDITS)) ||
	       str_is(event->type, message_kind_word(MESSAGE_DELETES));
}

static void take_lines(
	struct peers *peers, nng_msg *message, void (*take)(struct peers *peers, struct line *line))
{
	struct str rest = message_text(message);
	struct str text;

	while (str_next_word(&rest, "\n", &text)) {
		struct line line;

		const char *problem = line_read(peers->broker, text, &line);

		if (problem == NULL && line.event.room.len == 0)
			problem = "bad_group"; /* brokers share rooms */
		if (problem == NULL)
			take(peers, &line);
		else if (!is_change(&line.event))
			refuse(peers, problem, text);
		line_finish(&line);
	}
	nng_msg_free(message);
}

static void receive_others(struct watched_socket *socket, nng_msg *message)
{
	take_lines(list_entry(socket, struct peers, others), message, take_peer_line);
}

static void receive_own(struct watched_socket *socket, nng_msg *message)
{
	take_lines(list_entry(socket, struct peers, own), message, take_own_line);
}

static const struct watched_protocol protocol_others = {
	.open = nng_sub0_open,
	.message_bytes_max = MESSAGE_BYTES_MAX,
	.receive_queue = RECEIVE_QUEUE,
	.receive = receive_others,
};

static const struct watched_protocol protocol_own = {
	.open = nng_sub0_open,
	.message_bytes_max = MESSAGE_BYTES_MAX,
	.receive_queue = RECEIVE_QUEUE,
	.receive = receive_own,
};

static bool subscribe(struct watched_socket *socket, struct broker *broker,
	const struct watched_protocol *protocol)
{
	size_t largest = (size_t)broker->config->limits_message_bytes + BUS_EVENT_BYTES_MAX;

	if (!watched_socket_open(socket, &broker->reactor, protocol))
		return false;
	if (largest > MESSAGE_BYTES_MAX)
		nng_socket_set_size(socket->socket, NNG_OPT_RECVMAXSZ, largest);
	return nng_socket_set(socket->socket, NNG_OPT_SUB_SUBSCRIBE, "", 0) == 0;
}

bool peers_start(struct peers *peers, struct broker *broker, const char *own_path)
{
	const struct config_list *urls = &broker->config->broker_peers;
	struct buf url = { 0 };
	bool is_started = true;

	peers->broker = broker;
	if (broker->config->route_count > 0) {
		buf_append_format(&url, "ipc://%s", own_path);
		is_started = subscribe(&peers->own, broker, &protocol_own) &&
			     watched_socket_dial(&peers->own, buf_text(&url));
	}
	if (is_started && urls->count > 0)
		is_started = subscribe(&peers->others, broker, &protocol_others);
	for (size_t i = 0; i < urls->count && is_started; i++)
		is_started = watched_socket_dial(&peers->others, urls->items[i]);
	buf_finish(&url);
	return is_started;
}

void peers_finish(struct peers *peers)
{
	watched_socket_close(&peers->own);
	watched_socket_close(&peers->others);
}
