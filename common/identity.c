/* SPDX-License-Identifier: MIT */
/* A session is tried before a guest. A session that cannot be read ends the search: a user who was
 * logged in a moment ago must not speak as somebody else now. */
#include "common/identity.h"

#include <assert.h>
#include <string.h>

#include "common/guest.h"

#define TAG_LEN 16 /* 96 bits of the signature, as base64url */

static const struct str tag_purpose = STR("roomwire identity tag:");
static const struct str vouch_purpose = STR("roomwire vouched:");

static bool are_unreadable(const struct identity_sources *sources)
{
	return sources->accounts == NULL && sources->accounts_problem != STORE_OK;
}

static enum session_state find_session(const struct identity_sources *sources,
	struct str cookie_header, bool is_https, struct session *session)
{
	uint8_t key_hash[SESSION_HASH_SIZE];

	if (!session_read_cookie(cookie_header, is_https, key_hash))
		return SESSION_NONE;
	if (sources->oracle != NULL)
		return sources->oracle->find_session(sources->oracle->context, key_hash, session);
	if (sources->accounts == NULL && !are_unreadable(sources))
		return SESSION_OVER; /* there are no accounts yet */
	return session_find(sources->accounts, sources->config, key_hash, sources->now_ms, session);
}

/* False when it is unknown. Without accounts nothing is taken. */
static bool judge_guest(const struct identity_sources *sources, const struct user *guest,
	bool *id_is_taken_out, bool *name_is_taken_out)
{
	*id_is_taken_out = false;
	*name_is_taken_out = false;
	if (sources->oracle != NULL)
		return sources->oracle->judge_guest(
			sources->oracle->context, guest, id_is_taken_out, name_is_taken_out);
	if (sources->accounts == NULL)
		return !are_unreadable(sources);
	return accounts_judge_guest(sources->accounts, guest, id_is_taken_out, name_is_taken_out) ==
	       STORE_OK;
}

/* A guest that is called after its own id keeps that name, whatever accounts are called: nobody can
 * choose it. */
static void find_guest(const struct identity_sources *sources, struct str cookie_header,
	bool is_https, struct identity *identity)
{
	bool id_is_taken, name_is_taken, is_judged;

	if (!guest_read(&identity->user, sources->secret, cookie_header, is_https)) {
		guest_create(&identity->user);
		identity->guest_is_new = true;
		return;
	}
	is_judged = judge_guest(sources, &identity->user, &id_is_taken, &name_is_taken);
	if (is_judged && id_is_taken) {
		guest_create(&identity->user);
		identity->guest_is_new = true;
	} else if (!is_judged || name_is_taken) {
		guest_name_by_id(&identity->user);
	}
}

enum identity_result identity_find(const struct identity_sources *sources, struct str cookie_header,
	bool is_https, struct identity *identity)
{
	*identity = (struct identity){ .kind = IDENTITY_GUEST };
	switch (find_session(sources, cookie_header, is_https, &identity->session)) {
	case SESSION_VALID:
		identity->kind = IDENTITY_ACCOUNT;
		identity->user = identity->session.user;
		return IDENTITY_FOUND;
	case SESSION_BANNED:
		return IDENTITY_BANNED;
	case SESSION_UNREADABLE:
		return IDENTITY_UNREADABLE;
	case SESSION_NONE:
	case SESSION_OVER:
		break;
	}
	find_guest(sources, cookie_header, is_https, identity);
	return sources->config->site_guests ? IDENTITY_FOUND : IDENTITY_MUST_LOG_IN;
}

/* Makes an id of the first bytes of our signature. */
static void make_id(const struct secret *secret, struct str realm, struct str subject,
	uint8_t id_out[static USER_ID_SIZE])
{
	struct buf data = { 0 }, signature = { 0 };
	uint8_t mac[CRYPTO_MAC_SIZE];
	size_t len;
	bool is_decoded;

	buf_append_str(&data, realm);
	buf_append_str(&data, subject);
	secret_sign(secret, vouch_purpose, buf_str(&data), &signature);
	is_decoded = crypto_base64_decode(buf_str(&signature), mac, sizeof(mac), &len);
	assert(is_decoded && len == sizeof(mac));
	(void)is_decoded;
	memcpy(id_out, mac, USER_ID_SIZE);
	buf_finish(&data);
	buf_finish(&signature);
}

void identity_vouch(const struct secret *secret, enum identity_kind kind, struct str realm,
	struct str subject, struct str name, struct identity *identity)
{
	assert(str_ends_with(realm, STR_OF(":")) && str_find(realm, ':') == realm.len - 1);
	assert(name.len < USER_NAME_SIZE);
	*identity = (struct identity){ .kind = kind };
	make_id(secret, realm, subject, identity->user.id);
	memcpy(identity->user.name, name.data, name.len);
}

bool identity_vouch_remote(const struct secret *secret, struct str name, struct identity *identity)
{
	struct buf normal = { 0 };
	bool is_name = name_normalize(name, NAME_PERSON_MAX, &normal) == NAME_OK;

	if (is_name)
		identity_vouch(secret, IDENTITY_REMOTE, STR_OF("remote user:"), buf_str(&normal),
			buf_str(&normal), identity);
	buf_finish(&normal);
	return is_name;
}

void identity_write_tag(const struct user *user, const struct secret *secret, struct buf *out)
{
	struct buf signature = { 0 };

	secret_sign(
		secret, tag_purpose, str_range((const char *)user->id, USER_ID_SIZE), &signature);
	buf_append_str(out, str_range(signature.data, TAG_LEN));
	buf_finish(&signature);
}

bool identity_tag_matches(const struct user *user, const struct secret *secret, struct str tag)
{
	struct buf expected = { 0 };
	bool is_match;

	identity_write_tag(user, secret, &expected);
	is_match = tag.len == expected.len && crypto_equals(tag.data, expected.data, tag.len);
	buf_finish(&expected);
	return is_match;
}
