/* SPDX-License-Identifier: MIT */
/* Property: a page either compiles or is refused with its file, a line and a sentence, and what
 * compiles is C whose braces are balanced. */
#include "fcgi/templatec/template.h"
#include "tests/fuzz/fuzz.h"

static bool is_problem(struct str problem)
{
	struct str prefix = STR("page.html:");
	struct str rest = str_skip(problem, prefix.len);
	uint64_t line;

	return str_starts_with(problem, prefix) &&
	       str_to_uint64(str_range(rest.data, str_find(rest, ':')), &line) && line > 0 &&
	       rest.len > str_find(rest, ':') + 2;
}

/* Outside of the string literals. */
static bool has_balanced_braces(struct str source)
{
	bool is_in_string = false;
	int depth = 0;

	for (size_t i = 0; i < source.len && depth >= 0; i++) {
		char c = source.data[i];

		if (is_in_string && c == '\\')
			i++;
		else if (c == '"')
			is_in_string = !is_in_string;
		else if (!is_in_string && (c == '{' || c == '}'))
			depth += c == '{' ? 1 : -1;
	}
	return depth == 0 && !is_in_string;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct template_page page = { "page", "page.html", "no-folder",
		str_range((const char *)data, size) };
	struct template_output output = { 0 };
	struct buf problem = { 0 };

	if (template_compile(&page, &output, &problem))
		FUZZ_REQUIRE(problem.len == 0 && has_balanced_braces(buf_str(&output.source)));
	else
		FUZZ_REQUIRE(is_problem(buf_str(&problem)));
	template_output_finish(&output);
	buf_finish(&problem);
	return 0;
}
