/* SPDX-License-Identifier: MIT */
/* What a message of a channel is in Redis: a MessagePack map in the bytes of channels_redis (12 of
 * chance before it where it waits in a sorted set), with what only the layers need among its
 * members: which channels of a process it is for, and that a broker has sent it. Pure. */
#pragma once

#include <stdbool.h>

#include "common/event.h"

#define REDIS_MESSAGE_SALT_SIZE 12

/* As it is written; all zero before. */
struct redis_message {
	struct buf members; /* MessagePack, without the map's head */
	size_t count;
};

/* Of an object; with the tag of the broker that sends it to a group, or NULL: nobody takes a
 * message that has one for Django's. */
void redis_message_write(
	struct redis_message *message, const struct json *object, const char *broker_id);
void redis_message_finish(struct redis_message *message);
/* Appends the map alone, as the pub/sub layer sends it. */
void redis_message_pack(const struct redis_message *message, struct buf *out);
/* As the core layer stores it: for channels, which are of one process; none of a plain channel,
 * whose messages say nothing of it. One that was sent to says it as a text, of a group as a list.
 */
void redis_message_pack_for(const struct redis_message *message, const struct str *channels,
	size_t count, bool is_of_group, struct buf *out);

/* As it is read. */
struct redis_message_read {
	/* Owned, as the next: the object, without what only the layers need. */
	struct json *document;
	struct json *channels; /* a text or a list of them; NULL: none */
	bool has_tag; /* a broker has sent it */
};

/* False for what is none; problem_out is a static sentence then. has_salt: it was in a sorted set.
 */
bool redis_message_read(struct str bytes, bool has_salt, struct redis_message_read *read_out,
	const char **problem_out) __attribute__((warn_unused_result));
void redis_message_read_finish(struct redis_message_read *read);
/* The channel of that index; false at the end, and for what is none. */
bool redis_message_channel(const struct redis_message_read *read, size_t index,
	struct str *channel_out) __attribute__((warn_unused_result));
