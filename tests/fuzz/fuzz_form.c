/* SPDX-License-Identifier: MIT */
/* Properties: what url_encode writes, url_decode and url_find_field read back byte for byte; no
 * field holds a NUL; a path that redirects may lead to is one that pages print as a link, and never
 * another host's. */
#include "fcgi/render.h"
#include "fcgi/url_code.h"
#include "tests/fuzz/fuzz.h"

static void field_try(struct str fields)
{
	struct buf value = { 0 };

	if (url_find_field(fields, "n", &value))
		FUZZ_REQUIRE(str_find(buf_str(&value), '\0') == value.len);
	buf_finish(&value);
}

static void text_try(struct str text)
{
	struct buf form = { 0 }, value = { 0 }, decoded = { 0 };
	bool has_nul = str_find(text, '\0') < text.len;

	buf_append_text(&form, "m=x&n=");
	url_encode(text, &form);
	FUZZ_REQUIRE(url_find_field(buf_str(&form), "n", &value) == !has_nul);
	FUZZ_REQUIRE(url_decode(str_skip(buf_str(&form), 6), &decoded) == !has_nul);
	if (!has_nul) {
		FUZZ_REQUIRE(str_equals(buf_str(&value), text));
		FUZZ_REQUIRE(str_equals(buf_str(&decoded), text));
	}
	buf_finish(&form);
	buf_finish(&value);
	buf_finish(&decoded);
}

static void path_try(struct str path)
{
	struct buf html = { 0 };
	struct render render = { &html, NULL };

	if (url_is_local_path(path)) {
		FUZZ_REQUIRE(path.data[0] == '/' && !str_starts_with(path, STR_OF("//")));
		FUZZ_REQUIRE(str_find(path, '\\') == path.len);
		render_url(&render, path);
		FUZZ_REQUIRE(html.data[0] == '/');
	}
	buf_finish(&html);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_range((const char *)data, size);

	field_try(text);
	text_try(text);
	path_try(text);
	return 0;
}
