/* SPDX-License-Identifier: MIT */
/* What web servers say, under FastCGI and plain CGI, and what of it is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fcgi/request.h"

static char *proxies[] = { "10.0.0.0/8" };
static const struct config config = {
	.site_mount = (char[]){ "/chat/" },
	.broker_trusted_proxies = { proxies, 1 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void request_reads_the_raw_path_of_fastcgi(void **state)
{
	static const struct {
		const char *uri;
		const char *path;
	} table[] = {
		{ "/chat/lobby/", "/chat/lobby/" },
		{ "/chat/a%2Fb/?x=/y", "/chat/a%2Fb/" },
		{ "/chat/?", "/chat/" },
		{ "/chat/a:b/", "/chat/a:b/" },
		{ "http://localhost/chat/lobby/?x", "/chat/lobby/" },
		{ "https://localhost:8000/", "/" },
		{ "http://localhost", "/" },
		{ "?x", "/" },
		{ "", "/" },
		{ "//evil.example/chat/", "//evil.example/chat/" },
		{ "*", "*" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct request request;

		request_init(&request,
			&(struct request_variables){ .uri = str_from(table[i].uri),
				.script_name = STR_OF("/ignored"),
				.path_info = STR_OF("/ignored") },
			&config);
		assert_string_equal(buf_text(&request.path), table[i].path);
		assert_int_equal(request.prefix.len, 0);
		request_finish(&request);
	}
	(void)state;
}

static void request_encodes_the_path_of_plain_cgi_again(void **state)
{
	static const struct {
		const char *path_info;
		const char *path;
	} table[] = {
		{ "/chat/lobby/", "/chat/lobby/" },
		{ "/chat/a b/", "/chat/a%20b/" },
		{ "/chat/50%/", "/chat/50%25/" },
		{ "/chat/%41/", "/chat/%2541/" },
		{ "/chat/\xe6\x88\xbf/", "/chat/%E6%88%BF/" },
		{ "/chat/?x/", "/chat/%3Fx/" },
		{ "", "/" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct request request;

		request_init(&request,
			&(struct request_variables){ .uri = STR_OF("/ignored?x"),
				.script_name = STR_OF("/cgi-bin/chat"),
				.path_info = str_from(table[i].path_info),
				.query = STR_OF("a=b"),
				.is_plain_cgi = true },
			&config);
		assert_string_equal(buf_text(&request.path), table[i].path);
		assert_true(str_is(request.prefix, "/cgi-bin/chat"));
		assert_true(str_is(request.query, "a=b"));
		request_finish(&request);
	}
	(void)state;
}

static void request_answers_head_like_get(void **state)
{
	static const struct {
		const char *text;
		enum request_method method;
		bool is_head;
	} table[] = {
		{ "GET", METHOD_GET, false },
		{ "HEAD", METHOD_GET, true },
		{ "POST", METHOD_POST, false },
		{ "PUT", METHOD_OTHER, false },
		{ "OPTIONS", METHOD_OTHER, false },
		{ "get", METHOD_OTHER, false },
		{ "POSTS", METHOD_OTHER, false },
		{ "", METHOD_OTHER, false },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct request request;

		request_init(&request,
			&(struct request_variables){ .method = str_from(table[i].text) }, &config);
		if (request.method != table[i].method || request.is_head != table[i].is_head)
			fail_msg("%s is read wrongly", table[i].text);
		request_finish(&request);
	}
	(void)state;
}

static void scheme_is_the_web_servers_unless_a_trusted_proxy_says_another(void **state)
{
	static const struct {
		const char *peer;
		const char *forwarded;
		const char *https;
		const char *request_scheme;
		const char *scheme;
	} table[] = {
		{ "192.0.2.1", "", "", "", "http" }, { "192.0.2.1", "", "on", "", "https" },
		{ "192.0.2.1", "", "ON", "", "https" }, { "192.0.2.1", "", "off", "", "http" },
		{ "192.0.2.1", "", "", "https", "https" }, { "192.0.2.1", "https", "", "", "http" },
		{ "192.0.2.1", "http", "on", "", "https" },
		{ "10.1.2.3", "https", "", "", "https" }, { "10.1.2.3", "HTTPS", "", "", "https" },
		{ "10.1.2.3", "http", "on", "https", "http" },
		{ "10.1.2.3", "ftp", "on", "", "http" }, { "10.1.2.3", "", "on", "", "https" },
		{ "127.0.0.1", "https", "", "", "https" },
		{ "", "https", "", "", "https" }, /* a web server that names no peer: a socket */
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct request request;

		request_init(&request,
			&(struct request_variables){ .remote_address = str_from(table[i].peer),
				.forwarded_proto = str_from(table[i].forwarded),
				.https = str_from(table[i].https),
				.request_scheme = str_from(table[i].request_scheme) },
			&config);
		if (!str_is(request.scheme, table[i].scheme))
			fail_msg("row %zu: %.*s", i, STR_ARG(request.scheme));
		request_finish(&request);
	}
	(void)state;
}

static void client_is_the_one_behind_trusted_proxies(void **state)
{
	static const struct {
		const char *peer;
		const char *forwarded;
		const char *client;
	} table[] = {
		{ "192.0.2.1", "", "192.0.2.1" },
		{ "192.0.2.1", "198.51.100.1", "192.0.2.1" },
		{ "10.1.2.3", "198.51.100.1", "198.51.100.1" },
		{ "10.1.2.3", "203.0.113.5, 198.51.100.1, 10.9.9.9", "198.51.100.1" },
		{ "", "198.51.100.1", "198.51.100.1" },
		{ "", "", "unix" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct request request;

		request_init(&request,
			&(struct request_variables){ .remote_address = str_from(table[i].peer),
				.forwarded_for = str_from(table[i].forwarded) },
			&config);
		if (!str_is(request.client, table[i].client))
			fail_msg("row %zu: %.*s", i, STR_ARG(request.client));
		request_finish(&request);
	}
	(void)state;
}

static void reader_without_a_language_of_ours_reads_english(void **state)
{
	struct request request;

	request_init(&request,
		&(struct request_variables){ .accept_language = STR_OF("tlh, *;q=0.1") }, &config);
	assert_string_equal(request.language->language, "en");
	request_finish(&request);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_reads_the_raw_path_of_fastcgi),
		cmocka_unit_test(request_encodes_the_path_of_plain_cgi_again),
		cmocka_unit_test(request_answers_head_like_get),
		cmocka_unit_test(scheme_is_the_web_servers_unless_a_trusted_proxy_says_another),
		cmocka_unit_test(client_is_the_one_behind_trusted_proxies),
		cmocka_unit_test(reader_without_a_language_of_ours_reads_english),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
