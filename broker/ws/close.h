/* SPDX-License-Identifier: MIT */
/* The close codes that this program sends or tells apart: of RFC 6455 7.4.1, of its IANA registry,
 * and our own from 4000 on. What a client is to do about each is told to people in
 * roomwire-protocol(7) and to pages in web/static/js/close_codes.js; a test holds the three
 * together. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum close_code {
	CLOSE_NORMAL = 1000,
	CLOSE_GOING_AWAY = 1001,
	CLOSE_PROTOCOL_ERROR = 1002,
	CLOSE_INVALID_PAYLOAD = 1007,
	CLOSE_POLICY_VIOLATION = 1008,
	CLOSE_TOO_BIG = 1009,
	CLOSE_SERVICE_RESTART = 1012,
	CLOSE_TRY_AGAIN_LATER = 1013,
	CLOSE_LOGIN_ENDED = 4401,
	CLOSE_FORBIDDEN = 4403,
	CLOSE_TOO_FAST = 4429,
};

/* Whether a peer may send the code in a close frame (RFC 6455 7.4, and 1012 to 1014 of the
 * registry). */
bool close_code_is_valid(uint16_t code);
