/* SPDX-License-Identifier: MIT */
/* What the hub and its edges say to each other, as bytes: a message is records one behind the
 * other, and the first says what kind of message it is. Pure; broker/layer/nng/wire_key.h says who
 * has written it.
 *
 * An edge asks over a request socket: HELLO begins a session, unless a later one has come before,
 * and says which notice of which hub was heard last; BATCH carries items, taken once however often
 * it comes; QUESTION carries one record and is answered whenever. Everything else comes over the
 * stream of the hub: FRAMEs with numbers 1, 2, 3 …, the same for all edges, in which each event,
 * each outcome of an item and each errand of an edge has its place. A frame without a record
 * repeats the last number. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/str.h"

struct event;
struct user;

/* Of any message. */
#define WIRE_BYTES_MAX (16 * 1024 * 1024)
/* Of a text in it: none is longer where it is said (config_options.c, broker/nng/socket.h). */
#define WIRE_TEXT_BYTES_MAX (1024 * 1024)
/* Of a message to the hub, which has been read when the key on it is looked at, and of a frame:
 * EDGE_BATCH_BYTES and HUB_FRAME_BYTES and a record with such a text. */
#define WIRE_ASK_BYTES_MAX (1536 * 1024)
#define WIRE_FRAME_BYTES_MAX (1536 * 1024)

/* Of all names of a group's members, as records: what is more is left out, and counted. */
#define WIRE_NAMES_BYTES_MAX (4 * 1024 * 1024)
/* Of such a record beside the name. */
#define WIRE_NAME_HEAD_BYTES_MAX 16

enum wire_kind {
	/* The first of a message from an edge. */
	WIRE_HELLO = 1,
	WIRE_BATCH,
	WIRE_QUESTION,
	/* Of its answer. */
	WIRE_WELCOME,
	WIRE_TAKEN,
	WIRE_STRANGER, /* there is no such session: say hello */
	WIRE_BUSY, /* nobody has looked at it */
	WIRE_ANSWER,
	/* Of the stream. */
	WIRE_FRAME,

	/* Items. Those with a number get an outcome of that number in the stream. */
	WIRE_SAY,
	WIRE_EPHEMERAL, /* an event for a room, or for a group that is no room's */
	WIRE_SEND,
	WIRE_ADD, /* as the next, also an errand of an edge */
	WIRE_DISCARD,
	WIRE_FLUSH, /* also for all edges */
	WIRE_OPEN,
	WIRE_CLOSE,
	WIRE_RECEIVE,
	WIRE_CANCEL, /* that receive */
	WIRE_RETURN, /* what was received for nobody */
	/* As the next two also in the stream: all of a broker are told. Behind WELCOME: it has
	 * people, who are asked for. */
	WIRE_PEOPLE,
	WIRE_PERSON,
	WIRE_ALL_PEOPLE, /* have been told */
	WIRE_NOTICE, /* also in the stream and behind WELCOME, there with the hub's number */
	WIRE_DONE, /* an errand */
	WIRE_NAME, /* a member's; of a gathering, or of the answer to MEMBERS */
	WIRE_GATHERED,
	WIRE_BYE,

	/* The stream. */
	WIRE_EVENT,
	WIRE_TRANSIENT, /* an event without a number */
	WIRE_RESULT,
	WIRE_MESSAGE, /* the outcome of RECEIVE */
	WIRE_DIRECT, /* an errand: a message for a channel of that edge */
	WIRE_GONE, /* a broker, and its people with it */
	WIRE_MISSED, /* notices, behind WELCOME */
	WIRE_GATHER, /* NAMEs are wanted of the members of a group, then GATHERED */

	/* Questions. */
	WIRE_ASK_ROWS,
	WIRE_ASK_PAGE,
	WIRE_ASK_FRAMES,
	WIRE_ASK_MEMBERS,
	WIRE_ASK_PEOPLE,
	/* Their answers. */
	WIRE_ROWS,
	WIRE_ROW, /* behind ROWS */
	WIRE_PAGE,
	WIRE_OLD_FRAME,
	WIRE_LOST_FRAMES, /* they are not kept any more */
	/* A question to the hub's broker, and its answer. */
	WIRE_ASK_BROKER,
	WIRE_REPLY,
	WIRE_PART, /* PERSONs behind it, unless it is of another number of parts than was asked */
	WIRE_KIND_COUNT
};

/* The table in wire.c says which fields each kind has; the others are 0 or empty. */
struct wire_record {
	enum wire_kind kind;
	uint64_t number; /* of the hello, batch, question, frame, item or errand */
	uint64_t session;
	uint64_t seq;
	uint64_t after; /* rows or frames behind this number follow, or are asked for */
	uint64_t part; /* of parts; the first is 0 */
	uint64_t until; /* the last row that is asked for */
	uint64_t notice; /* the last notice that the edge has heard, or that the hub has */
	uint64_t limit; /* of messages in a page */
	uint64_t bytes_max;
	uint64_t parts;
	uint64_t is_whole; /* 0 or 1, as all fields named is_ and keeps_ */
	uint64_t time_ms;
	uint64_t result; /* enum layer_result */
	uint64_t problem; /* enum store_problem */
	uint64_t page_kind; /* enum page_kind */
	uint64_t keeps_past;
	uint64_t is_here;
	struct str broker; /* who did it, or whom it concerns */
	struct str room;
	struct str group;
	struct str channel;
	struct str user;
	struct str text;
	struct str ref;
	struct str sender; /* USER_ID_SIZE bytes, or empty */
	struct str epoch;
	struct str hub; /* the hub whose notice it is */
	struct str origin;
	struct str via;
	struct str copies;
};

void wire_write(const struct wire_record *record, struct buf *out);
/* Cuts a record off *rest; its texts borrow from there. False when there is none: the message is
 * over, or what follows is no record (*rest is not empty then). */
bool wire_read(struct str *rest, struct wire_record *record_out)
	__attribute__((warn_unused_result));
/* A PERSON, borrowed like what it is made of. broker "": who tells it. */
struct wire_record wire_person(
	struct str broker, struct str room, const struct user *user, bool is_here);
/* Where the record's event has been; borrowed. */
void wire_read_way(const struct wire_record *record, struct event *event);
/* Whether the rest of a message is nothing but records. */
bool wire_is_whole(struct str rest);
