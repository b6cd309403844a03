/* SPDX-License-Identifier: MIT */
/* Unicode decides where a word ends and which letters are the same; the tokenizer of FTS5 only
 * splits at our spaces. Texts and queries take the same way up to the words, so that they cannot
 * disagree. A token has letters, digits and marks in it and nothing else: no quote, no operator. */
#include "common/store/search_text.h"

#include <string.h>
#include <utf8proc.h>

#include "common/base/mem.h"
#include "common/base/utf8.h"

/* The rest of a longer word is left away, in texts and queries alike: a SHA-256 is still whole. */
#define WORD_CHARACTERS_MAX 64

/* In a row (UAX 15, 13): they are put in order in a time that grows with the square of the row. */
#define MARKS_MAX 30
#define IGNORED 0xad /* a soft hyphen */

#define FOLDING                                                                       \
	(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE | \
		UTF8PROC_STABLE)

struct range {
	utf8proc_int32_t first, last;
};

/* Marks that writers may leave away. Those of other scripts are vowels: without them, words of
 * Hindi or Thai would be one. */
static const struct range accents[] = {
	{ 0x0300, 0x036f }, /* of Latin, Greek and Cyrillic letters */
	{ 0x0483, 0x0489 }, /* Cyrillic */
	{ 0x0591, 0x05c7 }, /* Hebrew */
	{ 0x0610, 0x061a }, /* Arabic */
	{ 0x064b, 0x065f },
	{ 0x0670, 0x0670 },
	{ 0x06d6, 0x06ed },
	{ 0x1ab0, 0x1aff },
	{ 0x1dc0, 0x1dff },
	{ 0x20d0, 0x20ff }, /* of symbols */
	{ 0xfe20, 0xfe2f },
};

/* Scripts that are written without spaces. */
static const struct range spaceless[] = {
	{ 0x0e00, 0x0eff }, /* Thai, Lao */
	{ 0x1000, 0x109f }, /* Myanmar */
	{ 0x1780, 0x17ff }, /* Khmer */
	{ 0x3005, 0x3007 }, /* Han: marks of repetition, zero */
	{ 0x3021, 0x312f }, /* Hiragana, Katakana, Bopomofo */
	{ 0x31a0, 0x31ff }, { 0x3400, 0x4dbf }, /* Han */
	{ 0x4e00, 0x9fff }, { 0xa9e0, 0xa9ff }, /* Myanmar */
	{ 0xaa60, 0xaa7f }, { 0xf900, 0xfaff }, /* Han */
	{ 0x1aff0, 0x1b16f }, /* Kana */
	{ 0x20000, 0x3ffff }, /* Han */
};

#define IS_IN(code_point, ranges) is_in(code_point, ranges, sizeof(ranges) / sizeof((ranges)[0]))

static bool is_in(utf8proc_int32_t code_point, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count && ranges[i].first <= code_point; i++) {
		if (code_point <= ranges[i].last)
			return true;
	}
	return false;
}

static bool is_mark(utf8proc_category_t category)
{
	return category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME;
}

static bool is_of_word(utf8proc_int32_t code_point)
{
	utf8proc_category_t category = utf8proc_category(code_point);

	return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

/* A text as folded characters, and how far it is read. */
struct folded {
	utf8proc_int32_t *characters; /* owned */
	size_t count;
	size_t position;
};

struct word {
	const utf8proc_int32_t *characters; /* borrowed */
	size_t count;
	bool is_spaceless;
};

static size_t drop_accents(utf8proc_int32_t *characters, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (!is_mark(utf8proc_category(characters[i])) || !IS_IN(characters[i], accents))
			characters[kept++] = characters[i];
	}
	return kept;
}

/* The halfwidth sound marks of Katakana are called letters. */
static utf8proc_int32_t limit_marks(utf8proc_int32_t character, void *row)
{
	size_t *length = row;
	bool is_sound_mark = character == 0xff9e || character == 0xff9f;

	*length = is_sound_mark || is_mark(utf8proc_category(character)) ? *length + 1 : 0;
	return *length <= MARKS_MAX ? character : IGNORED;
}

/* Decomposed, so that the accents stand by themselves, and what is left composed again. */
static struct folded folded_of(struct str text)
{
	struct folded folded = { 0 };
	utf8proc_ssize_t needed = (utf8proc_ssize_t)text.len, capacity;

	do {
		size_t row = 0;

		capacity = needed;
		folded.characters = mem_resize(
			folded.characters, (size_t)capacity * sizeof(folded.characters[0]));
		needed = utf8proc_decompose_custom((const utf8proc_uint8_t *)text.data,
			(utf8proc_ssize_t)text.len, folded.characters, capacity, FOLDING,
			limit_marks, &row);
	} while (needed > capacity);
	if (needed <= 0)
		return folded;
	folded.count = drop_accents(folded.characters, (size_t)needed);
	needed = utf8proc_normalize_utf32(folded.characters, (utf8proc_ssize_t)folded.count,
		UTF8PROC_COMPOSE | UTF8PROC_STABLE);
	folded.count = needed > 0 ? (size_t)needed : 0;
	return folded;
}

static void folded_finish(struct folded *folded)
{
	mem_free(folded->characters);
}

static bool next_word(struct folded *folded, struct word *word_out)
{
	const utf8proc_int32_t *characters = folded->characters;
	size_t begin = folded->position, end;

	while (begin < folded->count && !is_of_word(characters[begin]))
		begin++;
	if (begin == folded->count)
		return false;
	word_out->characters = characters + begin;
	word_out->is_spaceless = IS_IN(characters[begin], spaceless);
	for (end = begin + 1; end < folded->count && is_of_word(characters[end]); end++) {
		if (IS_IN(characters[end], spaceless) != word_out->is_spaceless)
			break;
	}
	folded->position = end;
	word_out->count = end - begin;
	if (!word_out->is_spaceless && word_out->count > WORD_CHARACTERS_MAX)
		word_out->count = WORD_CHARACTERS_MAX;
	return true;
}

/* What tokens are appended to, and what stands before each. */
struct output {
	struct buf *buf;
	struct str scope;
};

static void append_token(struct output output, const utf8proc_int32_t *characters, size_t count)
{
	buf_append_str(output.buf, output.scope);
	for (size_t i = 0; i < count; i++)
		output.buf->len += utf8_write((uint32_t)characters[i], buf_reserve(output.buf, 4));
}

/* Pairs from the first character on up to the last but one. */
static void append_pairs(struct output output, const struct word *word)
{
	for (size_t i = 0; i + 1 < word->count; i++) {
		if (i > 0)
			buf_append_char(output.buf, ' ');
		append_token(output, word->characters + i, 2);
	}
}

void search_text_index(struct str scope, struct str text, struct buf *tokens)
{
	struct output output = { tokens, scope };
	struct folded folded = folded_of(text);
	const char *separator = "";
	struct word word;

	while (next_word(&folded, &word)) {
		buf_append_text(tokens, separator);
		separator = " ";
		if (!word.is_spaceless) {
			append_token(output, word.characters, word.count);
			continue;
		}
		append_pairs(output, &word);
		if (word.count > 1)
			buf_append_char(tokens, ' ');
		append_token(output, word.characters + word.count - 1, 1);
	}
	folded_finish(&folded);
}

static struct str cut_query(struct str query)
{
	if (query.len <= SEARCH_QUERY_BYTES_MAX)
		return query;
	query.len = SEARCH_QUERY_BYTES_MAX;
	while (query.len > 0 && ((uint8_t)query.data[query.len] & 0xc0) == 0x80)
		query.len--;
	return query;
}

/* One phrase of FTS5. A lonely character of a spaceless script begins a pair, or is the last of its
 * run; a lonely letter of ASCII would begin too much. */
static void append_phrase(struct output match, const struct word *word, bool is_last)
{
	bool is_pairs = word->is_spaceless && word->count > 1;
	bool is_lonely = word->count == 1 && word->characters[0] < 0x80;

	buf_append_char(match.buf, '"');
	if (is_pairs)
		append_pairs(match, word);
	else
		append_token(match, word->characters, word->count);
	buf_append_char(match.buf, '"');
	if (!is_pairs && (word->is_spaceless || (is_last && !is_lonely)))
		buf_append_char(match.buf, '*');
}

bool search_text_query(struct str scope, struct str query, struct buf *match)
{
	struct folded folded = folded_of(cut_query(query));
	struct word word, following;
	bool has_word = next_word(&folded, &word), has_more = has_word;

	while (has_more) {
		has_more = next_word(&folded, &following);
		append_phrase((struct output){ match, scope }, &word, !has_more);
		if (has_more)
			buf_append_char(match, ' ');
		word = following;
	}
	folded_finish(&folded);
	return has_word;
}

/* Whether the tokens of phrase stand there next to each other; as a beginning, the last one need
 * not end where phrase ends. */
static bool has_phrase(struct str tokens, struct str phrase, bool is_beginning)
{
	const char *at;

	while (tokens.len > 0 &&
		(at = memmem(tokens.data, tokens.len, phrase.data, phrase.len)) != NULL) {
		struct str rest = str_skip(tokens, (size_t)(at - tokens.data) + phrase.len);

		if ((at == tokens.data || at[-1] == ' ') &&
			(is_beginning || rest.len == 0 || rest.data[0] == ' '))
			return true;
		/* The next one begins behind a space. */
		tokens = str_skip(tokens, (size_t)(at - tokens.data));
		tokens = str_skip(tokens, str_find(tokens, ' '));
		tokens = str_skip(tokens, tokens.len > 0);
	}
	return false;
}

bool search_text_matches(struct str match, struct str tokens)
{
	struct str phrase;

	/* "phrase" or "phrase"*, and a space before the next */
	while (match.len > 0) {
		match = str_skip(match, 1);
		str_next(&match, '"', &phrase);
		if (!has_phrase(tokens, phrase, match.len > 0 && match.data[0] == '*'))
			return false;
		match = str_skip(match, str_find(match, '"'));
	}
	return true;
}
