/* SPDX-License-Identifier: MIT */
/* WebSocket frames (RFC 6455 5): the header that clients send, the mask, and what a server writes. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/ws/close.h"
#include "common/base/buf.h"

enum frame_opcode {
	FRAME_CONTINUATION = 0x0,
	FRAME_TEXT = 0x1,
	FRAME_BINARY = 0x2,
	FRAME_CLOSE = 0x8,
	FRAME_PING = 0x9,
	FRAME_PONG = 0xa,
};

#define FRAME_CLIENT_HEADER_MAX 14
#define FRAME_SERVER_HEADER_MAX 10
#define FRAME_CONTROL_PAYLOAD_MAX 125 /* RFC 6455 5.5 */

struct frame_header {
	enum frame_opcode opcode;
	bool is_final;
	uint8_t mask[4];
	uint64_t payload_len;
	size_t header_len;
};

enum frame_result {
	FRAME_OK,
	FRAME_NEED_MORE, /* call again with more bytes from the same beginning */
	FRAME_VIOLATION, /* RFC 6455 5.2: as soon as the bytes show it */
};

enum frame_result frame_parse_header(const uint8_t *data, size_t len, struct frame_header *header_out);
static inline bool frame_is_control(enum frame_opcode opcode)
{
	return (opcode & 0x8) != 0;
}
/* Applies the mask in place; offset is that of data[0] within the payload. Twice is nothing. */
void frame_unmask(uint8_t *data, size_t len, const uint8_t mask[static 4], uint64_t offset);
/* Appends a final frame as a server sends it. */
void frame_append(struct buf *out, enum frame_opcode opcode, struct str payload);
/* Appends a close frame; reason is valid UTF-8 of at most 123 bytes. */
void frame_append_close(struct buf *out, enum close_code code, struct str reason);
/* Judges the payload of a close frame. 0: it is empty; a valid code; or CLOSE_PROTOCOL_ERROR or CLOSE_INVALID_PAYLOAD with
 * *is_valid_out = false (RFC 6455 5.5.1, 7.4). */
uint16_t frame_parse_close(struct str payload, bool *is_valid_out);
