/* SPDX-License-Identifier: MIT */
/* Messages out of frames (RFC 6455 5.4), resumable at every byte: what a connection keeps between two reads. A whole unfragmented message is
 * handed out where it lies in the caller's buffer; only what is incomplete is copied. Nothing is allocated from a claimed length. */
#pragma once

#include "broker/ws/frame.h"
#include "common/base/utf8.h"

/* Constant, shared by all connections of an endpoint. */
struct message_limits {
	uint32_t max_bytes;  /* of a message */
	uint32_t skip_bytes; /* up to here a longer one is skipped and reported; beyond, or with 0, it fails with 1009 */
};

struct message_reader {
	const struct message_limits *limits; /* borrowed */
	struct buf body;		     /* of the message so far; owned, empty between messages */
	uint64_t frame_left;		     /* payload bytes of the current frame that have not come */
	uint64_t frame_offset;		     /* of the next one within the payload: for the mask */
	uint64_t message_len;		     /* without the current frame's rest */
	uint8_t mask[4];
	uint8_t head[FRAME_CLIENT_HEADER_MAX]; /* an incomplete header, then a control frame's payload is in control */
	uint8_t head_len;
	uint8_t opcode;	      /* of the current frame */
	uint8_t message_type; /* of a fragmented message that is under way, or 0 */
	utf8_state utf8;
	bool is_in_frame : 1;
	bool is_final : 1;
	bool is_skipping : 1; /* the message is over the limit */
	bool has_failed : 1;
	uint8_t control_len;
	uint8_t *control; /* the payload of a control frame that came in pieces; owned */
};

struct message {
	enum frame_opcode opcode; /* TEXT, BINARY, PING, PONG or CLOSE */
	struct str payload;	  /* unmasked; text is valid UTF-8. Good until the next call, or until data changes */
	uint16_t close_code;	  /* of a CLOSE (0: none was given), or why the connection fails */
};

enum message_result {
	MESSAGE_NEED_MORE, /* all of data is used */
	MESSAGE_READY,
	MESSAGE_TOO_LONG, /* one was skipped */
	MESSAGE_FAILED,	  /* message_out->close_code says why; nothing more can be read */
};

void message_reader_init(struct message_reader *reader, const struct message_limits *limits);
/* All zero is fine. */
void message_reader_finish(struct message_reader *reader);
/* Reads up to one message from data, which is unmasked in place. */
enum message_result message_read(struct message_reader *reader, uint8_t *data, size_t len, size_t *used_out,
	struct message *message_out);
