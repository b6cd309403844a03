/* SPDX-License-Identifier: MIT */
/* What comes over a connection to Redis is the same replies in whatever pieces it comes, ends at
 * the same place when it is none, and leaves nothing behind. */
#include <stdbool.h>

#include "broker/redis/resp.h"
#include "tests/fuzz/fuzz.h"

/* Arrays that claim more are refused by their size, and stop the fuzzer by theirs. */
#define COUNT_DIGITS_MAX 5

static bool claims_too_much(const uint8_t *data, size_t size)
{
	size_t digits = 0;

	for (size_t i = 0; i < size; i++) {
		digits = data[i] >= '0' && data[i] <= '9' ? digits + 1 : 0;
		if (digits > COUNT_DIGITS_MAX)
			return true;
	}
	return false;
}

static void describe(struct buf *out, const struct link_reply *reply)
{
	FUZZ_REQUIRE((reply->kind == LINK_ERROR) == (reply->code.data != NULL));
	buf_append_format(out, "%d %lld %zu %zu %.*s\n", (int)reply->kind,
		(long long)reply->integer, reply->count, reply->text.len, STR_ARG(reply->text));
	for (size_t i = 0; i < reply->count; i++)
		describe(out, &reply->elements[i]);
}

static void read_all(const uint8_t *data, size_t size, size_t step, struct buf *out)
{
	struct resp_reader *reader = resp_reader_create();
	enum resp_result result = RESP_NEED_MORE;
	const struct link_reply *reply;
	const char *problem;

	for (size_t i = 0; i < size && result != RESP_BROKEN; i += step) {
		resp_reader_feed(reader, (const char *)data + i, size - i < step ? size - i : step);
		while ((result = resp_reader_next(reader, &reply, &problem)) == RESP_REPLY)
			describe(out, reply);
	}
	buf_append_text(out, result == RESP_BROKEN ? problem : "more");
	resp_reader_destroy(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole = { 0 }, pieces = { 0 };

	if (claims_too_much(data, size))
		return 0;
	read_all(data, size, size, &whole);
	read_all(data, size, 1, &pieces);
	FUZZ_REQUIRE(str_equals(buf_str(&whole), buf_str(&pieces)));
	buf_finish(&whole);
	buf_finish(&pieces);
	return 0;
}
