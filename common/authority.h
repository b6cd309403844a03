/* SPDX-License-Identifier: MIT */
/* The text of a Host header ("example.org:8000") and of an Origin ("https://example.org"), read
 * strictly: what is not plainly one of them is refused, so that a comparison never meets two
 * readings of one text. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/str.h"

/* Borrows from the text it was read from. */
struct authority {
	struct str host; /* a name in ASCII, an IPv4 address, or an IPv6 one in brackets; a final
			    dot stays */
	uint16_t port; /* 0 when there is none */
};

struct web_origin {
	struct str scheme;
	struct authority authority; /* the scheme's default port is filled in */
};

/* HOST or HOST:PORT. */
bool authority_parse(struct str text, struct authority *authority_out)
	__attribute__((warn_unused_result));
/* SCHEME://HOST or SCHEME://HOST:PORT (RFC 6454 6.2): no path, no user, not even a final slash. */
bool web_origin_parse(struct str text, struct web_origin *origin_out)
	__attribute__((warn_unused_result));
/* What stands before the path of a URL, SCHEME://HOST[:PORT]; empty when it is only a path.
 * Borrowed from url, and not judged. */
struct str url_origin(struct str url);
bool web_origin_equals(const struct web_origin *a, const struct web_origin *b);
/* The port that scheme stands for, or 0. */
uint16_t scheme_default_port(struct str scheme);
