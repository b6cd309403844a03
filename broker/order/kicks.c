/* SPDX-License-Identifier: MIT */
/* A ring: all have the same time to go. Nobody is looked for while nobody waits, as nearly always.
 */
#include "broker/order/kicks.h"

#include <string.h>

void kicks_note(struct kicks *kicks, struct str room, const uint8_t user[static USER_ID_SIZE],
	uint64_t now_ms)
{
	struct kick *kick = &kicks->rows[kicks->next];

	kicks->next = (kicks->next + 1) % KICKS_MAX;
	kicks->last_until_ms = kick->until_ms = now_ms + KICK_KEPT_MS;
	refs_key(room, user, STR_OF(""), kick->key);
}

bool kicks_take(struct kicks *kicks, struct str room, const uint8_t user[static USER_ID_SIZE],
	uint64_t now_ms)
{
	uint8_t key[REFS_KEY_SIZE];
	bool is_found = false;

	if (now_ms >= kicks->last_until_ms)
		return false;
	refs_key(room, user, STR_OF(""), key);
	for (size_t i = 0; i < KICKS_MAX; i++) {
		struct kick *kick = &kicks->rows[i];

		if (kick->until_ms <= now_ms || memcmp(kick->key, key, sizeof(key)) != 0)
			continue;
		kick->until_ms = 0;
		is_found = true;
	}
	return is_found;
}
