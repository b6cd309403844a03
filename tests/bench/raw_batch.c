/* SPDX-License-Identifier: MIT */
/* The header grows with the payload (RFC 6455 5.2), so the payload's length is worked out from the
 * frame's: two bytes of header, four, then ten. */
#include "tests/bench/raw_batch.h"

#include <assert.h>
#include <string.h>

#include "broker/ws/frame.h"

#define SHORT_MAX 125 /* what a header of two bytes can tell */

static size_t payload_for(size_t frame_bytes)
{
	if (frame_bytes <= 2)
		return 0;
	if (frame_bytes - 2 <= SHORT_MAX)
		return frame_bytes - 2;
	if (frame_bytes - 4 <= UINT16_MAX)
		return frame_bytes - 4 > SHORT_MAX ? frame_bytes - 4 : SHORT_MAX + 1;
	return frame_bytes - 10 > UINT16_MAX ? frame_bytes - 10 : UINT16_MAX + 1;
}

void raw_batch_finish(struct raw_batch *batch)
{
	buf_finish(&batch->bytes);
	batch->count = 0;
}

void raw_batch_clear(struct raw_batch *batch)
{
	buf_clear(&batch->bytes);
	batch->count = 0;
}

bool raw_batch_is_full(const struct raw_batch *batch)
{
	return batch->count == RAW_BATCH_FRAMES_MAX;
}

void raw_batch_append(struct raw_batch *batch, size_t frame_bytes, struct str payload)
{
	size_t wanted = payload_for(frame_bytes);
	size_t len = wanted > payload.len ? wanted : payload.len;
	size_t spaces = len - payload.len;
	uint8_t header[FRAME_SERVER_HEADER_MAX];
	size_t header_len = frame_write_header(header, FRAME_TEXT, len);
	struct buf *bytes = &batch->bytes;

	assert(!raw_batch_is_full(batch));
	buf_reserve(bytes, header_len + len);
	buf_append(bytes, header, header_len);
	buf_append_str(bytes, payload);
	memset(bytes->data + bytes->len, ' ', spaces);
	bytes->len += spaces;
	batch->lengths[batch->count++] = header_len + len;
}
