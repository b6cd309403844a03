/* SPDX-License-Identifier: MIT */
/* Languages are chosen by weight: the header's order breaks ties. "zh" finds "zh-CN", and "en-GB"
 * finds "en". */
#include "fcgi/translate.h"

#include <stdlib.h>
#include <string.h>

/* Ranges past so many are not read: the header is the client's. */
#define RANGES_MAX 20
#define WEIGHT_MAX 1000

size_t plural_one_form(int64_t number)
{
	(void)number;
	return 0;
}

size_t plural_one_and_other(int64_t number)
{
	return number == 1 ? 0 : 1;
}

size_t plural_upto_one_and_other(int64_t number)
{
	return number > 1 ? 1 : 0;
}

size_t plural_one_few_many(int64_t number)
{
	int64_t ones = number % 10, tens = number / 10 % 10;

	if (ones == 1 && tens != 1)
		return 0;
	return ones >= 2 && ones <= 4 && tens != 1 ? 1 : 2;
}

/* A qvalue (RFC 9110 12.4.2) in thousandths; what is malformed weighs nothing. */
static unsigned parse_weight(struct str text)
{
	unsigned weight = 0, digit_value = WEIGHT_MAX;

	if (text.len == 0 || text.len > sizeof("0.123") - 1)
		return 0;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (i == 1 ? c != '.' : c < '0' || c > '9')
			return 0;
		if (i == 1)
			continue;
		weight += (unsigned)(c - '0') * digit_value;
		digit_value /= 10;
	}
	return weight <= WEIGHT_MAX ? weight : 0;
}

/* Of "en-GB;q=0.8". */
static unsigned range_weight(struct str range)
{
	struct str parameter = str_trim(str_skip(range, str_find(range, ';')));

	if (parameter.len == 0)
		return WEIGHT_MAX;
	parameter = str_trim(str_skip(parameter, 1));
	if (parameter.len < 2 || (parameter.data[0] | ' ') != 'q' || parameter.data[1] != '=')
		return 0;
	return parse_weight(str_skip(parameter, 2));
}

static struct str primary_tag(struct str tag)
{
	return str_range(tag.data, str_find(tag, '-'));
}

const struct translation *translation_named(struct str language)
{
	for (size_t i = 0; i < translation_count; i++) {
		if (str_equals_ignore_case(language, str_from(translations[i]->language)))
			return translations[i];
	}
	return NULL;
}

static const struct translation *find_language(struct str tag)
{
	const struct translation *named = translation_named(tag);

	if (named != NULL)
		return named;
	for (size_t i = 0; i < translation_count; i++) {
		if (str_equals_ignore_case(
			    primary_tag(tag), primary_tag(str_from(translations[i]->language))))
			return translations[i];
	}
	return NULL;
}

const struct translation *translation_find(
	struct str accept_language, const struct translation *otherwise)
{
	const struct translation *best = otherwise;
	unsigned best_weight = 0;
	struct str range;

	for (int i = 0; i < RANGES_MAX && str_next(&accept_language, ',', &range); i++) {
		struct str tag = str_trim(str_range(range.data, str_find(range, ';')));
		unsigned weight = range_weight(range);
		const struct translation *found = find_language(tag);

		if (found != NULL && weight > best_weight) {
			best = found;
			best_weight = weight;
		}
	}
	return best;
}

const struct translation *translation_after(const struct translation *language)
{
	size_t i = 0;

	while (translations[i] != language)
		i++;
	return translations[(i + 1) % translation_count];
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
	size_t form;

	if (row == NULL)
		return plural_one_and_other(number) == 0 ? one : many;
	form = language->plural(number);
	return row->forms[form < row->form_count ? form : 0];
}
