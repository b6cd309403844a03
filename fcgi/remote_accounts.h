/* SPDX-License-Identifier: MIT */
/* Accounts that are on another host: the broker beside the pages is asked whose a session is. It
 * asks the one that has accounts.db, remembers the answer, and forgets it when it is revoked. */
#pragma once

#include "common/identity.h"
#include "fcgi/app.h"

/* Whether they are: then there is no accounts.db here, and only who asks can be found out. */
bool remote_accounts_are_asked(const struct app *app);
/* app is borrowed as long as it is used. */
struct identity_oracle remote_accounts_oracle(struct app *app);
