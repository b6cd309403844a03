/* SPDX-License-Identifier: MIT */
/* The bytes of an answer: what a header may hold, and what a HEAD leaves out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fcgi/response.h"

static void response_is_written_as_cgi_has_it(void **state)
{
	struct response response = { .status = 404 };
	struct buf out = { 0 };

	response_add_header(&response, "Content-Type", STR_OF("text/plain"));
	response_add_header(&response, "X-Empty", STR_OF(""));
	buf_append_text(&response.body, "gone\n");
	response_write(&response, true, &out);
	assert_string_equal(buf_text(&out),
		"Status: 404 Not Found\r\nContent-Type: text/plain\r\nX-Empty: \r\n"
		"Content-Length: 5\r\n\r\ngone\n");
	buf_finish(&out);
	response_finish(&response);
	(void)state;
}

static void response_without_a_body_keeps_its_length(void **state)
{
	struct response response = { .status = 200 };
	struct buf out = { 0 };

	buf_append_text(&response.body, "hello");
	response_write(&response, false, &out);
	assert_string_equal(buf_text(&out), "Status: 200 OK\r\nContent-Length: 5\r\n\r\n");
	buf_finish(&out);
	response_finish(&response);
	(void)state;
}

static void not_modified_has_no_length(void **state)
{
	struct response response = { .status = 304 };
	struct buf out = { 0 };

	response_add_header(&response, "ETag", STR_OF("\"a\""));
	response_write(&response, true, &out);
	assert_string_equal(buf_text(&out), "Status: 304 Not Modified\r\nETag: \"a\"\r\n\r\n");
	buf_finish(&out);
	response_finish(&response);
	(void)state;
}

static void header_with_a_control_byte_in_it_is_left_out(void **state)
{
	static const struct str bad[] = { STR("a\r\nSet-Cookie: b"), STR("a\nb"), STR("a\rb"),
		STR("a\0b"), STR("a\tb"), STR("\x7f"), STR("\x1b[0m") };
	struct response response = { .status = 200 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		response_add_header(&response, "Location", bad[i]);
	assert_int_equal(response.headers.len, 0);
	response_add_header(&response, "Location", STR_OF("/\xe6\x88\xbf"));
	assert_string_equal(buf_text(&response.headers), "Location: /\xe6\x88\xbf\r\n");
	response_finish(&response);
	(void)state;
}

static void redirect_returns_its_status_and_says_where_to(void **state)
{
	struct response response = { 0 };

	assert_int_equal(response_redirect(&response, 303, STR_OF("/chat/")), 303);
	assert_string_equal(buf_text(&response.headers), "Location: /chat/\r\n");
	response_finish(&response);
	(void)state;
}

static void every_status_has_a_reason(void **state)
{
	static const int statuses[] = { 200, 301, 302, 303, 304, 400, 403, 404, 405, 413, 431, 500,
		503 };

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		assert_string_not_equal(response_reason(statuses[i]), "Error");
	assert_string_equal(response_reason(599), "Error");
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(response_is_written_as_cgi_has_it),
		cmocka_unit_test(response_without_a_body_keeps_its_length),
		cmocka_unit_test(not_modified_has_no_length),
		cmocka_unit_test(header_with_a_control_byte_in_it_is_left_out),
		cmocka_unit_test(redirect_returns_its_status_and_says_where_to),
		cmocka_unit_test(every_status_has_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
