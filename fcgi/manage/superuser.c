/* SPDX-License-Identifier: MIT */
/* The first account of a site, which has no page that could make a superuser. */
#include <sysexits.h>

#include "fcgi/manage/account.h"
#include "fcgi/manage/commands.h"
#include "fcgi/manage/options.h"
#include "fcgi/manage/site.h"
#include "fcgi/manage/terminal.h"

int manage_superuser_create(const struct config *config, const char *unused)
{
	char typed[USER_NAME_SIZE + 1];

	(void)unused;
	if (manage_options.username != NULL)
		return account_create(config, manage_options.username, true);
	if (!terminal_is_there())
		return site_complain(EX_USAGE, "--username is missing, and there is no terminal "
					       "to ask for it");
	if (!terminal_ask("User name: ", false, typed, sizeof(typed)))
		return site_complain(EX_NOINPUT, "no user name was given");
	return account_create(config, typed, true);
}
