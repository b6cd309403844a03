/* SPDX-License-Identifier: MIT */
/* What is published is sent by a task at the turn's end. Peers and routes start last, because they
 * dial what the others have bound. */
#include "broker/bus/bus.h"

#include <inttypes.h>

#include "broker/broker.h"
#include "broker/bus/control.h"
#include "broker/bus/events.h"
#include "broker/bus/ingest.h"
#include "broker/bus/peers.h"
#include "broker/bus/requests.h"
#include "broker/bus/routes.h"
#include "common/base/log.h"
#include "common/base/mem.h"

struct bus {
	struct broker *broker;
	struct requests requests;
	struct ingest ingest;
	struct events events;
	struct peers peers;
	struct log_rate refusals; /* of messages without a request that waits */
};

static bool start(struct bus *bus)
{
	struct broker *broker = bus->broker;
	struct buf path = { 0 };
	bool is_started = requests_start(&bus->requests, broker,
				  config_path(broker->config, &path, "run/control.ipc")) &&
			  ingest_start(&bus->ingest, broker,
				  config_path(broker->config, &path, "run/ingest.ipc")) &&
			  events_start(&bus->events, broker,
				  config_path(broker->config, &path, "run/events.ipc")) &&
			  peers_start(&bus->peers, broker, buf_text(&path));

	buf_finish(&path);
	return is_started;
}

struct bus *bus_create(struct broker *broker)
{
	struct bus *bus = mem_new(struct bus);
	struct buf problem = { 0 };
	bool is_started;

	bus->broker = broker;
	is_started = routes_check(broker->config, &problem);
	if (!is_started)
		log_error("event=routes problem=\"%s\"", buf_text(&problem));
	buf_finish(&problem);
	if (is_started && start(bus))
		return bus;
	bus_destroy(bus);
	return NULL;
}

void bus_stop_listening(struct bus *bus)
{
	peers_finish(&bus->peers);
	ingest_finish(&bus->ingest);
	requests_stop(&bus->requests);
}

void bus_destroy(struct bus *bus)
{
	if (bus == NULL)
		return;
	bus_stop_listening(bus);
	requests_finish(&bus->requests);
	events_finish(&bus->events);
	mem_free(bus);
}

static void note_refused_late(struct bus *bus, enum layer_result result)
{
	uint64_t suppressed;

	if (result == LAYER_SENT || result == LAYER_REPEATED)
		return;
	stat_add(&bus->broker->stats, STAT_REFUSED_LATE, 1);
	if (log_rate_admits(&bus->refusals, bus->broker->reactor.now_ms, &suppressed))
		log_warning("event=refused_late problem=%s suppressed=%" PRIu64,
			broker_refusal_code(result), suppressed);
}

/* NULL when the request waits no more; bus may be NULL. */
static struct waiting_request *find_request(struct bus *bus, uint64_t id)
{
	return bus == NULL ? NULL : requests_find(&bus->requests, id);
}

void bus_note_refusal(struct bus *bus, uint64_t request_id, const struct order_refusal *refusal)
{
	struct waiting_request *request = find_request(bus, request_id);

	if (request != NULL)
		request->refusal = *refusal;
}

static void refuse(struct bus *bus, struct waiting_request *request)
{
	stat_add(&bus->broker->stats, STAT_SAID_FORBIDDEN, 1);
	control_end_order(&request->answer, &request->refusal);
}

void bus_settle(struct bus *bus, uint64_t request_id, enum layer_result result, uint64_t seq)
{
	struct waiting_request *request = find_request(bus, request_id);

	if (bus != NULL && request_id == 0)
		note_refused_late(bus, result);
	if (request == NULL)
		return;
	if (result == LAYER_NOT_SAID)
		refuse(bus, request);
	else
		control_end_send(&request->answer, result, seq);
	requests_answer(request);
}

void bus_tell_page(struct bus *bus, uint64_t request_id, enum store_problem problem,
	const char *epoch, struct str members)
{
	struct waiting_request *request = find_request(bus, request_id);

	if (request == NULL)
		return;
	control_end_page(&request->answer, problem, epoch, members);
	requests_answer(request);
}

void bus_tell_members(struct bus *bus, uint64_t request_id, enum layer_result result,
	const struct layer_names *names)
{
	struct waiting_request *request = find_request(bus, request_id);

	if (request == NULL)
		return;
	control_end_members(&request->answer, message_text(request->message), result, names);
	requests_answer(request);
}

void bus_tell_account(struct bus *bus, uint64_t request_id, struct str members)
{
	struct waiting_request *request = find_request(bus, request_id);

	if (request == NULL)
		return;
	control_end_account(&request->answer, members);
	requests_answer(request);
}

bool bus_find_speaker(struct bus *bus, uint64_t request_id, struct user *user_out)
{
	const struct waiting_request *request = find_request(bus, request_id);

	return request != NULL && control_find_speaker(message_text(request->message), user_out);
}

const char *bus_find_via(struct bus *bus, uint64_t request_id)
{
	const struct waiting_request *request = find_request(bus, request_id);

	return request == NULL ? NULL : control_find_via(message_text(request->message));
}

void bus_tell_order(struct bus *bus, uint64_t request_id, const struct order_refusal *refusal)
{
	struct waiting_request *request = find_request(bus, request_id);

	if (request == NULL)
		return;
	control_end_order(&request->answer, refusal);
	requests_answer(request);
}

void bus_tell_backup(struct bus *bus, uint64_t request_id, enum store_problem problem)
{
	struct waiting_request *request = find_request(bus, request_id);

	if (request == NULL)
		return;
	control_end_backup(&request->answer, message_text(request->message), problem);
	requests_answer(request);
}

void bus_publish(struct bus *bus, const struct event *event)
{
	struct event published = *event;
	struct buf copies = { 0 };

	if (bus == NULL || event->kind == MESSAGE_DELETED) /* followers look at the history */
		return;
	if (event->broker.len == 0)
		published.broker = str_from(bus->broker->id);
	/* An event of a peer keeps its list of copies, so that nobody copies it again. */
	if (event->origin.len == 0 && !message_kind_changes(event->kind) &&
		routes_copies(bus->broker->config, event, &copies))
		published.copies = buf_str(&copies);
	events_publish(&bus->events, &published);
	buf_finish(&copies);
}
