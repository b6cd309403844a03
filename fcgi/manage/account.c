/* SPDX-License-Identifier: MIT */
#include "fcgi/manage/account.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/log.h"
#include "common/name_key.h"
#include "fcgi/manage/new_password.h"
#include "fcgi/manage/options.h"
#include "fcgi/manage/record.h"
#include "fcgi/manage/site.h"

static const struct {
	int exit_status;
	const char *sentence;
} results[] = {
	[ACCOUNT_DONE] = { EX_OK, "" },
	[ACCOUNT_NAME_TAKEN] = { EX_CANTCREAT, "this name is taken, or looks like one that is" },
	[ACCOUNT_ID_TAKEN] = { EX_CANTCREAT, "its id is taken; try again" },
	[ACCOUNT_NO_INVITE] = { EX_DATAERR, "there is no such invite" },
	[ACCOUNT_UNKNOWN] = { EX_NOUSER, "there is no such account" },
	[ACCOUNT_CHANGED] = { EX_TEMPFAIL, "somebody else has changed it meanwhile" },
};

int account_complain(const char *name, enum account_result result)
{
	if (result != ACCOUNT_DONE)
		site_complain(
			results[result].exit_status, "%s: %s", name, results[result].sentence);
	return results[result].exit_status;
}

void account_print(const struct account *account)
{
	struct record record;

	record_begin(&record);
	record_add_text(&record, "username", account->username);
	record_add_text(&record, "name", account->user.name);
	record_add_flag(&record, "superuser", account->is_superuser);
	record_add_flag(&record, "banned", !account->is_active);
	record_add_time(&record, "joined", account->joined_ms);
	record_add_time(&record, "last_login", account->last_login_ms);
	record_add_id(&record, "id", account->user.id, sizeof(account->user.id));
	record_print(&record);
}

void account_tell(const struct account *account, const char *what)
{
	if (record_is_json())
		account_print(account);
	else
		printf("%s: %s\n", account->username, what);
}

/* A user name that may be one, in normal form, as user and display name. */
static bool fill_names(struct account *account, const char *name, int *status_out)
{
	struct log_quoted quoted;
	struct buf normal = { 0 };
	enum name_problem problem = name_normalize(str_from(name), NAME_PERSON_MAX, &normal);

	*status_out = EX_OK;
	if (problem != NAME_OK)
		*status_out = site_complain(EX_DATAERR, "%s: %s",
			log_quote(&quoted, str_from(name)), name_problem_sentence(problem));
	else if (name_is_reserved(buf_str(&normal)))
		*status_out = site_complain(EX_DATAERR,
			"%s: guests are called so, accounts may not be",
			log_quote(&quoted, str_from(name)));
	if (*status_out == EX_OK) {
		memcpy(account->username, buf_text(&normal), normal.len + 1);
		memcpy(account->user.name, buf_text(&normal), normal.len + 1);
	}
	buf_finish(&normal);
	return *status_out == EX_OK;
}

/* Before a password is asked for: that the name is free is known for sure when it is added only. */
static bool name_is_free(const struct config *config, struct accounts *accounts,
	const struct account *account, int *status_out)
{
	uint8_t owner[USER_ID_SIZE];
	bool is_taken = false;
	enum store_problem problem = accounts_find_owner(
		accounts, str_from(account->username), owner, &is_taken);

	if (problem != STORE_OK)
		*status_out = site_complain_of_accounts(config, accounts, problem);
	else if (is_taken)
		*status_out = account_complain(account->username, ACCOUNT_NAME_TAKEN);
	return problem == STORE_OK && !is_taken;
}

/* What is to be made, and of what. */
struct order {
	struct account account;
	struct new_password source;
};

static int add(const struct config *config, struct accounts *accounts, const void *context)
{
	const struct order *order = context;
	struct account made = order->account, *account = &made;
	enum account_result result = ACCOUNT_DONE;
	enum store_problem problem;
	int status;

	if (!name_is_free(config, accounts, account, &status))
		return status;
	if (!new_password_read(
		    &order->source, config, account->username, account->password, &status))
		return status;
	crypto_random(account->user.id, sizeof(account->user.id));
	account->joined_ms = clock_wall_ms();
	problem = accounts_add(accounts, account, NULL, &result);
	if (problem != STORE_OK)
		return site_complain_of_accounts(config, accounts, problem);
	if (result == ACCOUNT_DONE)
		account_tell(account, account->is_superuser ? "has an account now, as a superuser"
							    : "has an account now");
	return account_complain(account->username, result);
}

int account_create(const struct config *config, const char *name, bool is_superuser)
{
	struct order order = { .account = { .is_superuser = is_superuser, .is_active = true } };
	int status;

	if (!fill_names(&order.account, name, &status) ||
		!new_password_open(&order.source, manage_options.password_file, &status))
		return status;
	status = site_with_accounts(config, add, &order);
	new_password_close(&order.source);
	return status;
}
