/* SPDX-License-Identifier: MIT */
/* Shared by the files of the hub: hub.c (the layer), hub_stream.c, hub_channels.c, hub_edges.c
 * (sessions), hub_items.c (the items that edges send), hub_people.c and hub_questions.c. */
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
/* An edge notices a lost frame when the next one comes. So the last number is repeated: soon after
 * a burst, and then each second. */
#define HUB_ECHO_MS 100

struct hub_edge {
	struct list link;
	struct hub *hub;
	char id[CHANNEL_BROKER_ID_SIZE];
	uint64_t nonce; /* of its HELLO */
	uint64_t session;
	uint64_t serial; /* of the session, from 1; never reused */
	uint64_t batch; /* the last one that was taken; 0: none yet */
	uint64_t heard_ms;
	struct map *rooms; /* that it has open; owned */
	struct list receivers; /* struct hub_receiver */
	size_t receiver_count;
	bool is_telling; /* between its PEOPLE and its ALL_PEOPLE */
	struct list errands; /* struct hub_errand */
	size_t errand_count;
};

/* A receiver on an edge that waits for a message. */
struct hub_receiver {
	struct list link;
	struct layer_receiver receiver;
	struct hub_edge *edge;
	uint64_t number;
	char channel[CHANNEL_NAME_MAX + 1];
};

/* An edge, or the hub itself, that waits for a room's head: at most one of each. */
struct hub_opening {
	struct list link;
	const struct hub_edge *edge; /* NULL: the hub itself */
	uint64_t author; /* of the edge's last OPEN (hub_author) */
};

/* What an edge has to do for its author, who is told the outcome. */
struct hub_errand {
	struct list link;
	uint64_t number;
	enum author_kind kind;
	uint64_t id;
};

enum hub_question_kind { HUB_ROWS, HUB_PAGE };

/* A question of an edge to the history. */
struct hub_question {
	struct list link;
	enum hub_question_kind kind;
	void *asker; /* owned */
	uint64_t session;
	uint64_t number; /* as the edge numbers it */
	uint64_t id; /* of HUB_PAGE: the asker id for the inner layer */
	/* Of rows. */
	uint64_t after, until;
	char room[];
};

/* Gathers the names of a group's members from all brokers. */
struct hub_gathering {
	struct list link;
	uint64_t number;
	uint64_t until_ms;
	uint64_t *missing; /* serials of the edges that have not told theirs; owned */
	size_t missing_count;
	struct buf names; /* each follows its length, one byte */
	size_t bytes; /* of the names as records */
	size_t count;
	struct author author; /* who asks at the hub; not used if asker is set */
	void *asker; /* the question of an edge; NULL: the hub's own */
	uint64_t session;
	uint64_t question;
};

struct hub {
	struct layer_sink sink; /* the broker's; the first member (relay.h) */
	struct layer layer;
	struct layer *inner; /* owned; NULL before hub_begin */
	struct layer_setting setting; /* that of the inner layer */
	struct hub_way way;
	struct roster *roster; /* owned */
	struct hub_frames *frames; /* owned */
	struct hub_notices *notices; /* owned */
	struct buf records; /* of the next frame */
	struct buf message; /* scratch */
	struct reactor_task send_task;
	struct timer beat_timer;
	struct timer tick_timer;
	uint64_t tick_ms; /* of the last tick */
	struct list edges;
	size_t edge_count;
	uint64_t last_serial;
	struct log_rate refusals;
	char epoch[EVENT_EPOCH_SIZE]; /* the last one; if rows are kept, that of all rooms */
	struct map *rooms; /* struct hub_room by name; owned */
	uint64_t last_errand;
	struct list questions;
	size_t question_count;
	uint64_t last_question;
	struct list gatherings;
	uint64_t last_gathering;
};

/* Both bits mark an asker id of a page as the hub's own. No connection or request has both. */
#define HUB_PAGE_BITS (UINT64_C(3) << 62)

struct hub *hub_of(struct layer *layer);
void hub_begin_stream(struct hub *hub);
void hub_end_stream(struct hub *hub);
/* Puts a record into the stream. Does nothing while there are no edges. */
void hub_tell(struct hub *hub, const struct wire_record *record);
/* Keeps a notice from broker and puts it into the stream; text is the notice as JSON. */
void hub_tell_notice(
	struct hub *hub, struct str broker, enum layer_notice_kind kind, struct str text);
/* Tells an edge the outcome of its item. head may be NULL. */
void hub_tell_result(
	struct hub *hub, uint64_t author, enum layer_result result, const struct layer_head *head);
/* Tells an outcome to its author: an edge, or an author at this broker. */
void hub_settle(
	struct hub *hub, const struct author *author, enum layer_result result, uint64_t seq);
/* Puts an event into the stream. edge and number say whose item it was; edge is "" if nobody's. */
void hub_tell_event(struct hub *hub, const struct event *event, uint64_t number, struct str edge);
/* Whether an edge may give an item that number. */
bool hub_is_number(uint64_t number);
/* The author id of an edge's item, and back: its number and the id of its edge, "" when that edge
 * has gone. */
uint64_t hub_author(const struct hub_edge *edge, uint64_t number);
uint64_t hub_author_number(uint64_t author);
struct str hub_author_edge(const struct hub *hub, uint64_t author);
struct author hub_author_of(uint64_t author);
/* The edge that owns a channel, by the channel's name; NULL when no edge does. */
struct hub_edge *hub_edge_of_channel(const struct hub *hub, struct str channel);
/* Ends an errand of the edge and tells its author. Harmless a second time. */
void hub_end_errand(struct hub_edge *edge, uint64_t number, enum layer_result result);
/* Ends all errands of the edge with LAYER_NO_CHANNEL. */
void hub_fail_errands(struct hub_edge *edge);
/* Opens a room for an edge, or for the hub itself if edge is NULL. An edge has a room open once,
 * however often it asks. LAYER_DONE with the head; or LAYER_UNDER_WAY, and author (hub_author of
 * the edge's item) is told later. */
enum layer_result hub_open(struct hub *hub, struct str room, struct hub_edge *edge, uint64_t author,
	struct layer_head *head_out);
/* Closes what hub_open opened. The edge does not wait for the head any more. */
void hub_close(struct hub *hub, struct str room, const struct hub_edge *edge);
/* Operations of the layer, for the hub's own broker and for its edges. */
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
/* The number of edges, without newcomers. */
size_t hub_count_places(const struct hub *hub);

/* hub_people.c */
void hub_ask_people(struct hub *hub, void *asker, const struct wire_record *head,
	const struct wire_record *asked);

/* hub_questions.c */
bool hub_take_question(
	struct hub *hub, void *asker, const struct wire_record *head, struct str rest);
/* Sends an answer that begins with a record of that kind. Takes asker. */
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
/* Ignored unless the gathering still waits for names from this edge. */
void hub_take_name(const struct hub_edge *edge, uint64_t number, struct str channel);
/* Call it when an edge has told all its names; with number 0 (all gatherings) when it has gone. */
void hub_end_names(struct hub *hub, const struct hub_edge *edge, uint64_t number);
void hub_check_gatherings(struct hub *hub);
void hub_drop_questions(struct hub *hub);
