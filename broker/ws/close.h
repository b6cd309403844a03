/* SPDX-License-Identifier: MIT */
/* The close codes that we send or accept, and what a client is to do about them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* RFC 6455 7.4.1, the registry of IANA, and our own from 4000 on. */
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

/* Whether a peer may send this code in a close frame: 1000 to 1003, 1007 to 1014, 3000 to 4999. */
bool close_code_is_valid(uint16_t code);
