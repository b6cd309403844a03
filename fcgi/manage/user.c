/* SPDX-License-Identifier: MIT */
/* Who has an account, and what each may do. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/clock.h"
#include "fcgi/manage/account.h"
#include "fcgi/manage/commands.h"
#include "fcgi/manage/options.h"
#include "fcgi/manage/site.h"
#include "fcgi/manage/terminal.h"

#define PAGE_ACCOUNTS 500

/* A page of the list, and where it has come to. */
struct listing {
	char last[USER_NAME_SIZE];
	size_t count;
};

static bool list_one(void *context, const struct account *account)
{
	struct listing *listing = context;

	account_print(account);
	memcpy(listing->last, account->username, sizeof(listing->last));
	listing->count++;
	return true;
}

static int list(const struct config *config, struct accounts *accounts, const void *unused)
{
	struct listing listing = { .count = PAGE_ACCOUNTS };
	enum store_problem problem = STORE_OK;

	(void)unused;
	while (problem == STORE_OK && listing.count == PAGE_ACCOUNTS) {
		char after[USER_NAME_SIZE];

		memcpy(after, listing.last, sizeof(after));
		listing.count = 0;
		problem = accounts_list(
			accounts, str_from(after), PAGE_ACCOUNTS, list_one, &listing);
	}
	return problem == STORE_OK ? EX_OK : site_complain_of_accounts(config, accounts, problem);
}

int manage_user_list(const struct config *config, const char *unused)
{
	(void)unused;
	return site_with_accounts(config, list, NULL);
}

int manage_user_add(const struct config *config, const char *name)
{
	return account_create(config, name, false);
}

static bool is_meant(const struct account *account, int *status_out)
{
	char question[USER_NAME_SIZE + 64], answer[16];

	if (manage_options.yes != NULL)
		return true;
	if (!terminal_is_there()) {
		*status_out = site_complain(EX_USAGE,
			"%s cannot be brought back: --yes says that this is meant",
			account->username);
		return false;
	}
	snprintf(question, sizeof(question),
		"%s cannot be brought back. Type yes to delete it: ", account->username);
	if (terminal_ask(question, false, answer, sizeof(answer)) && strcmp(answer, "yes") == 0)
		return true;
	*status_out = site_complain(EX_USAGE, "%s is left as it is", account->username);
	return false;
}

static int delete (const struct config *config, struct accounts *accounts, const void *name)
{
	enum account_result result;
	enum store_problem problem;
	struct account account;
	int status;

	if (!site_find_account(config, accounts, name, &account, &status) ||
		!is_meant(&account, &status))
		return status;
	problem = accounts_delete(accounts, account.user.id, clock_wall_ms(), &result);
	if (problem != STORE_OK)
		return site_complain_of_accounts(config, accounts, problem);
	if (result == ACCOUNT_DONE)
		account_tell(&account, "is deleted; what it has said stays");
	return account_complain(account.username, result);
}

int manage_user_delete(const struct config *config, const char *name)
{
	return site_with_accounts(config, delete, name);
}

/* What a command makes of an account's rights. */
struct right {
	size_t offset; /* of the bool in struct account */
	bool is_given;
	const char *done;
	const char *was_so;
};

static const struct right ban = { offsetof(struct account, is_active), false,
	"is banned now, and has no session", "is banned already" };
static const struct right unban = { offsetof(struct account, is_active), true, "may log in again",
	"is not banned" };
static const struct right promote = { offsetof(struct account, is_superuser), true,
	"is a superuser now, and has to log in again", "is a superuser already" };
static const struct right demote = { offsetof(struct account, is_superuser), false,
	"is no superuser any more, and has to log in again", "is no superuser" };

/* Whose right, and which. */
struct order {
	const char *name;
	const struct right *right;
};

static int change_right(const struct config *config, struct accounts *accounts, const void *context)
{
	const struct order *order = context;
	enum account_result result = ACCOUNT_DONE;
	enum store_problem problem = STORE_OK;
	struct account account;
	bool *has_right, is_changed;
	int status;

	if (!site_find_account(config, accounts, order->name, &account, &status))
		return status;
	has_right = (bool *)(void *)((char *)&account + order->right->offset);
	is_changed = *has_right != order->right->is_given;
	*has_right = order->right->is_given;
	if (is_changed)
		problem = accounts_set_rights(accounts, account.user.id, account.is_superuser,
			account.is_active, clock_wall_ms(), &result);
	if (problem != STORE_OK)
		return site_complain_of_accounts(config, accounts, problem);
	if (result == ACCOUNT_DONE)
		account_tell(&account, is_changed ? order->right->done : order->right->was_so);
	return account_complain(account.username, result);
}

int manage_user_ban(const struct config *config, const char *name)
{
	return site_with_accounts(config, change_right, &(struct order){ name, &ban });
}

int manage_user_unban(const struct config *config, const char *name)
{
	return site_with_accounts(config, change_right, &(struct order){ name, &unban });
}

int manage_user_promote(const struct config *config, const char *name)
{
	return site_with_accounts(config, change_right, &(struct order){ name, &promote });
}

int manage_user_demote(const struct config *config, const char *name)
{
	return site_with_accounts(config, change_right, &(struct order){ name, &demote });
}
