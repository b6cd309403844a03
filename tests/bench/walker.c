/* SPDX-License-Identifier: MIT */
/* The broker's own parser is for clients' frames, which are masked; measuring with it would also
 * hide a mistake that both sides share. */
#include "tests/bench/walker.h"

#define BITS_RESERVED 0x70
#define BITS_OPCODE 0x0f
#define BIT_MASKED 0x80
#define LENGTH_IS_16 126
#define LENGTH_IS_64 127
#define PAYLOAD_MAX (UINT64_C(1) << 62) /* sums of lengths stay far from overflow */

static uint64_t read_length(const uint8_t *bytes, size_t size)
{
	uint64_t length = 0;

	for (size_t i = 0; i < size; i++)
		length = length << 8 | bytes[i];
	return length;
}

enum walker_result walker_next(struct str bytes, struct walker_frame *frame_out)
{
	const uint8_t *data = (const uint8_t *)bytes.data;
	size_t header_len = 2;
	uint64_t payload_len;

	frame_out->wire_len = header_len;
	if (bytes.len < header_len)
		return WALKER_NEED_MORE;
	if ((data[0] & BITS_RESERVED) != 0 || (data[1] & BIT_MASKED) != 0)
		return WALKER_BROKEN;
	payload_len = data[1];
	if (payload_len >= LENGTH_IS_16) {
		header_len += payload_len == LENGTH_IS_64 ? 8 : 2;
		frame_out->wire_len = header_len;
		if (bytes.len < header_len)
			return WALKER_NEED_MORE;
		payload_len = read_length(data + 2, header_len - 2);
	}
	if (payload_len > PAYLOAD_MAX)
		return WALKER_BROKEN;
	frame_out->wire_len = header_len + (size_t)payload_len;
	if (bytes.len < frame_out->wire_len)
		return WALKER_NEED_MORE;
	frame_out->opcode = data[0] & BITS_OPCODE;
	frame_out->payload = str_range(bytes.data + header_len, (size_t)payload_len);
	return WALKER_FRAME;
}
