/* SPDX-License-Identifier: MIT */
/* A header is bounded, all of its beginnings ask for more and nothing behind it changes it; a
 * source is an address, and a refused connection stays refused whatever comes. */
#include <string.h>

#include "broker/proxy_header.h"
#include "common/address.h"
#include "tests/fuzz/fuzz.h"

static void check_header(
	struct str bytes, enum proxy_result result, const struct proxy_header *header)
{
	struct str text = str_from(header->source);
	struct address address;
	struct proxy_header again;

	FUZZ_REQUIRE(header->len > 0 && header->len <= bytes.len);
	FUZZ_REQUIRE(header->len <= PROXY_HEADER_BYTES_MAX);
	FUZZ_REQUIRE((result == PROXY_OK) == (text.len > 0));
	FUZZ_REQUIRE(result != PROXY_OK || address_parse(text, &address));
	FUZZ_REQUIRE(proxy_header_parse(str_range(bytes.data, header->len), &again) == result);
	FUZZ_REQUIRE(again.len == header->len && strcmp(again.source, header->source) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = str_range((const char *)data, size);
	struct proxy_header header, shorter;
	enum proxy_result result = proxy_header_parse(bytes, &header);
	enum proxy_result before = size > 0 ? proxy_header_parse(
						      str_range(bytes.data, size - 1), &shorter)
					    : PROXY_NEED_MORE;

	FUZZ_REQUIRE(before == PROXY_NEED_MORE || before == result);
	if (result == PROXY_NEED_MORE)
		FUZZ_REQUIRE(size < PROXY_HEADER_BYTES_MAX);
	else if (result != PROXY_VIOLATION)
		check_header(bytes, result, &header);
	return 0;
}
