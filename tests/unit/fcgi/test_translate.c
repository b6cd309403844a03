/* SPDX-License-Identifier: MIT */
/* Against catalogues of the tests' own, in locale/: English, Russian, Chinese. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fcgi/translate.h"

static const struct {
	const char *header;
	const char *language;
} headers[] = {
	{ "", "en" },
	{ "en", "en" },
	{ "zh-CN", "zh-CN" },
	{ "zh-cn", "zh-CN" },
	{ "zh", "zh-CN" },
	{ "zh-Hant-TW", "zh-CN" },
	{ "ru-RU", "ru" },
	{ "de", "en" },
	{ "de,ru;q=0.5", "ru" },
	{ "en;q=0.5,ru;q=0.8", "ru" },
	{ "ru;q=0.8 , en ; q=0.9", "en" },
	{ "ru,zh", "ru" },
	{ "zh,ru", "zh-CN" },
	{ "ru;Q=0.1,zh;q=0.11", "zh-CN" },
	{ "ru;q=0", "en" },
	{ "ru;q=0.000", "en" },
	{ "ru;q=1.000", "ru" },
	{ "zh;q=0.001", "zh-CN" },
	{ "*", "en" },
	{ "*;q=0.5,ru;q=0.1", "ru" },
	{ "ru;q=2,zh;q=0.1", "zh-CN" },
	{ "ru;q=1.001,zh;q=0.1", "zh-CN" },
	{ "ru;q=0.1234,zh;q=0.1", "zh-CN" },
	{ "ru;q=.9,zh;q=0.1", "zh-CN" },
	{ "ru;q=,zh;q=0.1", "zh-CN" },
	{ "ru;r=1,zh;q=0.1", "zh-CN" },
	{ ",,;,ru", "ru" },
	{ "russian", "en" },
	{ "x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,ru", "en" },
};

static const struct translation *find(const char *header)
{
	return translation_find(str_from(header), translations[0]);
}

static void translation_is_the_one_that_weighs_most(void **state)
{
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		assert_string_equal(find(headers[i].header)->language, headers[i].language);
	(void)state;
}

static void translation_has_a_name_in_any_case(void **state)
{
	assert_string_equal(translation_named(STR_OF("ZH-cn"))->language, "zh-CN");
	assert_null(translation_named(STR_OF("zh")));
	assert_null(translation_named(STR_OF("")));
	(void)state;
}

static void translations_follow_each_other_in_a_circle(void **state)
{
	assert_string_equal(translation_after(find("en"))->language, "ru");
	assert_string_equal(translation_after(find("ru"))->language, "zh-CN");
	assert_string_equal(translation_after(find("zh"))->language, "en");
	(void)state;
}

static void translation_of_a_header_cut_at_every_byte_is_one_of_ours(void **state)
{
	const struct str whole = STR_OF("de;q=0.9, ru-RU ; q=0.8,zh;q=0.75, *;q=0.1");

	for (size_t len = 0; len <= whole.len; len++)
		assert_non_null(translation_find(str_range(whole.data, len), translations[0]));
	(void)state;
}

static void translate_gives_the_message_where_it_has_nothing_better(void **state)
{
	assert_string_equal(translate(find("zh"), "Send"), "\xe5\x8f\x91\xe9\x80\x81");
	assert_string_equal(translate(find("zh"), "Hello {user}"),
		"{user}\xef\xbc\x8c\xe4\xbd\xa0\xe5\xa5\xbd \"<b>\"");
	assert_string_equal(translate(find("zh"), "Nobody knows this"), "Nobody knows this");
	assert_string_equal(translate(find("zh"), "Open"), "Open");
	assert_string_equal(translate(find("zh"), ""), "");
	assert_string_equal(translate(find("en"), "Send"), "Send");
	assert_string_equal(translate(find("ru"), "Send"), "Send");
	(void)state;
}

static void translate_skips_what_its_translator_was_not_sure_of(void **state)
{
	assert_string_equal(translate(find("zh"), "Sent"), "Sent");
	(void)state;
}

static void plural_has_the_form_of_its_language(void **state)
{
	static const struct {
		const char *language;
		int64_t number;
		const char *text;
	} rows[] = {
		{ "en", 0, "{count} people" },
		{ "en", 1, "{count} person" },
		{ "en", 2, "{count} people" },
		{ "zh", 1, "{count} \xe4\xba\xba" },
		{ "zh", 2, "{count} \xe4\xba\xba" },
		{ "ru", 1, "{count} \xd1\x87\xd0\xb5\xd0\xbb\xd0\xbe\xd0\xb2\xd0\xb5\xd0\xba" },
		{ "ru", 3,
			"{count} "
			"\xd1\x87\xd0\xb5\xd0\xbb\xd0\xbe\xd0\xb2\xd0\xb5\xd0\xba\xd0\xb0" },
		{ "ru", 11, "{count} \xd0\xbb\xd1\x8e\xd0\xb4\xd0\xb5\xd0\xb9" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(translate_plural(find(rows[i].language), "{count} person",
					    "{count} people", rows[i].number),
			rows[i].text);
	assert_string_equal(translate_plural(find("ru"), "one", "many", 1), "one");
	assert_string_equal(translate_plural(find("ru"), "one", "many", 5), "many");
	(void)state;
}

static void plural_of_a_message_with_one_form_is_that_form(void **state)
{
	static const char *const forms[] = { "nur eine" };
	static const struct translation_row rows[] = { { "one", forms, 1 } };
	const struct translation german = { "de", plural_one_and_other, rows, 1 };

	assert_string_equal(translate_plural(&german, "one", "many", 7), "nur eine");
	(void)state;
}

static void plural_rules_count_as_their_languages_do(void **state)
{
	static const int64_t few[] = { 2, 3, 4, 22, 34, 102, 1004 };
	static const int64_t many[] = { 0, 5, 11, 12, 14, 19, 20, 111, 112 };
	static const int64_t one[] = { 1, 21, 101, 131 };

	assert_int_equal(plural_upto_one_and_other(0), 0);
	assert_int_equal(plural_upto_one_and_other(1), 0);
	assert_int_equal(plural_upto_one_and_other(2), 1);
	for (size_t i = 0; i < sizeof(one) / sizeof(one[0]); i++)
		assert_int_equal(plural_one_few_many(one[i]), 0);
	for (size_t i = 0; i < sizeof(few) / sizeof(few[0]); i++)
		assert_int_equal(plural_one_few_many(few[i]), 1);
	for (size_t i = 0; i < sizeof(many) / sizeof(many[0]); i++)
		assert_int_equal(plural_one_few_many(many[i]), 2);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(translation_is_the_one_that_weighs_most),
		cmocka_unit_test(translation_has_a_name_in_any_case),
		cmocka_unit_test(translations_follow_each_other_in_a_circle),
		cmocka_unit_test(translation_of_a_header_cut_at_every_byte_is_one_of_ours),
		cmocka_unit_test(translate_gives_the_message_where_it_has_nothing_better),
		cmocka_unit_test(translate_skips_what_its_translator_was_not_sure_of),
		cmocka_unit_test(plural_has_the_form_of_its_language),
		cmocka_unit_test(plural_of_a_message_with_one_form_is_that_form),
		cmocka_unit_test(plural_rules_count_as_their_languages_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
