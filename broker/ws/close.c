/* SPDX-License-Identifier: MIT */
/* What we let a peer say. 1004 to 1006 and 1015 are never sent (RFC 6455 7.4.1), and nothing else
 * below 3000 has been given out. Who closes, and when, is not decided here. */
#include "broker/ws/close.h"

#include <stddef.h>

static const struct {
	uint16_t first, last;
} valid_ranges[] = {
	{ 1000, 1003 },
	{ 1007, 1014 },
	{ 3000, 4999 },
};

bool close_code_is_valid(uint16_t code)
{
	for (size_t i = 0; i < sizeof(valid_ranges) / sizeof(valid_ranges[0]); i++) {
		if (code >= valid_ranges[i].first && code <= valid_ranges[i].last)
			return true;
	}
	return false;
}
