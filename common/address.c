/* SPDX-License-Identifier: MIT */
/* IP addresses in text, read by the C library, compared bit by bit. Knows nothing of sockets or
 * of who is trusted. */
#include "common/address.h"

#include <arpa/inet.h>
#include <string.h>

#define ADDRESS_BITS (8 * ADDRESS_SIZE)
#define MAPPED_BITS 96 /* of ::ffff:0:0/96, which IPv4 is mapped to */

static const uint8_t mapped_prefix[MAPPED_BITS / 8] = { [10] = 0xff, [11] = 0xff };

static bool starts_with_bits(const uint8_t *bytes, const uint8_t *start, unsigned bits)
{
	unsigned rest = bits % 8;
	unsigned mask = 0xffU << (8 - rest) & 0xffU;

	if (memcmp(bytes, start, bits / 8) != 0)
		return false;
	return rest == 0 || ((bytes[bits / 8] ^ start[bits / 8]) & mask) == 0;
}

bool address_parse(struct str text, struct address *address_out)
{
	char terminated[INET6_ADDRSTRLEN];
	uint8_t *bytes = address_out->bytes;

	if (text.len == 0 || text.len >= sizeof(terminated) || str_find(text, '\0') < text.len)
		return false;
	memcpy(terminated, text.data, text.len);
	terminated[text.len] = '\0';
	if (inet_pton(AF_INET6, terminated, bytes) == 1)
		return true;
	memcpy(bytes, mapped_prefix, sizeof(mapped_prefix));
	return inet_pton(AF_INET, terminated, bytes + sizeof(mapped_prefix)) == 1;
}

bool address_is_loopback(const struct address *address)
{
	static const struct address_block loopback4 = {
		{ { [10] = 0xff, [11] = 0xff, [12] = 127 } }, MAPPED_BITS + 8
	};
	static const struct address_block loopback6 = { { { [15] = 1 } }, ADDRESS_BITS };

	return address_block_contains(&loopback4, address) ||
	       address_block_contains(&loopback6, address);
}

bool address_block_parse(struct str text, struct address_block *block_out)
{
	size_t slash = str_find(text, '/');
	struct str base = str_range(text.data, slash);
	bool is_ipv4 = str_find(base, ':') == base.len;
	unsigned bits = is_ipv4 ? ADDRESS_BITS - MAPPED_BITS : ADDRESS_BITS;
	uint64_t prefix = bits;

	if (!address_parse(base, &block_out->base))
		return false;
	if (slash < text.len && !str_to_uint64(str_skip(text, slash + 1), &prefix))
		return false;
	if (prefix > bits)
		return false;
	block_out->prefix = (unsigned)prefix + (is_ipv4 ? MAPPED_BITS : 0);
	return true;
}

bool address_block_contains(const struct address_block *block, const struct address *address)
{
	return starts_with_bits(address->bytes, block->base.bytes, block->prefix);
}

void address_mask(struct address *address, unsigned prefix)
{
	size_t whole = prefix / 8;

	if (prefix >= ADDRESS_BITS)
		return;
	address->bytes[whole] &= (uint8_t)(0xffU << (8 - prefix % 8));
	memset(address->bytes + whole + 1, 0, ADDRESS_SIZE - whole - 1);
}

void address_block_write(const struct address_block *block, struct buf *out)
{
	static const struct address_block mapped = { { { [10] = 0xff, [11] = 0xff } },
		MAPPED_BITS };
	bool is_ipv4 = block->prefix >= MAPPED_BITS &&
		       address_block_contains(&mapped, &block->base);
	unsigned skipped = is_ipv4 ? MAPPED_BITS : 0;
	char text[INET6_ADDRSTRLEN];

	inet_ntop(
		is_ipv4 ? AF_INET : AF_INET6, block->base.bytes + skipped / 8, text, sizeof(text));
	buf_append_text(out, text);
	if (block->prefix < ADDRESS_BITS)
		buf_append_format(out, "/%u", block->prefix - skipped);
}
