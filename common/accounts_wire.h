/* SPDX-License-Identifier: MIT */
/* What brokers and pages ask each other about accounts, on control: who asks has no accounts.db.
 * Keys and ids are base64url. A session is known by the hash of its cookie, so that whoever listens
 * logs in as nobody. Pure. */
#pragma once

#include "common/json.h"
#include "common/session.h"

/* Appends a request: whose a session is; what stands against a guest; the use of a ticket; what was
 * revoked behind a number (negative: only which is the last). */
void accounts_wire_ask_session(
	const uint8_t key_hash[static SESSION_HASH_SIZE], struct buf *request);
void accounts_wire_ask_guest(const struct user *guest, struct buf *request);
/* number_hash is that of a ticket's jti, the first size bytes. */
void accounts_wire_ask_ticket(
	const uint8_t *number_hash, size_t size, int64_t issued_s, struct buf *request);
void accounts_wire_ask_revocations(int64_t after, struct buf *request);

/* The members of an answer. state is SESSION_VALID (of session), _OVER or _BANNED. */
void accounts_wire_tell_session(
	enum session_state state, const struct session *session, struct json_writer *answer);
void accounts_wire_tell_guest(bool id_is_taken, bool name_is_taken, struct json_writer *answer);
/* An element of its list; has_account: of a user whose name others may have had. */
void accounts_wire_tell_revocation(
	const struct revocation *revocation, bool has_account, struct json_writer *list);

/* What an answer says; SESSION_UNREADABLE and false for all that does not say it. answer may be
 * NULL. */
enum session_state accounts_wire_read_session(const struct json *answer,
	const uint8_t key_hash[static SESSION_HASH_SIZE], struct session *session_out);
bool accounts_wire_read_guest(const struct json *answer, bool *id_is_taken_out,
	bool *name_is_taken_out) __attribute__((warn_unused_result));
/* revocation_out->key is key. */
bool accounts_wire_read_revocation(const struct json *element,
	uint8_t key[static SESSION_HASH_SIZE], struct revocation *revocation_out,
	bool *has_account_out) __attribute__((warn_unused_result));
/* Reads a member of exactly size bytes. */
bool accounts_wire_read_bytes(const struct json *object, const char *name, uint8_t *out,
	size_t size) __attribute__((warn_unused_result));
/* A user's id and name, as requests and answers have them. */
bool accounts_wire_read_user(const struct json *object, struct user *user_out)
	__attribute__((warn_unused_result));
