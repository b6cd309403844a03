/* SPDX-License-Identifier: MIT */
/* What compiled templates write to: one function for each context of HTML, so that the compiler's
 * choice of function is the whole of escaping. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"

struct translation;

struct render {
	struct buf *out; /* borrowed */
	const struct translation *language; /* borrowed */
};

/* A value for a place in a translated message, such as {user}. */
struct render_value {
	const char *name;
	bool is_number;
	struct str text;
	int64_t number;
};

/* The template's own text. */
void render_raw(struct render *render, const char *html, size_t len);
/* In text and in quoted attributes: & < > " ' become references. */
void render_text(struct render *render, struct str text);
/* A text of somebody else's, in text: what links_next() finds leads where it says. */
void render_linked(struct render *render, struct str text);
void render_integer(struct render *render, int64_t number);
/* A whole URL in a quoted attribute: a path of this site ("/…", not "//…"), "?…", "#…", or http,
 * https or mailto; everything else becomes "#". */
void render_url(struct render *render, struct str url);
/* A piece of a URL behind fixed text: all but unreserved characters are percent-encoded (RFC 3986
 * 2.3). */
void render_url_part(struct render *render, struct str text);
/* JSON that is already written, inside <script type="application/json">. */
void render_json(struct render *render, struct str json);
/* A text as a JSON string, in the same place. */
void render_json_string(struct render *render, struct str text);
/* A translated message and its values, all escaped as text. */
void render_message(struct render *render, const char *message, const struct render_value *values,
	size_t count);
/* The same with the plural form that number asks for. */
void render_plural(struct render *render, const char *one, const char *many, int64_t number,
	const struct render_value *values, size_t count);
