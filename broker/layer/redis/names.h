/* SPDX-License-Identifier: MIT */
/* How channels, groups and rooms are called in Redis, as channels_redis calls them. Pure: names in,
 * names out; which of several hosts a name lies on is said by links.h, and here only by what of it.
 * A room of this site is one member of Django's group of that name, whichever brokers have it open:
 * specific.roomwire!<token>, where the token says which room. */
#pragma once

#include <stdbool.h>

#include "common/base/buf.h"

/* The one process that Django's core layer sees in all brokers of a site. */
#define REDIS_SITE_PROCESS "specific.roomwire!"

/* All append. prefix is that of channels_redis, "asgi". */

/* Where messages of a channel wait: asgijobs, asgispecific.<process>! */
void redis_channel_key(const char *prefix, struct str channel, struct buf *out);
/* asgi:group:<group> */
void redis_group_key(const char *prefix, struct str group, struct buf *out);
/* What the pub/sub layer publishes to: asgi__group__<group>. It takes any group's name, so that a
 * room's is not written in ASCII there. */
void redis_group_channel(const char *prefix, struct str group, struct buf *out);
void redis_room_channel(const char *prefix, struct str room, struct buf *out);
/* The way back; false when it is none of a room's. */
bool redis_room_of_channel(const char *prefix, struct str channel, struct buf *room_out)
	__attribute__((warn_unused_result));

/* The part of a channel's name that says whose it is: up to and with its '!', or all of it. */
struct str redis_channel_process(struct str channel);
/* Whether it is of one process, and that is no broker: Django's. */
bool redis_channel_is_djangos(struct str channel);
/* Whether it is of a process of that broker. */
bool redis_channel_is_brokers(struct str channel, const char *broker_id);
/* Whether it is a room of the site, in a group. */
bool redis_channel_is_sites(struct str channel);

/* A room as a member of its group: REDIS_SITE_PROCESS and the token. False when the token does not
 * say which room it is; then whoever reads it has to be told. */
bool redis_room_member(struct str room, struct buf *out);
/* The room of a token; false when it has to be looked up. */
bool redis_room_of_token(struct str token, struct buf *room_out)
	__attribute__((warn_unused_result));

/* A pattern of Redis' that is this text and nothing else. */
void redis_write_pattern(const char *text, struct buf *out);
