/* SPDX-License-Identifier: MIT */
#include "fcgi/theme.h"

#include <stddef.h>

#include "common/cookie.h"

static const char *const names[] = {
	[THEME_SYSTEM] = "system",
	[THEME_LIGHT] = "light",
	[THEME_DARK] = "dark",
};

const char *theme_name(enum theme theme)
{
	return names[theme];
}

bool theme_find(struct str name, enum theme *theme_out)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (str_is(name, names[i])) {
			*theme_out = (enum theme)i;
			return true;
		}
	}
	return false;
}

enum theme theme_chosen(struct str cookies, bool is_https)
{
	enum theme theme = THEME_SYSTEM;
	struct str name;

	for (int i = 0; i < COOKIE_TRIES_MAX; i++) {
		if (!cookie_next(&cookies, THEME_COOKIE, is_https, &name) ||
			theme_find(name, &theme))
			break;
	}
	return theme;
}
