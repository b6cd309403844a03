/* SPDX-License-Identifier: MIT */
/* Where a value in an address can no longer change where it leads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fcgi/templatec/html_url.h"

/* '@' is a value. */
static const struct {
	const char *address;
	enum html_url_part part;
} table[] = {
	{ "", HTML_URL_START },
	{ "/", HTML_URL_SLASH },
	{ "/chat/", HTML_URL_PATH },
	{ "/@", HTML_URL_SLASH },
	{ "/@/", HTML_URL_HOST_START },
	{ "/@/room/", HTML_URL_PATH },
	{ "//", HTML_URL_HOST_START },
	{ "//host", HTML_URL_HOST },
	{ "//host/", HTML_URL_PATH },
	{ "?", HTML_URL_PATH },
	{ "#", HTML_URL_PATH },
	{ "chat", HTML_URL_WORD },
	{ "chat/", HTML_URL_PATH },
	{ "javascript:", HTML_URL_UNKNOWN },
	{ "javascript:/", HTML_URL_UNKNOWN },
	{ "data:text/html,", HTML_URL_UNKNOWN },
	{ "mailto:", HTML_URL_PATH },
	{ "mailtoo:", HTML_URL_UNKNOWN },
	{ "HTTPS:", HTML_URL_HOST_START },
	{ "https://", HTML_URL_HOST_START },
	{ "https://host", HTML_URL_HOST },
	{ "https://host/", HTML_URL_PATH },
	{ "https://host?", HTML_URL_PATH },
	{ "https:///", HTML_URL_HOST_START },
	{ "/\\", HTML_URL_UNKNOWN },
	{ "\\", HTML_URL_UNKNOWN },
	{ "\t/", HTML_URL_UNKNOWN },
	{ "/\t/", HTML_URL_UNKNOWN },
	{ "java&#115;", HTML_URL_UNKNOWN },
	{ "/a?b=c&amp;d=", HTML_URL_PATH },
	{ "@", HTML_URL_VALUE },
	{ "@/", HTML_URL_HOST_START },
	{ "@/room/", HTML_URL_PATH },
	{ "@.com/", HTML_URL_PATH },
	{ "@?", HTML_URL_PATH },
};

static struct html_url url_of(const char *address)
{
	struct html_url url = { 0 };

	for (; *address != '\0'; address++) {
		if (*address == '@')
			html_url_value(&url);
		else
			html_url_feed(&url, *address);
	}
	return url;
}

static void html_url_knows_how_far_an_address_has_come(void **state)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (url_of(table[i].address).part != table[i].part)
			fail_msg("%s: part %d", table[i].address,
				(int)url_of(table[i].address).part);
	}
	(void)state;
}

static void html_url_tells_schemes_apart_while_they_are_open(void **state)
{
	const struct html_url a = url_of("htt"), b = url_of("ftp"), c = url_of("/a"),
			      d = url_of("chat/b");

	assert_false(html_url_equals(&a, &b));
	assert_true(html_url_equals(&c, &d));
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(html_url_knows_how_far_an_address_has_come),
		cmocka_unit_test(html_url_tells_schemes_apart_while_they_are_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
