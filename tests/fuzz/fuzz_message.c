/* SPDX-License-Identifier: MIT */
/* However a stream is cut, the same messages come out of it, text is valid UTF-8, limits hold, and
 * nothing is kept that did not come. The first byte chooses the cuts, and whether compressed
 * messages are taken; the rest is the stream. */
#include <string.h>

#include "broker/ws/message.h"
#include "common/base/mem.h"
#include "tests/fuzz/fuzz.h"

static const struct message_limits limits = { .max_bytes = 200, .skip_bytes = 400 };

static void write_result(struct buf *out, enum message_result result, const struct message *message)
{
	buf_append_format(out, "%d", result);
	if (result == MESSAGE_FAILED)
		buf_append_format(out, " %u", message->close_code);
	if (result == MESSAGE_READY) {
		FUZZ_REQUIRE(message->payload.len <= limits.max_bytes);
		FUZZ_REQUIRE(message->is_compressed || message->opcode != FRAME_TEXT ||
			     utf8_is_valid(message->payload));
		buf_append_format(out, " %d %d %u %zu ", message->opcode, message->is_compressed,
			message->close_code, message->payload.len);
		buf_append_str(out, message->payload);
	}
	buf_append_text(out, "\n");
}

static void read_piece(
	struct message_reader *reader, const uint8_t *piece, size_t len, struct buf *out)
{
	uint8_t *copy = mem_alloc(len);
	size_t done = 0;

	memcpy(copy, piece, len);
	while (done < len) {
		struct message message;
		size_t used;
		enum message_result result = message_read(
			reader, copy + done, len - done, &used, &message);

		FUZZ_REQUIRE(used > 0 && used <= len - done);
		done += used;
		if (result != MESSAGE_NEED_MORE)
			write_result(out, result, &message);
		FUZZ_REQUIRE(result != MESSAGE_NEED_MORE || done == len);
	}
	mem_free(copy);
	message_reader_rest(reader);
	/* A message, a control frame behind it, and what doubling adds. */
	FUZZ_REQUIRE(reader->body.capacity <= 2 * (limits.max_bytes + FRAME_CONTROL_PAYLOAD_MAX));
}

/* In pieces of 1 to most bytes, as a generator that starts with seed says. */
static struct buf read_in_pieces(struct str stream, bool may_compress, uint32_t seed, uint32_t most)
{
	struct message_reader reader;
	struct buf out = { 0 };
	size_t done = 0;

	message_reader_init(&reader, &limits, may_compress);
	while (done < stream.len) {
		size_t len = 1 + (seed >> 16) % most;

		if (len > stream.len - done)
			len = stream.len - done;
		read_piece(&reader, (const uint8_t *)stream.data + done, len, &out);
		done += len;
		seed = seed * 1103515245 + 12345;
	}
	message_reader_finish(&reader);
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str stream = str_range((const char *)data + 1, size - 1);
	struct buf whole, cut, bytes;
	bool may_compress;
	uint32_t seed;

	if (size == 0)
		return 0;
	may_compress = (data[0] & 0x80) != 0;
	seed = data[0] * UINT32_C(2654435761);
	whole = read_in_pieces(stream, may_compress, UINT32_MAX, UINT32_MAX);
	cut = read_in_pieces(stream, may_compress, seed, 1 + data[0] % 40);
	bytes = read_in_pieces(stream, may_compress, seed, 1);
	FUZZ_REQUIRE(str_equals(buf_str(&whole), buf_str(&cut)));
	FUZZ_REQUIRE(str_equals(buf_str(&whole), buf_str(&bytes)));
	buf_finish(&whole);
	buf_finish(&cut);
	buf_finish(&bytes);
	return 0;
}
