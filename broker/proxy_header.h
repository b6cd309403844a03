/* SPDX-License-Identifier: MIT */
/* The PROXY protocol (haproxy's doc/proxy-protocol.txt, cited here by its sections): who the client
 * is, told by a proxy in front of the first byte of a connection. Pure: bytes in, values out. Both
 * versions are read wherever one is expected, and never looked for elsewhere (section 2). */
#pragma once

#include "common/base/str.h"

/* Of a whole header, whichever version: room for the addresses and a few hundred bytes of TLVs. */
#define PROXY_HEADER_BYTES_MAX 536
#define PROXY_SOURCE_SIZE 46 /* the longest IPv6 address in text, and the NUL */

enum proxy_result {
	PROXY_NEED_MORE, /* a beginning: call again with the same bytes and more behind them */
	PROXY_OK, /* source is the client's address */
	PROXY_LOCAL, /* the proxy speaks for itself, such as for a health check (2.2) */
	PROXY_UNKNOWN, /* a client whose address the proxy cannot tell, or we cannot count
			  (2.1, 2.2) */
	PROXY_VIOLATION /* no header, or a broken one: the connection is to be dropped */
};

struct proxy_header {
	size_t len; /* bytes of the header; the client's own begin behind it */
	char source[PROXY_SOURCE_SIZE]; /* "" unless PROXY_OK */
};

/* bytes are all that came since the connection began. header_out is set for OK, LOCAL and UNKNOWN.
 * Never asks for more than PROXY_HEADER_BYTES_MAX bytes. The checksum that version 2 may carry
 * (2.2.3) is skipped like any other TLV: TCP has one, and there is no use in a second. */
enum proxy_result proxy_header_parse(struct str bytes, struct proxy_header *header_out);
