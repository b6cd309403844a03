/* SPDX-License-Identifier: MIT */
/* Every answer is a whole HTTP response whose length is right and which closes the connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/refusal.h"

static const struct {
	int status;
	const char *line;
	const char *header; /* that the status needs */
} cases[] = {
	{ 400, "HTTP/1.1 400 Bad Request\r\n", "" },
	{ 401, "HTTP/1.1 401 Unauthorized\r\n", "" },
	{ 403, "HTTP/1.1 403 Forbidden\r\n", "" },
	{ 404, "HTTP/1.1 404 Not Found\r\n", "" },
	{ 405, "HTTP/1.1 405 Method Not Allowed\r\n", "\r\nAllow: GET\r\n" },
	{ 408, "HTTP/1.1 408 Request Timeout\r\n", "" },
	{ 413, "HTTP/1.1 413 Content Too Large\r\n", "" },
	{ 414, "HTTP/1.1 414 URI Too Long\r\n", "" },
	{ 417, "HTTP/1.1 417 Expectation Failed\r\n", "" },
	{ 426, "HTTP/1.1 426 Upgrade Required\r\n", "\r\nSec-WebSocket-Version: 13\r\n" },
	{ 426, "HTTP/1.1 426 Upgrade Required\r\n", "\r\nUpgrade: websocket\r\n" },
	{ 426, "HTTP/1.1 426 Upgrade Required\r\n", "\r\nConnection: close, Upgrade\r\n" },
	{ 429, "HTTP/1.1 429 Too Many Requests\r\n", "\r\nRetry-After: " },
	{ 431, "HTTP/1.1 431 Request Header Fields Too Large\r\n", "" },
	{ 503, "HTTP/1.1 503 Service Unavailable\r\n", "\r\nRetry-After: " },
	{ 505, "HTTP/1.1 505 HTTP Version Not Supported\r\n", "" },
	{ 0, "HTTP/1.1 400 Bad Request\r\n", "" },
	{ 101, "HTTP/1.1 400 Bad Request\r\n", "" },
	{ 999, "HTTP/1.1 400 Bad Request\r\n", "" },
};

static void refusals_are_whole_responses(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = { 0 };
		const char *text, *length, *body;

		refusal_write(cases[i].status, refusal_stat(cases[i].status), STR_OF(""), &out);
		text = buf_text(&out);
		assert_true(str_starts_with(buf_str(&out), str_from(cases[i].line)));
		assert_non_null(strstr(text, cases[i].header));
		assert_non_null(strstr(text, "\r\nConnection: close"));
		length = strstr(text, "\r\nContent-Length: ");
		body = strstr(text, "\r\n\r\n");
		assert_non_null(length);
		assert_non_null(body);
		assert_true(length < body);
		body += strlen("\r\n\r\n");
		assert_int_equal(
			strtoul(length + strlen("\r\nContent-Length: "), NULL, 10), strlen(body));
		assert_int_equal(body[strlen(body) - 1], '\n');
		buf_finish(&out);
	}
	(void)state;
}

static void refusal_is_appended(void **state)
{
	struct buf out = { 0 };

	buf_append_text(&out, "before");
	refusal_write(404, STAT_REFUSED_PATH, STR_OF(""), &out);
	assert_true(str_starts_with(buf_str(&out), STR_OF("beforeHTTP/1.1 404 ")));
	buf_finish(&out);
	(void)state;
}

static void scripts_of_an_allowed_origin_may_read_why(void **state)
{
	static const char *const origins[] = { "", "https://chat.example.org" };

	for (size_t i = 0; i < 2; i++) {
		struct buf out = { 0 };
		const char *line = "\r\nAccess-Control-Allow-Origin: https://chat.example.org\r\n"
				   "Access-Control-Allow-Credentials: true\r\nVary: Origin\r\n";
		const char *found;

		refusal_write(429, STAT_REFUSED_ADDRESS_LIMIT, str_from(origins[i]), &out);
		found = strstr(buf_text(&out), line);
		assert_int_equal(found != NULL, origins[i][0] != '\0');
		assert_true(found == NULL || found < strstr(buf_text(&out), "\r\n\r\n"));
		buf_finish(&out);
	}
	(void)state;
}

static void causes_of_one_status_are_told_apart_where_people_care(void **state)
{
	static const struct {
		int status;
		enum stat_id cause;
		const char *said;
	} said[] = {
		{ 403, STAT_REFUSED_ORIGIN, "This origin" },
		{ 403, STAT_REFUSED_BANNED, "This account" },
		{ 503, STAT_REFUSED_DESCRIPTORS, "The broker is full" },
		{ 503, STAT_REFUSED_ACCOUNTS, "whose session" },
	};

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		struct buf out = { 0 };

		refusal_write(said[i].status, said[i].cause, STR_OF(""), &out);
		assert_non_null(strstr(buf_text(&out), said[i].said));
		assert_int_equal(
			strstr(buf_text(&out), "Retry-After: ") != NULL, said[i].status == 503);
		buf_finish(&out);
	}
	(void)state;
}

/* The label of a refusal is the status that the client saw. */
static void refusals_count_under_their_status(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t row = 0;
		char label[32];

		while (stat_rows[row].type == STAT_HISTOGRAM ||
			stat_rows[row].id != refusal_stat(cases[i].status))
			row++;
		snprintf(label, sizeof(label), "status=\"%.3s\",",
			cases[i].line + strlen("HTTP/1.1 "));
		assert_true(str_starts_with(str_from(stat_rows[row].labels), str_from(label)));
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals_are_whole_responses),
		cmocka_unit_test(refusal_is_appended),
		cmocka_unit_test(scripts_of_an_allowed_origin_may_read_why),
		cmocka_unit_test(causes_of_one_status_are_told_apart_where_people_care),
		cmocka_unit_test(refusals_count_under_their_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
