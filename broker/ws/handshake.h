/* SPDX-License-Identifier: MIT */
/* A request head as raw bytes, judged strictly (RFC 9112, RFC 6455 4.2.1): what a proxy and a
 * server could read differently is refused before anybody else sees it. Knows nothing of hosts,
 * origins or rooms that exist. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/base/str.h"

#define HANDSHAKE_OK 0
#define HANDSHAKE_HEADERS_MAX 100
#define HANDSHAKE_PROTOCOL_LINES_MAX 8
#define HANDSHAKE_EXTENSION_LINES_MAX 8
#define HANDSHAKE_ACCEPT_SIZE 29 /* base64 of a SHA-1, and the NUL */

/* Borrows everything from the head; values are without the white space around them. What was not
 * sent is empty. */
struct handshake {
	struct str path; /* raw, begins with '/' */
	struct str query; /* raw, without '?' */
	struct str host;
	struct str authority; /* of a target in absolute form, where host has to be the same */
	struct str origin;
	struct str cookie;
	struct str forwarded_for; /* the last line: the right end of the list is what counts */
	struct str forwarded_proto;
	struct str last_event_id;
	struct str user_agent;
	struct str key;
	struct str version;
	struct str protocols[HANDSHAKE_PROTOCOL_LINES_MAX]; /* one list a line */
	size_t protocol_count;
	struct str extensions[HANDSHAKE_EXTENSION_LINES_MAX]; /* one list a line, not judged yet */
	size_t extension_count;
	bool has_origin; /* also when it is empty */
	bool is_forwarded; /* X-Forwarded-For or Forwarded (RFC 7239) is there, also when empty */
	bool has_upgrade_websocket;
	bool has_connection_upgrade;
};

/* RFC 9110 5.6.2. */
bool handshake_is_token(struct str text);
/* Bytes of the head through the blank line; 0 while it is incomplete. A blank line that is made
 * with bare line feeds counts too, so that such a head is refused at once and not waited for. */
size_t handshake_head_length(struct str bytes);
/* HANDSHAKE_OK, or the HTTP status of the refusal: 400, 405, 413, 417, 431 or 505. head is whole,
 * as handshake_head_length measures it; its size is the caller's affair. */
int handshake_parse(struct str head, struct handshake *handshake_out)
	__attribute__((warn_unused_result));
/* Whether it asks for WebSocket: 101, 426 (no upgrade, or another version than 13) or 400 (a bad
 * key). */
int handshake_check_upgrade(const struct handshake *handshake) __attribute__((warn_unused_result));
/* Whether the client offers the subprotocol; names are compared byte by byte. */
bool handshake_offers_protocol(const struct handshake *handshake, const char *name);
/* Sec-WebSocket-Accept for a key (RFC 6455 4.2.2), NUL-terminated. */
void handshake_accept_key(struct str key, char out[static HANDSHAKE_ACCEPT_SIZE]);
/* The raw value of the query's first field of that name; false when there is none. */
bool handshake_query_find(struct str query, const char *name, struct str *value_out);
/* How many headers of a parsed head have a name that is not among those above, and the value of the
 * last of them. */
size_t handshake_find_header(struct str head, const char *name, struct str *value_out);
