/* SPDX-License-Identifier: MIT */
/* What becomes of texts and queries, as tables; and that no length of either is too long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/clock.h"
#include "common/base/utf8.h"
#include "common/store/search_text.h"

static const struct str no_scope = STR("");

struct row {
	const char *from;
	const char *to;
};

static const struct row texts[] = {
	{ "", "" },
	{ " \t\n", "" },
	{ "Hello, world!", "hello world" },
	{ "Straße 北京大学", "strasse 北京 京大 大学 学" },
	{ "café CAFÉ cafe\u0301", "cafe cafe cafe" },
	{ "don't l'été", "don t l ete" },
	{ "snake_case and-more", "snake case and more" },
	{ "v1.2.3 2026-11-21", "v1 2 3 2026 11 21" },
	{ "x² ½", "x2 1 2" },
	{ "Ｈｅｌｌｏ　１２３", "hello 123" },
	{ "ﾊﾟｿｺﾝ", "パソ ソコ コン ン" },
	{ "が か\u3099", "が が" },
	{ "食べる", "食べ べる る" },
	{ "iPhone手机，好", "iphone 手机 机 好" },
	{ "2026年", "2026 年" },
	{ "한국어 \u1112\u1161\u11ab", "한국어 한" },
	{ "ภาษา", "ภา าษ ษา า" },
	{ "हिन्दी", "हिन्दी" },
	{ "Привет, Ёж", "привет еж" },
	{ "ΣΊΣΥΦΟΣ σίσυφος", "σισυφοσ σισυφοσ" },
	{ "كَتَبَ كتب", "كتب كتب" },
	{ "İstanbul ISTANBUL", "istanbul istanbul" },
	{ "hi 👋🏽 there❤\ufe0f👩\u200d💻", "hi there" },
	{ "soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth" },
	{ "𠮷野家", "𠮷野 野家 家" },
	{ "\"a\" OR b* NEAR(c) room:d ^e -f {g}", "a or b near c room d e f g" },
	{ "ﷺ", "صلى الله عليه وسلم" },
};

static const struct row queries[] = {
	{ "deplo", "\"deplo\"*" },
	{ "to deplo", "\"to\" \"deplo\"*" },
	{ "to deplo ", "\"to\" \"deplo\"*" },
	{ "plan b", "\"plan\" \"b\"" },
	{ "я", "\"я\"*" },
	{ "北", "\"北\"*" },
	{ "北京", "\"北京\"" },
	{ "北京大", "\"北京 京大\"" },
	{ "京 Straße", "\"京\"* \"strasse\"*" },
	{ "手机iPhone", "\"手机\" \"iphone\"*" },
	{ "Ｄｅｐｌｏ Cafés", "\"deplo\" \"cafes\"*" },
	{ "\"quoted phrase", "\"quoted\" \"phrase\"*" },
	{ "a* AND b NOT {x}: ^y", "\"a\" \"and\" \"b\" \"not\" \"x\" \"y\"" },
	{ "NEAR(one two, 3)", "\"near\" \"one\" \"two\" \"3\"" },
	{ "text:secret", "\"text\" \"secret\"*" },
};

static void texts_become_tokens(void **state)
{
	struct buf tokens = { 0 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		buf_clear(&tokens);
		search_text_index(no_scope, str_from(texts[i].from), &tokens);
		assert_string_equal(buf_text(&tokens), texts[i].to);
	}
	buf_finish(&tokens);
	(void)state;
}

static void queries_become_phrases_without_operators(void **state)
{
	struct buf match = { 0 };

	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		buf_clear(&match);
		assert_true(search_text_query(no_scope, str_from(queries[i].from), &match));
		assert_string_equal(buf_text(&match), queries[i].to);
	}
	buf_finish(&match);
	(void)state;
}

static void matching_agrees_with_the_tokens_of_a_text(void **state)
{
	static const struct {
		const char *text;
		const char *query;
		bool is_found;
	} rows[] = {
		{ "We deploy on Friday", "deplo", true },
		{ "We deploy on Friday", "FRI", true },
		{ "We deploy on Friday", "eploy", false },
		{ "We deploy on Friday", "friday we", true },
		{ "We deploy on Friday", "depl friday", false },
		{ "redeploy, then deploy", "deplo", true },
		{ "我在北京大学", "北京", true },
		{ "我在北京大学", "北", true },
		{ "我在北京大学", "学", true },
		{ "我在北京大学", "京大学", true },
		{ "我在北京大学", "北大", false },
		{ "北京 京大", "北京大", false },
		{ "", "a", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf tokens = { 0 }, match = { 0 };

		search_text_index(no_scope, str_from(rows[i].text), &tokens);
		assert_true(search_text_query(no_scope, str_from(rows[i].query), &match));
		if (search_text_matches(buf_str(&match), buf_str(&tokens)) != rows[i].is_found)
			fail_msg("%s in %s", rows[i].query, rows[i].text);
		buf_finish(&tokens);
		buf_finish(&match);
	}
	(void)state;
}

static void each_token_has_its_scope(void **state)
{
	const struct str scope = STR("17:");
	struct buf tokens = { 0 }, match = { 0 };

	search_text_index(scope, STR_OF("Hi 北京大 学"), &tokens);
	assert_string_equal(buf_text(&tokens), "17:hi 17:北京 17:京大 17:大 17:学");
	assert_true(search_text_query(scope, STR_OF("学 北京大 hi"), &match));
	assert_string_equal(buf_text(&match), "\"17:学\"* \"17:北京 17:京大\" \"17:hi\"*");
	buf_finish(&tokens);
	buf_finish(&match);
	(void)state;
}

static void queries_without_a_word_are_none(void **state)
{
	static const char *const wordless[] = { "", " ", "\"\"", "*", "()", "👋", "…", "\u0301" };
	struct buf match = { 0 };

	for (size_t i = 0; i < sizeof(wordless) / sizeof(wordless[0]); i++) {
		assert_false(search_text_query(no_scope, str_from(wordless[i]), &match));
		assert_int_equal(match.len, 0);
	}
	(void)state;
}

static void append_times(struct buf *text, const char *piece, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_append_text(text, piece);
}

static void long_queries_are_cut_at_a_character(void **state)
{
	struct buf query = { 0 }, match = { 0 }, shorter = { 0 };

	/* 85 characters of three bytes are 255: the next one is not whole. */
	append_times(&query, "京", 100);
	assert_true(search_text_query(no_scope, buf_str(&query), &match));
	assert_true(search_text_query(no_scope, str_range(query.data, 255), &shorter));
	assert_string_equal(buf_text(&match), buf_text(&shorter));
	assert_true(utf8_is_valid(buf_str(&match)));
	buf_finish(&query);
	buf_finish(&match);
	buf_finish(&shorter);
	(void)state;
}

static void long_words_are_indexed_and_asked_for_by_their_beginning(void **state)
{
	struct buf word = { 0 }, tokens = { 0 }, match = { 0 }, expected = { 0 };

	append_times(&word, "Ab", 5000);
	search_text_index(no_scope, buf_str(&word), &tokens);
	assert_int_equal(tokens.len, 64);
	assert_true(search_text_query(no_scope, buf_str(&word), &match));
	buf_append_format(&expected, "\"%s\"*", buf_text(&tokens));
	assert_string_equal(buf_text(&match), buf_text(&expected));
	buf_finish(&word);
	buf_finish(&tokens);
	buf_finish(&match);
	buf_finish(&expected);
	(void)state;
}

/* Behind each other; in rows without a bound, ordering them would take seconds. */
static void heaps_of_marks_cost_little(void **state)
{
	static const char *const marks[] = { "\u0301", "\u0316", "\u0f73\u0f71", "\u0301\uff9e" };
	struct buf text = { 0 }, tokens = { 0 };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		uint64_t start_ms;

		append_times(&text, marks[i], 16384 / strlen(marks[i]));
		start_ms = clock_monotonic_ms();
		search_text_index(no_scope, buf_str(&text), &tokens);
		assert_true(clock_monotonic_ms() - start_ms < 1000);
		assert_true(utf8_is_valid(buf_str(&tokens)));
	}
	buf_finish(&text);
	buf_finish(&tokens);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_become_tokens),
		cmocka_unit_test(queries_become_phrases_without_operators),
		cmocka_unit_test(matching_agrees_with_the_tokens_of_a_text),
		cmocka_unit_test(each_token_has_its_scope),
		cmocka_unit_test(queries_without_a_word_are_none),
		cmocka_unit_test(long_queries_are_cut_at_a_character),
		cmocka_unit_test(long_words_are_indexed_and_asked_for_by_their_beginning),
		cmocka_unit_test(heaps_of_marks_cost_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
