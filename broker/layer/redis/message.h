/* SPDX-License-Identifier: MIT */
/* A message of a channel in Redis: a MessagePack map, as channels_redis writes it. In a sorted set,
 * 12 random bytes precede the map. Two members of the map are for the layers only: the channels of
 * a process that the message is for, and the tag of the broker that sent it. Pure. */
#pragma once

#include <stdbool.h>

#include "common/event.h"

#define REDIS_MESSAGE_SALT_SIZE 12

/* A message to write. All zero at first. */
struct redis_message {
	struct buf members; /* MessagePack, without the map's header */
	size_t count;
};

/* Fills message from an object. broker_id, which may be NULL, becomes the tag of a broker that
 * sends to a group; a broker does not take a tagged message for one of Django's. */
void redis_message_write(
	struct redis_message *message, const struct json *object, const char *broker_id);
void redis_message_finish(struct redis_message *message);
/* Appends the map only, as the pub/sub layer sends it. */
void redis_message_pack(const struct redis_message *message, struct buf *out);
/* Appends the message as the core layer stores it, with its random bytes. channels all belong to
 * one process; for a plain channel count is 0, because its messages do not name it. A message to
 * one channel holds a text, a message to a group (is_of_group) a list. */
void redis_message_pack_for(const struct redis_message *message, const struct str *channels,
	size_t count, bool is_of_group, struct buf *out);

/* A message that was read. */
struct redis_message_read {
	/* Owned, as channels: the object without the members for the layers. */
	struct json *document;
	struct json *channels; /* a text or a list of them; NULL: none */
	bool has_tag; /* a broker sent it to a group */
};

/* False when bytes are not a message; problem_out is then a static sentence. has_salt: bytes begin
 * with the 12 random bytes. Call redis_message_read_finish after true. */
bool redis_message_read(struct str bytes, bool has_salt, struct redis_message_read *read_out,
	const char **problem_out) __attribute__((warn_unused_result));
void redis_message_read_finish(struct redis_message_read *read);
/* The channel with that index. False at the end, and for an invalid name. */
bool redis_message_channel(const struct redis_message_read *read, size_t index,
	struct str *channel_out) __attribute__((warn_unused_result));
