/* SPDX-License-Identifier: MIT */
/* What hub.c (the layer) and its other files share: hub_stream.c, hub_channels.c, hub_edges.c
 * (sessions), hub_items.c (what edges send), hub_people.c and hub_questions.c. */
#pragma once

#include "broker/channel.h"
#include "broker/layer/channel_name.h"
#include "broker/layer/nng/hub.h"
#include "broker/layer/nng/hub_frames.h"
#include "broker/layer/nng/hub_notices.h"
#include "broker/layer/nng/wire.h"
#include "broker/layer/roster.h"
#include "common/base/buf.h"
#include "common/base/log.h"
#include "common/base/map.h"

#define HUB_TICK_MS 1000
/* A frame that is lost is missed when the next one comes: soon after the last of a burst, then
 * each second. */
#define HUB_ECHO_MS 100

struct hub_edge {
	struct list link;
	struct hub *hub;
	char id[CHANNEL_BROKER_ID_SIZE];
	uint64_t nonce; /* of its HELLO */
	uint64_t session;
	uint64_t serial; /* never used again */
	uint64_t batch; /* the last one that was taken */
	uint64_t heard_ms;
	struct map *rooms; /* owned: that it has open */
	struct list receivers; /* struct hub_receiver */
	size_t receiver_count;
	bool is_telling; /* all its people, of whom some are still to come */
	struct list errands; /* struct hub_errand */
	size_t errand_count;
};

/* Who waits on an edge. */
struct hub_receiver {
	struct list link;
	struct layer_receiver receiver;
	struct hub_edge *edge;
	uint64_t number;
	char channel[CHANNEL_NAME_MAX + 1];
};

/* Who waits for a room's head: each once, however often it asks. */
struct hub_opening {
	struct list link;
	const struct hub_edge *edge; /* NULL: the hub itself */
	uint64_t author; /* of the edge */
};

/* What an edge has to do. */
struct hub_errand {
	struct list link;
	uint64_t number;
	enum author_kind kind;
	uint64_t id;
};

enum hub_question_kind { HUB_ROWS, HUB_PAGE };

/* To the history, of an edge. */
struct hub_question {
	struct list link;
	enum hub_question_kind kind;
	void *asker;
	uint64_t session;
	uint64_t number; /* the edge's */
	uint64_t id; /* of a page, for the inner layer */
	/* Of rows. */
	uint64_t after, until;
	char room[];
};

/* The names of a group's members, which are everywhere. */
struct hub_gathering {
	struct list link;
	uint64_t number;
	uint64_t until_ms;
	uint64_t *missing; /* owned: serials of edges that have not told theirs */
	size_t missing_count;
	struct buf names; /* each behind its length as a byte */
	size_t bytes; /* of them as records */
	size_t count;
	struct author author; /* our own, when asker is NULL */
	void *asker;
	uint64_t session;
	uint64_t question;
};

struct hub {
	struct layer_sink sink; /* the broker's; the first member (relay.h) */
	struct layer layer;
	struct layer *inner; /* owned; NULL before hub_begin */
	struct layer_setting setting; /* the inner one's */
	struct hub_way way;
	struct roster *roster; /* owned */
	struct hub_frames *frames; /* owned, as the next */
	struct hub_notices *notices;
	struct buf records; /* of the frame that is being written */
	struct buf message; /* scratch */
	struct reactor_task send_task;
	struct timer beat_timer;
	struct timer tick_timer;
	uint64_t tick_ms; /* of the last tick */
	struct list edges;
	size_t edge_count;
	uint64_t last_serial;
	struct log_rate refusals;
	char epoch[EVENT_EPOCH_SIZE]; /* heard last: of all rooms, where rows can be asked for */
	struct map *rooms; /* how often each is open, as struct hub_room; owned */
	uint64_t last_errand;
	struct list questions;
	size_t question_count;
	uint64_t last_question;
	struct list gatherings;
	uint64_t last_gathering;
};

/* Which asker ids of pages are ours: no connection and no request has both bits. */
#define HUB_PAGE_BITS (UINT64_C(3) << 62)

struct hub *hub_of(struct layer *layer);
void hub_begin_stream(struct hub *hub);
void hub_end_stream(struct hub *hub);
/* Puts a record into the stream; costs nothing while there are no edges. */
void hub_tell(struct hub *hub, const struct wire_record *record);
/* The same of a notice, as text, that broker has told of. */
void hub_tell_notice(
	struct hub *hub, struct str broker, enum layer_notice_kind kind, struct str text);
/* What became of an edge's item. */
void hub_tell_result(
	struct hub *hub, uint64_t author, enum layer_result result, const struct layer_head *head);
/* To whoever it was: an edge, or somebody here. */
void hub_settle(
	struct hub *hub, const struct author *author, enum layer_result result, uint64_t seq);
/* number is that of edge's item, which was this. */
void hub_tell_event(struct hub *hub, const struct event *event, uint64_t number, struct str edge);
/* Whether an edge may give an item that number. */
bool hub_is_number(uint64_t number);
/* Of an item of an edge. */
uint64_t hub_author(const struct hub_edge *edge, uint64_t number);
uint64_t hub_author_number(uint64_t author);
/* The id of the edge that has said it, "" when it is gone. */
struct str hub_author_edge(const struct hub *hub, uint64_t author);
struct author hub_author_of(uint64_t author);
/* The edge whose channel that is by its name; NULL for anybody else's. */
struct hub_edge *hub_edge_of_channel(const struct hub *hub, struct str channel);
/* What became of what that edge was to do; harmless a second time. */
void hub_end_errand(struct hub_edge *edge, uint64_t number, enum layer_result result);
void hub_fail_errands(struct hub_edge *edge);
/* edge NULL is the hub itself. LAYER_UNDER_WAY: it is told, author is of its question. An edge has
 * a room open once, however often it asks. */
enum layer_result hub_open(struct hub *hub, struct str room, struct hub_edge *edge, uint64_t author,
	struct layer_head *head_out);
/* edge waits for its head no more. */
void hub_close(struct hub *hub, struct str room, const struct hub_edge *edge);
/* The layer's operations as anybody may ask for them. */
enum layer_result hub_send_to(struct hub *hub, struct str channel, struct str text,
	const struct event *event, const struct author *author);
enum layer_result hub_change_group(struct hub *hub, enum wire_kind kind, struct str group,
	struct str channel, const struct author *author);
enum layer_result hub_group_send(struct hub *hub, struct event *event, const struct author *author);
void hub_flush(struct hub *hub);
void hub_note_person(
	struct hub *hub, struct str broker, struct str room, const struct user *user, bool is_here);

/* hub_items.c */
void hub_take_items(struct hub_edge *edge, struct str records);
void hub_cancel_receives(struct hub_edge *edge);

/* hub_edges.c */
void hub_edge_end(struct hub_edge *edge);
struct hub_edge *hub_find_edge(const struct hub *hub, struct str id);
struct hub_edge *hub_find_session(const struct hub *hub, uint64_t session);
void hub_check_silence(struct hub *hub);
/* Edges, without newcomers. */
size_t hub_count_places(const struct hub *hub);

/* hub_people.c */
void hub_ask_people(struct hub *hub, void *asker, const struct wire_record *head,
	const struct wire_record *asked);

/* hub_questions.c */
bool hub_take_question(
	struct hub *hub, void *asker, const struct wire_record *head, struct str rest);
/* Sends an answer that begins with a record of that kind. */
void hub_answer(struct hub *hub, void *asker, enum wire_kind kind, uint64_t session,
	uint64_t number, struct str rest);
void hub_tell_rows(void *context, const struct history_rows *rows);
void hub_tell_page(void *context, uint64_t asker, enum store_problem problem, const char *epoch,
	struct str members);
bool hub_ask_rows(
	struct layer *layer, struct str room, uint64_t after, uint64_t until, size_t bytes_max);
bool hub_ask_page(struct layer *layer, const struct page *page, uint64_t asker);
enum layer_result hub_members(struct layer *layer, struct str group, const struct author *asker,
	struct layer_names *names_out);
/* Of an edge that has not told all of them. */
void hub_take_name(const struct hub_edge *edge, uint64_t number, struct str channel);
/* An edge has told all its names, or is gone (any gathering: 0). */
void hub_end_names(struct hub *hub, const struct hub_edge *edge, uint64_t number);
void hub_check_gatherings(struct hub *hub);
void hub_drop_questions(struct hub *hub);
