/* SPDX-License-Identifier: MIT */
/* MessagePack as channels_redis writes and reads it, the only door to msgpack-c. What comes from
 * Redis is anybody's: it is turned into JSON text in one pass that allocates nothing for a length
 * that is only claimed, and is held to the same rules as JSON is. What is written is never refused
 * by that reader. */
#pragma once

#include "common/base/buf.h"
#include "common/json.h"

/* JSON of 128 KiB has never more than a fourth of this in MessagePack ("1e9," becomes 9 bytes), and
 * at most half as many values as bytes. */
#define MSGPACK_BYTES_MAX (512 * 1024)
#define MSGPACK_VALUES_MAX (64 * 1024) /* keys of maps count, too */
#define MSGPACK_DEPTH_MAX JSON_DEPTH_MAX

/* Appends the one value that bytes are as JSON, which json_parse reads unless a map has a key
 * twice. False, nothing is appended and *problem_out is a static sentence for what is broken, too
 * much or nothing that JSON can say: bin (channels_redis' own JSON serializer fails there, too),
 * ext, a key that is no text, a text that is no UTF-8, NaN and the infinities. */
bool msgpack_decode(struct str bytes, struct buf *json_out, const char **problem_out)
	__attribute__((warn_unused_result));

/* These append. count values follow a list's head, twice as many that of a map, keys first. */
void msgpack_add_map(struct buf *out, size_t count);
void msgpack_add_list(struct buf *out, size_t count);
void msgpack_add_text(struct buf *out, struct str text); /* valid UTF-8 */
/* A whole value; NULL is nil. A number beyond what a float holds becomes the largest that it does.
 */
void msgpack_add_value(struct buf *out, const struct json *value);
