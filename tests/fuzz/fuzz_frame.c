/* SPDX-License-Identifier: MIT */
/* A header that is accepted is the one that would be written for what it says; every header that is
 * written is accepted; more bytes never change a verdict; the mask undoes itself, in any pieces. */
#include <string.h>

#include "broker/ws/frame.h"
#include "common/base/mem.h"
#include "tests/fuzz/fuzz.h"

static size_t write_client_header(
	uint8_t out[static FRAME_CLIENT_HEADER_MAX], const struct frame_header *header)
{
	size_t len = frame_write_header(out, header->opcode, header->payload_len);

	if (!header->is_final)
		out[0] &= 0x7f;
	if (header->is_compressed)
		out[0] |= 0x40;
	out[1] |= 0x80;
	memcpy(out + len, header->mask, FRAME_MASK_SIZE);
	return len + FRAME_MASK_SIZE;
}

static void check_verdicts(const uint8_t *data, size_t size, bool may_compress)
{
	struct frame_header header;
	enum frame_result before = FRAME_NEED_MORE;

	for (size_t len = 0; len <= size && len <= FRAME_CLIENT_HEADER_MAX + 1; len++) {
		enum frame_result result = frame_parse_header(data, len, may_compress, &header);

		FUZZ_REQUIRE(before == FRAME_NEED_MORE || result == before);
		FUZZ_REQUIRE(len < FRAME_CLIENT_HEADER_MAX || result != FRAME_NEED_MORE);
		before = result;
	}
}

static void check_accepted(const uint8_t *data, size_t size, bool may_compress)
{
	uint8_t written[FRAME_CLIENT_HEADER_MAX];
	struct frame_header header;

	if (frame_parse_header(data, size, may_compress, &header) != FRAME_OK)
		return;
	FUZZ_REQUIRE(write_client_header(written, &header) == header.header_len);
	FUZZ_REQUIRE(memcmp(written, data, header.header_len) == 0);
	FUZZ_REQUIRE(
		!header.is_compressed || (may_compress && header.opcode != FRAME_CONTINUATION &&
						 !frame_is_control(header.opcode)));
}

static void check_written(const uint8_t *data, size_t size)
{
	static const enum frame_opcode opcodes[] = { FRAME_CONTINUATION, FRAME_TEXT, FRAME_BINARY };
	uint8_t written[FRAME_CLIENT_HEADER_MAX];
	struct frame_header header = { .is_final = true };
	struct frame_header parsed;
	size_t len;

	if (size < 1 + sizeof(header.payload_len))
		return;
	header.opcode = opcodes[data[0] % 3];
	memcpy(&header.payload_len, data + 1, sizeof(header.payload_len));
	/* Lengths of all sizes, none with the top bit. */
	header.payload_len >>= 1 + data[0] % 63;
	len = write_client_header(written, &header);
	FUZZ_REQUIRE(frame_parse_header(written, len, false, &parsed) == FRAME_OK);
	FUZZ_REQUIRE(parsed.payload_len == header.payload_len && parsed.opcode == header.opcode);
	FUZZ_REQUIRE(parsed.header_len == len && parsed.is_final);
}

static void check_mask(const uint8_t *data, size_t size)
{
	uint8_t *copy = mem_alloc(size);
	size_t cut;

	if (size > FRAME_MASK_SIZE) {
		cut = data[FRAME_MASK_SIZE] % size;
		memcpy(copy, data, size);
		frame_unmask(copy, size, data, data[0]);
		frame_unmask(copy, cut, data, data[0]);
		frame_unmask(copy + cut, size - cut, data, data[0] + cut);
		FUZZ_REQUIRE(memcmp(copy, data, size) == 0);
	}
	mem_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int may_compress = 0; may_compress < 2; may_compress++) {
		check_verdicts(data, size, may_compress);
		check_accepted(data, size, may_compress);
	}
	check_written(data, size);
	check_mask(data, size);
	return 0;
}
