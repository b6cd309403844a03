/* SPDX-License-Identifier: MIT */
/* Property: what is read of any bytes, written again, is those bytes as far as they were read. */
#include "broker/layer/nng/wire.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str whole = str_range((const char *)data, size), rest = whole;
	struct wire_record record;
	struct buf written = { 0 };

	while (wire_read(&rest, &record))
		wire_write(&record, &written);
	FUZZ_REQUIRE(written.len + rest.len == size);
	FUZZ_REQUIRE(str_equals(buf_str(&written), str_range(whole.data, written.len)));
	FUZZ_REQUIRE(wire_is_whole(whole) == (rest.len == 0));
	buf_finish(&written);
	return 0;
}
