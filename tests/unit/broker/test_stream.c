/* SPDX-License-Identifier: MIT */
/* The head of an answer that goes on, line for line, and how long a poll waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/stream.h"
#include "common/guest.h"

#define COMMON                                                                                    \
	"Cache-Control: no-store\r\nX-Accel-Buffering: no\r\nX-Content-Type-Options: nosniff\r\n" \
	"Connection: close\r\n"

static const struct secret secret;

static void each_transport_has_its_head(void **state)
{
	static const struct {
		enum dialect dialect;
		const char *origin;
		const char *head;
	} cases[] = {
		{ DIALECT_PLAIN, "http://a", "" },
		{ DIALECT_V1_DEFLATE, "", "" },
		{ DIALECT_EVENT_STREAM, "",
			"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" COMMON
			"\r\nretry: 3000\n" },
		{ DIALECT_LINES, "",
			"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n" COMMON "\r\n" },
		{ DIALECT_LINES, "https://b:8",
			"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n" COMMON
			"Access-Control-Allow-Origin: https://b:8\r\n"
			"Access-Control-Allow-Credentials: true\r\nVary: Origin\r\n\r\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scope scope = { .dialect = cases[i].dialect,
			.allowed_origin = str_from(cases[i].origin) };
		struct buf out = { 0 };

		stream_write_head(&scope, &secret, &out);
		assert_string_equal(buf_text(&out), cases[i].head);
		buf_finish(&out);
	}
	(void)state;
}

static void new_guest_gets_a_cookie(void **state)
{
	struct scope scope = { .dialect = DIALECT_EVENT_STREAM, .who.guest_is_new = true };
	struct buf out = { 0 }, expected = { 0 };

	guest_create(&scope.who.user);
	buf_append_text(&expected, "\r\nSet-Cookie: ");
	guest_write_cookie(&scope.who.user, &secret, false, &expected);
	buf_append_text(&expected, "\r\n\r\nretry: 3000\n");
	stream_write_head(&scope, &secret, &out);
	assert_true(str_ends_with(buf_str(&out), buf_str(&expected)));
	buf_finish(&out);
	buf_finish(&expected);
	(void)state;
}

static void poll_waits_for_what_it_asks_within_bounds(void **state)
{
	static const struct {
		const char *query;
		uint32_t wait_ms;
	} cases[] = {
		{ "", 25000 },
		{ "epoch=E&after=7", 25000 },
		{ "wait=0", 0 },
		{ "after=7&wait=7", 7000 },
		{ "wait=60", 60000 },
		{ "wait=61", 60000 },
		{ "wait=18446744073709551615", 60000 },
		{ "wait=18446744073709551616", 25000 },
		{ "wait=-1", 25000 },
		{ "wait=", 25000 },
		{ "wait=1.5", 25000 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scope scope = { .handshake.query = str_from(cases[i].query) };

		assert_int_equal(stream_wait_ms(&scope), cases[i].wait_ms);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_transport_has_its_head),
		cmocka_unit_test(new_guest_gets_a_cookie),
		cmocka_unit_test(poll_waits_for_what_it_asks_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
