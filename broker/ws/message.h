/* SPDX-License-Identifier: MIT */
/* Messages out of frames (RFC 6455 5.4 to 5.6), resumable at every byte. A whole unfragmented
 * message is handed out where it lies in the caller's buffer; only what is incomplete is copied, as
 * it arrives and never for a length that is only claimed. A reader is kept while something of a
 * message is missing; between two messages it is as good as a new one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/ws/frame.h"
#include "common/base/buf.h"
#include "common/base/utf8.h"

/* Constant and shared by all connections of an endpoint. */
struct message_limits {
	uint32_t max_bytes; /* of a message, as it comes */
	/* Up to here a longer one is skipped and reported; beyond it, or with 0, the connection
	 * fails with 1009. */
	uint32_t skip_bytes;
};

struct message_reader {
	/* private */
	const struct message_limits *limits; /* borrowed */
	struct buf body; /* owned: what has come of an incomplete message or control frame */
	uint32_t frame_left; /* payload bytes of the current frame that have not come */
	uint32_t message_len; /* of the message's frames so far, the current one as claimed */
	uint8_t head[FRAME_CLIENT_HEADER_MAX]; /* of a header that is incomplete */
	uint8_t head_len;
	uint8_t mask[FRAME_MASK_SIZE];
	uint8_t opcode; /* of the current frame */
	uint8_t message_type; /* FRAME_TEXT or FRAME_BINARY while one is under way, else 0 */
	utf8_state utf8;
	uint8_t mask_offset : 2; /* of the next payload byte */
	bool is_in_frame : 1;
	bool is_final : 1;
	bool is_skipping : 1; /* the message is over the limit */
	bool has_failed : 1;
	bool may_compress : 1; /* permessage-deflate was agreed upon */
	bool is_compressed : 1; /* the message is */
};

struct message {
	enum frame_opcode opcode; /* TEXT, BINARY, PING, PONG or CLOSE */
	struct str payload; /* unmasked; text that is not compressed is valid UTF-8. Borrowed until
			     * the reader's next call or until data changes */
	uint16_t close_code; /* of a CLOSE (0: it has none), or why the connection fails */
	bool is_compressed; /* payload is as it came: not inflated, and not checked */
};

enum message_result {
	MESSAGE_NEED_MORE, /* all of data is used */
	MESSAGE_READY, /* one message or control frame; the rest of data waits for another call */
	MESSAGE_TOO_LONG, /* one was skipped to its end */
	MESSAGE_FAILED, /* close_code says why; from now on everything is swallowed */
};

/* may_compress: permessage-deflate was agreed upon. */
void message_reader_init(
	struct message_reader *reader, const struct message_limits *limits, bool may_compress);
/* All zero is fine. */
void message_reader_finish(struct message_reader *reader);
/* Whether it stands between two messages with nothing of the next: a new reader would go on as this
 * one does. */
bool message_reader_is_idle(const struct message_reader *reader);
/* Gives back the memory of a message that is done with, as the next message_read would. For the
 * end of a turn: the next one may be hours away. */
void message_reader_rest(struct message_reader *reader);
/* Reads up to one message from data, which is unmasked in place. message_out is set with READY
 * and FAILED. */
enum message_result message_read(struct message_reader *reader, uint8_t *data, size_t len,
	size_t *used_out, struct message *message_out) __attribute__((warn_unused_result));
