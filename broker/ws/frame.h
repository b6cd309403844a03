/* SPDX-License-Identifier: MIT */
/* WebSocket frames (RFC 6455 5): the headers that clients send, the mask, and the frames that a
 * server writes. Knows one frame at a time; what several of them make together is message.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/ws/close.h"
#include "common/base/buf.h"
#include "common/base/str.h"

#define FRAME_CLIENT_HEADER_MAX 14
#define FRAME_SERVER_HEADER_MAX 10
#define FRAME_CONTROL_PAYLOAD_MAX 125 /* RFC 6455 5.5 */
#define FRAME_CLOSE_REASON_MAX 123 /* what the code leaves of it */
#define FRAME_MASK_SIZE 4

enum frame_opcode {
	FRAME_CONTINUATION = 0x0,
	FRAME_TEXT = 0x1,
	FRAME_BINARY = 0x2,
	FRAME_CLOSE = 0x8,
	FRAME_PING = 0x9,
	FRAME_PONG = 0xa,
};

/* Of a client, so always masked. */
struct frame_header {
	uint64_t payload_len; /* below 2^63 */
	enum frame_opcode opcode;
	bool is_final;
	bool is_compressed; /* RSV1, which begins a compressed message (RFC 7692 6) */
	uint8_t mask[FRAME_MASK_SIZE];
	uint8_t header_len;
};

enum frame_result {
	FRAME_OK,
	FRAME_NEED_MORE, /* call again with more bytes from the same beginning */
	FRAME_VIOLATION, /* of RFC 6455 5.2 or 5.5, or RFC 7692 6; found at the first byte that
			  * shows it */
};

/* may_compress: permessage-deflate was agreed upon. header_out is set with FRAME_OK only. Never
 * looks at more than FRAME_CLIENT_HEADER_MAX bytes, and never needs more. */
enum frame_result frame_parse_header(const uint8_t *data, size_t len, bool may_compress,
	struct frame_header *header_out) __attribute__((warn_unused_result));

static inline bool frame_is_control(enum frame_opcode opcode)
{
	return (opcode & 0x8) != 0;
}

/* Applies the mask in place; offset is the place of data[0] in the payload. Twice changes nothing.
 */
void frame_unmask(
	uint8_t *data, size_t len, const uint8_t mask[static FRAME_MASK_SIZE], size_t offset);

/* The header of a final frame as a server sends it, in its shortest form. Returns its length. */
size_t frame_write_header(uint8_t out[static FRAME_SERVER_HEADER_MAX], enum frame_opcode opcode,
	uint64_t payload_len);
/* A final frame whose payload is written straight behind what out has: the place that begin returns
 * is end's. No control frames. */
size_t frame_begin(struct buf *out);
void frame_end(struct buf *out, size_t start, enum frame_opcode opcode);
/* Appends a whole final frame. Control frames take at most FRAME_CONTROL_PAYLOAD_MAX bytes. */
void frame_append(struct buf *out, enum frame_opcode opcode, struct str payload);
/* The same for the payload of a compressed message (RFC 7692 6). */
void frame_append_compressed(struct buf *out, enum frame_opcode opcode, struct str payload);
/* Cuts the next frame off *frames, which frame_append wrote; false at their end. */
bool frame_take(struct str *frames, enum frame_opcode *opcode_out, struct str *payload_out);
/* reason is valid UTF-8 of at most FRAME_CLOSE_REASON_MAX bytes. */
void frame_append_close(struct buf *out, enum close_code code, struct str reason);

/* Judges the payload of a close frame (RFC 6455 5.5.1, 7.4). True: *code_out is what the peer
 * gave, 0 for none. False: the code to fail the connection with. */
bool frame_parse_close(struct str payload, uint16_t *code_out) __attribute__((warn_unused_result));
