/* SPDX-License-Identifier: MIT */
/* Who is logged in, in accounts.db (accounts.h says what goes for all calls), and who has ceased to
 * be: whatever ends a session leaves a revocation behind in the same transaction, by which the
 * broker knows whose sockets to close. */
#pragma once

#include "common/base/crypto.h"
#include "common/store/accounts.h"

#define SESSION_HASH_SIZE CRYPTO_SHA256_SIZE
#define SESSION_ADDRESS_SIZE 64
#define SESSION_AGENT_SIZE 256

struct session_row {
	uint8_t key_hash[SESSION_HASH_SIZE]; /* SHA-256 of the cookie's random bytes */
	uint8_t account[USER_ID_SIZE];
	int64_t created_ms;
	int64_t seen_ms; /* lately: a page or a live socket, in steps of minutes */
	char address[SESSION_ADDRESS_SIZE]; /* of the login */
	char agent[SESSION_AGENT_SIZE]; /* the browser's name for itself at the login, cut */
};

/* What a login leaves behind; each may be NULL. */
struct session_origin {
	const uint8_t *key_hash; /* the session that the same browser had */
	const uint8_t *guest_id; /* the guest that it was */
};

/* A login: also sets the account's last_login, and ends the least seen of more than a hundred
 * sessions. ACCOUNT_UNKNOWN when it is gone or banned meanwhile,
 * ACCOUNT_CHANGED when its password is no longer password_hash (NULL: whatever it is). */
enum store_problem sessions_add(struct accounts *accounts, const struct session_row *session,
	const char *password_hash, const struct session_origin *origin,
	enum account_result *result_out) __attribute__((warn_unused_result));
/* A session with its account, active or not, expired or not (common/session.h judges that). */
enum store_problem sessions_find(struct accounts *accounts,
	const uint8_t key_hash[static SESSION_HASH_SIZE], struct session_row *session_out,
	struct account *account_out, bool *is_found_out) __attribute__((warn_unused_result));
/* Of an account, the newest first; account NULL: of all. Ends when visit returns false. */
enum store_problem sessions_list(struct accounts *accounts, const uint8_t *account, size_t limit,
	bool (*visit)(void *context, const struct session_row *session), void *context)
	__attribute__((warn_unused_result));
/* A logout. Only when it is this account's; gone already is fine. */
enum store_problem sessions_remove(struct accounts *accounts,
	const uint8_t key_hash[static SESSION_HASH_SIZE],
	const uint8_t account[static USER_ID_SIZE], int64_t now_ms)
	__attribute__((warn_unused_result));
/* All of an account but one (NULL: all). */
enum store_problem sessions_remove_others(struct accounts *accounts,
	const uint8_t account[static USER_ID_SIZE], const uint8_t *kept_key_hash, int64_t now_ms,
	size_t *count_out) __attribute__((warn_unused_result));
/* Those created before, or not seen since (INT64_MIN: none for it). */
enum store_problem sessions_purge(struct accounts *accounts, int64_t created_before_ms,
	int64_t seen_before_ms, int64_t now_ms, size_t *count_out)
	__attribute__((warn_unused_result));
/* seen_ms of all of them, in one transaction; never backwards. Those that are gone stay so. */
enum store_problem sessions_touch(struct accounts *accounts,
	const uint8_t (*key_hashes)[SESSION_HASH_SIZE], size_t count, int64_t seen_ms)
	__attribute__((warn_unused_result));

enum revocation_kind {
	REVOKED_SESSION = 1, /* key: SESSION_HASH_SIZE bytes */
	REVOKED_USER = 2, /* key: USER_ID_SIZE bytes; whatever their session */
};

struct revocation {
	enum revocation_kind kind;
	bool is_ban; /* 4403, and no coming back; else 4401 */
	const uint8_t *key; /* borrowed for the call */
};

/* Those behind *last_id, in order, which moves along; start with the newest (is_complete_out is
 * meaningless then) by *last_id < 0. is_complete_out is false when some were forgotten before they
 * were read (they are kept for minutes): then everybody is to be looked up anew. */
enum store_problem revocations_read(struct accounts *accounts, int64_t *last_id,
	void (*visit)(void *context, const struct revocation *revocation), void *context,
	bool *is_complete_out) __attribute__((warn_unused_result));
