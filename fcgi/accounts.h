/* SPDX-License-Identifier: MIT */
/* accounts.db as the pages use it, who make it and migrate it. */
#pragma once

#include "common/store/accounts.h"
#include "fcgi/pool.h"

/* NULL: the accounts are on another host, and nobody is found. Makes or migrates the file at path;
 * what stands against that is logged, and tried again when somebody needs it. The caller owns it.
 */
struct pool *accounts_pool_create(const char *path) __attribute__((warn_unused_result));
