/* SPDX-License-Identifier: MIT */
#include <sysexits.h>

#include "common/base/clock.h"
#include "fcgi/manage/account.h"
#include "fcgi/manage/commands.h"
#include "fcgi/manage/new_password.h"
#include "fcgi/manage/options.h"
#include "fcgi/manage/site.h"

/* Whose, and where the new one comes from. */
struct order {
	const char *name;
	struct new_password source;
};

static int change(const struct config *config, struct accounts *accounts, const void *context)
{
	const struct order *order = context;
	char hash[PASSWORD_HASH_SIZE];
	enum account_result result;
	enum store_problem problem;
	struct account account;
	int status;

	if (!site_find_account(config, accounts, order->name, &account, &status) ||
		!new_password_read(&order->source, config, account.username, hash, &status))
		return status;
	problem = accounts_change_password(
		accounts, account.user.id, NULL, hash, NULL, clock_wall_ms(), &result);
	if (problem != STORE_OK)
		return site_complain_of_accounts(config, accounts, problem);
	if (result == ACCOUNT_DONE)
		account_tell(&account, "has another password now, and no session");
	return account_complain(account.username, result);
}

int manage_password_change(const struct config *config, const char *name)
{
	struct order order = { .name = name };
	int status;

	if (!new_password_open(&order.source, manage_options.password_file, &status))
		return status;
	status = site_with_accounts(config, change, &order);
	new_password_close(&order.source);
	return status;
}
