/* SPDX-License-Identifier: MIT */
/* Percent-encoding there and back, the fields of forms, and where a redirect may lead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fcgi/url_code.h"

static void url_decode_reads_escapes_once(void **state)
{
	static const struct {
		const char *raw;
		const char *text;
	} table[] = {
		{ "", "" },
		{ "lobby", "lobby" },
		{ "a%20b", "a b" },
		{ "a+b", "a+b" },
		{ "%e6%88%BF", "\xe6\x88\xbf" },
		{ "%252F", "%2F" },
		{ "%2F", "/" },
		{ "%FF", "\xff" },
		{ "\xe6\x88\xbf", "\xe6\x88\xbf" },
		{ "%%", NULL },
		{ "%", NULL },
		{ "%4", NULL },
		{ "%4g", NULL },
		{ "%g4", NULL },
		{ "%-1", NULL },
		{ "% 1", NULL },
		{ "%00", NULL },
		{ "a%00b", NULL },
		{ "%u0041", NULL },
	};
	struct buf out = { 0 };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		buf_clear(&out);
		if (url_decode(str_from(table[i].raw), &out) != (table[i].text != NULL))
			fail_msg("%s is judged wrongly", table[i].raw);
		if (table[i].text != NULL)
			assert_string_equal(buf_text(&out), table[i].text);
	}
	assert_false(url_decode(STR_OF("a\0b"), &out));
	buf_finish(&out);
	(void)state;
}

static void url_decode_refuses_exactly_the_cuts_in_an_escape(void **state)
{
	const struct str whole = STR_OF("%e6%88%bf a");
	struct buf out = { 0 };

	for (size_t len = 0; len <= whole.len; len++) {
		bool is_in_escape = len < 9 && len % 3 != 0;

		buf_clear(&out);
		assert_int_equal(url_decode(str_range(whole.data, len), &out), !is_in_escape);
	}
	buf_finish(&out);
	(void)state;
}

static void url_encode_leaves_only_unreserved_characters(void **state)
{
	struct buf out = { 0 };

	url_encode(STR_OF("aZ09-._~ /?#&%+\"<>\xe6\x88\xbf\x7f\n"), &out);
	assert_string_equal(
		buf_text(&out), "aZ09-._~%20%2F%3F%23%26%25%2B%22%3C%3E%E6%88%BF%7F%0A");
	buf_clear(&out);
	url_encode_path(STR_OF("/a b/%2F/"), &out);
	assert_string_equal(buf_text(&out), "/a%20b/%252F/");
	buf_finish(&out);
	(void)state;
}

static void url_decode_undoes_url_encode_for_every_byte(void **state)
{
	struct buf encoded = { 0 }, decoded = { 0 };
	char bytes[255];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i + 1);
	url_encode(str_range(bytes, sizeof(bytes)), &encoded);
	assert_true(url_decode(buf_str(&encoded), &decoded));
	assert_int_equal(decoded.len, sizeof(bytes));
	assert_memory_equal(decoded.data, bytes, sizeof(bytes));
	buf_finish(&encoded);
	buf_finish(&decoded);
	(void)state;
}

static void url_read_number_tells_none_from_a_bad_one(void **state)
{
	static const struct {
		const char *fields;
		bool is_good;
		uint64_t number; /* of "after", which was 7 */
	} table[] = {
		{ "", true, 7 },
		{ "before=1", true, 7 },
		{ "after=0", true, 0 },
		{ "after=42", true, 42 },
		{ "before=1&after=0042", true, 42 },
		{ "after=1&after=x", true, 1 },
		{ "after=9223372036854775807", true, INT64_MAX },
		{ "after=9223372036854775808", false, 0 },
		{ "after=99999999999999999999", false, 0 },
		{ "after", false, 0 },
		{ "after=", false, 0 },
		{ "after=-1", false, 0 },
		{ "after=+1", false, 0 },
		{ "after=1.0", false, 0 },
		{ "after=0x1", false, 0 },
		{ "after=1%20", false, 0 },
		{ "after=%zz", false, 0 },
		{ "after=1 or 1=1", false, 0 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint64_t number = 7;

		if (url_read_number(str_from(table[i].fields), "after", &number) !=
				table[i].is_good ||
			(table[i].is_good && number != table[i].number))
			fail_msg("%s is judged wrongly", table[i].fields);
	}
	(void)state;
}

static void url_find_field_gives_the_first_of_its_name(void **state)
{
	static const struct {
		const char *fields;
		const char *value; /* of "name" */
	} table[] = {
		{ "name=ann", "ann" },
		{ "a=b&name=ann&name=bob", "ann" },
		{ "name=", "" },
		{ "name", "" },
		{ "name=a=b", "a=b" },
		{ "name=a+b%2Bc", "a b+c" },
		{ "&&name=ann&", "ann" },
		{ "name=%E6%88%BF", "\xe6\x88\xbf" },
		{ "", NULL },
		{ "names=ann", NULL },
		{ "nam=ann", NULL },
		{ "Name=ann", NULL },
		{ "a=name=ann", NULL },
		{ "=name", NULL },
		{ "name=%", NULL },
		{ "name=%00", NULL },
		{ "name=%zz&name=ann", NULL },
	};
	struct buf out = { 0 };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		buf_append_text(&out, "left over");
		if (url_find_field(str_from(table[i].fields), "name", &out) !=
			(table[i].value != NULL))
			fail_msg("%s is judged wrongly", table[i].fields);
		if (table[i].value != NULL)
			assert_string_equal(buf_text(&out), table[i].value);
	}
	buf_finish(&out);
	(void)state;
}

static void url_is_local_path_keeps_redirects_on_this_site(void **state)
{
	static const struct {
		const char *path;
		bool is_local;
	} table[] = {
		{ "/", true },
		{ "/chat/%E6%88%BF/", true },
		{ "/chat/a/?b=c&d=%2F#e", true },
		{ "/chat//", true },
		{ "", false },
		{ "chat/", false },
		{ "//evil.example/", false },
		{ "/\\evil.example/", false },
		{ "/chat/\\evil", false },
		{ "\\\\evil.example", false },
		{ "http://evil.example/", false },
		{ "javascript:alert(1)", false },
		{ " /chat/", false },
		{ "/\t/evil.example/", false },
		{ "/chat/ b", false },
		{ "/chat/\r\nSet-Cookie: a=b", false },
		{ "/chat/\x7f", false },
		{ "/chat/\xe6\x88\xbf/", false },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (url_is_local_path(str_from(table[i].path)) != table[i].is_local)
			fail_msg("%s is judged wrongly", table[i].path);
	}
	assert_false(url_is_local_path(STR_OF("/a\0b")));
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(url_decode_reads_escapes_once),
		cmocka_unit_test(url_decode_refuses_exactly_the_cuts_in_an_escape),
		cmocka_unit_test(url_encode_leaves_only_unreserved_characters),
		cmocka_unit_test(url_decode_undoes_url_encode_for_every_byte),
		cmocka_unit_test(url_read_number_tells_none_from_a_bad_one),
		cmocka_unit_test(url_find_field_gives_the_first_of_its_name),
		cmocka_unit_test(url_is_local_path_keeps_redirects_on_this_site),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
