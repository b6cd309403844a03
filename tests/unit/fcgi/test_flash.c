/* SPDX-License-Identifier: MIT */
/* What is said once is said once: by the page that shows it, to who got it, for ten minutes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <string.h>

#include "common/base/clock.h"
#include "fcgi/app.h"
#include "fcgi/request.h"
#include "fcgi/response.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MINUTE_MS (60 * 1000)

static const struct str purpose = STR("roomwire flash:");
static const struct app app = { .secret = { "an example key of thirty-two byt" } };

/* A request with a Cookie header. */
static struct request asked(struct str cookie)
{
	return (struct request){ .variables = { .cookie = cookie }, .scheme = STR_OF("http") };
}

/* The one Set-Cookie of a response, up to its attributes; "" when there is none. */
static struct str cookie_of(const struct response *response)
{
	struct str headers = buf_str(&response->headers), name = STR_OF("Set-Cookie: ");

	if (headers.len == 0)
		return headers;
	assert_true(str_starts_with(headers, name));
	headers = str_skip(headers, name.len);
	return str_range(headers.data, str_find(headers, ';'));
}

/* What a request with that cookie is told, and what it answers. */
static size_t take(struct str cookie, struct response *response)
{
	struct request request = asked(cookie);
	struct flash_message messages[FLASH_MAX];
	size_t count = flash_take(&app, &request, messages);

	flash_finish(&app, &request, response);
	return count;
}

static size_t count_of(struct str cookie)
{
	struct response response = { 0 };
	size_t count = take(cookie, &response);

	response_finish(&response);
	return count;
}

/* The cookie of an answer that has added those codes. */
static void add(const enum flash_code *codes, size_t count, struct buf *cookie)
{
	struct request request = asked(STR_OF(""));
	struct response response = { 0 };

	for (size_t i = 0; i < count; i++)
		flash_add(&app, &request, codes[i]);
	flash_finish(&app, &request, &response);
	buf_append_str(cookie, cookie_of(&response));
	response_finish(&response);
}

static void message_waits_for_somebody_who_reads_it(void **state)
{
	static const enum flash_code code = FLASH_LOGGED_IN;
	static const struct {
		const char *destination;
		size_t count;
	} rows[] = { { "", 1 }, { "document", 1 }, { "empty", 0 }, { "image", 0 } };
	struct buf cookie = { 0 };

	(void)state;
	add(&code, 1, &cookie);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct request request = asked(buf_str(&cookie));
		struct flash_message messages[FLASH_MAX];
		struct response response = { 0 };

		request.variables.sec_fetch_dest = str_from(rows[i].destination);
		assert_int_equal(flash_take(&app, &request, messages), rows[i].count);
		flash_finish(&app, &request, &response);
		assert_int_equal(response.headers.len > 0, rows[i].count > 0);
		response_finish(&response);
	}
	buf_finish(&cookie);
}

static void message_is_shown_once(void **state)
{
	static const enum flash_code codes[] = { FLASH_LOGGED_IN, FLASH_NAME_CHANGED };
	struct flash_message messages[FLASH_MAX];
	struct response response = { 0 };
	struct buf cookie = { 0 };
	struct request request;

	add(codes, COUNT(codes), &cookie);
	request = asked(buf_str(&cookie));
	assert_int_equal(flash_take(&app, &request, messages), 2);
	assert_string_equal(messages[0].sentence, "You are logged in.");
	assert_string_equal(messages[1].sentence, "Your name is changed.");
	assert_string_equal(flash_level_name(messages[0].level), "success");
	assert_int_equal(flash_take(&app, &request, messages), 0);
	flash_finish(&app, &request, &response);
	assert_true(str_is(cookie_of(&response), FLASH_COOKIE "="));
	assert_non_null(memmem(
		response.headers.data, response.headers.len, "; Max-Age=0", strlen("; Max-Age=0")));
	response_finish(&response);
	buf_finish(&cookie);
	(void)state;
}

static void message_that_is_not_shown_stays(void **state)
{
	static const enum flash_code code = FLASH_LOGGED_OUT;
	struct buf cookie = { 0 }, both = { 0 };
	struct response response = { 0 };
	struct request request;

	add(&code, 1, &cookie);
	request = asked(buf_str(&cookie));
	flash_finish(&app, &request, &response);
	assert_int_equal(response.headers.len, 0);
	flash_add(&app, &request, FLASH_LOGGED_IN);
	flash_finish(&app, &request, &response);
	buf_append_str(&both, cookie_of(&response));
	assert_int_equal(count_of(buf_str(&both)), 2);
	response_finish(&response);
	buf_finish(&both);
	buf_finish(&cookie);
	(void)state;
}

static void answer_that_shows_nothing_leaves_the_cookie(void **state)
{
	static const enum flash_code code = FLASH_LOGGED_IN;
	const struct {
		struct response response;
		bool is_head;
	} cases[] = {
		{ { .status = 200, .cache_control = "no-cache" }, false },
		{ { .status = 304 }, false },
		{ { .status = 200 }, true },
	};
	struct flash_message messages[FLASH_MAX];
	struct buf cookie = { 0 };

	add(&code, 1, &cookie);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct request request = asked(buf_str(&cookie));
		struct response response = cases[i].response;

		request.is_head = cases[i].is_head;
		assert_int_equal(flash_take(&app, &request, messages), 1);
		flash_finish(&app, &request, &response);
		assert_int_equal(response.headers.len, 0);
	}
	buf_finish(&cookie);
	(void)state;
}

static void newest_messages_are_kept(void **state)
{
	static const enum flash_code codes[] = { FLASH_LOGGED_OUT, FLASH_LOGGED_IN,
		FLASH_NAME_CHANGED, FLASH_SESSION_ENDED, FLASH_REGISTERED };
	struct flash_message messages[FLASH_MAX];
	struct buf cookie = { 0 };
	struct request request;

	add(codes, COUNT(codes), &cookie);
	request = asked(buf_str(&cookie));
	assert_int_equal(flash_take(&app, &request, messages), FLASH_MAX);
	assert_string_equal(messages[0].sentence, "You are logged in.");
	assert_string_equal(messages[FLASH_MAX - 1].sentence, "You have an account now. Welcome!");
	buf_finish(&cookie);
	(void)state;
}

static void cookie_that_was_changed_says_nothing_and_goes(void **state)
{
	static const enum flash_code code = FLASH_LOGGED_IN;
	struct response response = { 0 };
	struct buf cookie = { 0 };

	add(&code, 1, &cookie);
	for (size_t i = sizeof(FLASH_COOKIE); i < cookie.len; i++) {
		cookie.data[i] ^= 1;
		assert_int_equal(count_of(buf_str(&cookie)), 0);
		assert_int_equal(count_of(str_range(cookie.data, i)), 0);
		cookie.data[i] ^= 1;
	}
	assert_int_equal(count_of(buf_str(&cookie)), 1);
	cookie.data[cookie.len - 1] ^= 1;
	assert_int_equal(take(buf_str(&cookie), &response), 0);
	assert_true(str_is(cookie_of(&response), FLASH_COOKIE "="));
	response_finish(&response);
	buf_finish(&cookie);
	(void)state;
}

/* A cookie with our signature, whatever is in it. */
static size_t count_of_signed(const char *purpose_text, const char *payload)
{
	struct buf cookie = { 0 };
	size_t count;

	buf_append_format(&cookie, FLASH_COOKIE "=%s.", payload);
	secret_sign(&app.secret, str_from(purpose_text), str_from(payload), &cookie);
	count = count_of(buf_str(&cookie));
	buf_finish(&cookie);
	return count;
}

static size_t count_at(int64_t time_ms, const char *words)
{
	struct buf payload = { 0 };
	size_t count;

	buf_append_format(&payload, "%" PRId64 "%s", time_ms, words);
	count = count_of_signed(purpose.data, buf_text(&payload));
	buf_finish(&payload);
	return count;
}

static void message_is_good_for_ten_minutes(void **state)
{
	int64_t now_ms = clock_wall_ms();

	assert_int_equal(count_at(now_ms - 9 * MINUTE_MS, ".in"), 1);
	assert_int_equal(count_at(now_ms - 11 * MINUTE_MS, ".in"), 0);
	assert_int_equal(count_at(now_ms + MINUTE_MS, ".in"), 0);
	(void)state;
}

static void cookie_of_another_kind_says_nothing(void **state)
{
	int64_t now_ms = clock_wall_ms();
	struct buf payload = { 0 };

	assert_int_equal(count_at(now_ms, ".unknown.in.<b>"), 1);
	assert_int_equal(count_at(now_ms, ""), 0);
	assert_int_equal(count_of_signed(purpose.data, "soon.in"), 0);
	assert_int_equal(count_of_signed(purpose.data, ""), 0);
	buf_append_format(&payload, "%" PRId64 ".in", now_ms);
	assert_int_equal(count_of_signed("roomwire cookie:", buf_text(&payload)), 0);
	assert_int_equal(count_of(STR_OF(FLASH_COOKIE "=")), 0);
	assert_int_equal(count_of(STR_OF(FLASH_COOKIE "=.")), 0);
	buf_finish(&payload);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_waits_for_somebody_who_reads_it),
		cmocka_unit_test(message_is_shown_once),
		cmocka_unit_test(message_that_is_not_shown_stays),
		cmocka_unit_test(answer_that_shows_nothing_leaves_the_cookie),
		cmocka_unit_test(newest_messages_are_kept),
		cmocka_unit_test(cookie_that_was_changed_says_nothing_and_goes),
		cmocka_unit_test(message_is_good_for_ten_minutes),
		cmocka_unit_test(cookie_of_another_kind_says_nothing),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
