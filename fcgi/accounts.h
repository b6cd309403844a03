/* SPDX-License-Identifier: MIT */
/* accounts.db for the pages, which make it and migrate it. */
#pragma once

#include "common/store/accounts.h"
#include "fcgi/pool.h"

/* Makes or migrates the file at path. A failure is logged, and tried again when somebody needs the
 * file. path NULL: the accounts are on another host, and nobody is found here. The caller owns the
 * pool. */
struct pool *accounts_pool_create(const char *path) __attribute__((warn_unused_result));
