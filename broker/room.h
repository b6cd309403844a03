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
struct room_order;
struct replay;
struct rooms;
struct shard;
struct typing;

struct room {
	const char *name; /* what people see; behind the feeds */
	struct rooms *rooms;
	bool is_open; /* the layer has told its head */
	struct layer_head head; /* of the last delivered message */
	/* a client has heard this from another broker; it has not come here yet */
	uint64_t ahead_seq;
	uint64_t ahead_since_ms;
	struct past *past; /* NULL while there is nothing in it */
	bool has_known_rules; /* somebody could say them since it was opened */
	struct room_order *order; /* NULL while there is nothing in it (broker/order/room.h) */
	struct presence presence;
	struct timer
		presence_timer; /* armed while there is news that the members have not been told */
	struct typing *typing; /* NULL while nobody types */
	uint32_t speakers[DIALECT_COUNT]; /* connections by dialect */
	struct room_feed {
		struct feed *feed; /* the shard's; NULL while it has no members */
		size_t members;
	} feeds[]; /* one a shard */
};

/* What a newcomer is told of the past. */
struct room_past {
	bool is_recovered; /* replay is all that it has missed */
	struct replay *replay; /* or NULL */
};

/* broker is borrowed; it has its shards now, and its layer when the first room opens. */
struct rooms *rooms_create(struct broker *broker, enum stamp stamp)
	__attribute__((warn_unused_result));
struct broker *rooms_broker(const struct rooms *rooms);
/* All rooms are empty. NULL is fine. */
void rooms_destroy(struct rooms *rooms);
/* NULL when nobody on this broker is in it. */
struct room *rooms_find(struct rooms *rooms, struct str name);
/* Finds a room whose group is a hash, from which the name cannot be read (common/room_name.h). */
struct room *rooms_find_group(struct rooms *rooms, struct str group);
/* Open rooms. */
size_t rooms_count(const struct rooms *rooms);
/* All open rooms in the order of their names, as a new array of *count_out that the caller owns
 * (mem_free). */
struct room **rooms_sorted(struct rooms *rooms, size_t *count_out)
	__attribute__((warn_unused_result));

/* Finds the room of that normalized name, or opens it. The caller then brings somebody in, or waits
 * until is_open. */
struct room *rooms_open(struct rooms *rooms, struct str name);
/* Call it when the layer has told the room's head; the room is open then. */
void rooms_set_head(struct room *room, const struct layer_head *head);
/* Call it when the room's numbering has begun anew: forgets what was said before, and tells the
 * members. */
void rooms_begin_anew(struct room *room, const struct layer_head *head);
/* Closes the room when nobody on this broker is in it or about to join. */
void rooms_close_if_empty(struct room *room);
/* The messages behind after, the first of which is in the tail or was never said. NULL when there
 * are none. The caller owns the replay. */
struct replay *rooms_replay(struct room *room, uint64_t after, enum dialect dialect)
	__attribute__((warn_unused_result));
/* Who comes into a room. */
struct newcomer {
	const struct user *user;
	const struct standing *standing;
};

/* Adds a channel to an open room. Returns the shard's feed, and appends the frames of the greeting;
 * past is what the channel will be told behind them. */
struct feed *rooms_join(struct room *room, struct channel *channel, const struct newcomer *newcomer,
	const struct room_past *past, struct buf *greeting);
/* Harmless for a channel without a room. */
void rooms_leave(struct channel *channel);
/* Lets go a user who was kept there (broker/presence.h). */
void rooms_let_go(struct room *room, const uint8_t user[static USER_ID_SIZE]);
/* Notes that a user is in the room on another broker, or not any more. */
void rooms_note_elsewhere(struct room *room, const struct user *user, bool is_here);
/* Delivers an event to all members of its room. author, a member, gets its ack first when it gave a
 * ref; NULL: nobody waits for an ack. */
void rooms_deliver(
	struct rooms *rooms, const struct event *event, struct channel *author, struct str ref);
/* Call it when there may be news of the room's people: the members are told soon. */
void room_arm_presence(struct room *room);
/* Sends frames to all members of a room, one buf for each dialect. The compressed ones are added
 * when somebody needs them. */
void room_send(struct room *room, struct buf frames[static DIALECT_COUNT]);
/* Sends a roomwire.v1 object to all members who speak it. */
void room_tell(struct room *room, struct str json);
size_t room_connections(const struct room *room);
/* Sends an announcement to all connections in rooms; returns how many. */
size_t rooms_announce(struct rooms *rooms, struct str message);
/* Tells the members who speak roomwire.v1 whether the other brokers can be reached. */
void rooms_tell_link(struct rooms *rooms);
