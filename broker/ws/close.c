/* SPDX-License-Identifier: MIT */
/* Two tables: what we say, and what we let a peer say. 1004 to 1006 and 1015 are never sent (RFC
 * 6455 7.4.1), and nothing else below 3000 has been given out. Who closes, and when, is not
 * decided here. */
#include "broker/ws/close.h"

const struct close_row close_rows[] = {
	{ CLOSE_NORMAL, "normal", false, "The conversation is over." },
	{ CLOSE_GOING_AWAY, "going_away", true, "This end goes away." },
	{ CLOSE_PROTOCOL_ERROR, "protocol_error", false, "The peer broke the WebSocket protocol." },
	{ CLOSE_UNSUPPORTED_DATA, "unsupported_data", false,
		"This kind of message is not taken here." },
	{ CLOSE_INVALID_PAYLOAD, "invalid_payload", false,
		"A text was not valid UTF-8, or a compressed message did not inflate." },
	{ CLOSE_POLICY_VIOLATION, "policy_violation", false, "Too many messages were refused." },
	{ CLOSE_TOO_BIG, "too_big", false, "A message was far over the limit." },
	{ CLOSE_INTERNAL_ERROR, "internal_error", true, "The broker met a fault of its own." },
	{ CLOSE_SERVICE_RESTART, "service_restart", true, "The broker restarts." },
	{ CLOSE_TRY_AGAIN_LATER, "try_again_later", true,
		"The client read too slowly, or memory is short." },
	{ CLOSE_LOGIN_ENDED, "login_ended", false, "The session has ended: log in again." },
	{ CLOSE_FORBIDDEN, "forbidden", false, "The client may not be here any more." },
	{ CLOSE_NO_ROOM, "no_room", false, "The room is gone." },
	{ CLOSE_TOO_FAST, "too_fast", true, "The client sent too much in too short a time." },
};

const size_t close_row_count = sizeof(close_rows) / sizeof(close_rows[0]);

static const struct {
	uint16_t first, last;
} valid_ranges[] = {
	{ 1000, 1003 },
	{ 1007, 1014 },
	{ 3000, 4999 },
};

const struct close_row *close_find(uint16_t code)
{
	for (size_t i = 0; i < close_row_count; i++) {
		if (close_rows[i].code == (enum close_code)code)
			return &close_rows[i];
	}
	return NULL;
}

bool close_code_is_valid(uint16_t code)
{
	for (size_t i = 0; i < sizeof(valid_ranges) / sizeof(valid_ranges[0]); i++) {
		if (code >= valid_ranges[i].first && code <= valid_ranges[i].last)
			return true;
	}
	return false;
}
