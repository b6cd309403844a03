/* SPDX-License-Identifier: MIT */
/* A state machine over single bytes: the compiler meets an address in pieces. */
#include "fcgi/templatec/html_url.h"

#include <string.h>

static const struct {
	const char *scheme;
	enum html_url_part next;
} schemes[] = {
	{ "http", HTML_URL_HOST_START },
	{ "https", HTML_URL_HOST_START },
	{ "mailto", HTML_URL_PATH },
};

static bool ends_host(char c)
{
	return c == '/' || c == '?' || c == '#';
}

static enum html_url_part part_after_scheme(const char *word)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (strcmp(word, schemes[i].scheme) == 0)
			return schemes[i].next;
	}
	return HTML_URL_UNKNOWN;
}

static void feed_word(struct html_url *url, char c)
{
	size_t len = strlen(url->word);

	if (ends_host(c))
		*url = (struct html_url){ .part = HTML_URL_PATH };
	else if (c == ':')
		*url = (struct html_url){ .part = part_after_scheme(url->word) };
	else if (len + 1 < HTML_URL_WORD_SIZE)
		url->word[len] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

void html_url_feed(struct html_url *url, char c)
{
	if (url->part == HTML_URL_PATH)
		return;
	/* Browsers drop some of these bytes and read '\' as '/'; a reference hides any byte. */
	if ((unsigned char)c <= ' ' || c == '\\' || c == '&')
		*url = (struct html_url){ .part = HTML_URL_UNKNOWN };

	switch (url->part) {
	case HTML_URL_START:
		url->part = c == '/' ? HTML_URL_SLASH : HTML_URL_WORD;
		if (c != '/')
			feed_word(url, c);
		break;
	case HTML_URL_SLASH:
		url->part = c == '/' ? HTML_URL_HOST_START : HTML_URL_PATH;
		break;
	case HTML_URL_WORD:
		feed_word(url, c);
		break;
	case HTML_URL_VALUE:
		/* The value may have been "/" alone. */
		if (c == '/')
			url->part = HTML_URL_HOST_START;
		else
			url->part = ends_host(c) ? HTML_URL_PATH : HTML_URL_HOST;
		break;
	case HTML_URL_HOST_START:
		if (!ends_host(c))
			url->part = HTML_URL_HOST;
		break;
	case HTML_URL_HOST:
		if (ends_host(c))
			url->part = HTML_URL_PATH;
		break;
	case HTML_URL_PATH:
	case HTML_URL_UNKNOWN:
		break;
	}
}

/* At SLASH it stays there: the value may have been empty. */
void html_url_value(struct html_url *url)
{
	if (url->part == HTML_URL_START)
		url->part = HTML_URL_VALUE;
}

bool html_url_equals(const struct html_url *a, const struct html_url *b)
{
	return a->part == b->part && strcmp(a->word, b->word) == 0;
}
