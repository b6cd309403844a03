/* SPDX-License-Identifier: MIT */
/* Property: what json_parse takes, json_print writes as JSON that parses to the same again (parse,
 * print, parse, print is a fixed point), and json_check and json_parse never disagree but about
 * duplicate keys and a mere null. */
#include <stdlib.h>

#include "common/json.h"
#include "common/json_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct json *parse_and_print(struct str text, struct buf *out)
{
	const char *problem;
	struct json *document = json_parse(text, &problem);

	if (document != NULL)
		json_print(out, document);
	else if (problem == NULL)
		abort();
	return document;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_range((const char *)data, size);
	struct buf once = { 0 }, twice = { 0 };
	struct json *document = parse_and_print(text, &once);
	struct json *again;
	const char *problem;
	size_t members;

	if (document != NULL) {
		if (!json_check(text, &members, &problem))
			abort();
		again = parse_and_print(buf_str(&once), &twice);
		if (again == NULL || !str_equals(buf_str(&once), buf_str(&twice)))
			abort();
		json_destroy(again);
	}
	json_destroy(document);
	buf_finish(&once);
	buf_finish(&twice);
	return 0;
}
