/* SPDX-License-Identifier: MIT */
/* An accounts.db in a folder, and people who have accounts there. Every failure is a failure of the
 * test. Ids, hashes of sessions and the like are made of a number or a name, and found again by it.
 */
#pragma once

#include "common/store/accounts.h"
#include "common/store/sessions.h"
#include "tests/support/folder.h"

#define PEOPLE_NOW_MS 1800000000000

/* The file of the folder; the caller closes it. */
struct accounts *people_open(const struct folder *folder, enum accounts_mode mode);
/* A person of this user name and display name, who joins now with the password hash "hash". */
struct account people_person(const char *name);
/* The same, added. */
struct account people_join(struct accounts *accounts, const char *name);
/* What becomes of it when it is added. */
enum account_result people_add(struct accounts *accounts, const struct account *account);
/* A login now, in a browser of that number. */
struct session_row people_session(const struct account *account, int number);
/* The same, added. */
struct session_row people_login(
	struct accounts *accounts, const struct account *account, int number);
bool people_is_logged_in(struct accounts *accounts, const struct session_row *session);
/* Whether the database has the account as it is here. */
bool people_has(struct accounts *accounts, const struct account *account);
/* What was revoked since the last call, which *last_id remembers: "session 7, user anna, ban bob",
 * with "gap" at its end where something is missing. Borrowed until the next call. */
const char *people_revoked(struct accounts *accounts, int64_t *last_id);
