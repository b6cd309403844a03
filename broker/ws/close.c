/* SPDX-License-Identifier: MIT */
/* 1004 to 1006 and 1015 are never sent (RFC 6455 7.4.1); the rest below 3000 is not given out. */
#include "broker/ws/close.h"

static const struct {
	uint16_t first;
	uint16_t last;
} sendable[] = { { 1000, 1003 }, { 1007, 1014 }, { 3000, 4999 } };

bool close_code_is_valid(uint16_t code)
{
	for (unsigned i = 0; i < sizeof(sendable) / sizeof(sendable[0]); i++) {
		if (code >= sendable[i].first && code <= sendable[i].last)
			return true;
	}
	return false;
}
