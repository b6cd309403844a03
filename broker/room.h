/* SPDX-License-Identifier: MIT */
/* The rooms that are open: who is in them, and the way of an event from the layer to the shards
 * that have members. Main thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "broker/channel.h"
#include "broker/dialect.h"
#include "broker/layer/layer.h"
#include "broker/presence.h"
#include "broker/reactor/reactor.h"
#include "broker/stats.h"

struct feed;
struct broker;
struct past;
struct replay;
struct rooms;
struct shard;

struct room {
	const char *name; /* what people see; behind the feeds */
	struct rooms *rooms;
	bool is_open; /* the layer has told its head */
	struct layer_head head; /* of what has been delivered */
	uint64_t ahead_seq; /* somebody says to have heard it elsewhere, and it did not come yet */
	uint64_t ahead_since_ms;
	struct past *past; /* NULL while there is nothing in it */
	struct presence presence;
	struct timer
		presence_timer; /* armed while there is news that the members have not been told */
	uint32_t speakers[DIALECT_COUNT]; /* connections by dialect */
	struct room_feed {
		struct feed *feed; /* the shard's; NULL while it has no members */
		size_t members;
	} feeds[]; /* one a shard */
};

/* What somebody who comes in is told of before. */
struct room_past {
	bool is_recovered; /* replay is all that it has missed */
	struct replay *replay; /* or NULL */
};

/* broker has its shards by then, and its layer when the first room opens; borrowed. */
struct rooms *rooms_create(struct broker *broker, enum stamp stamp)
	__attribute__((warn_unused_result));
/* Whose rooms they are. */
struct broker *rooms_broker(const struct rooms *rooms);
/* Nobody is in any room. NULL is fine. */
void rooms_destroy(struct rooms *rooms);
/* NULL when nobody is in it by way of this broker. */
struct room *rooms_find(struct rooms *rooms, struct str name);
/* By group, of those whose name cannot be read from it: its group is a hash (common/room_name.h).
 */
struct room *rooms_find_group(struct rooms *rooms, struct str group);
/* Open rooms. */
size_t rooms_count(const struct rooms *rooms);
/* All open rooms in the order of their names, as a new array of *count_out that the caller owns
 * (mem_free). */
struct room **rooms_sorted(struct rooms *rooms, size_t *count_out)
	__attribute__((warn_unused_result));

/* The room of that normalized name, opened when it is not: it is the caller's to bring somebody in,
 * or to wait until is_open. */
struct room *rooms_open(struct rooms *rooms, struct str name);
/* The layer has told its head: it is open. */
void rooms_set_head(struct room *room, const struct layer_head *head);
/* Its numbering has begun anew: what was said before is forgotten, and who is in it is told. */
void rooms_begin_anew(struct room *room, const struct layer_head *head);
/* Nobody is in it by way of this broker, and nobody comes. */
void rooms_close_if_empty(struct room *room);
/* What lies behind a message, whose successor is in the tail or was never said. NULL when nothing
 * does. The caller owns it. */
struct replay *rooms_replay(struct room *room, uint64_t after, enum dialect dialect)
	__attribute__((warn_unused_result));
/* Puts a channel into an open room. Returns the shard's feed, and appends the frames to greet it
 * with. past is what it is going to be told behind them. */
struct feed *rooms_join(struct room *room, struct channel *channel, const struct user *user,
	const struct room_past *past, struct buf *greeting);
/* Harmless for a channel without a room. */
void rooms_leave(struct channel *channel);
/* Somebody who was kept there (broker/presence.h) leaves. */
void rooms_let_go(struct room *room, const uint8_t user[static USER_ID_SIZE]);
/* Somebody is in it by way of another broker, or is no more. */
void rooms_note_elsewhere(struct room *room, const struct user *user, bool is_here);
/* The layer's sink: to all members. author, of this room, gets its ack first, when it gave a ref;
 * NULL: nobody waits for one. */
void rooms_deliver(
	struct rooms *rooms, const struct event *event, struct channel *author, struct str ref);
/* Frames for all members of a room, one buf a language; the compressed ones are added when somebody
 * needs them. */
void room_send(struct room *room, struct buf frames[static DIALECT_COUNT]);
size_t room_connections(const struct room *room);
/* To all connections that are in a room; returns how many. */
size_t rooms_announce(struct rooms *rooms, struct str message);
/* Whether the other brokers can be reached, to all who know what that is. */
void rooms_tell_link(struct rooms *rooms);
