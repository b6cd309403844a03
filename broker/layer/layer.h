/* SPDX-License-Identifier: MIT */
/* The channel layer (Django Channels' word). Whoever knows a channel's name can send to it; whoever
 * knows a group's name can send to all its members. Every broker with members gets each event once
 * and in one order. A room's group has the room's connections as members; any channel can be added
 * to any group. The layer also answers for a room's history, because it numbers and keeps the
 * messages. A backend is a const struct of functions. All of them and the sink belong to the main
 * thread. Names must be valid (broker/layer/channel_name.h). */
#pragma once

#include <stdbool.h>

#include "broker/reactor/reactor.h"
#include "broker/stats.h"
#include "common/base/list.h"
#include "common/event.h"
#include "common/store/problem.h"
#include "common/user.h"

struct history_rows;
struct inbox;
struct layer;
struct layer_errand;
struct page;

/* The most bytes of a question to the broker above, and of its answer. A longer question is not
 * asked; a longer answer counts as none. */
#define LAYER_QUESTION_BYTES_MAX 4096
#define LAYER_ANSWER_BYTES_MAX (256 * 1024)
/* The most connections of one sink.deliver_to. */
#define LAYER_CONNECTIONS_AT_ONCE 64

enum author_kind {
	AUTHOR_NOBODY, /* nobody waits for the outcome */
	AUTHOR_CHANNEL,
	AUTHOR_REQUEST, /* on the control socket */
	AUTHOR_EDGE, /* on another broker; used between a hub and the layer inside it */
	AUTHOR_DJANGO, /* in the layer on Redis; the sink takes it for AUTHOR_NOBODY */
};

/* Who says a message. */
struct author {
	enum author_kind kind;
	/* of the channel (broker_channel_id) or of the request; it may be gone by the delivery */
	uint64_t id;
	struct str ref; /* the sender's name for the message, the same in a retry; or "" */
	const uint8_t *sender; /* USER_ID_SIZE bytes: whose ref it is; NULL for nobody's */
};

/* A const struct author *, for the call. */
#define AUTHOR_OF_NOBODY (&(const struct author){ .kind = AUTHOR_NOBODY })

enum layer_result {
	LAYER_SENT, /* taken, or already delivered */
	LAYER_DONE = LAYER_SENT, /* the same for an operation that sends no message */
	LAYER_UNDER_WAY, /* sink.settle will tell the outcome */
	LAYER_REPEATED, /* only from settle: this ref has been committed before */
	LAYER_BUSY, /* too much waits to be committed */
	LAYER_STORAGE, /* the history cannot be written */
	LAYER_UNAVAILABLE, /* the broker or server that numbers cannot be reached */
	LAYER_TOO_MANY_ROOMS,
	LAYER_FULL, /* the channel */
	LAYER_CROWDED, /* all channels together */
	LAYER_NO_CHANNEL,
	LAYER_TOO_MANY_GROUPS,
	LAYER_EMPTY, /* no message, or it is not known yet whether there is one */
	/* Of edits and deletions. */
	LAYER_NO_TARGET, /* there is no such message, or it is deleted */
	LAYER_NOT_YOURS, /* somebody else said it */
	LAYER_TOO_LATE, /* to edit it */
	LAYER_NO_HISTORY, /* nothing is kept that could be changed */
	LAYER_NOT_SAID, /* the ref of an event that is only looked for is not known */
	LAYER_RESULT_COUNT, /* brokers tell each other the numbers: a new result comes last */
};

/* Where a group's numbering stands. */
struct layer_head {
	const char *epoch; /* borrowed until the group is left */
	uint64_t seq; /* of the last numbered event; 0 for none */
};

/* Waits for the next message of a channel; embedded in its owner. link is alone while it does not
 * wait. */
struct layer_receiver {
	struct list link;
	struct inbox *inbox; /* private */
	/* Called once; the receiver waits no more. Do not call the layer from it, which is in the
	 * middle of its own work. message is a JSON object, borrowed for the call. */
	void (*take)(struct layer_receiver *receiver, struct str message);
};

/* Channels by name. */
struct layer_names {
	struct str *names;
	size_t count;
};

enum layer_notice_kind {
	NOTICE_ANNOUNCE, /* tell everybody text */
	NOTICE_CLOSE, /* close the connection whose channel is text */
	NOTICE_REVOKE, /* close the sockets of key; text is the reason (broker/closing.h) */
	/* made by the layer itself: notices of the two kinds above may have been lost */
	NOTICE_MISSED,
};

/* What brokers tell each other beside events. Borrowed. */
struct layer_notice {
	enum layer_notice_kind kind;
	struct str text;
	const uint8_t *key; /* of NOTICE_REVOKE: a session's hash, or a user's id */
	size_t key_size; /* SESSION_HASH_SIZE or USER_ID_SIZE */
};

/* Where the layer delivers events and outcomes. Everything is borrowed for the call. */
struct layer_sink {
	/* Deliver event, which has its seq, epoch and time, to the connections of its room. Tell
	 * author (never NULL) before the others. */
	void (*deliver)(void *context, const struct event *event, const struct author *author);
	/* The outcome of an operation that was under way, or of a message that was taken and is not
	 * delivered after all. seq is that of the first message with this ref, or 0. */
	void (*settle)(
		void *context, const struct author *author, enum layer_result result, uint64_t seq);
	/* The answer to an open_room that did not answer at once. head is NULL when it cannot be
	 * known now. It may close the room. */
	void (*open)(void *context, struct str room, const struct layer_head *head);
	/* The numbering of an open room has begun anew, because its log is lost: the next message
	 * has head->seq + 1. */
	void (*begin_anew)(void *context, struct str room, const struct layer_head *head);
	/* The answers to ask_rows and ask_page. members are those of a JSON object; empty with a
	 * problem. */
	void (*tell_rows)(void *context, const struct history_rows *rows);
	void (*tell_page)(void *context, uint64_t asker, enum store_problem problem,
		const char *epoch, struct str members);
	/* The answer to a members that did not answer at once. */
	void (*tell_members)(void *context, const struct author *asker, enum layer_result result,
		const struct layer_names *names);
	/* A user is in an open room on other brokers, or on none of them any more. Told once,
	 * however many brokers and connections the user has. Who is there already is told after the
	 * room's head. */
	void (*tell_person)(void *context, struct str room, const struct user *user, bool is_here);
	/* The other brokers cannot be reached any more, or can be again. At first they can. */
	void (*tell_link)(void *context, bool is_up);
	/* A notice of another broker. */
	void (*take_notice)(void *context, const struct layer_notice *notice);
	/* The answer to ask_above, once; "" when there is none. */
	void (*tell_above)(void *context, uint64_t asker, struct str answer);
	/* A question of a broker below: append the answer. */
	void (*answer_below)(void *context, struct str question, struct buf *answer);
	/* Called after hurry, when nothing is under way any more. */
	void (*idle)(void *context);
	/* Deliver an event without a seq to single connections. Those in its room have it already.
	 * A connection whose queue is full misses it. */
	void (*deliver_to)(void *context, const uint64_t *connections, size_t count,
		const struct event *event);
	/* Whether the connection exists and is in a room. */
	bool (*has)(void *context, uint64_t connection);
	/* Deliver an event to one such connection, and call layer_end_errand once, later, with the
	 * outcome. */
	void (*send)(void *context, uint64_t connection, const struct event *event,
		struct layer_errand *errand);
	void *context;
};

struct layer_counts {
	size_t channels; /* that have anything waiting, or are bound */
	size_t messages; /* that wait in them */
	size_t memberships; /* that were added */
	size_t edges; /* of a hub */
	bool is_down; /* the hub of an edge cannot be reached */
	size_t waiting_bytes; /* of an edge: what is not yet sent to its hub */
};

/* A shared layer may refuse any operation with an author or an asker: with LAYER_UNAVAILABLE while
 * the others cannot be reached, with LAYER_BUSY while too much waits for them. It refuses receive
 * only with the former. */
struct layer_ops {
	const char *name;
	void (*destroy)(struct layer *layer);
	/* Call it before the broker's first connection joins the room. The room's events come to
	 * the sink from the head on. True: the head is known at once. False: it comes to sink.open,
	 * in its place among the events. A hub calls it again for a room that is open, and
	 * close_room once. */
	bool (*open_room)(struct layer *layer, struct str room, struct layer_head *head_out);
	/* Call it when the last connection has left. */
	void (*close_room)(struct layer *layer, struct str room);
	/* Gives the event its seq (0 for an ephemeral one), epoch and time, now or when it is
	 * committed, and sends it to all members of its group: connections, and channels that were
	 * added. A channel that is full misses it, which is counted. author comes back to this
	 * broker's sink. An event to a group without a room (event.room is "") has no seq, no epoch
	 * and no history, and author is not told: LAYER_SENT or LAYER_REPEATED at once, or
	 * LAYER_UNDER_WAY. Any other result is a refusal, and the sink is not called. */
	enum layer_result (*group_send)(
		struct layer *layer, struct event *event, const struct author *author);
	/* Appends the name of a new channel, with a valid prefix. owner 0: the channel takes no
	 * memory while nothing waits in it, and never ends; else it exists until end_owner.
	 * LAYER_DONE or LAYER_CROWDED. */
	enum layer_result (*new_channel)(
		struct layer *layer, struct str prefix, uint64_t owner, struct buf *name_out);
	/* Sends a message to one channel: event.fields, a JSON object; for a connection's channel
	 * the whole event, as event_read has it. A message with a ref is sent once, however often
	 * it is retried. LAYER_SENT or LAYER_REPEATED, LAYER_UNDER_WAY (author is told), or a
	 * refusal. */
	enum layer_result (*send)(struct layer *layer, struct str channel,
		const struct event *event, const struct author *author);
	/* LAYER_DONE: appends the oldest message of a channel. LAYER_EMPTY: there is none, and
	 * receiver, unless it is NULL, waits for the next one behind earlier receivers. Or
	 * LAYER_NO_CHANNEL (also for a connection's channel), or LAYER_CROWDED. Renews the
	 * channel's memberships. In a layer with receives_late receiver is never NULL, and even a
	 * message that is there takes a moment. */
	enum layer_result (*receive)(struct layer *layer, struct str channel,
		struct layer_receiver *receiver, struct buf *message_out);
	/* Ends a receiver's wait. Harmless when it does not wait. */
	void (*cancel_receive)(struct layer *layer, struct layer_receiver *receiver);
	/* Makes the channel a member until it is discarded, or until group_expiry after it was last
	 * added or has last received; a connection stays until it is gone. Adding twice is once.
	 * LAYER_DONE, LAYER_UNDER_WAY (asker is told), LAYER_NO_CHANNEL or
	 * LAYER_TOO_MANY_GROUPS. */
	enum layer_result (*group_add)(struct layer *layer, struct str group, struct str channel,
		const struct author *asker);
	/* Harmless for a channel that is no member; a connection stays in the group of its room.
	 * LAYER_DONE or LAYER_UNDER_WAY. */
	enum layer_result (*group_discard)(struct layer *layer, struct str group,
		struct str channel, const struct author *asker);
	/* The channels that were added to a group, sorted by name. LAYER_DONE with a new array that
	 * the caller owns (mem_free); its names are borrowed until the next call of the layer. Or
	 * LAYER_UNDER_WAY: sink.tell_members tells them. */
	enum layer_result (*members)(struct layer *layer, struct str group,
		const struct author *asker, struct layer_names *names_out);
	/* Drops all messages that wait and all memberships that were added; connections and
	 * receivers stay. LAYER_DONE or LAYER_UNDER_WAY. */
	enum layer_result (*flush)(struct layer *layer, const struct author *asker);
	/* Call it when a connection of this broker is gone: takes it out of the groups that it was
	 * added to. */
	void (*leave)(struct layer *layer, uint64_t connection);
	/* Call it when an owner is gone: its channels end, with their messages and memberships. */
	void (*end_owner)(struct layer *layer, uint64_t owner);
	struct layer_counts (*count)(const struct layer *layer);
	/* Asks for the messages of a room with after < seq <= until, at most bytes_max of text.
	 * sink.tell_rows answers each call once. False when too much is asked, or nothing is
	 * kept. */
	bool (*ask_rows)(struct layer *layer, struct str room, uint64_t after, uint64_t until,
		size_t bytes_max);
	/* Asks for a page; sink.tell_page answers. False as above. */
	bool (*ask_page)(struct layer *layer, const struct page *page, uint64_t asker);
	/* Asks the broker above; sink.tell_above answers. The layer does not read the question. It
	 * is sent at most once: a lost one gets no answer. False when it cannot be asked now. NULL
	 * in a layer without a broker above. */
	bool (*ask_above)(struct layer *layer, uint64_t asker, struct str question);
	/* Call it when a person's first connection has joined a room that is open here, or the last
	 * one has left. */
	void (*person)(struct layer *layer, struct str room, const struct user *user, bool is_here);
	/* Sends a notice to all other brokers. */
	void (*notify)(struct layer *layer, const struct layer_notice *notice);
	/* For people and monitors: "ok", or why messages are not taken or kept. */
	const char *(*state)(const struct layer *layer);
	/* At the broker's stop: takes nothing new, and ends soon what is under way. */
	void (*hurry)(struct layer *layer);
	bool (*is_idle)(const struct layer *layer);
};

/* What every backend is made with. */
struct layer_setting {
	struct reactor *reactor; /* the main thread's; borrowed, as stats and broker_id */
	struct stats *stats;
	const char *broker_id;
	size_t capacity; /* messages of a channel */
	uint64_t expiry_ms; /* of a message */
	uint64_t group_expiry_ms; /* of a membership */
	struct layer_sink sink;
};

struct switchboard;

/* The first member of every backend's own struct. */
struct layer {
	const struct layer_ops *ops;
	/* owned; the channels and groups that are kept on this broker */
	struct switchboard *switchboard;
	bool keeps_past; /* rows and pages can be asked for */
	/* group_send may be given events that are only looked for: settle tells LAYER_REPEATED or
	 * LAYER_NOT_SAID, which may also come at once. Their author has a ref. */
	bool finds_said;
	bool is_shared; /* with other brokers */
	bool receives_late; /* receiving asks others for what waits */
};

/* Call it when the outcome of a sink.send is known: LAYER_SENT, LAYER_FULL or LAYER_NO_CHANNEL. */
void layer_end_errand(struct layer_errand *errand, enum layer_result result);
