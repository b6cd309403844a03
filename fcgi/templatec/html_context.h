/* SPDX-License-Identifier: MIT */
/* Where in an HTML page a byte stands: a small tokenizer that is fed the template's fixed text,
 * so that the compiler knows what a value would be there. Pure. */
#pragma once

#include <stdbool.h>

#include "common/base/str.h"

enum html_state {
	HTML_TEXT,
	HTML_TAG_OPEN, /* behind '<' */
	HTML_TAG_NAME,
	HTML_IN_TAG, /* between attributes */
	HTML_ATTRIBUTE_NAME,
	HTML_BEFORE_VALUE, /* behind '=' */
	HTML_VALUE_DOUBLE,
	HTML_VALUE_SINGLE,
	HTML_VALUE_BARE,
	HTML_COMMENT,
	HTML_SCRIPT,
	HTML_JSON, /* <script type="application/json"> */
	HTML_STYLE,
	HTML_DECLARATION, /* <!doctype …> */
};

#define HTML_NAME_MAX 32

struct html_context {
	enum html_state state;
	char tag[HTML_NAME_MAX];
	char attribute[HTML_NAME_MAX];
	char tail[HTML_NAME_MAX]; /* the last bytes of a comment or script, to see its end */
	bool value_is_empty; /* nothing of the attribute's value has been seen */
	bool is_closing_tag;
	bool is_json_script;
};

/* How a value must be written. */
enum html_place {
	HTML_PLACE_TEXT,
	HTML_PLACE_ATTRIBUTE,
	HTML_PLACE_URL_START, /* the beginning of an attribute that holds a URL */
	HTML_PLACE_URL_PART, /* behind fixed text in such an attribute */
	HTML_PLACE_JSON,
	HTML_PLACE_FORBIDDEN,
};

/* All zero is the beginning of a page. */
void html_context_feed(struct html_context *context, char c);
/* Where a value would stand now; for FORBIDDEN *problem_out says why. */
enum html_place html_context_place(const struct html_context *context, const char **problem_out);
/* A value has been written here. */
void html_context_value(struct html_context *context);
bool html_context_equals(const struct html_context *a, const struct html_context *b);
