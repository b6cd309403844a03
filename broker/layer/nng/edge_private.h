/* SPDX-License-Identifier: MIT */
/* Shared by the files of the edge: edge.c (the layer), edge_link.c (the session with the hub),
 * edge_errands.c (items with an outcome), edge_stream.c (the records of the hub's stream),
 * edge_questions.c, edge_reply.c and edge_rows.c. */
#pragma once

#include "broker/channel.h"
#include "broker/layer/follower.h"
#include "broker/layer/nng/edge.h"
#include "broker/layer/nng/wire.h"
#include "broker/layer/roster.h"
#include "common/base/buf.h"
#include "common/base/map.h"

#define EDGE_TICK_MS 500
#define EDGE_BROKERS_MAX 64

/* The last bit of an item's number says what it is: a message (of the follower), or an errand. */
#define EDGE_ITEM_NUMBER(item) ((item) << 1)
#define EDGE_ERRAND_NUMBER(errand) ((errand) << 1 | 1)

enum edge_errand_class {
	EDGE_HEADS, /* at most one for each open room */
	EDGE_NOTICES, /* all but announcements, which may be long: those are among the others */
	EDGE_OTHERS,
	EDGE_ERRAND_CLASSES
};

/* An item that is no message; kept until its outcome comes. */
struct edge_errand {
	struct list link;
	uint64_t number;
	enum edge_errand_class class;
	struct author author; /* without ref and sender */
	struct layer_receiver *receiver; /* of RECEIVE; NULL otherwise */
	char *room; /* of EDGE_HEADS; NULL otherwise; owned */
	bool waits; /* the hub could not read the head: the next tick asks again */
	size_t len;
	char record[]; /* as it is sent, in each session */
};

enum edge_question_kind {
	EDGE_ROWS, /* for connections */
	EDGE_MISSED_ROWS, /* for the follower */
	EDGE_FIRST_ROW, /* the first row that is kept behind missed rows that are not */
	EDGE_PAGE,
	EDGE_MEMBERS,
	EDGE_FRAMES,
	EDGE_REPLY, /* from the hub's broker */
	EDGE_PEOPLE, /* one part of all people: after is the part, until the number of parts */
};

struct edge_question {
	struct list link;
	enum edge_question_kind kind;
	uint64_t number;
	uint64_t begun_ms, asked_ms;
	bool waits; /* it was not sent, or the hub was busy: the next tick asks again */
	uint64_t after, until;
	uint64_t asked_after, asked_until; /* of missed rows: the range that is asked for now */
	uint64_t asker; /* of a page or a reply */
	struct author author; /* of members */
	char *room; /* owned */
	size_t len;
	char record[];
};

struct edge_frame {
	struct list link;
	uint64_t number;
	size_t len;
	char records[];
};

/* A broker whose people are known. */
struct edge_broker {
	char id[CHANNEL_BROKER_ID_SIZE];
	uint64_t forget_ms; /* when to forget it; 0 once this session has named it */
};

struct edge {
	struct layer_sink sink; /* the broker's; the first member (relay.h) */
	struct layer layer;
	struct layer_setting setting; /* that of the switchboard */
	struct edge_way way;
	struct follower *follower; /* owned */
	struct roster *roster; /* owned */
	struct map *open_rooms; /* open in the roster; owned */
	struct edge_broker brokers[EDGE_BROKERS_MAX];
	size_t broker_count;
	struct list errands;
	struct map *errands_by_number; /* owned */
	struct map *heads; /* the errands of EDGE_HEADS, by room; owned */
	size_t errand_counts[EDGE_ERRAND_CLASSES];
	size_t errand_bytes; /* of all errands, as records */
	uint64_t last_errand;
	struct list questions;
	size_t question_count;
	uint64_t last_question;
	/* The session. */
	char hub[CHANNEL_BROKER_ID_SIZE]; /* "" before the first */
	uint64_t notice; /* the last of that hub's that was heard */
	uint64_t nonce; /* of the HELLO that is not answered yet; 0: none waits */
	uint64_t last_hello;
	bool is_refused; /* the hub has too many edges, and we have logged it */
	uint64_t session; /* 0: none */
	uint64_t heard_ms;
	bool is_up;
	uint64_t batch; /* the number of the last batch */
	struct buf in_flight; /* its records */
	bool is_in_flight; /* the hub has not acknowledged it */
	uint64_t sent_ms;
	struct buf waiting; /* records for the next batch */
	size_t waiting_max; /* EDGE_SESSION_BYTES_MAX and what the session began with */
	/* The stream. */
	uint64_t position; /* the last frame that was taken */
	uint64_t newest; /* the last frame that the hub has published, as far as we know */
	char epoch[EVENT_EPOCH_SIZE]; /* of the last head or event */
	struct list held; /* frames behind a missing one, ascending */
	size_t held_bytes;
	bool awaits_people; /* frames are held until all people are known */
	struct buf message; /* scratch */
	struct timer tick_timer;
	uint64_t tick_ms;
	struct reactor_task send_task;
	struct reactor_task fail_task;
	bool is_hurried; /* the broker stops (layer_ops.hurry) */
};

struct edge *edge_of(struct layer *layer);

/* edge_link.c */
void edge_begin(struct edge *edge);
/* Takes leave of the hub. */
void edge_end(struct edge *edge);
/* Sends a message: head, and rest behind it. False when there is no connection now. */
bool edge_send(struct edge *edge, const struct wire_record *head, struct str rest);
/* Puts a record into the next batch. */
void edge_tell(struct edge *edge, const struct wire_record *record);
void edge_tell_written(struct edge *edge, struct str record);
/* Tells the hub the outcome of its errand. */
void edge_tell_done(struct edge *edge, uint64_t number, enum layer_result result);
/* Whether so much waits that new messages are refused. */
bool edge_is_full(const struct edge *edge);
/* Ends the session, if there is one, and asks for a new one. */
void edge_say_hello(struct edge *edge);
/* Tells a broker that stops when nothing waits any more. */
void edge_note_idle(struct edge *edge);
/* Puts a message of the follower into the next batch. */
void edge_tell_item(struct edge *edge, const struct follower_item *item);
/* Applies a frame if it is the next one; holds a later one, and drops one that came before. */
void edge_take_frame(struct edge *edge, uint64_t number, struct str records);
/* Takes all held frames that follow without a gap, and asks for the frames of the gap. */
void edge_go_on(struct edge *edge);

/* edge_errands.c */
void edge_begin_errands(struct edge *edge);
void edge_drop_errands(struct edge *edge);
/* Numbers a record that will have an outcome, and puts it into the next batch. NULL when there are
 * too many errands of that class. */
struct edge_errand *edge_begin_errand(struct edge *edge, enum edge_errand_class class,
	struct wire_record *record, const struct author *author);
void edge_end_errand(struct edge *edge, struct edge_errand *errand);
struct edge_errand *edge_find_errand(const struct edge *edge, uint64_t number);
/* Asks for the head of a room; harmless while the same head is asked for already. Closing the room
 * calls edge_forget_head. */
void edge_ask_head(struct edge *edge, struct str room);
void edge_forget_head(struct edge *edge, struct str room);
/* Asks again for the heads that the hub could not read. */
void edge_ask_heads_again(struct edge *edge);
/* Call it when a session begins: sends all errands again but heads, for which the follower asks. */
void edge_tell_errands(struct edge *edge);

/* edge_stream.c */
void edge_apply(struct edge *edge, struct str records);
/* Call it for a WELCOME, before its records are applied: they name the brokers that have people. */
void edge_begin_people(struct edge *edge);
void edge_take_part(struct edge *edge, const struct edge_question *question,
	const struct wire_record *head, struct str rest);
void edge_forget_brokers(struct edge *edge);

/* edge_questions.c */
void edge_take_answer(struct edge *edge, uint64_t number, struct str rest);
void edge_take_busy(struct edge *edge, uint64_t number);
/* Whether the hub can be reached and the number of questions is below its bound. */
bool edge_can_ask(const struct edge *edge);
/* Asks, and asks again until there is an answer. The list of questions owns the result. */
struct edge_question *edge_add_question(
	struct edge *edge, enum edge_question_kind kind, const struct wire_record *record);
bool edge_ask_page(struct layer *layer, const struct page *page, uint64_t asker);
enum layer_result edge_members(struct layer *layer, struct str group, const struct author *asker,
	struct layer_names *names_out);
bool edge_has_question(const struct edge *edge, enum edge_question_kind kind);
void edge_ask_for_frames(struct edge *edge);
void edge_ask_for_people(struct edge *edge, uint64_t part, uint64_t parts);
/* Drops the questions for frames and people, which belong to one session. */
void edge_drop_own_questions(struct edge *edge);
/* Sends all questions again; with is_all false only those that wait or are overdue. An EDGE_REPLY
 * is sent once only, and given up after a while. */
void edge_ask_again(struct edge *edge, bool is_all);
/* Call it when the hub is lost: fails the questions of connections and of requests. */
void edge_fail_questions(struct edge *edge);
void edge_drop_questions(struct edge *edge);

/* edge_reply.c */
bool edge_ask_above(struct layer *layer, uint64_t asker, struct str question);
/* A reply that is no REPLY, or is too long, counts as no reply. */
void edge_tell_reply(
	struct edge *edge, const struct edge_question *question, const struct wire_record *reply);

/* edge_rows.c */
bool edge_ask_rows(
	struct layer *layer, struct str room, uint64_t after, uint64_t until, size_t bytes_max);
void edge_ask_missed_rows(void *context, struct str room, uint64_t after, uint64_t until);
/* Take the answers to EDGE_ROWS, EDGE_MISSED_ROWS and EDGE_FIRST_ROW. */
void edge_tell_rows(struct edge *edge, const struct edge_question *question,
	const struct wire_record *head, struct str rest);
void edge_follow_rows(struct edge *edge, const struct edge_question *question,
	const struct wire_record *head, struct str rest);
void edge_follow_first_row(
	struct edge *edge, const struct edge_question *question, const struct wire_record *page);
