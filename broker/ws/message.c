/* SPDX-License-Identifier: MIT */
/* Data frames of a fragmented message gather in body; control frames may come between them and leave it alone. Text is checked as it
 * arrives, so that a client hears of bad UTF-8 before it has sent the rest. */
#include "broker/ws/message.h"

#include <string.h>

#include "common/base/mem.h"

void message_reader_init(struct message_reader *reader, const struct message_limits *limits)
{
	*reader = (struct message_reader){ .limits = limits };
}

void message_reader_finish(struct message_reader *reader)
{
	buf_finish(&reader->body);
	mem_free(reader->control);
	reader->control = NULL;
}

static enum message_result fail(struct message_reader *reader, enum close_code code, struct message *message)
{
	reader->has_failed = true;
	*message = (struct message){ .close_code = code };
	return MESSAGE_FAILED;
}

/* RFC 6455 5.4: a continuation continues something, and a new message waits for the old one's end. */
static bool is_in_order(const struct message_reader *reader, const struct frame_header *header)
{
	if (frame_is_control(header->opcode))
		return true;
	return (header->opcode == FRAME_CONTINUATION) == (reader->message_type != 0);
}

static bool is_beyond_skipping(const struct message_reader *reader, uint64_t message_len)
{
	uint32_t max = reader->limits->skip_bytes > 0 ? reader->limits->skip_bytes : reader->limits->max_bytes;

	return message_len > max;
}

static void begin_data_frame(struct message_reader *reader, const struct frame_header *header)
{
	if (header->opcode != FRAME_CONTINUATION) {
		reader->message_type = (uint8_t)header->opcode;
		reader->message_len = 0;
		reader->utf8 = UTF8_ACCEPT;
		reader->is_skipping = false;
	}
	reader->message_len += header->payload_len;
	if (reader->message_len > reader->limits->max_bytes) {
		reader->is_skipping = true;
		buf_finish(&reader->body);
	}
}

static enum message_result begin_frame(struct message_reader *reader, const struct frame_header *header,
	struct message *message)
{
	if (!is_in_order(reader, header))
		return fail(reader, CLOSE_PROTOCOL_ERROR, message);
	reader->is_in_frame = true;
	reader->opcode = (uint8_t)header->opcode;
	reader->is_final = header->is_final;
	reader->frame_left = header->payload_len;
	reader->frame_offset = 0;
	memcpy(reader->mask, header->mask, sizeof(reader->mask));
	if (frame_is_control(header->opcode)) {
		reader->control_len = 0;
		return MESSAGE_READY;
	}
	begin_data_frame(reader, header);
	if (is_beyond_skipping(reader, reader->message_len))
		return fail(reader, CLOSE_TOO_BIG, message);
	return MESSAGE_READY;
}

/* Takes a header from data, or as much of it as there is. READY: the frame has begun. */
static enum message_result read_header(struct message_reader *reader, const uint8_t *data, size_t len, size_t *used,
	struct message *message)
{
	size_t room = sizeof(reader->head) - reader->head_len;
	size_t taken = len < room ? len : room;
	struct frame_header header;
	enum frame_result result;
	uint8_t before = reader->head_len;

	memcpy(reader->head + before, data, taken);
	result = frame_parse_header(reader->head, before + taken, &header);
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

static enum message_result end_control_frame(struct message_reader *reader, struct str payload, struct message *message)
{
	bool is_valid = true;
	uint16_t code = 0;

	reader->is_in_frame = false;
	if (reader->opcode == FRAME_CLOSE)
		code = frame_parse_close(payload, &is_valid);
	if (!is_valid)
		return fail(reader, code, message);
	*message = (struct message){ reader->opcode, payload, code };
	return MESSAGE_READY;
}

static enum message_result read_control(struct message_reader *reader, uint8_t *data, size_t len, struct message *message)
{
	if (reader->control_len == 0 && reader->frame_left == 0) /* whole, in place */
		return end_control_frame(reader, str_range((char *)data, len), message);
	if (reader->control == NULL)
		reader->control = mem_alloc(FRAME_CONTROL_PAYLOAD_MAX);
	memcpy(reader->control + reader->control_len, data, len);
	reader->control_len = (uint8_t)(reader->control_len + len);
	if (reader->frame_left > 0)
		return MESSAGE_NEED_MORE;
	return end_control_frame(reader, str_range((char *)reader->control, reader->control_len), message);
}

static enum message_result end_message(struct message_reader *reader, struct str payload, struct message *message)
{
	enum frame_opcode type = reader->message_type;

	reader->message_type = 0;
	if (reader->is_skipping)
		return MESSAGE_TOO_LONG;
	if (type == FRAME_TEXT && reader->utf8 != UTF8_ACCEPT)
		return fail(reader, CLOSE_INVALID_PAYLOAD, message);
	*message = (struct message){ type, payload, 0 };
	return MESSAGE_READY;
}

static enum message_result read_data(struct message_reader *reader, uint8_t *data, size_t len, struct message *message)
{
	bool is_frame_end = reader->frame_left == 0;

	if (reader->message_type == FRAME_TEXT && !reader->is_skipping) {
		reader->utf8 = utf8_check(reader->utf8, data, len);
		if (reader->utf8 == UTF8_REJECT)
			return fail(reader, CLOSE_INVALID_PAYLOAD, message);
	}
	if (is_frame_end)
		reader->is_in_frame = false;
	if (is_frame_end && reader->is_final && reader->body.len == 0)
		return end_message(reader, str_range((char *)data, len), message);
	if (!reader->is_skipping)
		buf_append(&reader->body, data, len);
	if (is_frame_end && reader->is_final)
		return end_message(reader, buf_str(&reader->body), message);
	return MESSAGE_NEED_MORE;
}

static enum message_result read_payload(struct message_reader *reader, uint8_t *data, size_t len, size_t *used,
	struct message *message)
{
	size_t part = reader->frame_left < len ? (size_t)reader->frame_left : len;

	frame_unmask(data, part, reader->mask, reader->frame_offset);
	reader->frame_left -= part;
	reader->frame_offset += part;
	*used += part;
	if (frame_is_control(reader->opcode))
		return read_control(reader, data, part, message);
	return read_data(reader, data, part, message);
}

enum message_result message_read(struct message_reader *reader, uint8_t *data, size_t len, size_t *used_out,
	struct message *message_out)
{
	size_t used = 0;
	enum message_result result = MESSAGE_NEED_MORE;

	if (reader->has_failed)
		return fail(reader, CLOSE_PROTOCOL_ERROR, message_out);
	if (reader->message_type == 0) /* what was handed out last has been used by now */
		buf_finish(&reader->body);
	while (used < len) {
		if (!reader->is_in_frame) {
			result = read_header(reader, data + used, len - used, &used, message_out);
			if (result == MESSAGE_NEED_MORE || result == MESSAGE_FAILED)
				break;
		}
		/* An empty payload is read too: it may end the message. */
		result = read_payload(reader, data + used, len - used, &used, message_out);
		if (result != MESSAGE_NEED_MORE)
			break;
	}
	*used_out = used;
	return result;
}
