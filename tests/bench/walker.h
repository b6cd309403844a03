/* SPDX-License-Identifier: MIT */
/* A client's view of the frames that a server sends (RFC 6455 5.2): where each begins and ends in a
 * run of bytes, in place. Keeps nothing between two calls: an incomplete frame is walked again from
 * its first byte. Strict only where a mistake would put it out of step. */
#pragma once

#include "broker/ws/frame.h"
#include "common/base/str.h"

struct walker_frame {
	enum frame_opcode opcode;
	struct str payload; /* borrowed from the bytes */
	size_t wire_len; /* header and payload */
};

enum walker_result {
	WALKER_FRAME,
	WALKER_NEED_MORE,
	WALKER_BROKEN, /* masked, or with reserved bits */
};

/* The frame that bytes begin with. Its wire_len is set with WALKER_FRAME; with WALKER_NEED_MORE it
 * is what is known to be needed. */
enum walker_result walker_next(struct str bytes, struct walker_frame *frame_out)
	__attribute__((warn_unused_result));
