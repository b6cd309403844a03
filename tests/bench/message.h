/* SPDX-License-Identifier: MIT */
/* The one message that everybody says: a masked frame made once, of which only the marker changes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "broker/ws/frame.h"
#include "common/base/buf.h"
#include "tests/bench/marker.h"

enum message_form {
	MESSAGE_PLAIN,
	MESSAGE_TYPED, /* as the subprotocol wants it */
	MESSAGE_WITH_REF, /* and with a ref that tells it from all others: the marker */
};

struct message {
	/* private */
	struct buf frame; /* owned: whole and masked */
	uint8_t mask[FRAME_MASK_SIZE];
	size_t marker_at; /* in the frame */
	size_t ref_at; /* 0 without one */
	size_t payload_at;
};

/* text_bytes (at least MARKER_SIZE) is the length of the text within the JSON. */
void message_init(
	struct message *message, size_t text_bytes, enum message_form form, uint32_t seed);
void message_finish(struct message *message);
/* Appends the frame with this marker. */
void message_append(const struct message *message, const struct marker *marker, struct buf *out);
/* Appends a masked frame of any kind, for the answers that the protocol wants. */
void message_append_frame(struct buf *out, enum frame_opcode opcode, struct str payload,
	const uint8_t mask[static FRAME_MASK_SIZE]);
