/* SPDX-License-Identifier: MIT */
/* Property: no value leaves its place. The input is a piece of a page, a NUL and a value: written
 * as the compiler would have it written there, the value leads the tokenizer nowhere, and an
 * address to no other host. */
#include <string.h>

#include "fcgi/render.h"
#include "fcgi/templatec/html_context.h"
#include "tests/fuzz/fuzz.h"

typedef void render_fn(struct render *render, struct str text);

static render_fn *const functions[] = {
	[HTML_PLACE_TEXT] = render_text,
	[HTML_PLACE_ATTRIBUTE] = render_text,
	[HTML_PLACE_URL_START] = render_url,
	[HTML_PLACE_URL_PART] = render_url_part,
	[HTML_PLACE_JSON] = render_json,
	[HTML_PLACE_FORBIDDEN] = NULL,
};

static void feed(struct html_context *context, struct str html)
{
	for (size_t i = 0; i < html.len; i++)
		html_context_feed(context, html.data[i]);
}

static void require_same_place(const struct html_context *before, const struct html_context *after)
{
	FUZZ_REQUIRE(before->state == after->state);
	FUZZ_REQUIRE(strcmp(before->tag, after->tag) == 0);
	FUZZ_REQUIRE(strcmp(before->attribute, after->attribute) == 0);
	FUZZ_REQUIRE(after->problem == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str html = str_range((const char *)data, size);
	struct str value = str_skip(html, str_find(html, '\0') + 1);
	struct html_context before = { 0 }, after;
	struct buf out = { 0 };
	struct render render = { &out, NULL };
	enum html_place place;
	const char *problem;

	html.len = str_find(html, '\0');
	feed(&before, html);
	place = html_context_place(&before, &problem);
	if (before.problem == NULL && place != HTML_PLACE_FORBIDDEN) {
		functions[place](&render, value);
		after = before;
		feed(&after, buf_str(&out));
		require_same_place(&before, &after);
		if (place == HTML_PLACE_URL_PART)
			FUZZ_REQUIRE(html_context_place(&after, &problem) == HTML_PLACE_URL_PART);
	}
	buf_finish(&out);
	return 0;
}
