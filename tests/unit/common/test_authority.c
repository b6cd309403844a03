/* SPDX-License-Identifier: MIT */
/* Hosts and origins in text, as a table, each also cut at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/authority.h"

static const struct {
	const char *text;
	const char *host; /* NULL: refused */
	uint16_t port;
} authorities[] = {
	{ "example.org", "example.org", 0 },
	{ "example.org.", "example.org.", 0 },
	{ "EXAMPLE.org:8000", "EXAMPLE.org", 8000 },
	{ "web_1:80", "web_1", 80 },
	{ "127.0.0.1:65535", "127.0.0.1", 65535 },
	{ "[::1]", "[::1]", 0 },
	{ "[2001:db8::1]:443", "[2001:db8::1]", 443 },
	{ "", NULL, 0 },
	{ ".", NULL, 0 },
	{ ".example.org", NULL, 0 },
	{ "example..org", NULL, 0 },
	{ "example.org:", NULL, 0 },
	{ "example.org:0", NULL, 0 },
	{ "example.org:65536", NULL, 0 },
	{ "example.org:000080", NULL, 0 },
	{ "example.org:80:80", NULL, 0 },
	{ "example.org/", NULL, 0 },
	{ "user@example.org", NULL, 0 },
	{ "exam ple.org", NULL, 0 },
	{ "ex\xc3\xa4mple.org", NULL, 0 },
	{ "::1", NULL, 0 },
	{ "[::1", NULL, 0 },
	{ "[]", NULL, 0 },
	{ "[127.0.0.1]", NULL, 0 },
	{ "[::1]x", NULL, 0 },
	{ "[::1%25eth0]", NULL, 0 },
	{ "a23456789012345678901234567890123456789012345678901234567890123.org",
		"a23456789012345678901234567890123456789012345678901234567890123.org", 0 },
	{ "a234567890123456789012345678901234567890123456789012345678901234.org", NULL, 0 },
};

static void authority_is_read_or_refused(void **state)
{
	for (size_t i = 0; i < sizeof(authorities) / sizeof(authorities[0]); i++) {
		struct authority authority;
		bool is_read = authority_parse(str_from(authorities[i].text), &authority);

		if (is_read != (authorities[i].host != NULL))
			fail_msg("judged wrongly: %s", authorities[i].text);
		if (!is_read)
			continue;
		assert_true(str_is(authority.host, authorities[i].host));
		assert_int_equal(authority.port, authorities[i].port);
	}
	(void)state;
}

static void host_cut_at_any_byte_never_reads_beyond_the_cut(void **state)
{
	for (size_t i = 0; i < sizeof(authorities) / sizeof(authorities[0]); i++) {
		const char *text = authorities[i].text;

		for (size_t len = 0; len < strlen(text); len++) {
			struct authority authority;

			if (authority_parse(str_range(text, len), &authority))
				assert_true(authority.host.len <= len && authority.host.len > 0);
		}
	}
	(void)state;
}

static void origin_fills_in_the_default_port(void **state)
{
	static const struct {
		const char *text;
		uint16_t port;
	} table[] = { { "http://a", 80 }, { "HTTPS://a", 443 }, { "ws://a", 80 },
		{ "wss://a", 443 }, { "https://a:80", 80 }, { "capacitor://localhost", 0 } };
	struct web_origin origin;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_true(web_origin_parse(str_from(table[i].text), &origin));
		assert_int_equal(origin.authority.port, table[i].port);
	}
	(void)state;
}

static void what_is_no_plain_origin_is_refused(void **state)
{
	static const char *const refused[] = { "", "null", "a", "http:", "http:/a", "http://",
		"://a", "1http://a", "http://a/", "http://a?x", "http://a#x", "http://u@a",
		"http:// a", "http://a ", "h ttp://a", "file:///", "http://a\r\nX: y",
		"javascript:alert(1)" };
	struct web_origin origin;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (web_origin_parse(str_from(refused[i]), &origin))
			fail_msg("taken for an origin: %s", refused[i]);
	}
	(void)state;
}

static void origin_of_a_url_ends_before_its_path(void **state)
{
	static const struct {
		const char *url;
		const char *origin;
	} cases[] = {
		{ "wss://example.org:8443/ws/", "wss://example.org:8443" },
		{ "http://[::1]:8000", "http://[::1]:8000" },
		{ "ws:///ws/", "ws://" },
		{ "/ws/", "" },
		{ "/ws:80/", "" },
		{ "//example.org/ws/", "" },
		{ "example.org", "" },
		{ "ws:/", "" },
		{ "", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!str_is(url_origin(str_from(cases[i].url)), cases[i].origin))
			fail_msg("%s", cases[i].url);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(authority_is_read_or_refused),
		cmocka_unit_test(host_cut_at_any_byte_never_reads_beyond_the_cut),
		cmocka_unit_test(origin_fills_in_the_default_port),
		cmocka_unit_test(what_is_no_plain_origin_is_refused),
		cmocka_unit_test(origin_of_a_url_ends_before_its_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
