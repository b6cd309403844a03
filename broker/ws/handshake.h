/* SPDX-License-Identifier: MIT */
/* A request head as raw bytes, judged strictly (RFC 9112, RFC 6455 4.2.1): what a proxy and a server could read differently is refused before
 * anybody else sees it. Pure; everything handed out borrows from the head. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/base/str.h"

#define HANDSHAKE_OK 0
#define HANDSHAKE_ACCEPT_SIZE 29 /* base64 of a SHA-1, and the NUL */
#define HANDSHAKE_HEADERS_MAX 100
#define HANDSHAKE_PROTOCOL_LINES_MAX 8

struct handshake {
	struct str path;  /* raw, begins with '/' */
	struct str query; /* raw, without '?' */
	struct str host;
	struct str origin;
	struct str cookie;
	struct str forwarded_for;   /* the last X-Forwarded-For line: only its right end counts */
	struct str forwarded_proto;
	struct str user_agent;
	struct str upgrade;
	struct str connection;
	struct str key;
	struct str version;
	struct str protocols[HANDSHAKE_PROTOCOL_LINES_MAX]; /* Sec-WebSocket-Protocol may come in several lines */
	size_t protocol_count;
	bool has_origin;
};

/* Bytes of the head up to and with the blank line; 0 while it is incomplete. A blank line made of bare line feeds counts too, so that
 * such a head is refused at once and not waited for. */
size_t handshake_head_length(struct str bytes);
/* HANDSHAKE_OK, or the HTTP status of the refusal: 400, 405, 413, 417, 431, 505. head is whole. */
int handshake_parse(struct str head, struct handshake *handshake_out);
/* Whether it asks for WebSocket, version 13: 101, 400 (a bad key) or 426. */
int handshake_check_upgrade(const struct handshake *handshake);
/* Whether the client offers a subprotocol (RFC 6455 11.3.4: names are compared by case). */
bool handshake_offers_protocol(const struct handshake *handshake, const char *name);
/* Sec-WebSocket-Accept for a key (RFC 6455 4.2.2). */
void handshake_accept_key(struct str key, char out[static HANDSHAKE_ACCEPT_SIZE]);
/* The raw value of a query's field; false when it has none. */
bool handshake_query_find(struct str query, const char *name, struct str *value_out);
