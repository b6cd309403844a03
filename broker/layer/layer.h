/* SPDX-License-Identifier: MIT */
/* The channel layer (Django Channels' word): who knows a channel's name can send to it, who knows a
 * group's name to all its members, and every broker that has members gets each event once and in
 * one order. A room's group has the room's connections as members; any channel can be added to any
 * group. What was said in a room is asked of its layer, too, because that is who numbers and keeps
 * it. A backend is a const struct of functions; all of them and the sink belong to the main thread.
 * Names are valid when they come here (broker/layer/channel_name.h). */
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

/* What a broker asks the one above it, and what it is answered: beyond, it is not asked, and there
 * is no answer. */
#define LAYER_QUESTION_BYTES_MAX 4096
#define LAYER_ANSWER_BYTES_MAX (256 * 1024)
/* Connections that sink.deliver_to is told of together. */
#define LAYER_CONNECTIONS_AT_ONCE 64

enum author_kind {
	AUTHOR_NOBODY, /* nobody waits for what becomes of it */
	AUTHOR_CHANNEL,
	AUTHOR_REQUEST, /* on the control socket */
	AUTHOR_EDGE, /* on another broker: between a hub and the layer that it is made around */
	AUTHOR_DJANGO, /* in the layer on Redis, whose sink takes it for AUTHOR_NOBODY */
};

/* Who says a message. */
struct author {
	enum author_kind kind;
	uint64_t id; /* of the channel (broker_channel_id) or of the request; it may be gone when
		      * the message is delivered */
	struct str ref; /* the sender's own name of the message, or "" */
	const uint8_t *sender; /* USER_ID_SIZE bytes: whose refs these are; NULL where there is no
				* ref */
};

/* A const struct author *, for the call. */
#define AUTHOR_OF_NOBODY (&(const struct author){ .kind = AUTHOR_NOBODY })

enum layer_result {
	LAYER_SENT, /* taken, or delivered already */
	LAYER_DONE = LAYER_SENT, /* the same of what is no message */
	LAYER_UNDER_WAY, /* sink.settle will say */
	LAYER_REPEATED, /* of a settled one: this ref has been committed before */
	LAYER_BUSY, /* too much waits to be committed */
	LAYER_STORAGE, /* the history cannot be written */
	LAYER_UNAVAILABLE, /* the others cannot be reached, of whom one numbers */
	LAYER_TOO_MANY_ROOMS,
	LAYER_FULL, /* the channel */
	LAYER_CROWDED, /* all channels together */
	LAYER_NO_CHANNEL,
	LAYER_TOO_MANY_GROUPS,
	LAYER_EMPTY, /* there is no message, or nobody knows yet whether there is */
};

/* Where a group's numbering stands. */
struct layer_head {
	const char *epoch; /* borrowed until the group is left */
	uint64_t seq; /* of the last numbered event; 0 for none */
};

/* Who waits for the next message of a channel; embedded in its owner, link alone while it does
 * not wait. */
struct layer_receiver {
	struct list link;
	struct inbox *inbox; /* private */
	/* Called once. The layer must not be asked for anything from here, as it is in the middle
	 * of its own work. The receiver waits no more. message is a JSON object, borrowed for the
	 * call. */
	void (*take)(struct layer_receiver *receiver, struct str message);
};

/* Channels by name. */
struct layer_names {
	struct str *names;
	size_t count;
};

enum layer_notice_kind {
	NOTICE_ANNOUNCE, /* text is said to everybody */
	NOTICE_CLOSE, /* text is the channel of a connection */
	NOTICE_REVOKE, /* text is the reason of the closing (broker/closing.h) */
	NOTICE_MISSED, /* only of the layer itself: there may have been some of the two above */
};

/* What brokers tell each other beside events. Borrowed. */
struct layer_notice {
	enum layer_notice_kind kind;
	struct str text;
	const uint8_t *key; /* of NOTICE_REVOKE: a session's hash, or a user's id */
	size_t key_size; /* SESSION_HASH_SIZE or USER_ID_SIZE */
};

/* Where the events come out, and what becomes of messages. Everything is borrowed for the call. */
struct layer_sink {
	/* For the connections of event's room, which has its seq, epoch and time. author (never
	 * NULL) is to be told before the others. */
	void (*deliver)(void *context, const struct event *event, const struct author *author);
	/* What becomes of a message is known now: it was taken and is not delivered after all, or
	 * its sending was under way. seq is that of the first one with its ref, or 0. The same of
	 * whatever else was under way. */
	void (*settle)(
		void *context, const struct author *author, enum layer_result result, uint64_t seq);
	/* open_room's answer when it was not at once; head is NULL when it cannot be known now. The
	 * room may be closed from here. */
	void (*open)(void *context, struct str room, const struct layer_head *head);
	/* The numbering of a room that is open has begun anew, as its log is lost: what comes next
	 * has head->seq + 1. */
	void (*begin_anew)(void *context, struct str room, const struct layer_head *head);
	/* The answers to ask_rows and ask_page; members are those of an object, empty with a
	 * problem. */
	void (*tell_rows)(void *context, const struct history_rows *rows);
	void (*tell_page)(void *context, uint64_t asker, enum store_problem problem,
		const char *epoch, struct str members);
	/* The answer to members when it was not at once. */
	void (*tell_members)(void *context, const struct author *asker, enum layer_result result,
		const struct layer_names *names);
	/* Somebody is in an open room by way of other brokers, or is there no more: told once,
	 * however many brokers and connections. Who is there already comes behind the room's head.
	 */
	void (*tell_person)(void *context, struct str room, const struct user *user, bool is_here);
	/* The others cannot be reached any more, or can be again. They can at first. */
	void (*tell_link)(void *context, bool is_up);
	/* Of another broker. */
	void (*take_notice)(void *context, const struct layer_notice *notice);
	/* The answer to ask_above, once; "" when there is none. */
	void (*tell_above)(void *context, uint64_t asker, struct str answer);
	/* A broker below asks: appends the answer. */
	void (*answer_below)(void *context, struct str question, struct buf *answer);
	/* After hurry: nothing is under way any more. */
	void (*idle)(void *context);
	/* An event for single connections, without a seq; those that are in its room have it
	 * already. Who is full misses it. */
	void (*deliver_to)(void *context, const uint64_t *connections, size_t count,
		const struct event *event);
	/* Whether there is such a connection, in a room. */
	bool (*has)(void *context, uint64_t connection);
	/* deliver_to for one of those; layer_end_errand says later what became of it,
	 * once. */
	void (*send)(void *context, uint64_t connection, const struct event *event,
		struct layer_errand *errand);
	void *context;
};

struct layer_counts {
	size_t channels; /* in which anything waits, or that are bound */
	size_t messages; /* that wait in them */
	size_t memberships; /* that were added */
	size_t edges; /* of a hub */
	bool is_down; /* the hub of an edge cannot be reached */
	size_t waiting_bytes; /* of an edge: what its hub has still to be told */
};

/* In a layer that is shared any operation with an author or an asker may be refused: with
 * LAYER_UNAVAILABLE while the others cannot be reached, with LAYER_BUSY while too much waits for
 * them. A receive is only refused with the former. */
struct layer_ops {
	const char *name;
	void (*destroy)(struct layer *layer);
	/* The broker will have its first connection in the room. Its events come to the sink from
	 * the head on, which is known at once (true) or comes to sink.open in its place among them.
	 * A hub asks again for a room that is open, and closes it once. */
	bool (*open_room)(struct layer *layer, struct str room, struct layer_head *head_out);
	/* The last connection has left. */
	void (*close_room)(struct layer *layer, struct str room);
	/* Gives the event its seq (0 for an ephemeral one), epoch and time, now or once it is
	 * committed, and sends it to all members of its group: connections, and channels that were
	 * added. A channel that is full misses it, which is counted. author comes back to the sink
	 * of this broker. A group without a room (event.room is "") has no seq, no epoch and no
	 * history, and no author is told: LAYER_SENT or LAYER_REPEATED at once, or LAYER_UNDER_WAY.
	 * Anything else: refused, and the sink hears nothing. */
	enum layer_result (*group_send)(
		struct layer *layer, struct event *event, const struct author *author);
	/* Appends the name of a channel that nobody else has, of a valid prefix. owner 0: it needs
	 * no place while nothing waits in it, and always is; any other: it is there until
	 * end_owner. LAYER_DONE or LAYER_CROWDED. */
	enum layer_result (*new_channel)(
		struct layer *layer, struct str prefix, uint64_t owner, struct buf *name_out);
	/* A message for one channel: event.fields, a JSON object; for a connection's channel the
	 * whole of event, as event_read has it. With a ref it is said once however often it is
	 * sent. LAYER_SENT or LAYER_REPEATED, LAYER_UNDER_WAY (author is told), or why not. */
	enum layer_result (*send)(struct layer *layer, struct str channel,
		const struct event *event, const struct author *author);
	/* Appends the oldest message of a channel, LAYER_DONE. Else LAYER_EMPTY, and receiver waits
	 * for the next one behind those who waited before, unless it is NULL; or LAYER_NO_CHANNEL
	 * (also for a connection's), or LAYER_CROWDED. Renews the channel's memberships. In a
	 * layer that receives late receiver is never NULL, and is given a moment even for what is
	 * there. */
	enum layer_result (*receive)(struct layer *layer, struct str channel,
		struct layer_receiver *receiver, struct buf *message_out);
	/* It waits no more. Harmless when it does not. */
	void (*cancel_receive)(struct layer *layer, struct layer_receiver *receiver);
	/* The channel is a member from now on, until it is discarded or group_expiry after it was
	 * last added or has last received; a connection until it is gone. Adding twice is once.
	 * LAYER_DONE, LAYER_UNDER_WAY (asker is told), LAYER_NO_CHANNEL or LAYER_TOO_MANY_GROUPS.
	 */
	enum layer_result (*group_add)(struct layer *layer, struct str group, struct str channel,
		const struct author *asker);
	/* Harmless for what is no member; a connection stays in the group of its room. LAYER_DONE
	 * or LAYER_UNDER_WAY. */
	enum layer_result (*group_discard)(struct layer *layer, struct str group,
		struct str channel, const struct author *asker);
	/* The channels that were added to a group, by name: LAYER_DONE with a new array that the
	 * caller owns (mem_free); the names are borrowed until the layer is asked for anything. Or
	 * LAYER_UNDER_WAY: sink.tell_members. */
	enum layer_result (*members)(struct layer *layer, struct str group,
		const struct author *asker, struct layer_names *names_out);
	/* All messages that wait and all memberships that were added are gone; connections, and who
	 * waits to receive, stay. LAYER_DONE or LAYER_UNDER_WAY. */
	enum layer_result (*flush)(struct layer *layer, const struct author *asker);
	/* A connection of this broker is gone: out of the groups that it was added to. */
	void (*leave)(struct layer *layer, uint64_t connection);
	/* The owner is gone: its channels, what waits in them, and their memberships. */
	void (*end_owner)(struct layer *layer, uint64_t owner);
	struct layer_counts (*count)(const struct layer *layer);
	/* The messages of a room with after < seq <= until, at most bytes_max of text:
	 * sink.tell_rows, once for each call. False when too much is asked, or nothing is kept. */
	bool (*ask_rows)(struct layer *layer, struct str room, uint64_t after, uint64_t until,
		size_t bytes_max);
	/* sink.tell_page. False as above. */
	bool (*ask_page)(struct layer *layer, const struct page *page, uint64_t asker);
	/* Asks the broker above, of which the layer knows nothing but its sink: sink.tell_above.
	 * Asked once at most: what is lost has no answer. False when it cannot be asked now. NULL
	 * where no broker is above another. */
	bool (*ask_above)(struct layer *layer, uint64_t asker, struct str question);
	/* In a room that is open here: the first connection of somebody has come, or the last is
	 * gone. */
	void (*person)(struct layer *layer, struct str room, const struct user *user, bool is_here);
	/* Tells all other brokers. */
	void (*notify)(struct layer *layer, const struct layer_notice *notice);
	/* For people and monitors: "ok", or why messages are not taken or kept. */
	const char *(*state)(const struct layer *layer);
	/* The stop: nothing new is taken, and what is under way ends soon. */
	void (*hurry)(struct layer *layer);
	bool (*is_idle)(const struct layer *layer);
};

/* What every backend is made with. */
struct layer_setting {
	struct reactor *reactor; /* the main thread's, borrowed, as the next two */
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
	struct switchboard *switchboard; /* owned; what channels and groups have on this broker */
	bool keeps_past; /* rows and pages can be asked for */
	bool is_shared; /* with other brokers */
	bool receives_late; /* what waits in a channel is asked of others */
};

/* sink.send was under way, and this is what became of it: LAYER_SENT, LAYER_FULL or
 * LAYER_NO_CHANNEL. */
void layer_end_errand(struct layer_errand *errand, enum layer_result result);
