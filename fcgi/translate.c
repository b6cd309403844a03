/* SPDX-License-Identifier: MIT */
/* Languages are chosen by weight: the header's order breaks ties. "zh" finds "zh-CN", and "en-GB"
 * finds "en". */
#include "fcgi/translate.h"

#include <stdlib.h>
#include <string.h>

/* Ranges past so many are not read: the header is the client's. */
#define RANGES_MAX 20

size_t plural_one_form(int64_t number)
{
	(void)number;
	return 0;
}

size_t plural_one_and_other(int64_t number)
{
	return number == 1 ? 0 : 1;
}

/* "q=0.8" in thousandths; what is malformed weighs nothing. */
static unsigned read_weight(struct str parameter)
{
	unsigned weight = 0;
	unsigned digit_value = 1000;

	if (!str_starts_with(parameter, STR_OF("q=")))
		return 1000;
	for (size_t i = 2; i < parameter.len && digit_value > 0; i++) {
		char c = parameter.data[i];

		if (c == '.')
			continue;
		if (c < '0' || c > '9')
			return 0;
		weight += (unsigned)(c - '0') * digit_value;
		digit_value /= 10;
	}
	return weight;
}

static struct str primary_tag(struct str tag)
{
	return str_range(tag.data, str_find(tag, '-'));
}

static const struct translation *find_language(struct str tag)
{
	for (size_t i = 0; i < translation_count; i++) {
		if (str_equals_ignore_case(tag, str_from(translations[i]->language)))
			return translations[i];
	}
	for (size_t i = 0; i < translation_count; i++) {
		if (str_equals_ignore_case(
			    primary_tag(tag), primary_tag(str_from(translations[i]->language))))
			return translations[i];
	}
	return NULL;
}

const struct translation *translation_find(struct str accept_language)
{
	const struct translation *best = translations[0];
	unsigned best_weight = 0;
	struct str range;

	for (int i = 0; i < RANGES_MAX && str_next(&accept_language, ',', &range); i++) {
		size_t semicolon = str_find(range, ';');
		struct str tag = str_trim(str_range(range.data, semicolon));
		struct str parameter = semicolon < range.len
					       ? str_trim(str_skip(range, semicolon + 1))
					       : STR_OF("");
		unsigned weight = read_weight(parameter);
		const struct translation *found = find_language(tag);

		if (found != NULL && weight > best_weight) {
			best = found;
			best_weight = weight;
		}
	}
	return best;
}

static int compare_rows(const void *key, const void *row)
{
	return strcmp(key, ((const struct translation_row *)row)->message);
}

static const struct translation_row *find_row(
	const struct translation *language, const char *message)
{
	if (language->row_count == 0)
		return NULL;
	return bsearch(message, language->rows, language->row_count, sizeof(language->rows[0]),
		compare_rows);
}

const char *translate(const struct translation *language, const char *message)
{
	const struct translation_row *row = find_row(language, message);

	return row == NULL ? message : row->forms[0];
}

const char *translate_plural(
	const struct translation *language, const char *one, const char *many, int64_t number)
{
	const struct translation_row *row = find_row(language, one);

	if (row == NULL)
		return plural_one_and_other(number) == 0 ? one : many;
	return row->forms[language->plural(number)];
}
