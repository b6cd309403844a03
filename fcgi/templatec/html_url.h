/* SPDX-License-Identifier: MIT */
/* How far the address in an attribute has come, fed with its fixed text: behind some of that, a
 * value cannot change any more where the address leads. Strict: what a browser might read in
 * another way counts as unknown. */
#pragma once

#include <stdbool.h>

enum html_url_part {
	HTML_URL_START,
	HTML_URL_SLASH, /* "/", which a second one would make a host */
	HTML_URL_WORD, /* a scheme, or the first piece of a path */
	HTML_URL_VALUE, /* behind a value that is an address: perhaps in its host */
	HTML_URL_HOST_START,
	HTML_URL_HOST,
	HTML_URL_PATH, /* or query or fragment: to the end */
	HTML_URL_UNKNOWN, /* to the end */
};

#define HTML_URL_WORD_SIZE sizeof("mailto?")

/* All zero is the beginning. */
struct html_url {
	enum html_url_part part;
	char word[HTML_URL_WORD_SIZE]; /* of HTML_URL_WORD; one that is cut is no scheme of ours */
};

void html_url_feed(struct html_url *url, char c);
/* A value has been written here. */
void html_url_value(struct html_url *url);
bool html_url_equals(const struct html_url *a, const struct html_url *b);
