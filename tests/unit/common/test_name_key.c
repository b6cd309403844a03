/* SPDX-License-Identifier: MIT */
/* Which names are one and the same, which look so, and which are two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/crypto.h"
#include "common/base/utf8.h"
#include "common/name.h"
#include "common/name_confusables.h"
#include "common/name_key.h"
#include "common/unicode.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct pair {
	const char *one;
	const char *other;
};

static const struct pair same_keys[] = {
	{ "ann", "ANN" }, { "J\u00fcrgen", "J\u00dcRGEN" }, { "stra\u00dfe", "STRASSE" },
	{ "\uff21\uff4e\uff4e", "ann" }, /* fullwidth */
	{ "\u24b6nn", "ann" }, /* circled */
	{ "\u2460", "1" }, { "\ufb01n", "fin" }, /* ligature */
	{ "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2",
		"\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c3" },
	{ "\u13a0", "\uab70" }, /* Cherokee's two cases */
	{ "a\ufe0f", "a" }, /* a variation selector */
	{ "\U0001d5ba\U0001d5c7\U0001d5c7", "ann" }, /* mathematical */
};

static const struct pair alike[] = {
	/* case and forms */
	{ "admin", "ADMIN" },
	{ "admin", "\uff41\uff44\uff4d\uff49\uff4e" },
	{ "admin", "\U0001d4ea\U0001d4ed\U0001d4f6\U0001d4f2\U0001d4f7" },
	{ "admin", "\u24d0\u24d3\u24dc\u24d8\u24dd" },
	{ "admin", "ad\u3164min" }, /* a Hangul letter that is nothing */
	{ "admin", "adm\u034fin" },
	{ "admin", "\u1d2c\u1d30\u1d39\u1d35\u1d3a" },
	/* Cyrillic */
	{ "admin", "\u0430dmin" },
	{ "admin", "\u0410dmin" },
	{ "admin", "adm\u0456n" },
	{ "paypal", "\u0440\u0430\u0443\u0440\u0430l" },
	{ "paypal", "\u0420\u0430\u0443\u0420\u0430\u04cf" },
	{ "scope", "\u0455\u0441\u043e\u0440\u0435" },
	{ "BOB", "\u0412\u041e\u0412" },
	{ "THOM", "\u0422\u041d\u041e\u041c" },
	{ "Alex", "\u0410l\u0435\u0445" },
	{ "jack", "\u0458ack" },
	{ "dwight", "\u0501\u051dight" },
	{ "queen", "\u051bueen" },
	{ "har", "\u04bba\u0433" },
	{ "victor", "\u0475ictor" },
	{ "\u00e1nn", "\u0430\u0301nn" },
	{ "zo\u00eb", "zo\u0451" },
	{ "na\u00efve", "na\u0457ve" },
	{ "by", "\u044cy" },
	/* Greek */
	{ "admin", "\u03b1dmin" },
	{ "ANNA", "\u0391\u039d\u039d\u0391" },
	{ "HELEN", "\u0397\u0395LE\u039d" },
	{ "Zoe", "\u0396\u03bfe" },
	{ "Tom", "\u03a4\u03bf\u039c" },
	{ "Kay", "\u039aa\u03a5" },
	{ "Pix", "\u03a1i\u03a7" },
	{ "BIBI", "\u0392\u0399\u0392\u0399" },
	{ "om\u03b5ga", "omega" },
	/* other scripts */
	{ "usher", "\u057dsher" }, /* Armenian */
	{ "oslo", "\u0585\u057fl\u0585" },
	{ "home", "\u0570ome" },
	{ "DAVE", "\u13a0\u13aa\u13d9\u13ac" }, /* Cherokee */
	{ "sam", "\u13daam" },
	{ "LISA", "\ua4e1\ua4f2\ua4e2\ua4ee" }, /* Lisu */
	{ "copt", "\u2ca5\u2c9f\u2ca3\u2ca7" }, /* Coptic */
	{ "anna", "\u1d00nna" }, /* small capitals */
	{ "\u53e3\u529b", "\u30ed\u30ab" }, /* Japanese */
	{ "\u4e8c", "\u30cb" },
	/* Latin */
	{ "admin", "adm\u0131n" },
	{ "admin", "ADM\u0130N" },
	{ "admin", "adm1n" },
	{ "admin", "admln" },
	{ "admin", "adm|n" },
	{ "admin", "\u0251dmin" },
	{ "google", "goog1e" },
	{ "google", "g00gle" },
	{ "google", "\u0261oogle" },
	{ "IIIlll", "111|||" },
	{ "Bill", "BiII" },
	{ "arn", "am" },
	{ "modern", "modem" },
	{ "wow", "vvovv" },
	{ "\u00e6sop", "aesop" },
	{ "j\u0307an", "jan" },
	{ "room0", "roomO" },
	{ "\u0967\u0966", "\u0967o" },
	/* what hardly shows */
	{ "ann lee", "annlee" },
	{ "ann_lee", "ann-lee" },
	{ "ann.lee", "Ann Lee" },
	{ "admin", "admin_" },
	{ "admin", ".admin." },
	{ "admin", "a d m i n" },
	{ "admin", "admin\u2800" },
	{ "admin", "admin\u2014" },
	{ "admin", "adm\u00b7in" },
	{ "admin", "admin\u00b4" },
	{ "ann-lee", "ann\u2010lee" },
	{ "o'neil", "o\u2019neil" },
	{ "O'Neil", "ONeil" },
	{ "modem", "mode.r.n" },
	/* drawn in boxes, discs, flags */
	{ "admin", "\U0001f170\U0001f173\U0001f17c\U0001f178\U0001f17d" },
	{ "admin", "\U0001f150\U0001f153\U0001f15c\U0001f158\U0001f15d" },
	{ "usa", "\U0001f1fa\U0001f1f8\U0001f1e6" },
};

static const struct pair different[] = {
	{ "ann", "anne" },
	{ "ann", "anna" },
	{ "ann", "hann" },
	{ "ann", "nan" },
	{ "a", "aa" },
	{ "jose", "jos\u00e9" },
	{ "jos\u00e8", "jos\u00e9" },
	{ "luis", "lu\u00eds" },
	{ "luj", "lu\u01f0" },
	{ "muller", "m\u00fcller" },
	{ "mueller", "m\u00fcller" },
	{ "soren", "s\u00f8ren" },
	{ "lukasz", "\u0142ukasz" },
	{ "nino", "ni\u00f1o" },
	{ "garcon", "gar\u00e7on" },
	{ "s", "\u015f" },
	{ "\u0161", "\u015f" },
	{ "\u5f20\u4f1f", "\u5f20\u709c" }, /* Zhang Wei and Zhang Wei */
	{ "\u738b", "\u7389" },
	{ "\u5317\u4eac", "\u4e1c\u4eac" },
	{ "\u30cf\u30ca", "\u30d0\u30ca" },
	{ "\u3042", "\u3044" },
	{ "\uae40", "\uc774" },
	{ "\ubc15", "\ubc31" },
	{ "\u0438\u0432\u0430\u043d", "\u044f\u043d" },
	{ "\u0438", "\u0439" },
	{ "\u0436", "\u043a" },
	{ "\u0448", "\u0449" },
	{ "\u03bb", "\u03b4" },
	{ "\u05d0", "\u05d1" },
	{ "\u0645", "\u0646" },
	{ "\u0915", "\u0916" },
	{ "user2", "user3" },
	{ "user10", "user11" },
	{ "user1", "user12" },
	{ "bob", "rob" },
	{ "bob", "dob" },
	{ "cat", "oat" },
	{ "dan", "clan" },
	{ "max", "mex" },
	{ "tim", "tom" },
	{ "sven", "swen" },
	{ "nancy", "mancy" },
	{ "vera", "wera" },
	{ "r\u00f1", "rn" },
	{ "\U0001f600", "\U0001f601" },
	{ "ann\U0001f600", "ann" },
	{ "c++", "c" },
	{ "ann!", "ann" },
	{ "5am", "sam" },
	{ "8ob", "bob" },
};

typedef void write_fn(struct str name, struct buf *out);

static bool are_one(write_fn *write, const struct pair *pair)
{
	struct buf one = { 0 }, other = { 0 };
	bool are_equal;

	write(str_from(pair->one), &one);
	write(str_from(pair->other), &other);
	are_equal = str_equals(buf_str(&one), buf_str(&other));
	buf_finish(&one);
	buf_finish(&other);
	return are_equal;
}

static void assert_one(write_fn *write, const struct pair *pairs, size_t count, bool is_one)
{
	for (size_t i = 0; i < count; i++) {
		if (are_one(write, &pairs[i]) != is_one)
			fail_msg(
				"%s %s %s", pairs[i].one, is_one ? "is not" : "is", pairs[i].other);
	}
}

static void case_and_compatibility_forms_have_one_key(void **state)
{
	assert_one(name_write_key, same_keys, COUNT(same_keys), true);
	assert_one(name_write_skeleton, same_keys, COUNT(same_keys), true);
	(void)state;
}

static void names_that_look_alike_have_one_skeleton(void **state)
{
	assert_one(name_write_skeleton, alike, COUNT(alike), true);
	(void)state;
}

static void names_that_differ_have_two(void **state)
{
	assert_one(name_write_skeleton, different, COUNT(different), false);
	assert_one(name_write_key, different, COUNT(different), false);
	(void)state;
}

static void what_looks_alike_may_have_two_keys(void **state)
{
	static const struct pair pairs[] = { { "admin", "adm1n" }, { "admin", "\u0430dmin" },
		{ "ann lee", "ann_lee" }, { "modern", "modem" } };

	assert_one(name_write_key, pairs, COUNT(pairs), false);
	(void)state;
}

static void table_is_sorted_and_its_shapes_are_final(void **state)
{
	for (size_t i = 0; i < name_confusable_count; i++) {
		const struct name_confusable *row = &name_confusables[i];
		struct str shape = str_from(row->shape);
		struct buf normal = { 0 };
		char code_point[4];
		uint32_t first;
		size_t position = 0;

		if (i > 0 && row->code_point <= row[-1].code_point)
			fail_msg("U+%04X is out of order", row->code_point);
		if (shape.len == 0 || shape.len > utf8_write(row->code_point, code_point))
			fail_msg("U+%04X looks like more than it is", row->code_point);
		while (utf8_next(shape, &position, &first)) {
			if (name_confusable_shape(first) != NULL)
				fail_msg("U+%04X looks like U+%04X, and that like another",
					row->code_point, first);
		}
		assert_true(unicode_write(shape, UNICODE_FOLDED, &normal));
		assert_true(str_equals(buf_str(&normal), shape));
		buf_clear(&normal);
		assert_true(unicode_write(shape, UNICODE_DECOMPOSED, &normal));
		assert_true(str_equals(buf_str(&normal), shape));
		buf_finish(&normal);
	}
	(void)state;
}

/* A row that no folded text has in it would say nothing. */
static void every_row_of_the_table_is_met(void **state)
{
	for (size_t i = 0; i < name_confusable_count; i++) {
		char bytes[4];
		struct str letter = str_range(
			bytes, utf8_write(name_confusables[i].code_point, bytes));
		struct buf folded = { 0 }, decomposed = { 0 };

		assert_string_equal(name_confusable_shape(name_confusables[i].code_point),
			name_confusables[i].shape);
		assert_true(unicode_write(letter, UNICODE_FOLDED, &folded));
		assert_true(unicode_write(buf_str(&folded), UNICODE_DECOMPOSED, &decomposed));
		if (!str_equals(buf_str(&decomposed), letter))
			fail_msg("U+%04X is folded away", name_confusables[i].code_point);
		buf_finish(&folded);
		buf_finish(&decomposed);
	}
	(void)state;
}

static void assert_final(write_fn *write, struct str name, size_t growth_max)
{
	struct buf once = { 0 }, twice = { 0 };

	write(name, &once);
	write(buf_str(&once), &twice);
	if (!str_equals(buf_str(&once), buf_str(&twice)))
		fail_msg("%.*s becomes %s and then %s", STR_ARG(name), buf_text(&once),
			buf_text(&twice));
	if (once.len > growth_max * name.len)
		fail_msg("%.*s becomes as long as %s", STR_ARG(name), buf_text(&once));
	assert_true(utf8_is_valid(buf_str(&once)));
	buf_finish(&once);
	buf_finish(&twice);
}

static void assert_laws(struct str name)
{
	struct buf key = { 0 }, of_name = { 0 }, of_key = { 0 };

	assert_final(name_write_key, name, NAME_KEY_GROWTH_MAX);
	assert_final(name_write_skeleton, name, NAME_SKELETON_GROWTH_MAX);
	name_write_key(name, &key);
	name_write_skeleton(name, &of_name);
	name_write_skeleton(buf_str(&key), &of_key);
	if (!str_equals(buf_str(&of_name), buf_str(&of_key)))
		fail_msg("%.*s does not look like its key", STR_ARG(name));
	buf_finish(&key);
	buf_finish(&of_name);
	buf_finish(&of_key);
}

/* In pieces, which a letter keeps apart: one by one takes half a minute. */
static void laws_hold_for_every_character(void **state)
{
	struct buf text = { 0 };
	char bytes[4];

	for (uint32_t code_point = 1; code_point <= 0x10ffff; code_point++) {
		if (code_point < 0xd800 || code_point > 0xdfff) {
			buf_append(&text, bytes, utf8_write(code_point, bytes));
			buf_append_char(&text, 'x');
		}
		if (code_point % 64 == 63) {
			assert_laws(buf_str(&text));
			buf_clear(&text);
		}
	}
	buf_finish(&text);
	(void)state;
}

/* Of letters, marks and gaps that meet badly, in normal form as names are. */
static void laws_hold_for_words_made_at_random(void **state)
{
	static const uint32_t letters[] = { 'r', 'n', 'v', 'i', 'l', 'j', '1', '|', '-', ' ', '.',
		'I', 0x130, 0x131, 0xb4, 0xa8, 0x301, 0x307, 0x323, 0x327, 0x345, 0x338, 0x34f,
		0x3b9, 0x3b1, 0x1fb3, 0x3aa, 0x456, 0x44b, 0x13a5, 0x1100, 0x1161, 0x11a8, 0x3131,
		0xfdfa, 0x3099, 0x30cf, 0x2800, 0x1e9e, 0x149, 0x1f1, 0x5d5, 0x5bc, 0x9c7, 0x9be,
		0x1d159 };

	for (int i = 0; i < 20000; i++) {
		struct buf word = { 0 }, name = { 0 };

		for (uint64_t left = 1 + crypto_random_uint64() % 8; left > 0; left--) {
			char bytes[4];

			buf_append(&word, bytes,
				utf8_write(
					letters[crypto_random_uint64() % COUNT(letters)], bytes));
		}
		if (name_normalize(buf_str(&word), NAME_PERSON_MAX, &name) == NAME_OK)
			assert_laws(buf_str(&name));
		buf_finish(&word);
		buf_finish(&name);
	}
	(void)state;
}

static void longest_name_grows_no_further(void **state)
{
	struct buf name = { 0 };

	for (int i = 0; i < NAME_PERSON_MAX; i++)
		buf_append_text(&name, "\ufdfa");
	assert_laws(buf_str(&name));
	buf_finish(&name);
	(void)state;
}

static void names_of_guests_are_reserved(void **state)
{
	static const struct {
		const char *name;
		bool is_reserved;
	} rows[] = {
		{ "guest-12ab", true },
		{ "Guest-12AB", true },
		{ "guest_12ab", true },
		{ "guest 12ab", true },
		{ "guest12ab", true },
		{ "gue5t-12ab", false },
		{ "\u0261uest-ann", true },
		{ "gu\u0435\u0455t\u2014ann", true },
		{ "guest-ann", true },
		{ "-guest-ann", true },
		{ "g u e s t 1 2 a b", true },
		{ "guest", true },
		{ "guest-", true },
		{ "guests", false },
		{ "guesthouse", false },
		{ "my guest", false },
		{ "guess-12ab", false },
		{ "gue", false },
		{ "ann", false },
		{ "...", true },
		{ "_", true },
		{ "\u3164", true },
		{ "\u2800", true },
		{ "\u2014 \u00b4", true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (name_is_reserved(str_from(rows[i].name)) != rows[i].is_reserved)
			fail_msg("%s", rows[i].name);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_and_compatibility_forms_have_one_key),
		cmocka_unit_test(names_that_look_alike_have_one_skeleton),
		cmocka_unit_test(names_that_differ_have_two),
		cmocka_unit_test(what_looks_alike_may_have_two_keys),
		cmocka_unit_test(table_is_sorted_and_its_shapes_are_final),
		cmocka_unit_test(every_row_of_the_table_is_met),
		cmocka_unit_test(laws_hold_for_every_character),
		cmocka_unit_test(laws_hold_for_words_made_at_random),
		cmocka_unit_test(longest_name_grows_no_further),
		cmocka_unit_test(names_of_guests_are_reserved),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
