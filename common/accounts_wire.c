/* SPDX-License-Identifier: MIT */
#include "common/accounts_wire.h"

#include <string.h>

static const char *const states[] = {
	[SESSION_OVER] = "over",
	[SESSION_BANNED] = "banned",
	[SESSION_VALID] = "valid",
};

static void add_user(struct json_writer *writer, const struct user *user)
{
	json_add_bytes(writer, "user_id", user->id, sizeof(user->id));
	json_add_string(writer, "user", str_from(user->name));
}

static struct json_writer begin(const char *op, struct buf *request)
{
	struct json_writer writer = json_writer_to(request);

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "op", str_from(op));
	return writer;
}

void accounts_wire_ask_session(
	const uint8_t key_hash[static SESSION_HASH_SIZE], struct buf *request)
{
	struct json_writer writer = begin("session", request);

	json_add_bytes(&writer, "session", key_hash, SESSION_HASH_SIZE);
	json_end_object(&writer);
}

void accounts_wire_ask_guest(const struct user *guest, struct buf *request)
{
	struct json_writer writer = begin("guest", request);

	add_user(&writer, guest);
	json_end_object(&writer);
}

void accounts_wire_ask_ticket(
	const uint8_t *number_hash, size_t size, int64_t issued_s, struct buf *request)
{
	struct json_writer writer = begin("ticket", request);

	json_add_bytes(&writer, "ticket", number_hash, size);
	json_add_integer(&writer, "issued", issued_s);
	json_end_object(&writer);
}

void accounts_wire_ask_revocations(int64_t after, struct buf *request)
{
	struct json_writer writer = begin("revocations", request);

	json_add_integer(&writer, "after", after);
	json_end_object(&writer);
}

void accounts_wire_tell_session(
	enum session_state state, const struct session *session, struct json_writer *answer)
{
	json_add_string(answer, "state", str_from(states[state]));
	if (state != SESSION_VALID)
		return;
	add_user(answer, &session->user);
	json_add_bool(answer, "is_superuser", session->is_superuser);
	json_add_integer(answer, "created_ms", session->created_ms);
	json_add_integer(answer, "seen_ms", session->seen_ms);
}

void accounts_wire_tell_guest(bool id_is_taken, bool name_is_taken, struct json_writer *answer)
{
	json_add_bool(answer, "id_is_taken", id_is_taken);
	json_add_bool(answer, "name_is_taken", name_is_taken);
}

void accounts_wire_tell_revocation(
	const struct revocation *revocation, bool has_account, struct json_writer *list)
{
	bool is_user = revocation->kind == REVOKED_USER;

	json_begin_object(list, NULL);
	json_add_bytes(list, is_user ? "user_id" : "session", revocation->key,
		is_user ? USER_ID_SIZE : SESSION_HASH_SIZE);
	json_add_bool(list, "is_ban", revocation->is_ban);
	json_add_bool(list, "has_account", has_account);
	json_end_object(list);
}

bool accounts_wire_read_bytes(
	const struct json *object, const char *name, uint8_t *out, size_t size)
{
	struct str text;
	size_t len;

	return json_get_string(json_find(object, name), &text) &&
	       crypto_base64_decode(text, out, size, &len) && len == size;
}

bool accounts_wire_read_user(const struct json *object, struct user *user_out)
{
	struct str name;

	*user_out = (struct user){ 0 };
	if (!accounts_wire_read_bytes(object, "user_id", user_out->id, sizeof(user_out->id)) ||
		!json_get_string(json_find(object, "user"), &name) || name.len == 0 ||
		name.len >= sizeof(user_out->name) || str_find(name, '\0') < name.len)
		return false;
	memcpy(user_out->name, name.data, name.len);
	return true;
}

/* False for a refusal, and when there is no answer. */
static bool is_ok(const struct json *answer)
{
	bool is_ok = false;

	return json_get_bool(json_find(answer, "ok"), &is_ok) && is_ok;
}

static enum session_state read_state(const struct json *answer)
{
	struct str word;

	if (!is_ok(answer) || !json_get_string(json_find(answer, "state"), &word))
		return SESSION_UNREADABLE;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (states[i] != NULL && str_is(word, states[i]))
			return (enum session_state)i;
	}
	return SESSION_UNREADABLE;
}

enum session_state accounts_wire_read_session(const struct json *answer,
	const uint8_t key_hash[static SESSION_HASH_SIZE], struct session *session_out)
{
	enum session_state state = read_state(answer);

	if (state != SESSION_VALID)
		return state;
	*session_out = (struct session){ 0 };
	memcpy(session_out->key_hash, key_hash, sizeof(session_out->key_hash));
	if (accounts_wire_read_user(answer, &session_out->user) &&
		json_get_bool(json_find(answer, "is_superuser"), &session_out->is_superuser) &&
		json_get_integer(json_find(answer, "created_ms"), &session_out->created_ms) &&
		json_get_integer(json_find(answer, "seen_ms"), &session_out->seen_ms))
		return SESSION_VALID;
	return SESSION_UNREADABLE;
}

bool accounts_wire_read_guest(
	const struct json *answer, bool *id_is_taken_out, bool *name_is_taken_out)
{
	return is_ok(answer) && json_get_bool(json_find(answer, "id_is_taken"), id_is_taken_out) &&
	       json_get_bool(json_find(answer, "name_is_taken"), name_is_taken_out);
}

bool accounts_wire_read_revocation(const struct json *element,
	uint8_t key[static SESSION_HASH_SIZE], struct revocation *revocation_out,
	bool *has_account_out)
{
	bool is_user = json_find(element, "user_id") != NULL;

	*revocation_out = (struct revocation){ .kind = is_user ? REVOKED_USER : REVOKED_SESSION,
		.key = key };
	return accounts_wire_read_bytes(element, is_user ? "user_id" : "session", key,
		       is_user ? USER_ID_SIZE : SESSION_HASH_SIZE) &&
	       json_get_bool(json_find(element, "is_ban"), &revocation_out->is_ban) &&
	       json_get_bool(json_find(element, "has_account"), has_account_out);
}
