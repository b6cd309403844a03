/* SPDX-License-Identifier: MIT */
/* The close codes of RFC 6455 7.4.1, of its IANA registry, and our own from 4000 on, with what a
 * client is to do about each. The table is the documented one: pages, manuals and tests read it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum close_code {
	CLOSE_NORMAL = 1000,
	CLOSE_GOING_AWAY = 1001,
	CLOSE_PROTOCOL_ERROR = 1002,
	CLOSE_UNSUPPORTED_DATA = 1003,
	CLOSE_INVALID_PAYLOAD = 1007,
	CLOSE_POLICY_VIOLATION = 1008,
	CLOSE_TOO_BIG = 1009,
	CLOSE_INTERNAL_ERROR = 1011,
	CLOSE_SERVICE_RESTART = 1012,
	CLOSE_TRY_AGAIN_LATER = 1013,
	CLOSE_LOGIN_ENDED = 4401,
	CLOSE_FORBIDDEN = 4403,
	CLOSE_NO_ROOM = 4404,
	CLOSE_TOO_FAST = 4429,
};

struct close_row {
	enum close_code code;
	const char *name;
	bool reconnect; /* whether a client should come back by itself */
	const char *meaning;
};

/* The codes that we send, ascending. */
extern const struct close_row close_rows[];
extern const size_t close_row_count;

/* NULL for a code that we never send. */
const struct close_row *close_find(uint16_t code);
/* Whether a peer may send the code in a close frame (RFC 6455 7.4, and 1012 to 1014 of the
 * registry). */
bool close_code_is_valid(uint16_t code);
