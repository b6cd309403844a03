/* SPDX-License-Identifier: MIT */
/* A header is judged byte by byte as it comes, so that a peer which breaks the rules is told at the first byte that does. */
#include "broker/ws/frame.h"

#include <assert.h>
#include <string.h>

#include "common/base/utf8.h"

#define BIT_FINAL 0x80
#define BITS_RESERVED 0x70
#define BITS_OPCODE 0x0f
#define BIT_MASKED 0x80
#define BITS_LENGTH 0x7f
#define LENGTH_16 126
#define LENGTH_64 127

static bool is_known_opcode(uint8_t opcode)
{
	return opcode <= FRAME_BINARY || (opcode >= FRAME_CLOSE && opcode <= FRAME_PONG);
}

static enum frame_result parse_first_byte(uint8_t byte, struct frame_header *header)
{
	uint8_t opcode = byte & BITS_OPCODE;

	if ((byte & BITS_RESERVED) != 0 || !is_known_opcode(opcode))
		return FRAME_VIOLATION;
	header->opcode = opcode;
	header->is_final = (byte & BIT_FINAL) != 0;
	return frame_is_control(header->opcode) && !header->is_final ? FRAME_VIOLATION : FRAME_OK;
}

static uint64_t read_big_endian(const uint8_t *data, size_t len)
{
	uint64_t number = 0;

	for (size_t i = 0; i < len; i++)
		number = (number << 8) | data[i];
	return number;
}

/* RFC 6455 5.2: the shortest form of the length, and no top bit. */
static bool length_is_minimal(uint64_t length, uint8_t code)
{
	if (code == LENGTH_16)
		return length >= LENGTH_16;
	return code != LENGTH_64 || (length > UINT16_MAX && length <= INT64_MAX);
}

enum frame_result frame_parse_header(const uint8_t *data, size_t len, struct frame_header *header_out)
{
	size_t length_len;
	uint8_t code;

	if (len < 1)
		return FRAME_NEED_MORE;
	if (parse_first_byte(data[0], header_out) == FRAME_VIOLATION)
		return FRAME_VIOLATION;
	if (len < 2)
		return FRAME_NEED_MORE;
	code = data[1] & BITS_LENGTH;
	if ((data[1] & BIT_MASKED) == 0 ||
		(frame_is_control(header_out->opcode) && code > FRAME_CONTROL_PAYLOAD_MAX))
		return FRAME_VIOLATION;
	length_len = code == LENGTH_16 ? 2 : code == LENGTH_64 ? 8 : 0;
	if (len < 2 + length_len)
		return FRAME_NEED_MORE;
	header_out->payload_len = length_len == 0 ? code : read_big_endian(data + 2, length_len);
	if (!length_is_minimal(header_out->payload_len, code))
		return FRAME_VIOLATION;
	header_out->header_len = 2 + length_len + sizeof(header_out->mask);
	if (len < header_out->header_len)
		return FRAME_NEED_MORE;
	memcpy(header_out->mask, data + 2 + length_len, sizeof(header_out->mask));
	return FRAME_OK;
}

void frame_unmask(uint8_t *data, size_t len, const uint8_t mask[static 4], uint64_t offset)
{
	uint8_t turned[8];
	uint64_t word_mask;
	size_t i = 0;

	for (size_t k = 0; k < sizeof(turned); k++)
		turned[k] = mask[(offset + k) % 4];
	memcpy(&word_mask, turned, sizeof(word_mask));
	for (; i + sizeof(uint64_t) <= len; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, data + i, sizeof(word));
		word ^= word_mask;
		memcpy(data + i, &word, sizeof(word));
	}
	for (; i < len; i++)
		data[i] ^= turned[i % 4];
}

void frame_append(struct buf *out, enum frame_opcode opcode, struct str payload)
{
	uint8_t *head = (uint8_t *)buf_reserve(out, FRAME_SERVER_HEADER_MAX + payload.len);
	size_t head_len = 2;

	head[0] = (uint8_t)(BIT_FINAL | opcode);
	if (payload.len < LENGTH_16) {
		head[1] = (uint8_t)payload.len;
	} else {
		size_t length_len = payload.len <= UINT16_MAX ? 2 : 8;

		head[1] = length_len == 2 ? LENGTH_16 : LENGTH_64;
		for (size_t i = 0; i < length_len; i++)
			head[2 + i] = (uint8_t)((uint64_t)payload.len >> (8 * (length_len - 1 - i)));
		head_len += length_len;
	}
	out->len += head_len;
	buf_append_str(out, payload);
}

void frame_append_close(struct buf *out, enum close_code code, struct str reason)
{
	char payload[FRAME_CONTROL_PAYLOAD_MAX];

	assert(reason.len + 2 <= sizeof(payload));
	payload[0] = (char)(code >> 8);
	payload[1] = (char)(code & 0xff);
	if (reason.len > 0)
		memcpy(payload + 2, reason.data, reason.len);
	frame_append(out, FRAME_CLOSE, str_range(payload, reason.len + 2));
}

uint16_t frame_parse_close(struct str payload, bool *is_valid_out)
{
	uint16_t code;

	*is_valid_out = true;
	if (payload.len == 0)
		return 0;
	*is_valid_out = false;
	if (payload.len == 1)
		return CLOSE_PROTOCOL_ERROR;
	code = (uint16_t)read_big_endian((const uint8_t *)payload.data, 2);
	if (!close_code_is_valid(code))
		return CLOSE_PROTOCOL_ERROR;
	if (!utf8_is_valid(str_skip(payload, 2)))
		return CLOSE_INVALID_PAYLOAD;
	*is_valid_out = true;
	return code;
}
