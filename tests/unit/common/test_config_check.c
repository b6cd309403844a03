/* SPDX-License-Identifier: MIT */
/* The checks of single values, each with values that pass and values that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/config_check.h"

static const struct {
	config_check_fn *check;
	const char *value;
	bool is_fine;
} table[] = {
	{ config_check_mount, "/", true },
	{ config_check_mount, "/chat/", true },
	{ config_check_mount, "/a/b-c/", true },
	{ config_check_mount, "", false },
	{ config_check_mount, "chat/", false },
	{ config_check_mount, "/chat", false },
	{ config_check_mount, "//", false },
	{ config_check_mount, "/a//b/", false },
	{ config_check_mount, "/../", false },
	{ config_check_mount, "/a b/", false },
	{ config_check_mount, "/a?b/", false },
	{ config_check_prefix, "asgi", true },
	{ config_check_prefix, "my:site!", true },
	{ config_check_prefix, "roomwires", true },
	{ config_check_prefix, "roomwire", false },
	{ config_check_prefix, "roomwire:asgi", false },
	{ config_check_prefix, "r", false },
	{ config_check_prefix, "", false },
	{ config_check_prefix, "a b", false },
	{ config_check_prefix, "h\xc3\xa9", false },
	{ config_check_prefix, "1234567890123456789012345678901234567890", true },
	{ config_check_prefix, "12345678901234567890123456789012345678901", false },
	{ config_check_base_url, "", true },
	{ config_check_base_url, "https://example.org", true },
	{ config_check_base_url, "http://example.org:8000/", true },
	{ config_check_base_url, "example.org", false },
	{ config_check_base_url, "ftp://example.org", false },
	{ config_check_base_url, "https://example.org/chat/", false },
	{ config_check_base_url, "https://", false },
	{ config_check_socket_url, "", true },
	{ config_check_socket_url, "/ws/", true },
	{ config_check_socket_url, "wss://ws.example.org/ws/", true },
	{ config_check_socket_url, "ws://localhost:8001/", true },
	{ config_check_socket_url, "ws://localhost:8001", false },
	{ config_check_socket_url, "https://example.org/ws/", false },
	{ config_check_socket_url, "ws:///ws/", false },
	{ config_check_socket_url, "/sockets", true },
	{ config_check_socket_url, "/", true },
	{ config_check_socket_url, "ws://localhost:8001/a/b.c", true },
	{ config_check_socket_url, "ws/", false },
	{ config_check_socket_url, "//evil.example/ws/", false },
	{ config_check_socket_url, "/ws//", false },
	{ config_check_socket_url, "/../ws/", false },
	{ config_check_socket_url, "/ws/?a", false },
	{ config_check_socket_url, "/ws/;script-src", false },
	{ config_check_socket_url, "ws://user@localhost/ws/", false },
	{ config_check_socket_url, "ws://localhost/ws/#a", false },
	{ config_check_socket_url, "ws://localhost:0/ws/", false },
	{ config_check_host, "*", true },
	{ config_check_host, ".example.org", true },
	{ config_check_host, "[::1]", true },
	{ config_check_host, "example.org:80", false },
	{ config_check_host, "*.example.org", false },
	{ config_check_host, "http://example.org", false },
	{ config_check_host, ".", false },
	{ config_check_origin, "https://example.org:8443", true },
	{ config_check_origin, "https://example.org/", false },
	{ config_check_origin, "example.org", false },
	{ config_check_origin, "null", false },
	{ config_check_listen, "unix:run/x.sock", true },
	{ config_check_listen, "unix:", false },
	{ config_check_listen, "0.0.0.0:8001", true },
	{ config_check_listen, "[::]:8001", true },
	{ config_check_listen, "proxy:0.0.0.0:8001", true },
	{ config_check_listen, "proxy:[::]:8001", true },
	{ config_check_listen, "proxy:unix:run/x.sock", true },
	{ config_check_listen, "proxy:unix:", false },
	{ config_check_listen, "proxy:proxy:h:1", false },
	{ config_check_listen, "proxy:", false },
	{ config_check_listen, "localhost", false },
	{ config_check_listen, ":8001", false },
	{ config_check_listen, "h:0", false },
	{ config_check_peer, "ipc:///run/x", true },
	{ config_check_peer, "tls+tcp://h:1", true },
	{ config_check_peer, "tcp://", false },
	{ config_check_peer, "http://h", false },
	{ config_check_accounts, "", true },
	{ config_check_accounts, "here", true },
	{ config_check_accounts, "hub", true },
	{ config_check_accounts, "ipc:///run/x", true },
	{ config_check_accounts, "ipc://", false },
	{ config_check_accounts, "tcp://h:1", false },
	{ config_check_accounts, "there", false },
	{ config_check_address_block, "10.0.0.0/8", true },
	{ config_check_address_block, "::1", true },
	{ config_check_address_block, "10.0.0.0/64", false },
	{ config_check_address_block, "proxy.example", false },
	{ config_check_path, "state", true },
	{ config_check_path, "", false },
};

static void value_is_fine_or_has_a_complaint(void **state)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if ((table[i].check(str_from(table[i].value)) == NULL) != table[i].is_fine)
			fail_msg("row %zu is judged wrongly: \"%s\"", i, table[i].value);
	}
	(void)state;
}

static void keys_of_the_site_agree_or_have_a_complaint(void **state)
{
	static const struct {
		const char *base_url;
		const char *socket_url;
		const char *complaint;
	} cases[] = {
		{ "", "", NULL },
		{ "https://example.org", "", NULL },
		{ "https://example.org", "/ws/", NULL },
		{ "", "ws://other.example/ws/", NULL },
		{ "http://example.org:8000/", "ws://EXAMPLE.org:8001/ws/", NULL },
		{ "https://example.org", "wss://example.org:8443/ws/", NULL },
		{ "http://example.org", "wss://example.org:8443/ws/", NULL },
		{ "http://[::1]:8000", "ws://[::1]:8001/ws/", NULL },
		{ "https://example.org", "wss://ws.example.org/ws/", "the host of base_url" },
		{ "http://127.0.0.1", "ws://localhost/ws/", "the host of base_url" },
		{ "https://example.org", "ws://example.org/ws/", "must be wss://" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config config = { .site_base_url = (char *)(uintptr_t)cases[i].base_url,
			.site_socket_url = (char *)(uintptr_t)cases[i].socket_url };
		const char *complaint = config_check_site(&config);

		assert_true((complaint == NULL) == (cases[i].complaint == NULL));
		if (complaint != NULL)
			assert_non_null(strstr(complaint, cases[i].complaint));
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(value_is_fine_or_has_a_complaint),
		cmocka_unit_test(keys_of_the_site_agree_or_have_a_complaint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
