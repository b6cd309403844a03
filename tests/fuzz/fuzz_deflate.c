/* SPDX-License-Identifier: MIT */
/* What is inflated never exceeds its bound by more than a byte, does not depend on what was
 * inflated before, and is what a larger bound begins with; every message that is compressed comes
 * back from any window. The first byte chooses the bound and the window. */
#include <string.h>

#include "broker/ws/deflate.h"
#include "common/base/mem.h"
#include "tests/fuzz/fuzz.h"

#define BYTES_MAX 4096

static enum inflate_result inflate_bounded(
	struct deflate *codec, struct str payload, size_t max_bytes, struct buf *out)
{
	enum inflate_result result = inflate_message(codec, payload, max_bytes, out);

	FUZZ_REQUIRE(out->len <= max_bytes + 1);
	FUZZ_REQUIRE((result == INFLATE_TOO_BIG) == (out->len == max_bytes + 1));
	FUZZ_REQUIRE(out->capacity <= 64 * 1024);
	return result;
}

static void check_inflating(struct deflate *codec, struct str payload, size_t max_bytes)
{
	struct deflate *fresh_codec = deflate_create();
	struct buf out = { 0 };
	struct buf fresh = { 0 };
	struct buf larger = { 0 };
	enum inflate_result result = inflate_bounded(codec, payload, max_bytes, &out);

	FUZZ_REQUIRE(inflate_bounded(fresh_codec, payload, max_bytes, &fresh) == result);
	FUZZ_REQUIRE(str_equals(buf_str(&fresh), buf_str(&out)));
	if (inflate_bounded(codec, payload, 2 * BYTES_MAX, &larger) != result)
		FUZZ_REQUIRE(result == INFLATE_TOO_BIG);
	FUZZ_REQUIRE(str_starts_with(buf_str(&larger), buf_str(&out)));
	buf_finish(&out);
	buf_finish(&fresh);
	buf_finish(&larger);
	deflate_destroy(fresh_codec);
}

static void check_round_trip(struct deflate *codec, struct str message, unsigned window_bits)
{
	struct buf payload = { 0 };
	struct buf out = { 0 };

	deflate_message(codec, window_bits, message, &payload);
	FUZZ_REQUIRE(inflate_message(codec, buf_str(&payload), message.len, &out) == INFLATE_OK);
	FUZZ_REQUIRE(str_equals(buf_str(&out), message));
	buf_finish(&payload);
	buf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct deflate *codec = deflate_create();
	struct str bytes;
	char *copy;

	if (size > 0) {
		/* Without a byte behind it, so that reading on is seen. */
		copy = mem_alloc(size - 1);
		memcpy(copy, data + 1, size - 1);
		bytes = str_range(copy, size - 1);
		check_round_trip(codec, bytes, DEFLATE_WINDOW_BITS_MIN + data[0] % 7);
		check_inflating(codec, bytes, (size_t)data[0] * BYTES_MAX / UINT8_MAX);
		mem_free(copy);
	}
	deflate_destroy(codec);
	return 0;
}
