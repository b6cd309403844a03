/* SPDX-License-Identifier: MIT */
/* Texts and queries as the search index knows them. Pure. Words are folded (case, width, accents)
 * and separated by spaces; runs of scripts that are written without spaces become overlapping
 * pairs, with the last character by itself, so that a word of one or two characters is found. */
#pragma once

#include "common/base/buf.h"
#include "common/base/str.h"

#define SEARCH_QUERY_BYTES_MAX 256

/* Appends text, of valid UTF-8, as tokens: "Straße 北京大学" gives "strasse 北京 京大 大学 学".
 * Before each stands scope, which keeps the words of one room from those of others. */
void search_text_index(struct str scope, struct str text, struct buf *tokens);
/* Appends a query in the language of FTS5 that finds the texts of the same scope with all
 * words of query; the last word also as a beginning. Nothing the user writes is an operator. False,
 * and nothing is appended, when there is no word in it. */
bool search_text_query(struct str scope, struct str query, struct buf *match)
	__attribute__((warn_unused_result));
/* Whether FTS5 would find a text of these tokens by match, which search_text_query made. */
bool search_text_matches(struct str match, struct str tokens);
