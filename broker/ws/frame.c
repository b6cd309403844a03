/* SPDX-License-Identifier: MIT */
/* A header is judged again from its first byte with every byte that comes, rather than kept as a
 * state: it has at most 14, and so a peer that breaks a rule is told at the byte that breaks it.
 * Knows neither limits nor the frames before. */
#include "broker/ws/frame.h"

#include <assert.h>
#include <string.h>

#include "common/base/utf8.h"

#define BIT_FINAL 0x80
#define BIT_COMPRESSED 0x40 /* RSV1 */
#define BITS_RESERVED 0x30
#define BITS_OPCODE 0x0f
#define BIT_MASKED 0x80
#define BITS_LENGTH 0x7f
#define LENGTH_IS_16 126 /* two bytes of length follow */
#define LENGTH_IS_64 127 /* eight */

static bool opcode_is_known(unsigned opcode)
{
	return opcode <= FRAME_BINARY || (opcode >= FRAME_CLOSE && opcode <= FRAME_PONG);
}

static bool first_byte_is_valid(uint8_t byte, bool may_compress)
{
	unsigned opcode = byte & BITS_OPCODE;
	bool begins_message = opcode == FRAME_TEXT || opcode == FRAME_BINARY;

	if ((byte & BITS_RESERVED) != 0 || !opcode_is_known(opcode))
		return false;
	if ((byte & BIT_COMPRESSED) != 0 && !(may_compress && begins_message))
		return false;
	return (byte & BIT_FINAL) != 0 || !frame_is_control(opcode);
}

/* A longer form than those 7 bits stands for a length over 125. */
static bool second_byte_is_valid(uint8_t byte, enum frame_opcode opcode)
{
	if ((byte & BIT_MASKED) == 0)
		return false;
	return !frame_is_control(opcode) || (byte & BITS_LENGTH) <= FRAME_CONTROL_PAYLOAD_MAX;
}

static size_t length_size(uint8_t code)
{
	return code == LENGTH_IS_16 ? 2 : code == LENGTH_IS_64 ? 8 : 0;
}

/* Reads the have bytes of a length of size bytes that are there. False once every ending would
 * make it longer than it has to be, or set the top bit. */
static bool read_length(const uint8_t *bytes, size_t have, size_t size, uint64_t *length_out)
{
	uint64_t lowest = 0;
	uint64_t highest = 0;

	for (size_t i = 0; i < size; i++) {
		lowest = lowest << 8 | (i < have ? bytes[i] : 0x00);
		highest = highest << 8 | (i < have ? bytes[i] : 0xff);
	}
	*length_out = lowest;
	return highest >= (size == 2 ? LENGTH_IS_16 : UINT16_MAX + 1) && lowest <= INT64_MAX;
}

enum frame_result frame_parse_header(
	const uint8_t *data, size_t len, bool may_compress, struct frame_header *header_out)
{
	struct frame_header header = { 0 };
	size_t size, have;

	if (len < 1)
		return FRAME_NEED_MORE;
	if (!first_byte_is_valid(data[0], may_compress))
		return FRAME_VIOLATION;
	header.opcode = data[0] & BITS_OPCODE;
	header.is_final = (data[0] & BIT_FINAL) != 0;
	header.is_compressed = (data[0] & BIT_COMPRESSED) != 0;
	if (len < 2)
		return FRAME_NEED_MORE;
	if (!second_byte_is_valid(data[1], header.opcode))
		return FRAME_VIOLATION;
	header.payload_len = data[1] & BITS_LENGTH;
	size = length_size(data[1] & BITS_LENGTH);
	have = len - 2 < size ? len - 2 : size;
	if (size > 0 && !read_length(data + 2, have, size, &header.payload_len))
		return FRAME_VIOLATION;
	header.header_len = (uint8_t)(2 + size + FRAME_MASK_SIZE);
	if (len < header.header_len)
		return FRAME_NEED_MORE;
	memcpy(header.mask, data + 2 + size, FRAME_MASK_SIZE);
	*header_out = header;
	return FRAME_OK;
}

void frame_unmask(
	uint8_t *data, size_t len, const uint8_t mask[static FRAME_MASK_SIZE], size_t offset)
{
	uint8_t turned[sizeof(uint64_t)]; /* the mask as data[0] needs it, twice */
	uint64_t word, word_mask;
	size_t i = 0;

	for (size_t k = 0; k < sizeof(turned); k++)
		turned[k] = mask[(offset + k) % FRAME_MASK_SIZE];
	memcpy(&word_mask, turned, sizeof(word_mask));
	for (; len - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, data + i, sizeof(word));
		word ^= word_mask;
		memcpy(data + i, &word, sizeof(word));
	}
	for (; i < len; i++)
		data[i] ^= turned[i % FRAME_MASK_SIZE];
}

size_t frame_write_header(
	uint8_t out[static FRAME_SERVER_HEADER_MAX], enum frame_opcode opcode, uint64_t payload_len)
{
	uint8_t code = payload_len > UINT16_MAX      ? LENGTH_IS_64
		       : payload_len >= LENGTH_IS_16 ? LENGTH_IS_16
						     : (uint8_t)payload_len;
	size_t size = length_size(code);

	out[0] = (uint8_t)(BIT_FINAL | opcode);
	out[1] = code;
	for (size_t i = 0; i < size; i++)
		out[2 + i] = (uint8_t)(payload_len >> (8 * (size - 1 - i)));
	return 2 + size;
}

/* What most messages of a chat need. */
#define HEADER_GUESS 4

size_t frame_begin(struct buf *out)
{
	size_t start = out->len;

	buf_reserve(out, HEADER_GUESS);
	out->len += HEADER_GUESS;
	return start;
}

void frame_end(struct buf *out, size_t start, enum frame_opcode opcode)
{
	uint8_t header[FRAME_SERVER_HEADER_MAX];
	size_t payload_len = out->len - start - HEADER_GUESS;
	size_t header_len = frame_write_header(header, opcode, payload_len);

	if (header_len != HEADER_GUESS) {
		buf_reserve(out, FRAME_SERVER_HEADER_MAX);
		memmove(out->data + start + header_len, out->data + start + HEADER_GUESS,
			payload_len);
		out->len = start + header_len + payload_len;
	}
	memcpy(out->data + start, header, header_len);
}

void frame_append(struct buf *out, enum frame_opcode opcode, struct str payload)
{
	uint8_t header[FRAME_SERVER_HEADER_MAX];
	size_t header_len = frame_write_header(header, opcode, payload.len);

	assert(!frame_is_control(opcode) || payload.len <= FRAME_CONTROL_PAYLOAD_MAX);
	buf_reserve(out, header_len + payload.len); /* at once rather than twice */
	buf_append(out, header, header_len);
	buf_append_str(out, payload);
}

void frame_append_compressed(struct buf *out, enum frame_opcode opcode, struct str payload)
{
	size_t start = out->len;

	assert(!frame_is_control(opcode));
	frame_append(out, opcode, payload);
	out->data[start] = (char)((uint8_t)out->data[start] | BIT_COMPRESSED);
}

bool frame_take(struct str *frames, enum frame_opcode *opcode_out, struct str *payload_out)
{
	const uint8_t *bytes = (const uint8_t *)frames->data;
	uint64_t len = 0;
	size_t size;

	if (frames->len == 0)
		return false;
	*opcode_out = bytes[0] & BITS_OPCODE;
	size = length_size(bytes[1]);
	for (size_t i = 0; i < size; i++)
		len = len << 8 | bytes[2 + i];
	*frames = str_skip(*frames, 2 + size);
	*payload_out = str_range(frames->data, size > 0 ? len : bytes[1]);
	*frames = str_skip(*frames, payload_out->len);
	return true;
}

void frame_append_close(struct buf *out, enum close_code code, struct str reason)
{
	char payload[FRAME_CONTROL_PAYLOAD_MAX];

	assert(reason.len <= FRAME_CLOSE_REASON_MAX);
	payload[0] = (char)(code >> 8);
	payload[1] = (char)(code & 0xff);
	if (reason.len > 0)
		memcpy(payload + 2, reason.data, reason.len);
	frame_append(out, FRAME_CLOSE, str_range(payload, 2 + reason.len));
}

bool frame_parse_close(struct str payload, uint16_t *code_out)
{
	const uint8_t *bytes = (const uint8_t *)payload.data;
	uint16_t code;

	*code_out = 0;
	if (payload.len == 0)
		return true;
	*code_out = CLOSE_PROTOCOL_ERROR;
	if (payload.len == 1)
		return false;
	code = (uint16_t)(bytes[0] << 8 | bytes[1]);
	if (!close_code_is_valid(code))
		return false;
	*code_out = CLOSE_INVALID_PAYLOAD;
	if (!utf8_is_valid(str_skip(payload, 2)))
		return false;
	*code_out = code;
	return true;
}
