/* SPDX-License-Identifier: MIT */
/* The messages between a hub and its edges, as bytes. A message is a sequence of records; the first
 * record says what kind of message it is. Pure. broker/layer/nng/wire_key.h proves who wrote a
 * message.
 *
 * An edge asks over a request socket. HELLO begins a session, unless the hub has had a later HELLO;
 * it also says which notice of which hub the edge heard last. BATCH carries items; the hub takes
 * each batch once, however often it arrives. QUESTION carries one record; its answer may take any
 * time. Everything else comes over the stream of the hub: FRAMEs with the numbers 1, 2, 3 …, the
 * same for all edges. Each event, each outcome of an item and each errand of an edge has its place
 * there. A FRAME without records repeats the last number. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/str.h"
#include "common/event.h"

struct author;
struct user;

/* The longest message. */
#define WIRE_BYTES_MAX (16 * 1024 * 1024)
/* The longest text in a message. The inputs of a broker take no longer one (config_options.c,
 * broker/nng/socket.h). */
#define WIRE_TEXT_BYTES_MAX (1024 * 1024)
/* The longest message to the hub, which nng reads before we check its key, and the longest frame:
 * EDGE_BATCH_BYTES or HUB_FRAME_BYTES, and one more record with the longest text. */
#define WIRE_ASK_BYTES_MAX (1536 * 1024)
#define WIRE_FRAME_BYTES_MAX (1536 * 1024)

/* The names of all members of a group, as records. Names beyond it are left out and counted. */
#define WIRE_NAMES_BYTES_MAX (4 * 1024 * 1024)
/* What such a record takes beside the name. */
#define WIRE_NAME_HEAD_BYTES_MAX 16

enum wire_kind {
	/* The first record of a message from an edge. */
	WIRE_HELLO = 1,
	WIRE_BATCH,
	WIRE_QUESTION,
	/* The first record of the hub's answer. */
	WIRE_WELCOME,
	WIRE_TAKEN,
	WIRE_STRANGER, /* the hub has no such session: say HELLO */
	WIRE_BUSY, /* the hub has not acted on the message */
	WIRE_ANSWER,
	/* The first record of a message of the stream. */
	WIRE_FRAME,

	/* Items, from edge to hub. The outcome of an item with a number comes in the stream. */
	WIRE_SAY,
	WIRE_EPHEMERAL, /* an event for a room, or for a group that belongs to no room */
	WIRE_SEND,
	WIRE_ADD, /* in the stream: an errand for the edge named by broker; so is WIRE_DISCARD */
	WIRE_DISCARD,
	WIRE_FLUSH, /* in the stream: for all edges */
	WIRE_OPEN,
	WIRE_CLOSE,
	WIRE_RECEIVE,
	WIRE_CANCEL, /* ends the RECEIVE with this number */
	WIRE_RETURN, /* gives back a message whose receiver has gone */
	/* The people of a broker: PEOPLE, a PERSON for each, then ALL_PEOPLE. Also in the stream.
	 * Behind WELCOME, PEOPLE alone says that the broker has people: ask for them. */
	WIRE_PEOPLE,
	WIRE_PERSON,
	WIRE_ALL_PEOPLE,
	WIRE_NOTICE, /* also in the stream and behind WELCOME, there with the hub's number */
	WIRE_DONE, /* the outcome of an errand */
	WIRE_NAME, /* a member, in answer to GATHER or ASK_MEMBERS; GATHERED follows the last one */
	WIRE_GATHERED,
	WIRE_BYE,

	/* The stream. */
	WIRE_EVENT,
	WIRE_TRANSIENT, /* an event without a sequence number */
	WIRE_RESULT, /* the outcome of an item */
	WIRE_MESSAGE, /* the outcome of RECEIVE */
	WIRE_DIRECT, /* an errand: send a message to a channel of that edge */
	WIRE_GONE, /* a broker has gone, and its people with it */
	WIRE_MISSED, /* behind WELCOME: the edge may have missed notices */
	WIRE_GATHER, /* each edge names its members of a group: NAMEs, then GATHERED */

	/* Questions. */
	WIRE_ASK_ROWS,
	WIRE_ASK_PAGE,
	WIRE_ASK_FRAMES,
	WIRE_ASK_MEMBERS,
	WIRE_ASK_PEOPLE,
	/* Their answers. */
	WIRE_ROWS,
	WIRE_ROW, /* follows ROWS */
	WIRE_PAGE,
	WIRE_OLD_FRAME,
	WIRE_LOST_FRAMES, /* the frames are not kept any more */
	/* A question to the hub's broker, and its answer. */
	WIRE_ASK_BROKER,
	WIRE_REPLY,
	/* PERSONs follow. None follows if parts differs from what was asked: ask again, with it. */
	WIRE_PART,
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
	uint64_t message_kind; /* enum message_kind */
	uint64_t target; /* of an edit or a deletion */
	uint64_t edited_ms; /* of a message that was edited */
	uint64_t is_anybodys; /* the target may be */
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
/* Cuts the first record off *rest; its texts borrow from there. False at the end of the message,
 * and when the bytes are no record: then *rest is not empty. */
bool wire_read(struct str *rest, struct wire_record *record_out)
	__attribute__((warn_unused_result));
/* A PERSON; borrows all arguments. broker is "" when the sender means itself. */
struct wire_record wire_person(
	struct str broker, struct str room, const struct user *user, bool is_here);
/* Sets the event's origin, via and copies; they borrow from the record. */
void wire_read_way(const struct wire_record *record, struct event *event);
/* Sets what is told of a message's changes and of an edit or a deletion. False for no kind that a
 * record may have, and for a change of no message. */
bool wire_read_change(const struct wire_record *record, struct event *event)
	__attribute__((warn_unused_result));
void wire_write_change(const struct event *event, struct wire_record *record);
/* Copies the epoch; "" for one that is too long. */
void wire_read_epoch(const struct wire_record *record, char epoch[static EVENT_EPOCH_SIZE]);
/* Sets ref and sender, which borrow from the author; both stay empty for an author without a ref.
 */
void wire_write_ref(const struct author *author, struct wire_record *record);
/* Whether rest consists of whole records and nothing else. */
bool wire_is_whole(struct str rest);
