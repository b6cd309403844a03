/* SPDX-License-Identifier: MIT */
/* The data frames of a message gather in body; a control frame that comes in pieces between them
 * gathers behind them and is cut off again, so that one buffer serves both. Text is checked as it
 * arrives: a client hears of bad UTF-8 before it has sent the rest; compressed text is for whoever
 * inflates it. What a message says, and whether its sender may, is not known here. */
#include "broker/ws/message.h"

#include <string.h>

_Static_assert(sizeof(struct message_reader) <= 64, "a slow sender costs little more than it sent");

void message_reader_init(
	struct message_reader *reader, const struct message_limits *limits, bool may_compress)
{
	*reader = (struct message_reader){ .limits = limits, .may_compress = may_compress };
}

void message_reader_finish(struct message_reader *reader)
{
	buf_finish(&reader->body);
}

bool message_reader_is_idle(const struct message_reader *reader)
{
	return reader->message_type == 0 && !reader->is_in_frame && reader->head_len == 0 &&
	       !reader->has_failed;
}

void message_reader_rest(struct message_reader *reader)
{
	if (reader->message_type == 0 && !reader->is_in_frame)
		buf_finish(&reader->body);
}

static enum message_result fail(
	struct message_reader *reader, enum close_code code, struct message *message)
{
	reader->has_failed = true;
	buf_finish(&reader->body);
	*message = (struct message){ .opcode = FRAME_CLOSE, .close_code = (uint16_t)code };
	return MESSAGE_FAILED;
}

/* RFC 6455 5.4: a continuation continues something; a new message waits for the end of the old. */
static bool is_in_order(const struct message_reader *reader, enum frame_opcode opcode)
{
	return frame_is_control(opcode) ||
	       (opcode == FRAME_CONTINUATION) == (reader->message_type != 0);
}

/* False when the message becomes longer than may even be skipped. */
static bool begin_data_frame(struct message_reader *reader, const struct frame_header *header)
{
	const struct message_limits *limits = reader->limits;
	uint64_t most = limits->skip_bytes > limits->max_bytes ? limits->skip_bytes
							       : limits->max_bytes;

	if (header->opcode != FRAME_CONTINUATION) {
		reader->message_type = (uint8_t)header->opcode;
		reader->message_len = 0;
		reader->utf8 = UTF8_ACCEPT;
		reader->is_skipping = false;
		reader->is_compressed = header->is_compressed;
	}
	if (header->payload_len > most - reader->message_len)
		return false;
	reader->message_len += (uint32_t)header->payload_len;
	if (reader->message_len > limits->max_bytes && !reader->is_skipping) {
		reader->is_skipping = true;
		buf_finish(&reader->body);
	}
	return true;
}

/* READY: the payload may be read. */
static enum message_result begin_frame(
	struct message_reader *reader, const struct frame_header *header, struct message *message)
{
	if (!is_in_order(reader, header->opcode))
		return fail(reader, CLOSE_PROTOCOL_ERROR, message);
	if (!frame_is_control(header->opcode) && !begin_data_frame(reader, header))
		return fail(reader, CLOSE_TOO_BIG, message);
	reader->is_in_frame = true;
	reader->opcode = (uint8_t)header->opcode;
	reader->is_final = header->is_final;
	reader->frame_left = (uint32_t)header->payload_len;
	reader->mask_offset = 0;
	memcpy(reader->mask, header->mask, sizeof(reader->mask));
	return MESSAGE_READY;
}

/* Takes a header, or as much of it as there is. READY: the payload may be read. */
static enum message_result read_header(struct message_reader *reader, const uint8_t *data,
	size_t len, size_t *used, struct message *message)
{
	struct frame_header header;
	size_t before = reader->head_len;
	size_t room = sizeof(reader->head) - before;
	size_t taken = len < room ? len : room;
	enum frame_result result;

	memcpy(reader->head + before, data, taken);
	result = frame_parse_header(reader->head, before + taken, reader->may_compress, &header);
	if (result == FRAME_VIOLATION)
		return fail(reader, CLOSE_PROTOCOL_ERROR, message);
	if (result == FRAME_NEED_MORE) {
		reader->head_len = (uint8_t)(before + taken);
		*used += taken;
		return MESSAGE_NEED_MORE;
	}
	reader->head_len = 0;
	*used += header.header_len - before;
	return begin_frame(reader, &header, message);
}

/* How much of body belongs to the message that is under way. Asked between its frames only, where
 * everything that was claimed has come. */
static size_t gathered_len(const struct message_reader *reader)
{
	return reader->message_type == 0 || reader->is_skipping ? 0 : reader->message_len;
}

static enum message_result read_control(
	struct message_reader *reader, struct str piece, struct message *message)
{
	size_t gathered = gathered_len(reader);
	uint16_t code = 0;

	if (reader->frame_left > 0 || reader->body.len > gathered) {
		buf_append_str(&reader->body, piece);
		piece = str_skip(buf_str(&reader->body), gathered);
	}
	if (reader->frame_left > 0)
		return MESSAGE_NEED_MORE;
	reader->is_in_frame = false;
	reader->body.len = gathered; /* what is cut off stays readable until the next call */
	if (reader->opcode == FRAME_CLOSE && !frame_parse_close(piece, &code))
		return fail(reader, code, message);
	*message = (struct message){
		.opcode = reader->opcode, .payload = piece, .close_code = code
	};
	return MESSAGE_READY;
}

static enum message_result end_message(
	struct message_reader *reader, struct str payload, struct message *message)
{
	enum frame_opcode type = reader->message_type;

	reader->message_type = 0;
	if (reader->is_skipping)
		return MESSAGE_TOO_LONG;
	if (type == FRAME_TEXT && reader->utf8 != UTF8_ACCEPT)
		return fail(reader, CLOSE_INVALID_PAYLOAD, message);
	*message = (struct message){
		.opcode = type, .payload = payload, .is_compressed = reader->is_compressed
	};
	return MESSAGE_READY;
}

static enum message_result read_data(
	struct message_reader *reader, struct str piece, struct message *message)
{
	bool is_end = reader->frame_left == 0 && reader->is_final;

	if (reader->message_type == FRAME_TEXT && !reader->is_skipping && !reader->is_compressed)
		reader->utf8 = utf8_check(reader->utf8, piece.data, piece.len);
	if (reader->utf8 == UTF8_REJECT)
		return fail(reader, CLOSE_INVALID_PAYLOAD, message);
	reader->is_in_frame = reader->frame_left > 0;
	if (is_end && reader->body.len == 0)
		return end_message(reader, piece, message); /* in place */
	if (!reader->is_skipping)
		buf_append_str(&reader->body, piece);
	return is_end ? end_message(reader, buf_str(&reader->body), message) : MESSAGE_NEED_MORE;
}

static enum message_result read_payload(struct message_reader *reader, uint8_t *data, size_t len,
	size_t *used, struct message *message)
{
	size_t part = len < reader->frame_left ? len : reader->frame_left;
	struct str piece = str_range((const char *)data, part);

	frame_unmask(data, part, reader->mask, reader->mask_offset);
	reader->mask_offset = (reader->mask_offset + part) & 3;
	reader->frame_left -= (uint32_t)part;
	*used += part;
	if (frame_is_control(reader->opcode))
		return read_control(reader, piece, message);
	return read_data(reader, piece, message);
}

enum message_result message_read(struct message_reader *reader, uint8_t *data, size_t len,
	size_t *used_out, struct message *message_out)
{
	enum message_result result = MESSAGE_NEED_MORE;
	size_t used = 0;

	message_reader_rest(reader);
	while (result == MESSAGE_NEED_MORE && used < len && !reader->has_failed) {
		result = MESSAGE_READY;
		if (!reader->is_in_frame)
			result = read_header(reader, data + used, len - used, &used, message_out);
		/* An empty payload is read too: it may end a message. */
		if (result == MESSAGE_READY)
			result = read_payload(reader, data + used, len - used, &used, message_out);
	}
	*used_out = reader->has_failed ? len : used;
	return result;
}
