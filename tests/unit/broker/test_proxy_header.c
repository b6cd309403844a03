/* SPDX-License-Identifier: MIT */
/* PROXY headers of both versions, whole and cut at every byte. A case is what a connection begins
 * with; a header must be told from its beginnings, and what follows it must not matter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "broker/proxy_header.h"
#include "common/base/buf.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define IPV4_BLOCK         \
	"\xc0\x00\x02\x01" \
	"\xc6\x33\x64\x02" \
	"\x30\x39"         \
	"\x01\xbb"
#define IPV6_SOURCE "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
#define IPV6_BLOCK                         \
	IPV6_SOURCE IPV6_SOURCE "\x30\x39" \
				"\x01\xbb"
#define TLV_NOOP "\x04\x00\x02xx"
#define TLV_CRC32C "\x03\x00\x04\x00\x00\x00\x00"
#define FULL6 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"

struct header_case {
	const char *name;
	struct str bytes;
	enum proxy_result result;
	const char *source;
};

static const struct header_case cases[] = {
	{ "TCP4", STR("PROXY TCP4 192.0.2.1 198.51.100.2 12345 443\r\n"), PROXY_OK, "192.0.2.1" },
	{ "TCP6", STR("PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n"), PROXY_OK, "2001:db8::1" },
	{ "the longest TCP6", STR("PROXY TCP6 " FULL6 " " FULL6 " 65535 65535\r\n"), PROXY_OK,
		FULL6 },
	{ "port 0", STR("PROXY TCP4 192.0.2.1 198.51.100.2 0 0\r\n"), PROXY_OK, "192.0.2.1" },
	{ "UNKNOWN", STR("PROXY UNKNOWN\r\n"), PROXY_UNKNOWN, "" },
	{ "the longest line", STR("PROXY UNKNOWN " FULL6 " " FULL6 " 65535 65535\r\n"),
		PROXY_UNKNOWN, "" },
	{ "UNKNOWN and anything", STR("PROXY UNKNOWN any thing \r\n"), PROXY_UNKNOWN, "" },
	{ "a line of 108", STR("PROXY UNKNOWN  " FULL6 " " FULL6 " 65535 65535\r\n"),
		PROXY_VIOLATION, "" },
	{ "a line without end", STR("PROXY UNKNOWN " FULL6 FULL6 FULL6), PROXY_VIOLATION, "" },
	{ "UNKNOWN with a tail", STR("PROXY UNKNOWNS\r\n"), PROXY_VIOLATION, "" },
	{ "lower case", STR("proxy TCP4 192.0.2.1 198.51.100.2 1 2\r\n"), PROXY_VIOLATION, "" },
	{ "lower case family", STR("PROXY tcp4 192.0.2.1 198.51.100.2 1 2\r\n"), PROXY_VIOLATION,
		"" },
	{ "UDP4", STR("PROXY UDP4 192.0.2.1 198.51.100.2 1 2\r\n"), PROXY_VIOLATION, "" },
	{ "no family", STR("PROXY \r\n"), PROXY_VIOLATION, "" },
	{ "family alone", STR("PROXY TCP4\r\n"), PROXY_VIOLATION, "" },
	{ "no destination", STR("PROXY TCP4 192.0.2.1\r\n"), PROXY_VIOLATION, "" },
	{ "no port", STR("PROXY TCP4 192.0.2.1 198.51.100.2 1\r\n"), PROXY_VIOLATION, "" },
	{ "a third port", STR("PROXY TCP4 192.0.2.1 198.51.100.2 1 2 3\r\n"), PROXY_VIOLATION, "" },
	{ "two blanks", STR("PROXY TCP4  192.0.2.1 198.51.100.2 1 2\r\n"), PROXY_VIOLATION, "" },
	{ "blank at the end", STR("PROXY TCP4 192.0.2.1 198.51.100.2 1 2 \r\n"), PROXY_VIOLATION,
		"" },
	{ "tab", STR("PROXY\tTCP4 192.0.2.1 198.51.100.2 1 2\r\n"), PROXY_VIOLATION, "" },
	{ "octal", STR("PROXY TCP4 192.0.02.1 198.51.100.2 1 2\r\n"), PROXY_VIOLATION, "" },
	{ "number of 256", STR("PROXY TCP4 192.0.2.256 198.51.100.2 1 2\r\n"), PROXY_VIOLATION,
		"" },
	{ "three numbers", STR("PROXY TCP4 192.0.2 198.51.100.2 1 2\r\n"), PROXY_VIOLATION, "" },
	{ "TCP4 of IPv6", STR("PROXY TCP4 ::1 ::1 1 2\r\n"), PROXY_VIOLATION, "" },
	{ "TCP6 of IPv4", STR("PROXY TCP6 192.0.2.1 192.0.2.1 1 2\r\n"), PROXY_VIOLATION, "" },
	{ "TCP6 with a zone", STR("PROXY TCP6 fe80::1%1 ::1 1 2\r\n"), PROXY_VIOLATION, "" },
	{ "bad destination", STR("PROXY TCP4 192.0.2.1 localhost 1 2\r\n"), PROXY_VIOLATION, "" },
	{ "port with a zero", STR("PROXY TCP4 192.0.2.1 198.51.100.2 01 2\r\n"), PROXY_VIOLATION,
		"" },
	{ "port 65536", STR("PROXY TCP4 192.0.2.1 198.51.100.2 1 65536\r\n"), PROXY_VIOLATION, "" },
	{ "negative port", STR("PROXY TCP4 192.0.2.1 198.51.100.2 -1 2\r\n"), PROXY_VIOLATION, "" },
	{ "NUL in the address", STR("PROXY TCP4 192.0.2.1\0 198.51.100.2 1 2\r\n"), PROXY_VIOLATION,
		"" },
	{ "bare LF", STR("PROXY TCP4 192.0.2.1 198.51.100.2 1 2\n"), PROXY_VIOLATION, "" },
	{ "bare CR", STR("PROXY TCP4 192.0.2.1\r198.51.100.2 1 2\r\n"), PROXY_VIOLATION, "" },
	{ "a request", STR("GET / HTTP/1.1\r\n"), PROXY_VIOLATION, "" },
	{ "a request of P", STR("PUT / HTTP/1.1\r\n"), PROXY_VIOLATION, "" },
	{ "an empty line", STR("\r\nGET / HTTP/1.1\r\n"), PROXY_VIOLATION, "" },
	{ "v2 TCP4", STR(SIGNATURE "\x21\x11\0\x0c" IPV4_BLOCK), PROXY_OK, "192.0.2.1" },
	{ "v2 TCP6", STR(SIGNATURE "\x21\x21\0\x24" IPV6_BLOCK), PROXY_OK, "2001:db8::1" },
	{ "v2 TLVs", STR(SIGNATURE "\x21\x11\0\x18" IPV4_BLOCK TLV_NOOP TLV_CRC32C), PROXY_OK,
		"192.0.2.1" },
	{ "v2 broken TLV", STR(SIGNATURE "\x21\x11\0\x0d" IPV4_BLOCK "\x04"), PROXY_OK,
		"192.0.2.1" },
	{ "v2 LOCAL", STR(SIGNATURE "\x20\0\0\0"), PROXY_LOCAL, "" },
	{ "v2 LOCAL with a block", STR(SIGNATURE "\x20\x11\0\x0c" IPV4_BLOCK), PROXY_LOCAL, "" },
	{ "v2 LOCAL of any family", STR(SIGNATURE "\x20\xff\0\x02xx"), PROXY_LOCAL, "" },
	{ "v2 UNSPEC", STR(SIGNATURE "\x21\0\0\0"), PROXY_UNKNOWN, "" },
	{ "v2 UNSPEC with a block", STR(SIGNATURE "\x21\0\0\x05xxxxx"), PROXY_UNKNOWN, "" },
	{ "v2 IPv4 of no protocol", STR(SIGNATURE "\x21\x10\0\x0c" IPV4_BLOCK), PROXY_UNKNOWN, "" },
	{ "v2 UDP4", STR(SIGNATURE "\x21\x12\0\x0c" IPV4_BLOCK), PROXY_UNKNOWN, "" },
	{ "v2 UDP4 too short", STR(SIGNATURE "\x21\x12\0\x02xx"), PROXY_VIOLATION, "" },
	{ "v2 TCP4 too short", STR(SIGNATURE "\x21\x11\0\x0b\xc0\x00\x02\x01xxxxxxx"),
		PROXY_VIOLATION, "" },
	{ "v2 TCP6 of TCP4's length", STR(SIGNATURE "\x21\x21\0\x0c" IPV4_BLOCK), PROXY_VIOLATION,
		"" },
	{ "v2 unix too short", STR(SIGNATURE "\x21\x31\0\x01x"), PROXY_VIOLATION, "" },
	{ "v2 family 4", STR(SIGNATURE "\x21\x41\0\x0c" IPV4_BLOCK), PROXY_VIOLATION, "" },
	{ "v2 protocol 3", STR(SIGNATURE "\x21\x13\0\x0c" IPV4_BLOCK), PROXY_VIOLATION, "" },
	{ "v2 command 2", STR(SIGNATURE "\x22\x11\0\x0c" IPV4_BLOCK), PROXY_VIOLATION, "" },
	{ "v2 version 1", STR(SIGNATURE "\x11\x11\0\x0c" IPV4_BLOCK), PROXY_VIOLATION, "" },
	{ "v2 version 3", STR(SIGNATURE "\x31\x11\0\x0c" IPV4_BLOCK), PROXY_VIOLATION, "" },
	{ "v2 block of 521", STR(SIGNATURE "\x21\x11\x02\x09"), PROXY_VIOLATION, "" },
	{ "v2 block of 65535", STR(SIGNATURE "\x21\x11\xff\xff"), PROXY_VIOLATION, "" },
	{ "signature broken late", STR("\r\n\r\n\0\r\nQUIT\r\x21\x11"), PROXY_VIOLATION, "" },
};

static void headers_are_judged_by_their_rules(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct proxy_header header;
		enum proxy_result result = proxy_header_parse(cases[i].bytes, &header);

		if (result != cases[i].result || strcmp(header.source, cases[i].source) != 0)
			fail_msg("%s: result %d, source %s", cases[i].name, result, header.source);
		if (result != PROXY_VIOLATION)
			assert_int_equal(header.len, cases[i].bytes.len);
	}
	(void)state;
}

static void beginning_of_a_header_asks_for_more(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str bytes = cases[i].bytes;

		for (size_t len = 0; len < bytes.len; len++) {
			struct proxy_header header;
			enum proxy_result result = proxy_header_parse(
				str_range(bytes.data, len), &header);

			if (result == PROXY_VIOLATION && cases[i].result == PROXY_VIOLATION)
				break; /* shown by fewer bytes */
			if (result != PROXY_NEED_MORE)
				fail_msg("%s: result %d at %zu bytes", cases[i].name, result, len);
		}
	}
	(void)state;
}

static void what_follows_a_header_is_not_its_own(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf bytes = { 0 };
		struct proxy_header header;
		enum proxy_result result;

		buf_append_str(&bytes, cases[i].bytes);
		buf_append_text(&bytes, "\r\nGET / HTTP/1.1\r\n");
		result = proxy_header_parse(buf_str(&bytes), &header);
		if (result != cases[i].result)
			fail_msg("%s: result %d", cases[i].name, result);
		if (result != PROXY_VIOLATION)
			assert_int_equal(header.len, cases[i].bytes.len);
		buf_finish(&bytes);
	}
	(void)state;
}

static void longest_header_of_version_2_is_taken(void **state)
{
	struct buf bytes = { 0 };
	struct proxy_header header;

	buf_append_str(&bytes, STR_OF(SIGNATURE "\x21\x11\x02\x08" IPV4_BLOCK));
	while (bytes.len < PROXY_HEADER_BYTES_MAX)
		buf_append_char(&bytes, 'x');
	assert_int_equal(proxy_header_parse(buf_str(&bytes), &header), PROXY_OK);
	assert_int_equal(header.len, PROXY_HEADER_BYTES_MAX);
	assert_string_equal(header.source, "192.0.2.1");
	buf_finish(&bytes);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_judged_by_their_rules),
		cmocka_unit_test(beginning_of_a_header_asks_for_more),
		cmocka_unit_test(what_follows_a_header_is_not_its_own),
		cmocka_unit_test(longest_header_of_version_2_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
