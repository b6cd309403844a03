/* SPDX-License-Identifier: MIT */
/* All people, for an edge that begins a session. One answer may be too small for them, so the edge
 * asks for one part after the other; each answer says how many parts there are. Meanwhile the edge
 * holds back the stream, and takes it after the last part. So a part may be newer than the edge's
 * position in the stream, and changes between two parts still reach the edge. */
#include "broker/layer/nng/hub_private.h"

/* The size a part should have, and the size it may have when more people come meanwhile. */
#define PART_BYTES (1024 * 1024)
#define PART_BYTES_MAX (4 * 1024 * 1024)
#define PARTS_MAX 65536

struct part_writer {
	struct str left_out; /* the broker that asks */
	struct buf *out; /* as many records as fit */
	size_t bytes; /* of all records, also those that do not fit */
};

static void write_person(void *context, struct str broker, struct str room, const struct user *user)
{
	struct part_writer *writer = context;
	struct wire_record record = wire_person(broker, room, user, true);
	size_t before = writer->out->len;

	if (str_equals(broker, writer->left_out))
		return;
	wire_write(&record, writer->out);
	writer->bytes += writer->out->len - before;
	if (writer->bytes > PART_BYTES_MAX)
		writer->out->len = before;
}

/* While an edge tells its people, the roster may still hold some that have gone. Then the asker has
 * to wait. */
static bool is_anybody_telling(const struct hub *hub, const struct hub_edge *asker)
{
	list_each (link, &hub->edges) {
		const struct hub_edge *edge = list_entry(link, struct hub_edge, link);

		if (edge != asker && edge->is_telling)
			return true;
	}
	return false;
}

static void write_part(const struct hub *hub, const struct hub_edge *asker,
	const struct wire_record *asked, struct buf *out)
{
	struct buf people = { 0 };
	struct part_writer writer = { .left_out = str_from(asker->id), .out = &people };
	uint64_t parts = asked->parts;

	roster_visit_part(hub->roster, (size_t)asked->part, (size_t)parts, write_person, &writer);
	if (writer.bytes > PART_BYTES_MAX)
		parts *= writer.bytes / PART_BYTES + 1;
	wire_write(&(struct wire_record){ .kind = WIRE_PART, .part = asked->part, .parts = parts },
		out);
	if (parts == asked->parts)
		buf_append_str(out, buf_str(&people));
	buf_finish(&people);
}

void hub_ask_people(struct hub *hub, void *asker, const struct wire_record *head,
	const struct wire_record *asked)
{
	const struct hub_edge *edge = hub_find_session(hub, head->session);
	struct buf rest = { 0 };

	if (asked->parts == 0 || asked->parts > PARTS_MAX || asked->part >= asked->parts ||
		is_anybody_telling(hub, edge)) {
		hub_answer(hub, asker, WIRE_BUSY, head->session, head->number, STR_OF(""));
		return;
	}
	write_part(hub, edge, asked, &rest);
	hub_answer(hub, asker, WIRE_ANSWER, head->session, head->number, buf_str(&rest));
	buf_finish(&rest);
}
