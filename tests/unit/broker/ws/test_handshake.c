/* SPDX-License-Identifier: MIT */
/* Request heads, accepted and refused. A case is a whole head; none of its beginnings may pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "broker/ws/handshake.h"
#include "common/base/buf.h"
#include "common/base/mem.h"

#define KEY "dGhlIHNhbXBsZSBub25jZQ==" /* RFC 6455 1.2 */
#define LINE(target) "GET " target " HTTP/1.1\r\n"
#define TARGET(target) LINE(target) "Host: a\r\n\r\n"
#define HEADERS(lines) LINE("/") "Host: a\r\n" lines "\r\n"
#define UPGRADE(lines) HEADERS("Upgrade: websocket\r\nConnection: Upgrade\r\n" lines)

struct head_case {
	const char *name;
	struct str head;
	int status;
};

static const struct head_case head_cases[] = {
	{ "the least", STR(TARGET("/")), HANDSHAKE_OK },
	{ "escapes", STR(TARGET("/ws/chat/%E6%88%bf/?a=%20")), HANDSHAKE_OK },
	{ "what browsers do not escape", STR(TARGET("/a|b^c[d]/")), HANDSHAKE_OK },
	{ "POST", STR("POST / HTTP/1.1\r\nHost: a\r\n\r\n"), 405 },
	{ "HEAD", STR("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"), 405 },
	{ "get", STR("get / HTTP/1.1\r\nHost: a\r\n\r\n"), 405 },
	{ "no method", STR(" / HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "method of no token", STR("G@T / HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "HTTP/1.0", STR("GET / HTTP/1.0\r\nHost: a\r\n\r\n"), 505 },
	{ "HTTP/2.0", STR("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505 },
	{ "http/1.1", STR("GET / http/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "HTTP/1,1", STR("GET / HTTP/1,1\r\nHost: a\r\n\r\n"), 400 },
	{ "HTTP/a.1", STR("GET / HTTP/a.1\r\nHost: a\r\n\r\n"), 400 },
	{ "HTTP/1.a", STR("GET / HTTP/1.a\r\nHost: a\r\n\r\n"), 400 },
	{ "HTTP/1.10", STR("GET / HTTP/1.10\r\nHost: a\r\n\r\n"), 400 },
	{ "HTTP/0.9", STR("GET /\r\nHost: a\r\n\r\n"), 400 },
	{ "two blanks", STR("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "blank at the end", STR("GET / HTTP/1.1 \r\nHost: a\r\n\r\n"), 400 },
	{ "tab", STR("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "blank in the target", STR(TARGET("/x y")), 400 },
	{ "absolute form", STR(TARGET("http://a/")), HANDSHAKE_OK },
	{ "absolute form in capitals", STR(TARGET("HTTPS://A/")), HANDSHAKE_OK },
	{ "absolute form without a path", STR(TARGET("http://a")), 400 },
	{ "absolute form of another host", STR(TARGET("http://b/")), 400 },
	{ "absolute form of another port", STR(TARGET("http://a:80/")), 400 },
	{ "absolute form with a user", STR(TARGET("http://b@a/")), 400 },
	{ "absolute form without a host", STR(TARGET("http:///a")), 400 },
	{ "absolute form of WebSocket", STR(TARGET("ws://a/")), 400 },
	{ "beginning of the absolute form", STR(TARGET("http:/")), 400 },
	{ "query only", STR(TARGET("?a")), 400 },
	{ "authority form", STR(TARGET("a:80")), 400 },
	{ "asterisk", STR(TARGET("*")), 400 },
	{ "fragment", STR(TARGET("/#a")), 400 },
	{ "quote", STR(TARGET("/\"")), 400 },
	{ "backslash", STR(TARGET("/a\\b")), 400 },
	{ "raw UTF-8", STR(TARGET("/\xe6\x88\xbf/")), 400 },
	{ "NUL in the path", STR(TARGET("/a\0b")), 400 },
	{ "%00", STR(TARGET("/a%00")), 400 },
	{ "%0", STR(TARGET("/a%0")), 400 },
	{ "%zz", STR(TARGET("/%zz")), 400 },
	{ "% at the end of the query", STR(TARGET("/?%")), 400 },
	{ "empty line first", STR("\r\n" TARGET("/")), 400 },
	{ "bare LF", STR("GET / HTTP/1.1\nHost: a\n\n"), 400 },
	{ "bare LF behind a header", STR("GET / HTTP/1.1\r\nHost: a\n\r\n"), 400 },
	{ "bare CR in a value", STR(HEADERS("X: a\rb\r\n")), 400 },
	{ "NUL in a value", STR(HEADERS("X: a\0b\r\n")), 400 },
	{ "DEL in a value", STR(HEADERS("X: a\x7f\r\n")), 400 },
	{ "tab in a value", STR(HEADERS("X: a\tb\r\n")), HANDSHAKE_OK },
	{ "UTF-8 in a value", STR(HEADERS("X: \xc3\xa4\r\n")), HANDSHAKE_OK },
	{ "empty value", STR(HEADERS("X:\r\n")), HANDSHAKE_OK },
	{ "folded line", STR(HEADERS("X: a\r\n b\r\n")), 400 },
	{ "folded first line", STR(LINE("/") " Host: a\r\n\r\n"), 400 },
	{ "blank before the colon", STR(HEADERS("X : a\r\n")), 400 },
	{ "no name", STR(HEADERS(": a\r\n")), 400 },
	{ "no colon", STR(HEADERS("X\r\n")), 400 },
	{ "name of no token", STR(HEADERS("X(: a\r\n")), 400 },
	{ "NUL in a name", STR(HEADERS("X\0: a\r\n")), 400 },
	{ "no Host", STR(LINE("/") "\r\n"), 400 },
	{ "empty Host", STR(LINE("/") "Host: \r\n\r\n"), 400 },
	{ "two Hosts", STR(HEADERS("hOST: b\r\n")), 400 },
	{ "two Hosts, one empty", STR(LINE("/") "Host:\r\nHost: a\r\n\r\n"), 400 },
	{ "two Origins", STR(HEADERS("Origin: http://a\r\nOrigin: http://a\r\n")), 400 },
	{ "two Origins, one empty", STR(HEADERS("Origin:\r\nOrigin: http://a\r\n")), 400 },
	{ "two Cookies", STR(HEADERS("Cookie: a=b\r\nCookie: c=d\r\n")), 400 },
	{ "two keys", STR(HEADERS("Sec-WebSocket-Key: a\r\nSec-WebSocket-Key: a\r\n")), 400 },
	{ "two versions",
		STR(HEADERS("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13\r\n")), 400 },
	{ "two X-Forwarded-Protos",
		STR(HEADERS("X-Forwarded-Proto: http\r\nX-Forwarded-Proto: https\r\n")), 400 },
	{ "no body", STR(HEADERS("Content-Length: 0\r\n")), HANDSHAKE_OK },
	{ "a body", STR(HEADERS("Content-Length: 5\r\n")), 413 },
	{ "no length", STR(HEADERS("Content-Length: +0\r\n")), 400 },
	{ "two lengths", STR(HEADERS("Content-Length: 0\r\nContent-Length: 0\r\n")), 400 },
	{ "chunks", STR(HEADERS("Transfer-Encoding: chunked\r\n")), 400 },
	{ "identity", STR(HEADERS("transfer-encoding: identity\r\n")), 400 },
	{ "subprotocols with gaps", STR(HEADERS("Sec-WebSocket-Protocol: ,a,,b,\r\n")),
		HANDSHAKE_OK },
	{ "no subprotocol", STR(HEADERS("Sec-WebSocket-Protocol:\r\n")), 400 },
	{ "gaps only", STR(HEADERS("Sec-WebSocket-Protocol: , ,\r\n")), 400 },
	{ "subprotocol of no token", STR(HEADERS("Sec-WebSocket-Protocol: a, b c\r\n")), 400 },
	{ "second line of no token",
		STR(HEADERS("Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: \"b\"\r\n")),
		400 },
	{ "Expect", STR(HEADERS("Expect: 100-continue\r\n")), 417 },
};

/* From a copy without a byte behind it, so that reading on is seen by a sanitizer. */
static int parse_copy(struct str head)
{
	struct handshake handshake;
	char *copy = mem_alloc(head.len);
	int status;

	memcpy(copy, head.data, head.len);
	status = handshake_parse(str_range(copy, head.len), &handshake);
	mem_free(copy);
	return status;
}

static void handshake_judges_whole_heads(void **state)
{
	for (size_t i = 0; i < sizeof(head_cases) / sizeof(head_cases[0]); i++)
		if (parse_copy(head_cases[i].head) != head_cases[i].status)
			fail_msg("%s", head_cases[i].name);
	(void)state;
}

static void handshake_accepts_no_beginning_of_a_head(void **state)
{
	for (size_t i = 0; i < sizeof(head_cases) / sizeof(head_cases[0]); i++) {
		struct str head = head_cases[i].head;

		for (size_t len = 0; len < head.len; len++)
			if (parse_copy(str_range(head.data, len)) == HANDSHAKE_OK)
				fail_msg("%s: %zu bytes of it", head_cases[i].name, len);
	}
	(void)state;
}

static void handshake_accepts_nothing_behind_a_head(void **state)
{
	assert_int_equal(parse_copy(STR_OF(TARGET("/") "\x81\x80mask")), 400);
	(void)state;
}

static void handshake_finds_the_end_of_a_head(void **state)
{
	static const struct {
		struct str bytes;
		size_t len;
	} cases[] = {
		{ STR(TARGET("/")), sizeof(TARGET("/")) - 1 },
		{ STR(TARGET("/") "\x81\x80mask\r\n\r\n"), sizeof(TARGET("/")) - 1 },
		{ STR("GET / HTTP/1.1\nHost: a\n\nmore"), 24 },
		{ STR("GET / HTTP/1.1\r\nHost: a\n\r\nmore"), 26 },
		{ STR("GET / HTTP/1.1\r\nHost: a\r\n\nmore"), 26 },
		{ STR("GET / HTTP/1.1\r\nHost: a\r\n"), 0 },
		{ STR("\r\r\r\r"), 0 },
		{ STR(""), 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(handshake_head_length(cases[i].bytes), cases[i].len);
		for (size_t len = 0; len < cases[i].len; len++)
			assert_int_equal(
				handshake_head_length(str_range(cases[i].bytes.data, len)), 0);
	}
	(void)state;
}

static void assert_str(struct str actual, const char *expected)
{
	assert_int_equal(actual.len, strlen(expected));
	assert_memory_equal(actual.data, expected, actual.len);
}

static void handshake_hands_out_trimmed_values(void **state)
{
	struct handshake handshake;

	assert_int_equal(
		handshake_parse(
			STR_OF(LINE(
				"/ws/chat/a%20b/?epoch=E&after=7?") "HOST:a:80\r\n"
								    "Origin: \t https://a "
								    "\t\r\nCookie: a=b; c=d\r\n"
								    "X-Forwarded-For: "
								    "1.1.1.1\r\nX-Forwarded-For: "
								    "2.2.2.2, 3.3.3.3\r\n"
								    "X-Forwarded-Proto: "
								    "https\r\nUser-Agent: "
								    "curl\r\nLast-Event-ID: E-7\r\n"
								    "Sec-WebSocket-Key: "
								    "k\r\nSec-WebSocket-Version: "
								    "13\r\n\r\n"),
			&handshake),
		HANDSHAKE_OK);
	assert_str(handshake.path, "/ws/chat/a%20b/");
	assert_str(handshake.query, "epoch=E&after=7?");
	assert_str(handshake.host, "a:80");
	assert_true(handshake.has_origin);
	assert_str(handshake.origin, "https://a");
	assert_str(handshake.cookie, "a=b; c=d");
	assert_str(handshake.forwarded_for, "2.2.2.2, 3.3.3.3");
	assert_str(handshake.forwarded_proto, "https");
	assert_str(handshake.user_agent, "curl");
	assert_str(handshake.last_event_id, "E-7");
	assert_str(handshake.key, "k");
	assert_str(handshake.version, "13");
	(void)state;
}

static void handshake_takes_the_absolute_form_apart(void **state)
{
	static const struct {
		struct str head;
		const char *path, *query;
	} cases[] = {
		{ STR(TARGET("http://a/b/?c=/")), "/b/", "c=/" },
		{ STR(TARGET("http://a/")), "/", "" },
		{ STR(TARGET("/http://b/?http://c/")), "/http://b/", "http://c/" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct handshake handshake;

		assert_int_equal(handshake_parse(cases[i].head, &handshake), HANDSHAKE_OK);
		assert_str(handshake.host, "a");
		assert_str(handshake.path, cases[i].path);
		assert_str(handshake.query, cases[i].query);
	}
	(void)state;
}

static void handshake_tells_an_empty_origin_from_none(void **state)
{
	struct handshake handshake;

	assert_int_equal(handshake_parse(STR_OF(HEADERS("Origin:\r\n")), &handshake), HANDSHAKE_OK);
	assert_true(handshake.has_origin);
	assert_int_equal(handshake.origin.len, 0);
	assert_int_equal(handshake_parse(STR_OF(TARGET("/")), &handshake), HANDSHAKE_OK);
	assert_false(handshake.has_origin);
	(void)state;
}

/* A head with that many lines of a header beside Host. */
static int parse_many(const char *line, size_t count)
{
	struct handshake handshake;
	struct buf head = { 0 };
	int status;

	buf_append_text(&head, LINE("/") "Host: a\r\n");
	for (size_t i = 0; i < count; i++)
		buf_append_text(&head, line);
	buf_append_text(&head, "\r\n");
	status = handshake_parse(buf_str(&head), &handshake);
	buf_finish(&head);
	return status;
}

/* Also with nothing in it: the proxy is there all the same. */
static void handshake_knows_who_comes_through_a_proxy(void **state)
{
	static const struct {
		struct str head;
		bool is_forwarded;
	} cases[] = {
		{ STR("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), false },
		{ STR("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\n\r\n"), false },
		{ STR("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n"), true },
		{ STR("GET / HTTP/1.1\r\nHost: a\r\nx-forwarded-for:\r\n\r\n"), true },
		{ STR("GET / HTTP/1.1\r\nHost: a\r\nForwarded: for=1.2.3.4\r\n\r\n"), true },
		{ STR("GET / HTTP/1.1\r\nHost: a\r\nforwarded: \r\nForwarded: \r\n\r\n"), true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct handshake handshake;

		assert_int_equal(handshake_parse(cases[i].head, &handshake), HANDSHAKE_OK);
		assert_int_equal(handshake.is_forwarded, cases[i].is_forwarded);
	}
	(void)state;
}

static void handshake_bounds_the_number_of_lines(void **state)
{
	assert_int_equal(parse_many("X: a\r\n", HANDSHAKE_HEADERS_MAX - 1), HANDSHAKE_OK);
	assert_int_equal(parse_many("X: a\r\n", HANDSHAKE_HEADERS_MAX), 431);
	assert_int_equal(parse_many("Sec-WebSocket-Protocol: a\r\n", HANDSHAKE_PROTOCOL_LINES_MAX),
		HANDSHAKE_OK);
	assert_int_equal(
		parse_many("Sec-WebSocket-Protocol: a\r\n", HANDSHAKE_PROTOCOL_LINES_MAX + 1), 431);
	assert_int_equal(
		parse_many("Sec-WebSocket-Extensions: a\r\n", HANDSHAKE_EXTENSION_LINES_MAX),
		HANDSHAKE_OK);
	assert_int_equal(
		parse_many("Sec-WebSocket-Extensions: a\r\n", HANDSHAKE_EXTENSION_LINES_MAX + 1),
		431);
	(void)state;
}

static void handshake_upgrades_only_websocket_13_with_a_key(void **state)
{
	static const struct head_case cases[] = {
		{ "good",
			STR(UPGRADE("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " KEY "\r\n")),
			101 },
		{ "as Firefox has it",
			STR(HEADERS("Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
				    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " KEY "\r\n")),
			101 },
		{ "lists in several lines",
			STR(HEADERS("Upgrade: h2c\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
				    "Connection: close\r\nSec-WebSocket-Version: 13\r\n"
				    "Sec-WebSocket-Key: " KEY "\r\n")),
			101 },
		{ "a page", STR(TARGET("/")), 426 },
		{ "no Connection",
			STR(HEADERS("Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
				    "Sec-WebSocket-Key: " KEY "\r\n")),
			426 },
		{ "another protocol",
			STR(HEADERS("Upgrade: websocket2\r\nConnection: Upgrade\r\n"
				    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " KEY "\r\n")),
			426 },
		{ "version 8",
			STR(UPGRADE("Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: " KEY "\r\n")),
			426 },
		{ "version 13, 8",
			STR(UPGRADE(
				"Sec-WebSocket-Version: 13, 8\r\nSec-WebSocket-Key: " KEY "\r\n")),
			426 },
		{ "no version", STR(UPGRADE("Sec-WebSocket-Key: " KEY "\r\n")), 426 },
		{ "no key", STR(UPGRADE("Sec-WebSocket-Version: 13\r\n")), 400 },
		{ "key of 15 bytes",
			STR(UPGRADE("Sec-WebSocket-Version: 13\r\n"
				    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\r\n")),
			400 },
		{ "key of 17 bytes",
			STR(UPGRADE("Sec-WebSocket-Version: 13\r\n"
				    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWE=\r\n")),
			400 },
		{ "key with a blank",
			STR(UPGRADE("Sec-WebSocket-Version: 13\r\n"
				    "Sec-WebSocket-Key: dGhlIHNhbXBs SBub25jZQ==\r\n")),
			400 },
		{ "key of no base64",
			STR(UPGRADE("Sec-WebSocket-Version: 13\r\n"
				    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!==\r\n")),
			400 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct handshake handshake;

		assert_int_equal(handshake_parse(cases[i].head, &handshake), HANDSHAKE_OK);
		if (handshake_check_upgrade(&handshake) != cases[i].status)
			fail_msg("%s", cases[i].name);
	}
	(void)state;
}

static void handshake_finds_a_subprotocol_in_any_line(void **state)
{
	struct handshake handshake;

	assert_int_equal(handshake_parse(STR_OF(HEADERS("Sec-WebSocket-Protocol: chat ,\tother\r\n"
							"sec-websocket-protocol:,roomwire.v1\r\n")),
				 &handshake),
		HANDSHAKE_OK);
	assert_true(handshake_offers_protocol(&handshake, "chat"));
	assert_true(handshake_offers_protocol(&handshake, "other"));
	assert_true(handshake_offers_protocol(&handshake, "roomwire.v1"));
	assert_false(handshake_offers_protocol(&handshake, "Roomwire.v1"));
	assert_false(handshake_offers_protocol(&handshake, "roomwire.v"));
	(void)state;
}

static void handshake_hands_out_every_line_of_extensions(void **state)
{
	struct handshake handshake;

	assert_int_equal(handshake_parse(STR_OF(HEADERS("Sec-WebSocket-Extensions: a; b=\"c\" \r\n"
							"sec-websocket-extensions:\r\n")),
				 &handshake),
		HANDSHAKE_OK);
	assert_int_equal(handshake.extension_count, 2);
	assert_str(handshake.extensions[0], "a; b=\"c\"");
	assert_str(handshake.extensions[1], "");
	(void)state;
}

static void handshake_accepts_the_key_of_the_rfc(void **state)
{
	char accept[HANDSHAKE_ACCEPT_SIZE];

	handshake_accept_key(STR_OF(KEY), accept);
	assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	(void)state;
}

static void handshake_finds_fields_of_a_query(void **state)
{
	struct str value;

	assert_true(handshake_query_find(STR_OF("epoch=E&after=7=8"), "epoch", &value));
	assert_str(value, "E");
	assert_true(handshake_query_find(STR_OF("epoch=E&after=7=8"), "after", &value));
	assert_str(value, "7=8");
	assert_true(handshake_query_find(STR_OF("&after&after=7"), "after", &value));
	assert_str(value, "");
	assert_false(handshake_query_find(STR_OF("epoch=E&after=7"), "afte", &value));
	assert_false(handshake_query_find(STR_OF(""), "after", &value));
	(void)state;
}

static void handshake_finds_any_header_and_counts_it(void **state)
{
	struct str head = STR("GET / HTTP/1.1\r\nHost: x\r\nX-User: ann \r\nx-user:\tbob\r\n"
			      "X-User-Two: eve\r\nEmpty:\r\n\r\n");
	struct str value;

	assert_int_equal(handshake_find_header(head, "X-User", &value), 2);
	assert_str(value, "bob");
	assert_int_equal(handshake_find_header(head, "x-user-two", &value), 1);
	assert_str(value, "eve");
	assert_int_equal(handshake_find_header(head, "empty", &value), 1);
	assert_str(value, "");
	assert_int_equal(handshake_find_header(head, "X-Use", &value), 0);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handshake_judges_whole_heads),
		cmocka_unit_test(handshake_accepts_no_beginning_of_a_head),
		cmocka_unit_test(handshake_accepts_nothing_behind_a_head),
		cmocka_unit_test(handshake_finds_the_end_of_a_head),
		cmocka_unit_test(handshake_hands_out_trimmed_values),
		cmocka_unit_test(handshake_takes_the_absolute_form_apart),
		cmocka_unit_test(handshake_tells_an_empty_origin_from_none),
		cmocka_unit_test(handshake_knows_who_comes_through_a_proxy),
		cmocka_unit_test(handshake_bounds_the_number_of_lines),
		cmocka_unit_test(handshake_upgrades_only_websocket_13_with_a_key),
		cmocka_unit_test(handshake_finds_a_subprotocol_in_any_line),
		cmocka_unit_test(handshake_hands_out_every_line_of_extensions),
		cmocka_unit_test(handshake_accepts_the_key_of_the_rfc),
		cmocka_unit_test(handshake_finds_fields_of_a_query),
		cmocka_unit_test(handshake_finds_any_header_and_counts_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
