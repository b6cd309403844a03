/* SPDX-License-Identifier: MIT */
/* Tokens of valid UTF-8 are valid, of letters, and one space apart. FTS5 takes every query, agrees
 * with search_text_matches, and finds a text by each of its words, as they were written and as
 * tokens. */
#include <sqlite3.h>

#include "common/base/utf8.h"
#include "common/store/search_text.h"
#include "tests/fuzz/fuzz.h"

#define WORDS_MAX 16 /* of one text, or a run would take long */

static const char schema[] = "CREATE VIRTUAL TABLE search USING fts5 (words, content = '', "
			     "columnsize = 0, tokenize = 'ascii tokenchars '':''')";

static const struct str scope = STR("7:"), no_scope = STR("");

static struct {
	sqlite3 *database;
	sqlite3_stmt *clear, *insert, *find;
} fts;

static sqlite3_stmt *prepare(const char *sql)
{
	sqlite3_stmt *statement;

	FUZZ_REQUIRE(sqlite3_prepare_v3(fts.database, sql, -1, SQLITE_PREPARE_PERSISTENT,
			     &statement, NULL) == SQLITE_OK);
	return statement;
}

static void open_once(void)
{
	if (fts.database != NULL)
		return;
	FUZZ_REQUIRE(sqlite3_open(":memory:", &fts.database) == SQLITE_OK);
	FUZZ_REQUIRE(sqlite3_exec(fts.database, schema, NULL, NULL, NULL) == SQLITE_OK);
	fts.clear = prepare("INSERT INTO search (search) VALUES ('delete-all')");
	fts.insert = prepare("INSERT INTO search (rowid, words) VALUES (1, ?)");
	fts.find = prepare("SELECT rowid FROM search WHERE search MATCH ?");
}

/* Whether there was a row. */
static bool run(sqlite3_stmt *statement, const struct buf *argument)
{
	int result;

	if (argument != NULL)
		sqlite3_bind_text(statement, 1, argument->data, (int)argument->len, SQLITE_STATIC);
	result = sqlite3_step(statement);
	FUZZ_REQUIRE(result == SQLITE_ROW || result == SQLITE_DONE);
	sqlite3_reset(statement);
	return result == SQLITE_ROW;
}

static void check_words(struct str words)
{
	char previous = ' ';

	FUZZ_REQUIRE(utf8_is_valid(words));
	for (size_t i = 0; i < words.len; i++) {
		char c = words.data[i];

		FUZZ_REQUIRE((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ' ' ||
			     (uint8_t)c >= 0x80);
		FUZZ_REQUIRE(c != ' ' || previous != ' ');
		previous = c;
	}
	FUZZ_REQUIRE(words.len == 0 || previous != ' ');
}

static bool find(struct str tokens, const struct buf *match)
{
	bool is_found = run(fts.find, match);

	FUZZ_REQUIRE(is_found == search_text_matches(buf_str(match), tokens));
	return is_found;
}

static void check_found_by_words(struct str text, struct str tokens)
{
	struct buf match = { 0 };
	struct str word;

	for (size_t i = 0; i < WORDS_MAX && str_next_word(&text, " \t\n", &word); i++) {
		buf_clear(&match);
		if (word.len <= SEARCH_QUERY_BYTES_MAX && search_text_query(scope, word, &match))
			FUZZ_REQUIRE(find(tokens, &match));
	}
	buf_finish(&match);
}

/* Two texts in one input: the second asks the first. */
static void check_query(struct str query, struct str tokens)
{
	struct buf match = { 0 };

	if (search_text_query(scope, query, &match))
		(void)find(tokens, &match);
	buf_finish(&match);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str query = str_range((const char *)data, size), text = { 0 };
	struct buf words = { 0 }, tokens = { 0 };

	open_once();
	if (!utf8_is_valid(query))
		return 0;
	(void)str_next(&query, '\n', &text);
	search_text_index(no_scope, text, &words);
	check_words(buf_str(&words));
	search_text_index(scope, text, &tokens);
	run(fts.clear, NULL);
	run(fts.insert, &tokens);
	check_query(query, buf_str(&tokens));
	check_found_by_words(text, buf_str(&tokens));
	check_found_by_words(buf_str(&words), buf_str(&tokens));
	buf_finish(&words);
	buf_finish(&tokens);
	return 0;
}
