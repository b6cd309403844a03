/* SPDX-License-Identifier: MIT */
#include "fcgi/manage/site.h"

#include <errno.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/crypto.h"
#include "common/base/log.h"
#include "common/state.h"

int site_complain(int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("roomwire-manage: ", stderr);
	vfprintf(stderr, format, arguments);
	fputs("\n", stderr);
	va_end(arguments);
	return status;
}

bool site_take_owner(const struct config *config, int *status_out)
{
	const char *state = config->paths_state;
	struct stat status;

	if (geteuid() != 0 || stat(state, &status) != 0 || status.st_uid == 0)
		return true;
	if (setgroups(0, NULL) == 0 && setgid(status.st_gid) == 0 && setuid(status.st_uid) == 0)
		return true;
	*status_out = site_complain(
		EX_NOPERM, "cannot become the owner of %s: %s", state, strerrordesc_np(errno));
	return false;
}

bool site_enter(const struct config *config, int *status_out)
{
	bool is_new = access(config->paths_state, F_OK) != 0;
	struct buf problem = { 0 };

	if (!site_take_owner(config, status_out))
		return false;
	if (!state_prepare(config, &problem))
		*status_out = site_complain(EX_CANTCREAT, "%s", buf_text(&problem));
	else if (!crypto_init())
		*status_out = site_complain(EX_OSERR, "this host has no entropy to give");
	else
		*status_out = EX_OK;
	buf_finish(&problem);
	if (is_new && *status_out == EX_OK)
		site_complain(EX_OK,
			"%s was not there and is made; another one is found by "
			"--config FILE or --set paths.state=DIR",
			config->paths_state);
	return *status_out == EX_OK;
}

int site_complain_of_file(const char *path, enum store_problem problem)
{
	const char *reason = errno == 0 ? NULL : strerrordesc_np(errno);

	return site_complain(store_problem_exit_status(problem), "%s: %s%s%s%s", path,
		store_problem_sentence(problem), reason == NULL ? "" : " (",
		reason == NULL ? "" : reason, reason == NULL ? "" : ")");
}

int site_with_accounts(const struct config *config, site_work_fn *work, const void *context)
{
	static const struct audit_author shell = { .via = "shell" };
	struct buf path = { 0 };
	struct accounts *accounts;
	enum store_problem problem;
	int status;

	if (!site_enter(config, &status))
		return status;
	config_path(config, &path, "accounts.db");
	accounts = accounts_open(buf_text(&path), ACCOUNTS_WRITE, &problem);
	if (accounts != NULL)
		accounts_set_author(accounts, &shell);
	status = accounts == NULL ? site_complain_of_file(buf_text(&path), problem)
				  : work(config, accounts, context);
	accounts_close(accounts);
	buf_finish(&path);
	return status;
}

int site_complain_of_accounts(
	const struct config *config, struct accounts *accounts, enum store_problem problem)
{
	return site_complain(store_problem_exit_status(problem), "%s/accounts.db: %s (%s)",
		config->paths_state, store_problem_sentence(problem),
		accounts_error_text(accounts));
}

bool site_find_account(const struct config *config, struct accounts *accounts, const char *name,
	struct account *account_out, int *status_out)
{
	struct log_quoted quoted;
	struct buf normal = { 0 };
	bool is_found = false;
	enum store_problem problem = STORE_OK;

	if (name_normalize(str_from(name), NAME_PERSON_MAX, &normal) == NAME_OK)
		problem = accounts_find_username(
			accounts, buf_str(&normal), account_out, &is_found);
	buf_finish(&normal);
	if (problem != STORE_OK)
		*status_out = site_complain_of_accounts(config, accounts, problem);
	else if (!is_found)
		*status_out = site_complain(EX_NOUSER, "%s: there is no such account",
			log_quote(&quoted, str_from(name)));
	return is_found;
}
