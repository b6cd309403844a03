/* SPDX-License-Identifier: MIT */
/* Who makes a request, in both programs alike: the session of an account, else a guest. */
#pragma once

#include <stdbool.h>

#include "common/secret.h"
#include "common/session.h"

enum identity_kind {
	IDENTITY_GUEST,
	IDENTITY_ACCOUNT,
	IDENTITY_REMOTE, /* the web server has logged the user in (REMOTE_USER) */
	IDENTITY_TICKET, /* another site vouches for the user (common/ticket.h) */
};

struct identity {
	struct user user;
	enum identity_kind kind;
	struct session session; /* of an IDENTITY_ACCOUNT */
	bool guest_is_new; /* the guest's cookie must be sent */
};

enum identity_result {
	IDENTITY_FOUND,
	/* 401: [site] guests is "no"; the forms to log in take the user as a guest */
	IDENTITY_MUST_LOG_IN,
	IDENTITY_BANNED, /* 403 */
	/* 503: there is a session, and its account is unknown at this moment */
	IDENTITY_UNREADABLE,
};

/* Answers about sessions and accounts when accounts.db is on another host. */
struct identity_oracle {
	/* As session_find; SESSION_UNREADABLE while there is no answer. */
	enum session_state (*find_session)(void *context,
		const uint8_t key_hash[static SESSION_HASH_SIZE], struct session *session_out);
	/* As accounts_judge_guest; false while there is no answer. */
	bool (*judge_guest)(void *context, const struct user *guest, bool *id_is_taken_out,
		bool *name_is_taken_out);
	void *context;
};

/* Where identities come from. */
struct identity_sources {
	const struct config *config;
	const struct secret *secret;
	/* NULL: it cannot be read; or, with accounts_problem STORE_OK, there are none yet */
	struct accounts *accounts;
	enum store_problem accounts_problem;
	const struct identity_oracle *oracle; /* asked instead of accounts; or NULL */
	int64_t now_ms; /* wall clock */
};

/* Finds who sends a Cookie header. A guest whose id is an account's becomes a new guest. A guest
 * whose name is an account's or looks like it is called guest-… again; while accounts cannot be
 * read, so is every guest with a chosen name. */
enum identity_result identity_find(const struct identity_sources *sources, struct str cookie_header,
	bool is_https, struct identity *identity) __attribute__((warn_unused_result));
/* A user for whom somebody else vouches. The id is made of the realm ("remote user:", "ticket:")
 * and the subject, and never changes. A realm ends with its only ':'; name is in normal form. */
void identity_vouch(const struct secret *secret, enum identity_kind kind, struct str realm,
	struct str subject, struct str name, struct identity *identity);
/* A user whom the web server has logged in ([accounts] remote_user), by the name that it gives.
 * False when that cannot be a name (common/name.h). */
bool identity_vouch_remote(const struct secret *secret, struct str name, struct identity *identity)
	__attribute__((warn_unused_result));
/* A tag lets a page and its socket agree about the user, so that nothing typed as one user is sent
 * as another. Appends a word that is made of the user's id and tells nothing about it. */
void identity_write_tag(const struct user *user, const struct secret *secret, struct buf *out);
bool identity_tag_matches(const struct user *user, const struct secret *secret, struct str tag)
	__attribute__((warn_unused_result));
