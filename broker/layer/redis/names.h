/* SPDX-License-Identifier: MIT */
/* The names of channels, groups and rooms in Redis, as channels_redis makes them. Each function
 * appends to out. To Django, a room of this site is one member of the room's group, however many
 * brokers have it open: specific.roomwire!<token>, where the token identifies the room. The host of
 * a name is links.h's affair. Pure. */
#pragma once

#include <stdbool.h>

#include "common/base/buf.h"

/* The one process that Django's core layer sees in all brokers of a site. */
#define REDIS_SITE_PROCESS "specific.roomwire!"

/* prefix is that of channels_redis, "asgi". */

/* The key in which a channel's messages wait: asgijobs, asgispecific.<process>! */
void redis_channel_key(const char *prefix, struct str channel, struct buf *out);
/* asgi:group:<group> */
void redis_group_key(const char *prefix, struct str group, struct buf *out);
/* The channel on which the pub/sub layer publishes to a group: asgi__group__<group>. It allows any
 * name, so a room's name is not encoded as ASCII there. */
void redis_group_channel(const char *prefix, struct str group, struct buf *out);
void redis_room_channel(const char *prefix, struct str room, struct buf *out);
/* The room of such a channel; false when the channel is not a room's. */
bool redis_room_of_channel(const char *prefix, struct str channel, struct buf *room_out)
	__attribute__((warn_unused_result));

/* The process part of a channel's name: up to and including '!', or the whole name without one. */
struct str redis_channel_process(struct str channel);
/* Whether the channel belongs to a process of Django: to one process, and not a broker's. */
bool redis_channel_is_djangos(struct str channel);
/* Whether the channel belongs to a process of that broker. */
bool redis_channel_is_brokers(struct str channel, const char *broker_id);
/* Whether the channel stands for a room of the site, as a member of a group. */
bool redis_channel_is_sites(struct str channel);

/* A room as a member of its group: REDIS_SITE_PROCESS and the token. False when the token is a
 * hash: then the caller must tell the other brokers which room it means. */
bool redis_room_member(struct str room, struct buf *out);
/* The room of a token; false when the token is a hash, which must be looked up. */
bool redis_room_of_token(struct str token, struct buf *room_out)
	__attribute__((warn_unused_result));

/* A pattern of Redis that matches exactly this text. */
void redis_write_pattern(const char *text, struct buf *out);
