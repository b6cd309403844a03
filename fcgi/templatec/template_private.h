/* SPDX-License-Identifier: MIT */
/* The compiler's inside, shared by template.c (text, parts, output), template_tags.c (what each
 * tag does) and template_message.c (translated messages). */
#pragma once

#include "fcgi/templatec/declaration.h"
#include "fcgi/templatec/html_context.h"
#include "fcgi/templatec/template.h"

#define BLOCKS_MAX 16
#define PARTS_MAX 16

enum block_type { BLOCK_IF, BLOCK_EACH };

struct block {
	enum block_type type;
	bool has_else;
	struct html_context before; /* where the block began */
	struct html_context branch; /* where its first branch ended */
	int line;
};

struct compiler {
	const struct template_page *page;
	const char *file; /* the page's or a part's */
	int line;
	int includes; /* how many parts deep */
	bool has_arguments; /* this file */
	struct buf parts[PARTS_MAX]; /* the texts of all that were included */
	int part_count;
	int scope; /* index of the list that is walked, or -1 */
	struct declaration declaration; /* borrows from the texts of the page and its parts */
	struct html_context context;
	struct block blocks[BLOCKS_MAX];
	int block_count;
	struct buf literal; /* fixed text that has not been written */
	struct template_output *output;
	struct buf *problem;
};

/* Both say the problem with its place and return false. */
bool template_fail(struct compiler *compiler, const char *sentence);
bool template_fail_about(struct compiler *compiler, const char *sentence, struct str name);
/* Writes the fixed text that has gathered. */
void template_flush(struct compiler *compiler);
/* Begins a statement of the output, behind the fixed text that has gathered. */
struct buf *template_statement(struct compiler *compiler);
void template_write_c_string(struct buf *out, struct str text);
/* Whether it can be a name in C, but for C's own words. */
bool template_is_name(struct str text);
/* Without the white space at both ends. */
struct str template_trim(struct str text);
/* "name" is the page's, ".name" the walked element's: the field, and how C reaches it. NULL after
 * the problem has been said. */
const struct field *template_find_field(
	struct compiler *compiler, struct str name, struct buf *expression);
/* How a value stands here; false after the problem has been said. */
bool template_find_place(struct compiler *compiler, enum html_place *place_out);

/* Tags; each gets what follows its word, trimmed. */
typedef bool template_tag_fn(struct compiler *compiler, struct str rest);
template_tag_fn template_value, template_json, template_json_string, template_linked, template_if,
	template_else, template_end_if, template_each, template_end_each, template_arguments,
	template_comment, template_message, template_plural;
