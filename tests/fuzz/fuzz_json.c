/* SPDX-License-Identifier: MIT */
/* Property: what json_parse takes, json_print writes as JSON that parses to the same again (parse,
 * print, parse, print is a fixed point), and json_check and json_parse never disagree but about
 * duplicate keys and a mere null. And json_flat_read takes nothing that json_parse refuses, and
 * reads the same in it. */
#include <stdlib.h>

#include "common/base/utf8.h"
#include "common/json.h"
#include "common/json_check.h"
#include "common/json_flat.h"

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

static void check_flat(struct str text, const struct json *document)
{
	struct json_flat_field fields[] = { { .key = "message" }, { .key = "a" }, { .key = "" } };
	struct buf unescaped = { 0 };
	struct str expected;

	if (utf8_is_valid(text) && json_flat_read(text, fields, 3, &unescaped)) {
		if (!json_is_object(document))
			abort();
		for (size_t i = 0; i < 3; i++) {
			const struct json *value = json_find(document, fields[i].key);

			if (fields[i].is_there != (value != NULL) ||
				fields[i].is_string != json_get_string(value, &expected) ||
				(fields[i].is_string && !str_equals(fields[i].text, expected)))
				abort();
		}
	}
	buf_finish(&unescaped);
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
	check_flat(text, document);
	json_destroy(document);
	buf_finish(&once);
	buf_finish(&twice);
	return 0;
}
