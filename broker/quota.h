/* SPDX-License-Identifier: MIT */
/* How many connections each client has, so that one can't take all. A client is an address; of
 * IPv6 the /64, which is what one customer gets. Main thread. */
#pragma once

#include <stdint.h>

#include "common/address.h"
#include "common/base/buf.h"
#include "common/base/map.h"
#include "common/base/str.h"

struct quota;

/* What counts as one client: equal for equal ones. Borrows from text, or from storage. */
struct str quota_key(struct str text, struct address *storage);
/* The entry of a client address in text ("unix" is one too), counted up by one. table holds
 * nothing else. */
struct quota *quota_take(struct map *table, struct str address);
int64_t quota_connections(const struct quota *quota);
/* The client's address, or its /64 of IPv6. False for what is no address. */
bool quota_find_block(const struct quota *quota, struct address_block *block_out)
	__attribute__((warn_unused_result));
/* Appends the same, "192.0.2.7" or "2001:db8:1:2::/64", or the text that is no address. Nothing for
 * NULL. */
void quota_write_address(const struct quota *quota, struct buf *out);
/* Counts down and forgets the entry with the last. NULL is fine. */
void quota_release(struct map *table, struct quota *quota);
