/* SPDX-License-Identifier: MIT */
/* Most browsers name those whose pages they want as well, and systems those that they are made of:
 * the first row that is found is the one that says most. */
#include "fcgi/views/agent.h"

#include <string.h>

struct sign {
	const char *text; /* is in the user agent */
	const char *word;
};

static const struct sign browsers[] = {
	{ "Edg", "Edge" },
	{ "OPR/", "Opera" },
	{ "SamsungBrowser/", "Samsung Internet" },
	{ "Vivaldi/", "Vivaldi" },
	{ "FxiOS/", "Firefox" },
	{ "Firefox/", "Firefox" },
	{ "CriOS/", "Chrome" },
	{ "Chromium/", "Chromium" },
	{ "Chrome/", "Chrome" },
	{ "Safari/", "Safari" },
	{ "curl/", "curl" },
	{ "python", "Python" },
	{ "Lynx/", "Lynx" },
	{ "w3m/", "w3m" },
};

static const struct sign systems[] = {
	{ "Android", "Android" },
	{ "iPhone", "iPhone" },
	{ "iPad", "iPad" },
	{ "Windows", "Windows" },
	{ "CrOS", "ChromeOS" },
	{ "Mac OS X", "macOS" },
	{ "FreeBSD", "FreeBSD" },
	{ "OpenBSD", "OpenBSD" },
	{ "Linux", "Linux" },
};

static const char *find_word(struct str text, const struct sign *signs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (text.len > 0 &&
			memmem(text.data, text.len, signs[i].text, strlen(signs[i].text)) != NULL)
			return signs[i].word;
	}
	return "";
}

struct agent_words agent_describe(struct str user_agent)
{
	return (struct agent_words){
		find_word(user_agent, browsers, sizeof(browsers) / sizeof(browsers[0])),
		find_word(user_agent, systems, sizeof(systems) / sizeof(systems[0])),
	};
}
