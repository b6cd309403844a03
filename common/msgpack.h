/* SPDX-License-Identifier: MIT */
/* MessagePack as channels_redis writes and reads it, the only door to msgpack-c. Input comes from
 * Redis and may be anybody's. It is turned into JSON text in one pass that allocates nothing for a
 * length that is only claimed, and the limits are those of JSON. That reader accepts all that is
 * written here. */
#pragma once

#include "common/base/buf.h"
#include "common/json.h"

/* JSON of 128 KiB never takes more than a fourth of this in MessagePack ("1e9," becomes 9 bytes),
 * and has at most half as many values as bytes. */
#define MSGPACK_BYTES_MAX (512 * 1024)
#define MSGPACK_VALUES_MAX (64 * 1024) /* keys of maps count, too */
#define MSGPACK_DEPTH_MAX JSON_DEPTH_MAX

/* Appends the one value in bytes as JSON, which json_parse accepts unless a map has a key twice.
 * False, with nothing appended and a static sentence in *problem_out, for what is broken, too
 * large, or has no JSON: bin (channels_redis' own JSON serializer fails there, too), ext, a key
 * that is no text, text that is not UTF-8, NaN and the infinities. */
bool msgpack_decode(struct str bytes, struct buf *json_out, const char **problem_out)
	__attribute__((warn_unused_result));

/* These append. count values follow the head of a list, count pairs of key and value that of a
 * map. */
void msgpack_add_map(struct buf *out, size_t count);
void msgpack_add_list(struct buf *out, size_t count);
void msgpack_add_text(struct buf *out, struct str text); /* valid UTF-8 */
/* Appends a whole value; NULL is nil. A number beyond the range of a double becomes the largest
 * double. */
void msgpack_add_value(struct buf *out, const struct json *value);
