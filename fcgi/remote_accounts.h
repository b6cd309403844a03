/* SPDX-License-Identifier: MIT */
/* Accounts of another host. The broker beside the pages is asked whose a session is. It asks the
 * broker that has accounts.db, remembers the answer, and forgets it when it is revoked. */
#pragma once

#include "common/identity.h"
#include "fcgi/app.h"

/* Whether the accounts are on another host. Then there is no accounts.db here: who asks can be
 * found out, and nothing else. */
bool remote_accounts_are_asked(const struct app *app);
/* app is borrowed as long as the oracle is used. */
struct identity_oracle remote_accounts_oracle(struct app *app);
