/* SPDX-License-Identifier: MIT */
#include "fcgi/csrf.h"

#include "common/base/crypto.h"

#define SALT_BYTES 9
#define SALT_LENGTH_MAX 12

static const struct str purpose = STR("roomwire form:");

/* The kind goes in, so that what one kind is bound to is never taken for what another is. */
static void write_subject(const struct identity *identity, struct buf *out)
{
	const struct session *session = &identity->session;
	const struct user *user = &identity->user;

	buf_append_format(out, "%d:", identity->kind);
	if (identity->kind == IDENTITY_ACCOUNT)
		buf_append(out, session->key_hash, sizeof(session->key_hash));
	else
		buf_append(out, user->id, sizeof(user->id));
}

/* The salt is text: before the dot of the token. */
static void write_signed(const struct identity *identity, struct str salt, struct buf *out)
{
	write_subject(identity, out);
	buf_append_str(out, salt);
}

void csrf_write_token(const struct identity *identity, const struct secret *secret, struct buf *out)
{
	struct buf subject = { 0 }, salt = { 0 };
	uint8_t random[SALT_BYTES];

	crypto_random(random, sizeof(random));
	crypto_base64_encode(&salt, random, sizeof(random));
	write_signed(identity, buf_str(&salt), &subject);
	buf_append_str(out, buf_str(&salt));
	buf_append_char(out, '.');
	secret_sign(secret, purpose, buf_str(&subject), out);
	buf_finish(&subject);
	buf_finish(&salt);
}

bool csrf_matches(const struct identity *identity, const struct secret *secret, struct str token)
{
	struct buf subject = { 0 };
	struct str salt;
	bool is_good;

	if (!str_next(&token, '.', &salt) || salt.len > SALT_LENGTH_MAX)
		return false;
	write_signed(identity, salt, &subject);
	is_good = secret_verify(secret, purpose, buf_str(&subject), token);
	buf_finish(&subject);
	return is_good;
}
