/* SPDX-License-Identifier: MIT */
/* The payloads of permessage-deflate without context takeover (RFC 7692 7.2): a message is
 * compressed and inflated by itself. A thread has one of these for all its connections, so that
 * none of them pays for windows of its own. The only door to zlib. */
#pragma once

#include <stddef.h>

#include "broker/ws/frame.h"
#include "common/base/buf.h"
#include "common/base/str.h"

#define DEFLATE_WINDOW_BITS_MIN 9 /* zlib makes no raw streams of 8, which RFC 7692 would allow */
#define DEFLATE_WINDOW_BITS_MAX 15

struct deflate;

/* Costs nothing before it is used: then about 300 KiB. */
struct deflate *deflate_create(void) __attribute__((warn_unused_result));
/* NULL is fine. */
void deflate_destroy(struct deflate *codec);
/* Appends the payload of a compressed message. window_bits is MIN to MAX; changing it from call to
 * call costs the making of a new stream. */
void deflate_message(
	struct deflate *codec, unsigned window_bits, struct str message, struct buf *out);

/* Appends a message as a frame: compressed, or as it is where that is not longer or so short that
 * it is not worth the time. */
void deflate_append_frame(struct deflate *codec, unsigned window_bits, enum frame_opcode opcode,
	struct str message, struct buf *out);

/* The same for whole frames of messages that frame_append wrote, in the largest window. */
void deflate_frames(struct deflate *codec, struct str frames, struct buf *out);

enum inflate_result {
	INFLATE_OK,
	INFLATE_TOO_BIG, /* out has max_bytes + 1 bytes of it; the rest was not inflated */
	INFLATE_BROKEN, /* no whole DEFLATE blocks; out has what came before */
};

/* Appends the message of a compressed payload, whatever window it was made with. Never more than
 * one byte over max_bytes is inflated. RFC 7692 names no close code for a broken one; ours is 1007,
 * because the frames are in order and what they carry is not what it claims to be. */
enum inflate_result inflate_message(struct deflate *codec, struct str payload, size_t max_bytes,
	struct buf *out) __attribute__((warn_unused_result));
