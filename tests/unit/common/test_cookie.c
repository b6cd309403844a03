/* SPDX-License-Identifier: MIT */
/* Which cookies of a header are ours, in which order, and what goes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/cookie.h"

/* The values that are found, each in angle brackets. */
static const struct {
	const char *header;
	const char *over_http;
	const char *over_https;
} table[] = {
	{ "", "", "" },
	{ ";", "", "" },
	{ "n", "", "" },
	{ "n=", "<>", "" },
	{ "n=a", "<a>", "" },
	{ "n=a=b", "<a=b>", "" },
	{ "n=\"a\"", "<\"a\">", "" },
	{ "n =a", "", "" },
	{ "n= a", "< a>", "" },
	{ " \tn=a \t", "<a>", "" },
	{ "N=a; nn=b; xn=c; n", "", "" },
	{ "x=n=a; =n=b", "", "" },
	{ "n=a; n=b;n=;n=c", "<a><b><><c>", "" },
	{ "__Host-n=a", "<a>", "<a>" },
	{ "__Host-n=", "<>", "<>" },
	{ "__host-n=a; __HOST-n=b; __Host-N=c; __Host-=d; __Host-x=n=e", "", "" },
	{ "__Secure-n=a; Host-n=b; __Host-__Host-n=c", "", "" },
	{ "__Host-n=a; n=b", "<a><b>", "<a>" },
	{ "n=a; __Host-n=b", "<b>", "<b>" },
	{ "n=a; __Host-n=b; n=c; __Host-n=d; n=e; n=f", "<b><d><e><f>", "<b><d>" },
	{ "__Host-x=__Host-n=a", "", "" },
};

static const char *found_in(struct str header, bool is_https, struct buf *found)
{
	struct str value;

	buf_clear(found);
	while (cookie_next(&header, "n", is_https, &value))
		buf_append_format(found, "<%.*s>", STR_ARG(value));
	return buf_text(found);
}

static void values_are_found_by_name_and_prefix(void **state)
{
	struct buf found = { 0 };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct str header = str_from(table[i].header);

		if (strcmp(found_in(header, false, &found), table[i].over_http) != 0)
			fail_msg("%s over http: %s", table[i].header, buf_text(&found));
		if (strcmp(found_in(header, true, &found), table[i].over_https) != 0)
			fail_msg("%s over https: %s", table[i].header, buf_text(&found));
	}
	buf_finish(&found);
	(void)state;
}

/* Cut at every byte, in memory that ends there. */
static void header_ends_where_it_ends(void **state)
{
	static const char whole[] = "x=1; n=a; __Host-n=b; n=c";
	struct buf found = { 0 };

	for (size_t len = 0; len < sizeof(whole); len++) {
		char *cut = malloc(len + 1);
		bool has_plain = len >= strlen("x=1; n="),
		     has_prefixed = len >= strlen("x=1; n=a; __Host-n=");

		memcpy(cut + 1, whole, len);
		found_in(str_range(cut + 1, len), false, &found);
		assert_int_equal(found.len > 0, has_plain);
		found_in(str_range(cut + 1, len), true, &found);
		assert_int_equal(found.len > 0, has_prefixed);
		free(cut);
	}
	buf_finish(&found);
	(void)state;
}

static void what_is_written_has_its_attributes(void **state)
{
	static const struct {
		bool is_https;
		int64_t max_age_seconds;
		const char *text;
	} rows[] = {
		{ false, 60, "n=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax" },
		{ true, 60, "__Host-n=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure" },
		{ false, COOKIE_FOR_THE_SESSION, "n=v; Path=/; HttpOnly; SameSite=Lax" },
		{ true, COOKIE_FOR_THE_SESSION,
			"__Host-n=v; Path=/; HttpOnly; SameSite=Lax; Secure" },
		{ false, COOKIE_GONE, "n=v; Path=/; Max-Age=0; HttpOnly; SameSite=Lax" },
	};
	struct buf out = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&out);
		cookie_write(&out, "n", STR_OF("v"), rows[i].is_https, rows[i].max_age_seconds);
		assert_string_equal(buf_text(&out), rows[i].text);
	}
	buf_finish(&out);
	(void)state;
}

static void what_is_written_is_found(void **state)
{
	struct buf out = { 0 }, found = { 0 };

	for (int is_https = 0; is_https <= 1; is_https++) {
		buf_clear(&out);
		cookie_write(&out, "n", STR_OF("v-._~!"), is_https, 60);
		assert_string_equal(found_in(buf_str(&out), is_https, &found), "<v-._~!>");
	}
	buf_finish(&out);
	buf_finish(&found);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_found_by_name_and_prefix),
		cmocka_unit_test(header_ends_where_it_ends),
		cmocka_unit_test(what_is_written_has_its_attributes),
		cmocka_unit_test(what_is_written_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
