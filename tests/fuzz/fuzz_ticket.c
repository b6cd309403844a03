/* SPDX-License-Identifier: MIT */
/* Properties: no token that we did not sign is a ticket (the key is random and never shown); of
 * header and claims (before and behind a line feed) that are signed, what is believed has names in
 * normal form and a life of minutes. */
#include <stdlib.h>
#include <string.h>

#include "common/base/crypto.h"
#include "common/ticket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t key[CRYPTO_KEY_SIZE];
static struct ticket_terms terms = { .audience = STR("roomwire"), .now_s = 1795000000 };

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void make_key_once(void)
{
	if (terms.keys[0].len > 0)
		return;
	require(crypto_init());
	crypto_random(key, sizeof(key));
	terms.keys[0] = str_range((const char *)key, sizeof(key));
}

static void sign(struct str header, struct str claims, struct buf *token)
{
	uint8_t signature[CRYPTO_MAC_SIZE];

	crypto_base64_encode(token, header.data, header.len);
	buf_append_char(token, '.');
	crypto_base64_encode(token, claims.data, claims.len);
	crypto_mac_any(terms.keys[0], buf_str(token), signature);
	buf_append_char(token, '.');
	crypto_base64_encode(token, signature, sizeof(signature));
}

static void require_sound(const struct ticket *ticket)
{
	struct buf name = { 0 };

	require(name_normalize(str_from(ticket->name), NAME_PERSON_MAX, &name) == NAME_OK);
	require(str_is(buf_str(&name), ticket->name));
	require(ticket->subject[0] != '\0' && ticket->number[0] != '\0');
	require(ticket->expires_s > terms.now_s);
	require(ticket->expires_s <=
		terms.now_s + TICKET_LIFETIME_SECONDS_MAX + TICKET_LEEWAY_SECONDS);
	buf_finish(&name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str claims = str_range((const char *)data, size), header = STR("");
	struct buf token = { 0 };
	struct ticket ticket;

	make_key_once();
	require(ticket_read(claims, &terms, &ticket) != TICKET_OK);
	if (str_next(&claims, '\n', &header)) {
		sign(header, claims, &token);
		if (ticket_read(buf_str(&token), &terms, &ticket) == TICKET_OK)
			require_sound(&ticket);
	}
	buf_finish(&token);
	return 0;
}
