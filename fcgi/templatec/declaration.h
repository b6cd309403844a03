/* SPDX-License-Identifier: MIT */
/* The arguments of a page, as its {{args …}} block declares them, and the struct that they become.
 */
#pragma once

#include <stdbool.h>

#include "common/base/buf.h"

#define DECLARATION_FIELDS_MAX 128

enum field_type { FIELD_TEXT, FIELD_BOOL, FIELD_INTEGER, FIELD_URL, FIELD_JSON, FIELD_EACH };

struct field {
	enum field_type type;
	struct str name;
	int parent; /* index of the EACH that it is a field of, or -1 */
};

/* All zero declares nothing. */
struct declaration {
	struct field fields[DECLARATION_FIELDS_MAX];
	int count;
};

/* Parses the block's text, which the names borrow from. False with a sentence in *problem_out. */
bool declaration_parse(struct declaration *declaration, struct str text, const char **problem_out);
/* The field of that name in a scope (-1: the page), or NULL. */
const struct field *declaration_find(
	const struct declaration *declaration, struct str name, int parent);
int declaration_index(const struct declaration *declaration, const struct field *field);
/* Appends "struct template_NAME …" and the structs of its lists. */
void declaration_write(const struct declaration *declaration, const char *name, struct buf *out);
