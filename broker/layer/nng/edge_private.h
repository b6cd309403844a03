/* SPDX-License-Identifier: MIT */
/* What edge.c (the layer), edge_link.c (the session with the hub), edge_errands.c (what has
 * an outcome), edge_stream.c (what the hub's stream says), edge_questions.c, edge_reply.c and
 * edge_rows.c share. */
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

/* The number of an item says whose it is: the follower's (a message), or an errand's. */
#define EDGE_ITEM_NUMBER(item) ((item) << 1)
#define EDGE_ERRAND_NUMBER(errand) ((errand) << 1 | 1)

enum edge_errand_class {
	EDGE_HEADS, /* one of a room that is open at most */
	EDGE_NOTICES,
	EDGE_OTHERS,
	EDGE_ERRAND_CLASSES
};

/* An item other than a message, until its outcome comes. */
struct edge_errand {
	struct list link;
	uint64_t number;
	enum edge_errand_class class;
	struct author author; /* without ref and sender */
	struct layer_receiver *receiver; /* of RECEIVE; waits */
	char *room; /* owned; of a head */
	bool waits; /* the head could not be read: it is asked for again with the next tick */
	size_t len;
	char record[]; /* as it is sent, also with the next session */
};

enum edge_question_kind {
	EDGE_ROWS, /* for connections */
	EDGE_MISSED_ROWS, /* for the follower */
	EDGE_FIRST_ROW, /* the same, when there are none where they were sought */
	EDGE_PAGE,
	EDGE_MEMBERS,
	EDGE_FRAMES,
	EDGE_REPLY, /* of the hub's broker */
	EDGE_PEOPLE, /* a part of them: after, of until */
};

struct edge_question {
	struct list link;
	enum edge_question_kind kind;
	uint64_t number;
	uint64_t begun_ms, asked_ms;
	bool waits; /* the hub was too busy: it is asked again with the next tick */
	uint64_t after, until;
	uint64_t asked_after, asked_until; /* of missed rows: where they are sought now */
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
	uint64_t forget_ms; /* it has not been heard of in this session; 0: it has */
};

struct edge {
	struct layer_sink sink; /* the broker's; the first member (relay.h) */
	struct layer layer;
	struct layer_setting setting; /* the switchboard's */
	struct edge_way way;
	struct follower *follower; /* owned */
	struct roster *roster; /* owned */
	struct map *open_rooms; /* whose people are told; owned */
	struct edge_broker brokers[EDGE_BROKERS_MAX];
	size_t broker_count;
	struct list errands;
	struct map *errands_by_number; /* owned, as the next */
	struct map *heads; /* errands of that class, by their rooms */
	size_t errand_counts[EDGE_ERRAND_CLASSES];
	size_t errand_bytes; /* of all, as records */
	uint64_t last_errand;
	struct list questions;
	size_t question_count;
	uint64_t last_question;
	/* The session. */
	char hub[CHANNEL_BROKER_ID_SIZE]; /* "" before the first */
	uint64_t notice; /* of that hub, heard last */
	uint64_t nonce; /* of the HELLO that has no answer yet; 0: it has */
	uint64_t last_hello;
	bool is_refused; /* by a hub that has too many edges */
	uint64_t session; /* 0: none */
	uint64_t hello_ms;
	uint64_t heard_ms;
	bool is_up;
	uint64_t batch; /* the last number */
	struct buf in_flight; /* its records; empty: it was taken */
	bool is_in_flight;
	uint64_t sent_ms;
	struct buf waiting; /* records for the next batch */
	size_t waiting_max; /* EDGE_SESSION_BYTES_MAX, behind what the session began with */
	/* The stream. */
	uint64_t position; /* of the last frame that was taken */
	uint64_t newest; /* of the last that is known to be there */
	char epoch[EVENT_EPOCH_SIZE]; /* of the last head or event */
	struct list held; /* frames behind a missing one, ascending */
	size_t held_bytes;
	bool awaits_people; /* nothing of the stream is taken before they are known */
	struct buf message; /* scratch */
	struct timer tick_timer;
	uint64_t tick_ms;
	struct reactor_task send_task;
	struct reactor_task fail_task;
	bool is_hurried;
};

struct edge *edge_of(struct layer *layer);

/* edge_link.c */
void edge_begin(struct edge *edge);
void edge_end(struct edge *edge);
/* Puts a record into the next batch. */
void edge_tell(struct edge *edge, const struct wire_record *record);
void edge_tell_written(struct edge *edge, struct str record);
bool edge_is_full(const struct edge *edge);
void edge_say_hello(struct edge *edge);
void edge_note_idle(struct edge *edge);
/* A message of the follower's, as it is sent. */
void edge_tell_item(struct edge *edge, const struct follower_item *item);
void edge_take_frame(struct edge *edge, uint64_t number, struct str records);
/* All that can be taken of the stream is, and what is missing is asked for. */
void edge_go_on(struct edge *edge);

/* edge_errands.c */
void edge_begin_errands(struct edge *edge);
void edge_drop_errands(struct edge *edge);
/* Tells a record that has an outcome, and whose number this gives. NULL: there are too many. */
struct edge_errand *edge_begin_errand(
	struct edge *edge, struct wire_record *record, const struct author *author);
void edge_end_errand(struct edge *edge, struct edge_errand *errand);
struct edge_errand *edge_find_errand(const struct edge *edge, uint64_t number);
/* Asks where a room stands, once however often; a room that is closed asks no more. */
void edge_ask_head(struct edge *edge, struct str room);
void edge_forget_head(struct edge *edge, struct str room);
/* Those that the hub could not read. */
void edge_ask_heads_again(struct edge *edge);
/* A session begins: all again but heads, for which the follower asks. */
void edge_tell_errands(struct edge *edge);

/* edge_stream.c */
void edge_apply(struct edge *edge, struct str records);
/* A welcome names the brokers that have people, who are asked for. */
void edge_begin_people(struct edge *edge);
void edge_take_part(struct edge *edge, const struct edge_question *question,
	const struct wire_record *head, struct str rest);
void edge_forget_brokers(struct edge *edge);

/* edge_questions.c */
void edge_take_answer(struct edge *edge, uint64_t number, struct str rest);
void edge_take_busy(struct edge *edge, uint64_t number);
/* Whether there is a hub to ask, and not too much is asked already. */
bool edge_can_ask(const struct edge *edge);
/* Asks, and goes on asking until there is an answer. */
struct edge_question *edge_add_question(
	struct edge *edge, enum edge_question_kind kind, const struct wire_record *record);
bool edge_ask_page(struct layer *layer, const struct page *page, uint64_t asker);
enum layer_result edge_members(struct layer *layer, struct str group, const struct author *asker,
	struct layer_names *names_out);
bool edge_has_question(const struct edge *edge, enum edge_question_kind kind);
void edge_ask_for_frames(struct edge *edge);
void edge_ask_for_people(struct edge *edge, uint64_t part, uint64_t parts);
/* Those of frames and people are a session's own. */
void edge_drop_own_questions(struct edge *edge);
/* All of them again; or only those that the hub was too busy for. */
void edge_ask_again(struct edge *edge, bool is_all);
/* Connections and requests do not wait for a hub that is lost. */
void edge_fail_questions(struct edge *edge);
void edge_drop_questions(struct edge *edge);

/* edge_reply.c */
bool edge_ask_above(struct layer *layer, uint64_t asker, struct str question);
/* reply of another kind is none. */
void edge_tell_reply(
	struct edge *edge, const struct edge_question *question, const struct wire_record *reply);

/* edge_rows.c */
bool edge_ask_rows(
	struct layer *layer, struct str room, uint64_t after, uint64_t until, size_t bytes_max);
void edge_ask_missed_rows(void *context, struct str room, uint64_t after, uint64_t until);
/* The answers: of connections' rows, of missed ones, of where those begin that are kept. */
void edge_tell_rows(struct edge *edge, const struct edge_question *question,
	const struct wire_record *head, struct str rest);
void edge_follow_rows(struct edge *edge, const struct edge_question *question,
	const struct wire_record *head, struct str rest);
void edge_follow_first_row(
	struct edge *edge, const struct edge_question *question, const struct wire_record *page);
