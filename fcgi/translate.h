/* SPDX-License-Identifier: MIT */
/* The languages of the pages: catalogues compiled into tables (gettext's own run time is one
 * language a process and needs locales that Debian does not install). A message is its own
 * English. Any thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/base/str.h"

/* A row of a catalogue, sorted by message (strcmp). */
struct translation_row {
	const char *message;
	const char *const *forms; /* one, or the language's plural forms */
	size_t form_count;
};

struct translation {
	const char *language; /* "en", "zh-CN" */
	size_t (*plural)(int64_t number);
	const struct translation_row *rows;
	size_t row_count;
};

/* Made by the build from web/locale; the first one is English. */
extern const struct translation *const translations[];
extern const size_t translation_count;

/* One of our languages by its own tag, in any case; NULL when it is none. */
const struct translation *translation_named(struct str language);
/* The best of our languages for an Accept-Language header (RFC 9110 12.5.4); otherwise where none
 * fits. */
const struct translation *translation_find(
	struct str accept_language, const struct translation *otherwise);
/* The one after it in the table, as in a circle: what a reader may change to. */
const struct translation *translation_after(const struct translation *language);
/* The message in a language, or the message itself. It lives as long as message does. */
const char *translate(const struct translation *language, const char *message);
const char *translate_plural(
	const struct translation *language, const char *one, const char *many, int64_t number);

/* The plural rules that catalogues may name (catalogc.c): which form a number takes. */
size_t plural_one_form(int64_t number); /* Chinese, Japanese, … */
size_t plural_one_and_other(int64_t number); /* English, German, … */
size_t plural_upto_one_and_other(int64_t number); /* French, … */
size_t plural_one_few_many(int64_t number); /* Russian, Ukrainian, … */
