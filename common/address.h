/* SPDX-License-Identifier: MIT */
/* IP addresses and blocks of them, in text. Both families are compared in one form: IPv4 as the
 * mapped addresses of IPv6, so that ::ffff:10.0.0.1 (which a dual-stack socket reports) is
 * 10.0.0.1. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/str.h"

#define ADDRESS_SIZE 16

struct address {
	uint8_t bytes[ADDRESS_SIZE];
};

/* Addresses whose first prefix bits are those of base. */
struct address_block {
	struct address base;
	unsigned prefix;
};

/* No port, no brackets, no zone. */
bool address_parse(struct str text, struct address *address_out)
	__attribute__((warn_unused_result));
bool address_is_loopback(const struct address *address);
/* "10.0.0.0/8", "2001:db8::/32", or a single address. */
bool address_block_parse(struct str text, struct address_block *block_out)
	__attribute__((warn_unused_result));
bool address_block_contains(const struct address_block *block, const struct address *address);
/* What an address has in common with all others of its block: the bits behind the first prefix are
 * zero. */
void address_mask(struct address *address, unsigned prefix);
/* Appends it as address_block_parse reads it; a single address without its prefix. */
void address_block_write(const struct address_block *block, struct buf *out);
