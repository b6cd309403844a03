/* SPDX-License-Identifier: MIT */
/* Every subscriber is sent everything, because nng filters at the subscriber. For a slow connection
 * the publisher keeps STREAM_QUEUE frames and then drops the oldest; the edge asks for these. */
#include "broker/layer/nng/wire_socket.h"

#include <inttypes.h>
#include <limits.h>
#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>

#include "broker/layer/nng/address.h"
#include "broker/layer/nng/callers.h"
#include "broker/layer/nng/edge.h"
#include "broker/layer/nng/hub.h"
#include "broker/layer/nng/wire.h"
#include "broker/layer/nng/wire_key.h"
#include "broker/layer/nng/wire_pipes.h"
#include "broker/layer/nng/wire_sever.h"
#include "broker/nng/socket.h"
#include "common/base/crypto.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define WITH_HEAD(bytes) ((bytes) + WIRE_HEAD_BYTES_MAX)
#define HEARD_BYTES_MAX 1024 /* subscribers send nothing */
/* Frames for a slow connection; hub_frames.h keeps more. */
#define STREAM_QUEUE 512
#define SUBSCRIBER_QUEUE 8192
#define ASKS_QUEUE 1024
/* Messages that nng has read and we have not checked yet. Beyond it, senders wait. */
#define HEARD_QUEUE 64
#define CHECK_EVERY_MS 1000
#define SEVER_AFTER_MS 200 /* collects connections, so that one wire_sever ends many */
#define REQUEST_ID_BIT 0x80000000u /* nng's mark of the last number in a request's header */
#define LINGER_MAX_MS 300

/* The transport of a hub or of an edge. */
struct wire {
	struct watched_socket asks;
	struct watched_socket stream;
	struct reactor *reactor;
	struct stats *stats;
	struct buf key;
	struct buf sealed; /* scratch */
	struct log_rate refusals;
	struct hub *hub; /* NULL at an edge; borrowed */
	struct edge *edge; /* NULL at a hub; borrowed */
	struct wire_pipes asks_pipes;
	struct wire_pipes stream_pipes; /* of a hub */
	struct callers *callers; /* of a hub; owned */
	struct timer check_timer;
	struct timer sever_timer;
	struct caller_address *condemned; /* severed when sever_timer fires; owned */
	uint32_t condemned_count;
	uint32_t condemned_capacity;
	int connections; /* of an edge, over asks */
	uint32_t last_request;
};

static void refuse(struct wire *wire, const char *problem)
{
	uint64_t suppressed;

	stat_add(wire->stats, STAT_LAYER_REFUSED, 1);
	if (log_rate_admits(&wire->refusals, wire->reactor->now_ms, &suppressed))
		log_warning(
			"event=layer_refused problem=%s suppressed=%" PRIu64, problem, suppressed);
}

static enum wire_problem unseal(
	struct wire *wire, enum wire_direction direction, nng_msg *message, struct str *records_out)
{
	return wire_unseal(buf_str(&wire->key), direction, message_text(message), records_out);
}

static struct str seal(struct wire *wire, enum wire_direction direction, struct str records)
{
	buf_clear(&wire->sealed);
	wire_seal(buf_str(&wire->key), direction, records, &wire->sealed);
	return buf_str(&wire->sealed);
}

/* Sends text as the body of message, with the header that it has. Takes message. */
static bool send(
	struct wire *wire, const struct watched_socket *socket, nng_msg *message, struct str text)
{
	nng_msg_clear(message);
	if (nng_msg_append(message, text.data, text.len) == 0 &&
		nng_sendmsg(socket->socket, message, NNG_FLAG_NONBLOCK) == 0)
		return true;
	stat_add(wire->stats, STAT_LAYER_UNSENT, 1);
	nng_msg_free(message);
	return false;
}

static void wire_finish(struct wire *wire)
{
	if (wire->stream.socket.id != 0 && wire->hub != NULL)
		watched_socket_linger(&wire->stream, LINGER_MAX_MS);
	if (wire->asks.socket.id != 0 && wire->edge != NULL)
		watched_socket_linger(&wire->asks, LINGER_MAX_MS);
	wire->edge = NULL; /* so that a new connection does not call it */
	reactor_disarm(wire->reactor, &wire->check_timer);
	reactor_disarm(wire->reactor, &wire->sever_timer);
	watched_socket_close(&wire->asks);
	watched_socket_close(&wire->stream);
	wire_pipes_end(&wire->asks_pipes);
	wire_pipes_end(&wire->stream_pipes);
	callers_destroy(wire->callers);
	mem_free(wire->condemned);
	crypto_wipe(wire->key.data, wire->key.len);
	buf_finish(&wire->key);
	buf_finish(&wire->sealed);
	mem_free(wire);
}

static void finish(void *context)
{
	wire_finish(context);
}

static void check_callers(struct timer *timer)
{
	struct wire *wire = list_entry(timer, struct wire, check_timer);

	callers_check(wire->callers, wire->reactor->now_ms);
	reactor_arm(wire->reactor, timer, CHECK_EVERY_MS);
}

static void sever_callers(struct timer *timer)
{
	struct wire *wire = list_entry(timer, struct wire, sever_timer);

	wire_sever(wire->condemned, wire->condemned_count);
	wire->condemned_count = 0;
}

static struct wire *wire_create(const struct layer_setting *setting)
{
	struct wire *wire = mem_new(struct wire);

	wire->reactor = wire->asks_pipes.reactor = wire->stream_pipes.reactor = setting->reactor;
	wire->stats = setting->stats;
	timer_init(&wire->check_timer, check_callers);
	timer_init(&wire->sever_timer, sever_callers);
	return wire;
}

/* The hub. */

static void answer(void *context, void *asker, struct str records)
{
	struct wire *wire = context;

	/* If the connection has gone, the edge asks again over a new one. */
	(void)send(wire, &wire->asks, asker, seal(wire, WIRE_ANSWERS, records));
}

static void publish(void *context, struct str records)
{
	struct wire *wire = context;
	nng_msg *message;

	if (nng_msg_alloc(&message, 0) == 0)
		(void)send(wire, &wire->stream, message, seal(wire, WIRE_STREAM, records));
}

/* The answer replaces the body of the message, where the records are: so the records are copied
 * first. A caller whose message cannot be unsealed is no edge of ours, and is disconnected. */
static void hear_edge(struct watched_socket *socket, nng_msg *message)
{
	struct wire *wire = list_entry(socket, struct wire, asks);
	nng_pipe pipe = nng_msg_get_pipe(message);
	struct buf copy = { 0 };
	struct str records;
	enum wire_problem problem = unseal(wire, WIRE_ASKS, message, &records);

	if (problem != WIRE_OK) {
		struct caller_address address = wire_pipes_address(pipe);

		callers_expose(wire->callers, pipe.id, &address, wire_problem_name(problem));
		nng_msg_free(message);
		return;
	}
	callers_know(wire->callers, pipe.id, wire->reactor->now_ms);
	buf_append_str(&copy, records);
	if (!hub_take(wire->hub, message, buf_str(&copy))) {
		refuse(wire, "malformed");
		nng_msg_free(message);
	}
	buf_finish(&copy);
}

static const struct watched_protocol hub_asks = {
	.open = nng_rep0_open_raw,
	.message_bytes_max = WITH_HEAD(WIRE_ASK_BYTES_MAX),
	.send_queue = ASKS_QUEUE,
	.receive_queue = HEARD_QUEUE,
	.receive = hear_edge,
};

static const struct watched_protocol hub_stream = {
	.open = nng_pub0_open,
	.message_bytes_max = HEARD_BYTES_MAX,
	.send_queue = STREAM_QUEUE,
};

static void hang_up(void *context, const struct caller_address *address, const char *stranger)
{
	struct wire *wire = context;

	if (stranger != NULL)
		refuse(wire, stranger);
	wire->condemned = mem_grow(wire->condemned, &wire->condemned_capacity,
		wire->condemned_count, sizeof(*wire->condemned));
	wire->condemned[wire->condemned_count++] = *address;
	if (!timer_is_armed(&wire->sever_timer))
		reactor_arm(wire->reactor, &wire->sever_timer, SEVER_AFTER_MS);
}

static void note_caller(struct wire *wire, enum caller_road road, enum wire_pipe_change change,
	uint32_t pipe, const struct caller_address *address)
{
	switch (change) {
	case WIRE_PIPE_CAME:
		callers_add(wire->callers, road, pipe, address, wire->reactor->now_ms);
		break;
	case WIRE_PIPE_REFUSED:
		refuse(wire, "too_many");
		break;
	case WIRE_PIPE_GONE:
		callers_remove(wire->callers, pipe);
		break;
	}
}

static void take_asker(struct wire_pipes *pipes, enum wire_pipe_change change, uint32_t pipe,
	const struct caller_address *address)
{
	struct wire *wire = list_entry(pipes, struct wire, asks_pipes);

	note_caller(wire, CALLER_ASKS, change, pipe, address);
}

static void take_subscriber(struct wire_pipes *pipes, enum wire_pipe_change change, uint32_t pipe,
	const struct caller_address *address)
{
	struct wire *wire = list_entry(pipes, struct wire, stream_pipes);

	note_caller(wire, CALLER_STREAM, change, pipe, address);
}

/* The edge. */

static bool ask(void *context, struct str records)
{
	struct wire *wire = context;
	nng_msg *message;

	if (wire->connections == 0 || nng_msg_alloc(&message, 0) != 0)
		return false;
	if (nng_msg_header_append_u32(message, REQUEST_ID_BIT | ++wire->last_request) != 0) {
		nng_msg_free(message);
		return false;
	}
	return send(wire, &wire->asks, message, seal(wire, WIRE_ASKS, records));
}

static void hear_hub(struct wire *wire, enum wire_direction direction, nng_msg *message)
{
	struct str records;
	enum wire_problem problem = unseal(wire, direction, message, &records);

	if (problem != WIRE_OK)
		refuse(wire, wire_problem_name(problem));
	else if (!edge_take(wire->edge, records))
		refuse(wire, "malformed");
	nng_msg_free(message);
}

static void hear_answer(struct watched_socket *socket, nng_msg *message)
{
	hear_hub(list_entry(socket, struct wire, asks), WIRE_ANSWERS, message);
}

static void hear_stream(struct watched_socket *socket, nng_msg *message)
{
	hear_hub(list_entry(socket, struct wire, stream), WIRE_STREAM, message);
}

static const struct watched_protocol edge_asks = {
	.open = nng_req0_open_raw,
	.message_bytes_max = WITH_HEAD(WIRE_BYTES_MAX),
	.send_queue = ASKS_QUEUE,
	.receive_queue = ASKS_QUEUE,
	.receive = hear_answer,
};

static const struct watched_protocol edge_stream = {
	.open = nng_sub0_open,
	.message_bytes_max = WITH_HEAD(WIRE_FRAME_BYTES_MAX),
	.receive_queue = SUBSCRIBER_QUEUE,
	.receive = hear_stream,
};

static void take_connection(struct wire_pipes *pipes, enum wire_pipe_change change, uint32_t pipe,
	const struct caller_address *address)
{
	struct wire *wire = list_entry(pipes, struct wire, asks_pipes);
	bool is_gone = change == WIRE_PIPE_GONE;

	(void)pipe, (void)address;
	wire->connections += is_gone ? -1 : 1;
	if (!is_gone && wire->edge != NULL)
		edge_connect(wire->edge);
}

/* Starting. */

static bool listen_at(const struct config *config, struct watched_socket *socket,
	struct stats *stats, enum address_socket which)
{
	const char *url = config->layer_listen;
	struct buf address = { 0 };
	bool is_open;

	if (address_is_tcp(url)) {
		int result = nng_listen(
			socket->socket, address_url(config, url, which, &address), NULL, 0);

		is_open = result == 0;
		if (!is_open)
			log_error("event=listen url=%s problem=\"%s\"", buf_text(&address),
				nng_strerror(result));
	} else {
		is_open = watched_socket_listen(
			socket, stats, address_path(config, url, which, &address));
	}
	buf_finish(&address);
	return is_open;
}

static bool dial(
	const struct config *config, struct watched_socket *socket, enum address_socket which)
{
	struct buf address = { 0 };
	bool is_dialled = watched_socket_dial(
		socket, address_url(config, config->layer_hub, which, &address));

	buf_finish(&address);
	return is_dialled;
}

static bool read_key(const struct config *config, struct buf *key)
{
	struct buf path = { 0 }, problem = { 0 };
	bool is_read = config->layer_key_file[0] == '\0' ||
		       wire_key_read(
			       config_path(config, &path, config->layer_key_file), key, &problem);

	if (!is_read)
		log_error("event=layer problem=\"%s\"", buf_text(&problem));
	buf_finish(&path);
	buf_finish(&problem);
	return is_read;
}

static bool start_hub(const struct config *config, struct wire *wire)
{
	wire->asks_pipes.count_max = wire->stream_pipes.count_max = CALLERS_MAX;
	wire->asks_pipes.take = take_asker;
	wire->stream_pipes.take = take_subscriber;
	wire->callers = callers_create(hang_up, wire);
	reactor_arm(wire->reactor, &wire->check_timer, CHECK_EVERY_MS);
	return read_key(config, &wire->key) &&
	       watched_socket_open(&wire->asks, wire->reactor, &hub_asks) &&
	       watched_socket_open(&wire->stream, wire->reactor, &hub_stream) &&
	       wire_pipes_begin(&wire->asks_pipes, wire->asks.socket) &&
	       wire_pipes_begin(&wire->stream_pipes, wire->stream.socket) &&
	       listen_at(config, &wire->asks, wire->stats, ADDRESS_ASKS) &&
	       listen_at(config, &wire->stream, wire->stats, ADDRESS_STREAM);
}

struct layer *wire_start_hub(const struct config *config, const struct layer_setting *setting,
	struct layer *(*start_inner)(void *context, const struct layer_setting *setting),
	void *context)
{
	struct wire *wire = wire_create(setting);
	const struct hub_way way = {
		.publish = publish, .answer = answer, .finish = finish, .context = wire
	};
	struct layer *inner;

	wire->hub = hub_create(setting, &way);
	inner = start_inner(context, hub_setting(wire->hub));
	if (inner == NULL) {
		hub_destroy(wire->hub);
		return NULL;
	}
	hub_begin(wire->hub, inner);
	if (start_hub(config, wire))
		return hub_layer(wire->hub);
	hub_destroy(wire->hub);
	return NULL;
}

static bool start_edge(const struct config *config, struct wire *wire)
{
	wire->asks_pipes.count_max = UINT_MAX; /* an edge dials, so it has no strangers */
	wire->asks_pipes.take = take_connection;
	return read_key(config, &wire->key) &&
	       watched_socket_open(&wire->asks, wire->reactor, &edge_asks) &&
	       watched_socket_open(&wire->stream, wire->reactor, &edge_stream) &&
	       nng_socket_set(wire->stream.socket, NNG_OPT_SUB_SUBSCRIBE, "", 0) == 0 &&
	       wire_pipes_begin(&wire->asks_pipes, wire->asks.socket) &&
	       dial(config, &wire->stream, ADDRESS_STREAM) &&
	       dial(config, &wire->asks, ADDRESS_ASKS);
}

struct layer *wire_start_edge(const struct config *config, const struct layer_setting *setting)
{
	struct wire *wire = wire_create(setting);
	const struct edge_way way = { .ask = ask, .finish = finish, .context = wire };
	struct layer *layer;

	wire->edge = edge_create(setting, &way);
	layer = edge_layer(wire->edge);
	if (start_edge(config, wire))
		return layer;
	layer->ops->destroy(layer);
	return NULL;
}
