/* SPDX-License-Identifier: MIT */
#include "fcgi/accounts.h"

#define WAIT_MS 1000 /* for another process that writes: no page is worth more */

static void *open_accounts(const char *path, enum store_problem *problem_out)
{
	struct accounts *accounts = accounts_open(path, ACCOUNTS_WRITE, problem_out);

	if (accounts != NULL)
		accounts_set_patience(accounts, WAIT_MS);
	return accounts;
}

static enum store_problem check_file(const void *connection)
{
	return accounts_check_file(connection);
}

static const char *error_text(const void *connection)
{
	return accounts_error_text(connection);
}

static void close_accounts(void *connection)
{
	accounts_close(connection);
}

static const struct pool_ops ops = {
	.name = "accounts",
	.makes_files = true,
	.open = open_accounts,
	.check_file = check_file,
	.error_text = error_text,
	.close = close_accounts,
};

struct pool *accounts_pool_create(const char *path)
{
	struct pool *pool = pool_create(&ops, path);
	enum store_problem problem;

	pool_return(pool, pool_borrow(pool, &problem), STORE_OK);
	return pool;
}
