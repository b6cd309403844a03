/* SPDX-License-Identifier: MIT */
/* libwslay reads the same messages out of a stream as we do, and fails the same streams. Why is not
 * compared: a close frame may break two rules at once. It knows no skipping, not the close codes
 * 1012 to 1014, which were registered later, and lets a close frame of one byte pass. */
#include <string.h>
#include <wslay/wslay.h>

#include "broker/ws/message.h"
#include "common/base/mem.h"
#include "tests/fuzz/fuzz.h"

/* Behind every stream, so that a header or a control frame that is begun ends: we judge the one
 * before its end, libwslay the other. */
#define PADDING (FRAME_CLIENT_HEADER_MAX + FRAME_CONTROL_PAYLOAD_MAX + 2)

static const struct message_limits limits = { .max_bytes = 200 };

struct stream {
	struct str rest;
	struct buf transcript;
};

static void write_message(struct buf *out, int opcode, uint16_t code, struct str payload)
{
	buf_append_format(out, "%d %u ", opcode, code);
	buf_append_str(out, payload);
	buf_append_text(out, "\n");
}

static ssize_t handle_recv(
	wslay_event_context_ptr context, uint8_t *out, size_t len, int flags, void *user_data)
{
	struct stream *stream = user_data;

	(void)flags;
	if (stream->rest.len == 0) {
		wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	len = len < stream->rest.len ? len : stream->rest.len;
	memcpy(out, stream->rest.data, len);
	stream->rest = str_skip(stream->rest, len);
	return (ssize_t)len;
}

static ssize_t handle_send(wslay_event_context_ptr context, const uint8_t *data, size_t len,
	int flags, void *user_data)
{
	(void)context, (void)data, (void)flags, (void)user_data;
	return (ssize_t)len;
}

static void handle_message(wslay_event_context_ptr context,
	const struct wslay_event_on_msg_recv_arg *message, void *user_data)
{
	struct stream *stream = user_data;

	(void)context;
	if (message->opcode == FRAME_CLOSE && message->msg_length == 1) {
		buf_append_text(&stream->transcript, "failed\n");
		return;
	}
	write_message(&stream->transcript, message->opcode, message->status_code,
		str_range((const char *)message->msg, message->msg_length));
}

static struct buf read_with_wslay(struct str bytes)
{
	static const struct wslay_event_callbacks callbacks = {
		.recv_callback = handle_recv,
		.send_callback = handle_send,
		.on_msg_recv_callback = handle_message,
	};
	struct stream stream = { .rest = bytes };
	wslay_event_context_ptr context;

	FUZZ_REQUIRE(wslay_event_context_server_init(&context, &callbacks, &stream) == 0);
	wslay_event_config_set_max_recv_msg_length(context, limits.max_bytes);
	/* What it returns says no more than the close frame that it sends. */
	wslay_event_recv(context);
	wslay_event_send(context);
	if (wslay_event_get_close_sent(context) && !wslay_event_get_close_received(context))
		buf_append_text(&stream.transcript, "failed\n");
	wslay_event_context_free(context);
	return stream.transcript;
}

static struct buf read_with_ours(uint8_t *data, size_t len, bool *is_newer_code)
{
	struct message_reader reader;
	struct message message;
	struct buf out = { 0 };
	enum message_result result;
	size_t used;

	message_reader_init(&reader, &limits, false);
	message.opcode = FRAME_TEXT;
	do {
		result = message_read(&reader, data, len, &used, &message);
		data += used;
		len -= used;
		if (result == MESSAGE_READY)
			write_message(
				&out, (int)message.opcode, message.close_code, message.payload);
		else if (result == MESSAGE_FAILED)
			buf_append_text(&out, "failed\n");
	} while (result == MESSAGE_READY && message.opcode != FRAME_CLOSE);
	*is_newer_code = result == MESSAGE_READY && message.close_code >= 1012 &&
			 message.close_code <= 1014;
	message_reader_finish(&reader);
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = mem_alloc(size + PADDING);
	struct buf theirs, ours;
	bool is_newer_code;

	if (size > 0)
		memcpy(copy, data, size);
	theirs = read_with_wslay(str_range((const char *)copy, size + PADDING));
	ours = read_with_ours(copy, size + PADDING, &is_newer_code);
	FUZZ_REQUIRE(is_newer_code || str_equals(buf_str(&theirs), buf_str(&ours)));
	buf_finish(&theirs);
	buf_finish(&ours);
	mem_free(copy);
	return 0;
}
