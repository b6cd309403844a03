/* SPDX-License-Identifier: MIT */
/* The automaton agrees with a decoder that is written down from RFC 3629 without cleverness, in one
 * piece and in two; what is valid decodes and encodes to itself. */
#include <string.h>

#include "common/base/utf8.h"
#include "tests/fuzz/fuzz.h"

/* The length of the code point at data, 0 if there is none. */
static size_t reference_decode(const uint8_t *data, size_t size, uint32_t *code_point)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = data[0] < 0x80       ? 1
		     : data[0] >> 5 == 6  ? 2
		     : data[0] >> 4 == 14 ? 3
		     : data[0] >> 3 == 30 ? 4
					  : 0;

	if (len == 0 || len > size)
		return 0;
	*code_point = len == 1 ? data[0] : data[0] & (0xffU >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if (data[i] >> 6 != 2)
			return 0;
		*code_point = *code_point << 6 | (data[i] & 0x3fU);
	}
	if (*code_point < smallest[len] || *code_point > 0x10ffff || *code_point >> 11 == 27)
		return 0;
	return len;
}

static bool reference_is_valid(const uint8_t *data, size_t size, size_t *count)
{
	uint32_t code_point;
	size_t i = 0;

	for (*count = 0; i < size; ++*count) {
		size_t len = reference_decode(data + i, size - i, &code_point);

		if (len == 0)
			return false;
		i += len;
	}
	return true;
}

static void check_valid(const uint8_t *data, size_t size, size_t count)
{
	struct str text = str_range((const char *)data, size);
	size_t position = 0;
	uint32_t code_point, expected;
	char written[4];

	FUZZ_REQUIRE(utf8_count(text) == count);
	for (size_t i = 0; i < size; i = position) {
		size_t len = reference_decode(data + i, size - i, &expected);

		FUZZ_REQUIRE(utf8_next(text, &position, &code_point) && code_point == expected);
		FUZZ_REQUIRE(position == i + len && utf8_write(code_point, written) == len);
		FUZZ_REQUIRE(memcmp(written, data + i, len) == 0);
	}
	FUZZ_REQUIRE(!utf8_next(text, &position, &code_point));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	utf8_state whole = utf8_check(UTF8_ACCEPT, data, size);
	size_t cut = size == 0 ? 0 : data[size - 1] % size;
	utf8_state halves = utf8_check(UTF8_ACCEPT, data, cut);
	size_t count;
	bool is_valid = reference_is_valid(data, size, &count);

	FUZZ_REQUIRE((whole == UTF8_ACCEPT) == is_valid);
	FUZZ_REQUIRE(utf8_check(halves, data + cut, size - cut) == whole);
	if (is_valid)
		check_valid(data, size, count);
	return 0;
}
