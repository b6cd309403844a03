/* SPDX-License-Identifier: MIT */
/* Where in an HTML page a byte stands: a small tokenizer that is fed the template's fixed text, so
 * that the compiler knows what a value would be there. Pure; knows bytes and not the templates'
 * tags. What does not matter for a value is forgotten at once, so that two places that mean the
 * same compare as equal. */
#pragma once

#include <stdbool.h>

#include "common/base/str.h"
#include "fcgi/templatec/html_url.h"

enum html_state {
	HTML_TEXT,
	HTML_TAG_OPEN, /* behind '<' or '</' */
	HTML_TAG_NAME,
	HTML_IN_TAG, /* between attributes */
	HTML_TAG_GAP, /* behind branches that ended there, with or without an attribute */
	HTML_ATTRIBUTE_NAME,
	HTML_AFTER_NAME, /* white space behind an attribute's name */
	HTML_BEFORE_VALUE, /* behind '=' */
	HTML_VALUE_DOUBLE,
	HTML_VALUE_SINGLE,
	HTML_VALUE_BARE,
	HTML_COMMENT,
	HTML_DECLARATION, /* <!doctype …>, and what HTML calls bogus comments */
	HTML_TEXT_ONLY, /* <title>, <textarea>: references count, tags do not */
	HTML_SCRIPT,
	HTML_JSON, /* <script type="application/json"> */
	HTML_STYLE, /* and other elements whose text is taken as it is */
};

#define HTML_NAME_MAX 32

struct html_context {
	enum html_state state;
	struct html_url url; /* of an attribute that holds one */
	bool is_closing_tag;
	bool has_type; /* this <script> has said its type: a second one does not count */
	bool is_json_script;
	char tag[HTML_NAME_MAX];
	char attribute[HTML_NAME_MAX];
	char tail[HTML_NAME_MAX]; /* the last bytes, while what they mean is open */
	const char *problem; /* what no page of ours may hold, once it has been seen */
};

/* How a value must be written. */
enum html_place {
	HTML_PLACE_TEXT,
	HTML_PLACE_ATTRIBUTE,
	HTML_PLACE_URL_START, /* the beginning of an attribute that holds a URL */
	HTML_PLACE_URL_PART, /* in the path, query or fragment of such an attribute */
	HTML_PLACE_JSON,
	HTML_PLACE_FORBIDDEN,
};

/* All zero is the beginning of a page. */
void html_context_feed(struct html_context *context, char c);
/* Where a value would stand now; for FORBIDDEN *problem_out says why. */
enum html_place html_context_place(const struct html_context *context, const char **problem_out);
/* A value has been written here. */
void html_context_value(struct html_context *context);
/* Whether an attribute of this name (in lower case) holds an address. */
bool html_attribute_is_url(const char *name);
bool html_context_equals(const struct html_context *a, const struct html_context *b);
/* Where a page is that has come here by either way; false when that cannot be said. Ways may differ
 * in attributes without a value, as in <p{{#if old}} hidden{{/if}}>. */
bool html_context_join(struct html_context *context, const struct html_context *other)
	__attribute__((warn_unused_result));
