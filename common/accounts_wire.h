/* SPDX-License-Identifier: MIT */
/* What brokers and pages without accounts.db ask about accounts over control, and the answers. Keys
 * and ids are base64url. A session is named by the hash of its cookie: whoever reads it cannot log
 * in with it. Pure. */
#pragma once

#include "common/json.h"
#include "common/session.h"

/* Each appends a request: whose a session is; whether a guest's id or name is taken; the use of a
 * ticket; the revocations after a number (negative: only the number of the last). */
void accounts_wire_ask_session(
	const uint8_t key_hash[static SESSION_HASH_SIZE], struct buf *request);
void accounts_wire_ask_guest(const struct user *guest, struct buf *request);
/* number_hash: the first size bytes of the hash of a ticket's jti. */
void accounts_wire_ask_ticket(
	const uint8_t *number_hash, size_t size, int64_t issued_s, struct buf *request);
void accounts_wire_ask_revocations(int64_t after, struct buf *request);

/* Each writes the members of an answer. state is SESSION_VALID (with session), _OVER or _BANNED. */
void accounts_wire_tell_session(
	enum session_state state, const struct session *session, struct json_writer *answer);
void accounts_wire_tell_guest(bool id_is_taken, bool name_is_taken, struct json_writer *answer);
/* Adds a revocation to the answer's list. has_account: it is of a user whose name others may have
 * had. */
void accounts_wire_tell_revocation(
	const struct revocation *revocation, bool has_account, struct json_writer *list);

/* Each reads an answer. SESSION_UNREADABLE, or false, for a refusal, a malformed answer and
 * NULL. */
enum session_state accounts_wire_read_session(const struct json *answer,
	const uint8_t key_hash[static SESSION_HASH_SIZE], struct session *session_out);
bool accounts_wire_read_guest(const struct json *answer, bool *id_is_taken_out,
	bool *name_is_taken_out) __attribute__((warn_unused_result));
/* revocation_out->key points to key. */
bool accounts_wire_read_revocation(const struct json *element,
	uint8_t key[static SESSION_HASH_SIZE], struct revocation *revocation_out,
	bool *has_account_out) __attribute__((warn_unused_result));
/* Reads a member of exactly size bytes. */
bool accounts_wire_read_bytes(const struct json *object, const char *name, uint8_t *out,
	size_t size) __attribute__((warn_unused_result));
/* A user's id and name, as requests and answers have them. */
bool accounts_wire_read_user(const struct json *object, struct user *user_out)
	__attribute__((warn_unused_result));
