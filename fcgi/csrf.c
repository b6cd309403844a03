/* SPDX-License-Identifier: MIT */
#include "fcgi/csrf.h"

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

void csrf_write_token(const struct identity *identity, const struct secret *secret, struct buf *out)
{
	struct buf subject = { 0 };

	write_subject(identity, &subject);
	secret_sign(secret, purpose, buf_str(&subject), out);
	buf_finish(&subject);
}

bool csrf_matches(const struct identity *identity, const struct secret *secret, struct str token)
{
	struct buf subject = { 0 };
	bool is_good;

	write_subject(identity, &subject);
	is_good = secret_verify(secret, purpose, buf_str(&subject), token);
	buf_finish(&subject);
	return is_good;
}
