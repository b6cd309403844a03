/* SPDX-License-Identifier: MIT */
/* Masked with a key that is not zero, so that servers do the work they always have. */
#include "tests/bench/message.h"

#include <assert.h>
#include <string.h>

#define BIT_MASKED 0x80

/* xorshift32, whose state must not be 0: the same letters and masks for the same seed. */
static uint32_t random_next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

void message_append_frame(struct buf *out, enum frame_opcode opcode, struct str payload,
	const uint8_t mask[static FRAME_MASK_SIZE])
{
	uint8_t header[FRAME_SERVER_HEADER_MAX];
	size_t header_len = frame_write_header(header, opcode, payload.len);
	size_t payload_at = out->len + header_len + FRAME_MASK_SIZE;

	header[1] |= BIT_MASKED;
	buf_append(out, header, header_len);
	buf_append(out, mask, FRAME_MASK_SIZE);
	buf_append_str(out, payload);
	frame_unmask((uint8_t *)out->data + payload_at, payload.len, mask, 0);
}

void message_init(struct message *message, size_t text_bytes, enum message_form form, uint32_t seed)
{
	uint32_t state = seed * 2654435761U | 1;
	struct buf payload = { 0 };
	size_t marker_at, ref_at = 0;

	assert(text_bytes >= MARKER_SIZE);
	*message = (struct message){ 0 };
	for (size_t i = 0; i < FRAME_MASK_SIZE; i++)
		message->mask[i] = (uint8_t)(random_next(&state) >> 8 | 1);
	buf_append_text(&payload, form == MESSAGE_PLAIN ? "{" : "{\"type\": \"message\", ");
	if (form == MESSAGE_WITH_REF) {
		buf_append_text(&payload, "\"ref\": \"");
		ref_at = payload.len;
		buf_append_format(&payload, "%*s\", ", (int)MARKER_SIZE, "");
	}
	buf_append_text(&payload, "\"message\": \"");
	marker_at = payload.len;
	for (size_t i = 0; i < text_bytes; i++)
		buf_append_char(&payload, (char)('a' + random_next(&state) % 26));
	buf_append_text(&payload, "\"}");
	message_append_frame(&message->frame, FRAME_TEXT, buf_str(&payload), message->mask);
	message->payload_at = message->frame.len - payload.len;
	message->marker_at = message->payload_at + marker_at;
	message->ref_at = ref_at > 0 ? message->payload_at + ref_at : 0;
	buf_finish(&payload);
}

void message_finish(struct message *message)
{
	buf_finish(&message->frame);
}

static void put_marker(
	const struct message *message, const struct marker *marker, char *frame, size_t at)
{
	marker_write(marker, frame + at);
	frame_unmask((uint8_t *)frame + at, MARKER_SIZE, message->mask, at - message->payload_at);
}

void message_append(const struct message *message, const struct marker *marker, struct buf *out)
{
	size_t frame_at = out->len;

	buf_append_str(out, buf_str(&message->frame));
	put_marker(message, marker, out->data + frame_at, message->marker_at);
	if (message->ref_at > 0)
		put_marker(message, marker, out->data + frame_at, message->ref_at);
}
