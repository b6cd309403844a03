/* SPDX-License-Identifier: MIT */
/* Links that let people register where [site] registration is "invite", in accounts.db (accounts.h
 * says what goes for all calls). accounts_add uses one up. */
#pragma once

#include "common/base/crypto.h"
#include "common/store/accounts.h"

#define INVITE_HASH_SIZE CRYPTO_SHA256_SIZE
#define INVITE_ID_SIZE 8 /* of the hash, in hexadecimal digits: what an invite is called by */
#define INVITE_NOTE_SIZE 128

struct invite {
	uint8_t token_hash[INVITE_HASH_SIZE]; /* SHA-256 of the link's random bytes */
	int64_t created_ms;
	int64_t expires_ms;
	int64_t uses_left;
	char note[INVITE_NOTE_SIZE]; /* whom it is for, as its maker says */
};

enum store_problem invites_add(struct accounts *accounts, const struct invite *invite)
	__attribute__((warn_unused_result));
/* is_found_out: there is one that can still be used. */
enum store_problem invites_find(struct accounts *accounts,
	const uint8_t token_hash[static INVITE_HASH_SIZE], int64_t now_ms,
	struct invite *invite_out, bool *is_found_out) __attribute__((warn_unused_result));
/* The newest first, also those that are over until they are purged a day later. */
enum store_problem invites_list(struct accounts *accounts, size_t limit,
	bool (*visit)(void *context, const struct invite *invite), void *context)
	__attribute__((warn_unused_result));
enum store_problem invites_remove(struct accounts *accounts,
	const uint8_t token_hash[static INVITE_HASH_SIZE], bool *is_found_out)
	__attribute__((warn_unused_result));
