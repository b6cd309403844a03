/* SPDX-License-Identifier: MIT */
/* Frames as clients write them: masked, in their shortest form. The first byte is the caller's, so
 * that frames which break the rules can be written too. */
#pragma once

#include <string.h>

#include "broker/ws/frame.h"

static const uint8_t client_frame_mask[FRAME_MASK_SIZE] = { 0x37, 0xfa, 0x21, 0x3d };

static inline void client_frame_append(
	struct buf *out, uint8_t first_byte, const void *payload, size_t len)
{
	uint8_t header[FRAME_SERVER_HEADER_MAX];
	size_t header_len = frame_write_header(header, FRAME_CONTINUATION, len);
	size_t start;

	header[0] = first_byte;
	header[1] |= 0x80;
	buf_append(out, header, header_len);
	buf_append(out, client_frame_mask, sizeof(client_frame_mask));
	start = out->len;
	buf_append(out, payload, len);
	frame_unmask((uint8_t *)out->data + start, len, client_frame_mask, 0);
}
