/* SPDX-License-Identifier: MIT */
/* The table of links that the pages' script is held against, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "fcgi/links.h"

#define LINE_MAX_BYTES 8192

/* \t, \n and \\ become what they stand for, in place. */
static void unescape(char *text)
{
	char *out = text;

	for (const char *in = text; *in != '\0'; in++) {
		if (*in == '\\' && in[1] != '\0') {
			in++;
			*out++ = *in == 't' ? '\t' : *in == 'n' ? '\n' : *in;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
}

/* "text => link => link" of what is found in the text. */
static void find_all(const char *text, struct buf *found)
{
	struct links links = { str_from(text), 0 };
	struct str link;

	buf_append_text(found, text);
	while (links_next(&links, &link)) {
		buf_append_text(found, " => ");
		buf_append_str(found, link);
	}
}

static void links_are_found_as_the_table_says(void **state)
{
	FILE *file = fopen(LINK_CASES, "r");
	char line[LINE_MAX_BYTES];
	size_t count = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		struct buf found = { 0 };
		char text[LINE_MAX_BYTES];
		char *end;

		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '\0' || line[0] == '#')
			continue;
		unescape(line);
		strcpy(text, line);
		end = strstr(text, " => ");
		if (end != NULL)
			*end = '\0';
		find_all(text, &found);
		assert_string_equal(buf_text(&found), line);
		buf_finish(&found);
		count++;
	}
	fclose(file);
	assert_true(count > 80);
	(void)state;
}

static void a_link_of_endless_length_is_none(void **state)
{
	struct buf text = { 0 };
	struct links links = { 0 };
	struct str link;

	buf_append_text(&text, "https://a.example/");
	for (size_t i = 0; i < 300; i++)
		buf_append_text(&text, "https://a/");
	links.text = buf_str(&text);
	assert_true(links_next(&links, &link)); /* of what is left behind the limit */
	assert_true(link.data > text.data + 2000);
	assert_false(links_next(&links, &link));
	buf_finish(&text);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_are_found_as_the_table_says),
		cmocka_unit_test(a_link_of_endless_length_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
