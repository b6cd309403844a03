/* SPDX-License-Identifier: MIT */
#include "fcgi/csrf.h"

static const struct str purpose = STR("roomwire form:");

static struct str id_of(const struct user *user)
{
	return str_range((const char *)user->id, sizeof(user->id));
}

void csrf_write_token(const struct user *user, const struct secret *secret, struct buf *out)
{
	secret_sign(secret, purpose, id_of(user), out);
}

bool csrf_matches(const struct user *user, const struct secret *secret, struct str token)
{
	return secret_verify(secret, purpose, id_of(user), token);
}
