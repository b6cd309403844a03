/* SPDX-License-Identifier: MIT */
/* How accounts are shown, and how new ones are made. */
#pragma once

#include <stdbool.h>

#include "common/config.h"
#include "common/store/accounts.h"

/* The account as one line. */
void account_print(const struct account *account);
/* What has become of an account: with --json itself, else "NAME: WHAT". */
void account_tell(const struct account *account, const char *what);
/* Makes one, with a password that is read where the options say. Returns the exit status. */
int account_create(const struct config *config, const char *name, bool is_superuser);
/* What a change that was against the rules is called; returns the exit status. ACCOUNT_DONE: 0. */
int account_complain(const char *name, enum account_result result);
