/* SPDX-License-Identifier: MIT */
/* Who may call: Host, Origin and X-Forwarded-For as tables of what attackers send and of what
 * browsers do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/origin.h"

static char *hosts[] = { "localhost", "127.0.0.1", "[::1]", ".example.org", "chat.example.net" };
static char *origins[] = { "https://www.partner.example", "http://localhost:3000",
	"https://[2001:db8::1]:8443" };
static char *proxies[] = { "10.0.0.0/8", "192.0.2.7", "2001:db8:1::/48" };

static const struct config config = {
	.site_base_url = "https://chat.example.net",
	.site_allowed_hosts = { hosts, sizeof(hosts) / sizeof(hosts[0]) },
	.site_allowed_origins = { origins, sizeof(origins) / sizeof(origins[0]) },
	.broker_trusted_proxies = { proxies, sizeof(proxies) / sizeof(proxies[0]) },
};

static void host_is_allowed_as_django_does(void **state)
{
	static const struct {
		const char *host;
		bool is_allowed;
	} table[] = {
		{ "localhost", true },
		{ "LOCALHOST:8000", true },
		{ "localhost.", true },
		{ "127.0.0.1:80", true },
		{ "[::1]", true },
		{ "[::1]:8000", true },
		{ "example.org", true },
		{ "a.b.Example.ORG", true },
		{ "www.example.org.:443", true },
		{ "chat.example.net", true },
		{ "example.net", false },
		{ "x.chat.example.net", false },
		{ "evilexample.org", false },
		{ "example.org.evil.com", false },
		{ "localhost:", false },
		{ "localhost:99999", false },
		{ "localhost:80:80", false },
		{ "localhost/", false },
		{ "localhost ", false },
		{ "evil@localhost", false },
		{ "localhost@evil", false },
		{ "::1", false },
		{ "[::1", false },
		{ "", false },
		{ ".", false },
		{ "*", false },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (origin_host_is_allowed(&config, str_from(table[i].host)) != table[i].is_allowed)
			fail_msg("Host judged wrongly: %s", table[i].host);
	}
	assert_false(origin_host_is_allowed(&config, str_range("localhost\0", 10)));
	assert_false(origin_host_is_allowed(&config, (struct str){ 0 }));
	(void)state;
}

static void star_allows_any_host_that_is_one(void **state)
{
	char *any[] = { "*" };
	const struct config open = { .site_allowed_hosts = { any, 1 } };

	assert_true(origin_host_is_allowed(&open, STR_OF("whatever.example:81")));
	assert_false(origin_host_is_allowed(&open, STR_OF("what ever")));
	assert_false(origin_host_is_allowed(&open, STR_OF("a\r\nb")));
	(void)state;
}

/* Requests are for http://localhost:8000. */
static void origin_is_compared_by_scheme_host_and_port(void **state)
{
	static const struct {
		const char *origin;
		bool is_allowed;
	} table[] = {
		{ "http://localhost:8000", true },
		{ "HTTP://LocalHost:8000", true },
		{ "https://chat.example.net", true }, /* base_url */
		{ "https://chat.example.net:443", true },
		{ "https://www.partner.example", true },
		{ "https://www.partner.example:443", true },
		{ "http://localhost:3000", true },
		{ "https://[2001:db8::1]:8443", true },
		{ "https://[2001:DB8::1]:8443", true },
		{ "https://localhost:8000", false },
		{ "ws://localhost:8000", false },
		{ "http://localhost", false },
		{ "http://localhost:80", false },
		{ "http://localhost:8001", false },
		{ "http://localhost:08000", false },
		{ "http://localhost:80000", false },
		{ "http://localhost:", false },
		{ "http://localhost:8000/", false },
		{ "http://localhost:8000?x", false },
		{ "http://localhost:8000#x", false },
		{ "http://localhost:8000 ", false },
		{ " http://localhost:8000", false },
		{ "http://user@localhost:8000", false },
		{ "http://localhost:8000@evil.example", false },
		{ "http://localhost:8000.evil.example", false },
		{ "http://evillocalhost:8000", false },
		{ "http://localhost.evil:8000", false },
		{ "http://127.0.0.1:8000", false },
		{ "http://[::1]:8000", false },
		{ "http://www.example.org:8000", false }, /* an allowed host is no allowed origin */
		{ "http://chat.example.net", false },
		{ "https://chat.example.net:80", false },
		{ "https://site.evil", false },
		{ "https://www.partner.example.evil", false },
		{ "https://evil.www.partner.example", false },
		{ "https://wwwxpartner.example", false },
		{ "https://partner.example", false },
		{ "https://[2001:db8::2]:8443", false },
		{ "https://2001:db8::1:8443", false },
		{ "null", false },
		{ "", false },
		{ "http:localhost:8000", false },
		{ "http:/localhost:8000", false },
		{ "//localhost:8000", false },
		{ "localhost:8000", false },
		{ "file://", false },
		{ "http://", false },
		{ "http://l\xc3\xb6"
		  "calhost:8000",
			false },
		{ "http://localh\xd0\xbe"
		  "st:8000",
			false }, /* Cyrillic o */
		{ "http://xn--lcalhost-90a:8000", false },
		{ "http://localhost:8000\r\nX-Evil: 1", false },
		{ "http://localhost:8000, http://evil.example", false },
		{ "http://localhost:8000 http://evil.example", false },
		{ "http://*", false },
		{ "*", false },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (origin_is_allowed(&config, str_from(table[i].origin), STR_OF("http"),
			    STR_OF("localhost:8000")) != table[i].is_allowed)
			fail_msg("Origin judged wrongly: %s", table[i].origin);
	}
	(void)state;
}

static void nul_in_an_origin_cuts_nothing_off(void **state)
{
	static const char evil[] = "http://localhost:8000\0.evil.example";

	assert_false(origin_is_allowed(&config, str_range(evil, sizeof(evil) - 1), STR_OF("http"),
		STR_OF("localhost:8000")));
	(void)state;
}

static void request_without_a_port_has_its_schemes(void **state)
{
	assert_true(origin_is_allowed(
		&config, STR_OF("https://a.example:443"), STR_OF("https"), STR_OF("a.example")));
	assert_true(origin_is_allowed(
		&config, STR_OF("http://a.example"), STR_OF("http"), STR_OF("a.example:80")));
	assert_false(origin_is_allowed(
		&config, STR_OF("http://a.example"), STR_OF("https"), STR_OF("a.example")));
	assert_false(origin_is_allowed(
		&config, STR_OF("http://a.example"), STR_OF("http"), STR_OF("a.example:443")));
	(void)state;
}

static void proxies_are_trusted_by_unix_loopback_or_block(void **state)
{
	static const struct {
		const char *peer;
		bool is_trusted;
	} table[] = { { "unix", true }, { "127.0.0.1", true }, { "::1", true },
		{ "::ffff:127.0.0.1", true }, { "10.1.2.3", true }, { "192.0.2.7", true },
		{ "2001:db8:1:2::3", true }, { "192.0.2.8", false }, { "11.0.0.1", false },
		{ "2001:db8:2::", false }, { "", false }, { "unixx", false },
		{ "localhost", false } };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (origin_peer_is_trusted(&config, str_from(table[i].peer)) != table[i].is_trusted)
			fail_msg("peer judged wrongly: %s", table[i].peer);
	}
	(void)state;
}

static void client_is_the_rightmost_that_no_trusted_proxy_is(void **state)
{
	static const struct {
		const char *peer;
		const char *forwarded;
		const char *client;
	} table[] = {
		{ "203.0.113.9", "198.51.100.1",
			"203.0.113.9" }, /* an untrusted peer is the client */
		{ "unix", "", "unix" },
		{ "unix", "198.51.100.1", "198.51.100.1" },
		{ "unix", "1.1.1.1, 198.51.100.1", "198.51.100.1" }, /* forged, then appended to */
		{ "unix", "1.1.1.1 ,\t198.51.100.1 , 10.0.0.5", "198.51.100.1" },
		{ "127.0.0.1", "198.51.100.1,10.0.0.5,192.0.2.7", "198.51.100.1" },
		{ "unix", "10.0.0.4, 10.0.0.5", "10.0.0.4" },
		{ "unix", "2001:db8:9::1", "2001:db8:9::1" },
		{ "unix", "unknown", "unix" },
		{ "unix", "198.51.100.1, unknown, 10.0.0.5", "10.0.0.5" },
		{ "unix", "198.51.100.1,", "unix" },
		{ "unix", ",,,", "unix" },
		{ "unix", "unix", "unix" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct str client = origin_client_address(
			&config, str_from(table[i].peer), str_from(table[i].forwarded));

		if (!str_is(client, table[i].client))
			fail_msg("%s behind %s: %.*s", table[i].forwarded, table[i].peer,
				STR_ARG(client));
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_is_allowed_as_django_does),
		cmocka_unit_test(star_allows_any_host_that_is_one),
		cmocka_unit_test(origin_is_compared_by_scheme_host_and_port),
		cmocka_unit_test(nul_in_an_origin_cuts_nothing_off),
		cmocka_unit_test(request_without_a_port_has_its_schemes),
		cmocka_unit_test(proxies_are_trusted_by_unix_loopback_or_block),
		cmocka_unit_test(client_is_the_rightmost_that_no_trusted_proxy_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
