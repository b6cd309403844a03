/* SPDX-License-Identifier: MIT */
/* Edges and their sessions. A HELLO begins a session; silence, BYE or the next HELLO ends it. A
 * malformed message is refused as a whole. Somebody who has overheard a HELLO may send it again and
 * gets its answer. So a HELLO takes no place among the edges; the first batch does, because it
 * names the session. Until then the edge is a newcomer. */
#include "broker/layer/nng/hub_private.h"

#include <inttypes.h>
#include <string.h>

#include "broker/channel.h"
#include "common/base/crypto.h"
#include "common/base/mem.h"

static struct hub_edge *edge_of(struct list *link)
{
	return list_entry(link, struct hub_edge, link);
}

struct hub_edge *hub_find_edge(const struct hub *hub, struct str id)
{
	list_each (link, &hub->edges) {
		if (str_is(id, edge_of(link)->id))
			return edge_of(link);
	}
	return NULL;
}

struct hub_edge *hub_find_session(const struct hub *hub, uint64_t session)
{
	list_each (link, &hub->edges) {
		if (edge_of(link)->session == session)
			return edge_of(link);
	}
	return NULL;
}

/* Sessions. */

static void close_rooms(struct hub_edge *edge)
{
	size_t position = 0;
	struct str room;
	void *unused;

	while (map_next(edge->rooms, &position, &room, &unused))
		hub_close(edge->hub, room, edge);
	map_destroy(edge->rooms);
}

/* Keeps the people of the edge, which may begin another session. */
static void end_session(struct hub_edge *edge)
{
	hub_cancel_receives(edge);
	list_remove(&edge->link);
	edge->hub->edge_count--;
	close_rooms(edge);
	hub_fail_errands(edge);
	hub_end_names(edge->hub, edge, 0);
	mem_free(edge);
}

void hub_edge_end(struct hub_edge *edge)
{
	struct hub *hub = edge->hub;
	char id[CHANNEL_BROKER_ID_SIZE];

	memcpy(id, edge->id, sizeof(id));
	end_session(edge);
	roster_forget(hub->roster, str_from(id));
	hub_tell(hub, &(struct wire_record){ .kind = WIRE_GONE, .broker = str_from(id) });
}

void hub_check_silence(struct hub *hub)
{
	list_each_safe (link, &hub->edges) {
		struct hub_edge *edge = edge_of(link);

		if (hub->setting.reactor->now_ms > edge->heard_ms + HUB_SILENCE_MS)
			hub_edge_end(edge);
	}
}

/* Places. */

static bool is_newcomer(const struct hub_edge *edge)
{
	return edge->batch == 0;
}

size_t hub_count_places(const struct hub *hub)
{
	size_t count = 0;

	list_each (link, &hub->edges)
		count += !is_newcomer(edge_of(link));
	return count;
}

/* The edge that has been silent for longest, and for more than HUB_QUIET_MS; NULL for none. */
static struct hub_edge *find_quiet(const struct hub *hub)
{
	uint64_t now_ms = hub->setting.reactor->now_ms;
	struct hub_edge *quiet = NULL;

	list_each (link, &hub->edges) {
		struct hub_edge *edge = edge_of(link);

		if (!is_newcomer(edge) && now_ms > edge->heard_ms + HUB_QUIET_MS &&
			(quiet == NULL || edge->heard_ms < quiet->heard_ms))
			quiet = edge;
	}
	return quiet;
}

static bool has_place(const struct hub *hub)
{
	return hub_count_places(hub) < HUB_EDGES_MAX || find_quiet(hub) != NULL;
}

static void refuse(struct hub *hub, struct str id)
{
	uint64_t suppressed;

	stat_add(hub->setting.stats, STAT_LAYER_REFUSED, 1);
	if (log_rate_admits(&hub->refusals, hub->setting.reactor->now_ms, &suppressed))
		log_warning("event=edge_refused problem=too_many edge=%.*s suppressed=%" PRIu64,
			STR_ARG(id), suppressed);
}

static bool make_place(struct hub *hub)
{
	if (!has_place(hub))
		return false;
	if (hub_count_places(hub) >= HUB_EDGES_MAX)
		hub_edge_end(find_quiet(hub));
	return true;
}

/* Drops the oldest newcomer when there are too many. */
static void bound_newcomers(struct hub *hub)
{
	struct hub_edge *first = NULL;
	size_t count = 0;

	list_each (link, &hub->edges) {
		if (!is_newcomer(edge_of(link)))
			continue;
		if (first == NULL)
			first = edge_of(link);
		count++;
	}
	if (count > HUB_NEWCOMERS_MAX)
		hub_edge_end(first);
}

static struct hub_edge *begin_session(struct hub *hub, const struct wire_record *hello)
{
	struct hub_edge *edge = mem_new(struct hub_edge);

	edge->hub = hub;
	memcpy(edge->id, hello->broker.data, hello->broker.len);
	edge->nonce = hello->number;
	edge->session = crypto_random_uint64();
	edge->serial = ++hub->last_serial;
	edge->heard_ms = hub->setting.reactor->now_ms;
	edge->rooms = map_create();
	list_init(&edge->receivers);
	list_init(&edge->errands);
	list_append(&hub->edges, &edge->link);
	hub->edge_count++;
	bound_newcomers(hub);
	return edge;
}

static void write_broker(const char *id, struct buf *out)
{
	wire_write(&(struct wire_record){ .kind = WIRE_PEOPLE, .broker = str_from(id) }, out);
}

/* Without newcomers, which tell their people in their first batch. */
static void write_brokers(const struct hub *hub, const struct hub_edge *asker, struct buf *out)
{
	write_broker(hub->setting.broker_id, out);
	list_each (link, &hub->edges) {
		if (edge_of(link) != asker && !is_newcomer(edge_of(link)))
			write_broker(edge_of(link)->id, out);
	}
}

/* The notices that an edge has missed while it was away. */
static void write_notices(const struct hub *hub, const struct wire_record *hello, struct buf *out)
{
	bool is_ours = str_is(hello->hub, hub->setting.broker_id);

	if (!is_ours || !hub_notices_write(hub->notices, hello->notice, out))
		wire_write(&(struct wire_record){ .kind = WIRE_MISSED }, out);
}

static void welcome(
	struct hub *hub, void *asker, const struct hub_edge *edge, const struct wire_record *hello)
{
	const struct wire_record head = { .kind = WIRE_WELCOME,
		.number = edge->nonce,
		.session = edge->session,
		.after = hub_frames_last(hub->frames),
		.notice = hub_notices_last(hub->notices),
		.keeps_past = hub->layer.keeps_past,
		.broker = str_from(hub->setting.broker_id) };
	struct buf answer = { 0 };

	wire_write(&head, &answer);
	write_brokers(hub, edge, &answer);
	write_notices(hub, hello, &answer);
	hub->way.answer(hub->way.context, asker, buf_str(&answer));
	buf_finish(&answer);
}

/* Begins the session of a hello, or finds it if the hello came before. NULL when refused. */
static struct hub_edge *greet(struct hub *hub, const struct wire_record *hello)
{
	struct hub_edge *edge = hub_find_edge(hub, hello->broker);

	if (edge != NULL && hello->number < edge->nonce)
		return NULL; /* an old one, perhaps from somebody who has overheard it */
	if (edge != NULL && hello->number == edge->nonce)
		return edge;
	if (edge != NULL)
		end_session(edge);
	if (has_place(hub))
		return begin_session(hub, hello);
	refuse(hub, hello->broker);
	return NULL;
}

static bool take_hello(struct hub *hub, void *asker, const struct wire_record *hello)
{
	const struct hub_edge *edge;

	if (!channel_broker_id_is_valid(hello->broker) ||
		str_is(hello->broker, hub->setting.broker_id))
		return false;
	edge = greet(hub, hello);
	if (edge == NULL) {
		hub_answer(hub, asker, WIRE_BUSY, 0, hello->number, STR_OF(""));
		return true;
	}
	hub_send(hub); /* so that no frame behind the answer repeats what the answer tells */
	welcome(hub, asker, edge, hello);
	return true;
}

static bool take_batch(
	struct hub *hub, void *asker, const struct wire_record *head, struct str rest)
{
	struct hub_edge *edge = hub_find_session(hub, head->session);
	struct str first = rest;
	struct wire_record record;

	if (edge == NULL) {
		hub_answer(hub, asker, WIRE_STRANGER, head->session, head->number, STR_OF(""));
		return true;
	}
	if (is_newcomer(edge) && !make_place(hub)) {
		refuse(hub, str_from(edge->id));
		hub_answer(hub, asker, WIRE_BUSY, head->session, head->number, STR_OF(""));
		return true;
	}
	hub_answer(hub, asker, WIRE_TAKEN, head->session, head->number, STR_OF(""));
	if (head->number <= edge->batch) /* it came before: acknowledge it, and no more */
		return true;
	edge->batch = head->number;
	edge->heard_ms = hub->setting.reactor->now_ms;
	if (wire_read(&first, &record) && record.kind == WIRE_BYE)
		hub_edge_end(edge);
	else
		hub_take_items(edge, rest);
	return true;
}

bool hub_take(struct hub *hub, void *asker, struct str records)
{
	struct wire_record head;

	if (!wire_is_whole(records) || !wire_read(&records, &head))
		return false;
	if (head.kind == WIRE_HELLO)
		return take_hello(hub, asker, &head);
	if (head.kind == WIRE_BATCH)
		return take_batch(hub, asker, &head, records);
	if (head.kind == WIRE_QUESTION)
		return hub_take_question(hub, asker, &head, records);
	return false;
}
