/* SPDX-License-Identifier: MIT */
/* Both streams are made at their first use and reset before each message: setting one up costs more
 * than compressing what is said in a chat. Messages end with a flush, whose last four bytes are not
 * sent (RFC 7692 7.2.1), and are put back before inflating. */
#define ZLIB_CONST
#include "broker/ws/deflate.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <zlib.h>

#include "common/base/mem.h"

/* Text shrinks nearly as well as at 6, and others wait for the thread meanwhile. */
#define LEVEL 1
#define MEMORY_LEVEL 8
#define WORTH_BYTES 64 /* shorter ones save next to nothing */
#define CHUNK_BYTES ((size_t)16 * 1024)
/* z_stream.data_type behind a block that ended with its byte, while another one may follow. */
#define BETWEEN_BLOCKS 128

static const struct str flush_tail = STR("\x00\x00\xff\xff");

struct deflate {
	z_stream deflating;
	unsigned window_bits; /* of deflating; 0: not made yet */
	z_stream inflating;
	bool can_inflate;
};

struct deflate *deflate_create(void)
{
	return mem_new(struct deflate);
}

void deflate_destroy(struct deflate *codec)
{
	if (codec == NULL)
		return;
	if (codec->window_bits != 0)
		deflateEnd(&codec->deflating);
	if (codec->can_inflate)
		inflateEnd(&codec->inflating);
	mem_free(codec);
}

static voidpf allocate(voidpf context, uInt count, uInt size)
{
	(void)context;
	return mem_alloc_array(count, size);
}

static void release(voidpf context, voidpf memory)
{
	(void)context;
	mem_free(memory);
}

static void set_input(z_stream *stream, struct str input)
{
	assert(input.len <= UINT32_MAX); /* messages are bounded far below */
	stream->next_in = (const Bytef *)input.data;
	stream->avail_in = (uInt)input.len;
}

/* Room for up to len more bytes behind out. */
static void set_output(z_stream *stream, struct buf *out, size_t len)
{
	stream->next_out = (Bytef *)buf_reserve(out, len);
	stream->avail_out = (uInt)len;
}

/* A fresh stream of raw DEFLATE. zlib can only fail for want of memory, where we do not come
 * back. */
static void prepare_deflating(struct deflate *codec, unsigned window_bits)
{
	int status;

	assert(window_bits >= DEFLATE_WINDOW_BITS_MIN && window_bits <= DEFLATE_WINDOW_BITS_MAX);
	if (codec->window_bits == window_bits) {
		deflateReset(&codec->deflating);
		return;
	}
	if (codec->window_bits != 0)
		deflateEnd(&codec->deflating);
	codec->deflating = (z_stream){ .zalloc = allocate, .zfree = release };
	status = deflateInit2(&codec->deflating, LEVEL, Z_DEFLATED, -(int)window_bits, MEMORY_LEVEL,
		Z_DEFAULT_STRATEGY);
	assert(status == Z_OK);
	(void)status;
	codec->window_bits = window_bits;
}

static void prepare_inflating(struct deflate *codec)
{
	int status;

	if (codec->can_inflate) {
		inflateReset(&codec->inflating);
		return;
	}
	codec->inflating = (z_stream){ .zalloc = allocate, .zfree = release };
	status = inflateInit2(&codec->inflating, -DEFLATE_WINDOW_BITS_MAX);
	assert(status == Z_OK);
	(void)status;
	codec->can_inflate = true;
}

void deflate_message(
	struct deflate *codec, unsigned window_bits, struct str message, struct buf *out)
{
	z_stream *stream = &codec->deflating;

	prepare_deflating(codec, window_bits);
	set_input(stream, message);
	/* A flush is whole when it leaves room in the output. */
	do {
		set_output(stream, out, CHUNK_BYTES);
		deflate(stream, Z_SYNC_FLUSH);
		out->len += CHUNK_BYTES - stream->avail_out;
	} while (stream->avail_out == 0);
	assert(str_ends_with(buf_str(out), flush_tail));
	out->len -= flush_tail.len;
}

void deflate_append_frame(struct deflate *codec, unsigned window_bits, enum frame_opcode opcode,
	struct str message, struct buf *out)
{
	struct buf payload = { 0 };

	if (message.len >= WORTH_BYTES)
		deflate_message(codec, window_bits, message, &payload);
	if (payload.len > 0 && payload.len < message.len)
		frame_append_compressed(out, opcode, buf_str(&payload));
	else
		frame_append(out, opcode, message);
	buf_finish(&payload);
}

void deflate_frames(struct deflate *codec, struct str frames, struct buf *out)
{
	enum frame_opcode opcode;
	struct str message;

	while (frame_take(&frames, &opcode, &message))
		deflate_append_frame(codec, DEFLATE_WINDOW_BITS_MAX, opcode, message, out);
}

/* *is_whole_out: the blocks end where the piece ends. */
static enum inflate_result inflate_piece(
	z_stream *stream, struct str piece, size_t most, struct buf *out, bool *is_whole_out)
{
	int status;

	set_input(stream, piece);
	do {
		size_t room = most - out->len < CHUNK_BYTES ? most - out->len : CHUNK_BYTES;

		set_output(stream, out, room);
		status = inflate(stream, Z_SYNC_FLUSH);
		out->len += room - stream->avail_out;
		if (out->len == most)
			return INFLATE_TOO_BIG;
		if (status == Z_STREAM_END)
			inflateReset(stream); /* a last block need not be one (7.2.3.5) */
		else if (status != Z_OK && status != Z_BUF_ERROR)
			return INFLATE_BROKEN;
	} while (stream->avail_in > 0 || (status == Z_OK && stream->avail_out == 0));
	*is_whole_out = status == Z_STREAM_END || stream->data_type == BETWEEN_BLOCKS;
	return INFLATE_OK;
}

enum inflate_result inflate_message(
	struct deflate *codec, struct str payload, size_t max_bytes, struct buf *out)
{
	z_stream *stream = &codec->inflating;
	size_t most = out->len + max_bytes + 1;
	enum inflate_result result;
	bool is_whole = false;

	prepare_inflating(codec);
	result = inflate_piece(stream, payload, most, out, &is_whole);
	if (result == INFLATE_OK)
		result = inflate_piece(stream, flush_tail, most, out, &is_whole);
	return result == INFLATE_OK && !is_whole ? INFLATE_BROKEN : result;
}
