/* SPDX-License-Identifier: MIT */
/* Writes commands; reads replies that come whole, in pieces, or broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/redis/resp.h"

static void command_is_an_array_of_its_words(void **state)
{
	struct buf out = { 0 };

	resp_write(&out, LINK_WORDS(STR_OF("SET"), STR_OF(""), STR_OF("a\r\nb")));
	assert_string_equal(buf_text(&out), "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\na\r\nb\r\n");
	buf_finish(&out);
	(void)state;
}

/* Prints a reply as text: +status -error 'text' number nil (elements). */
static void describe(struct buf *out, const struct link_reply *reply)
{
	switch (reply->kind) {
	case LINK_NIL:
		buf_append_text(out, "nil");
		break;
	case LINK_TEXT:
		buf_append_format(out, "'%.*s'", STR_ARG(reply->text));
		break;
	case LINK_STATUS:
		buf_append_format(out, "+%.*s", STR_ARG(reply->text));
		break;
	case LINK_INTEGER:
		buf_append_number(out, reply->integer);
		break;
	case LINK_ERROR:
		buf_append_format(out, "-%.*s|%.*s", STR_ARG(reply->code), STR_ARG(reply->text));
		break;
	case LINK_ARRAY:
		buf_append_char(out, '(');
		for (size_t i = 0; i < reply->count; i++) {
			buf_append_text(out, i == 0 ? "" : " ");
			describe(out, &reply->elements[i]);
		}
		buf_append_char(out, ')');
		break;
	}
}

static const struct {
	const char *bytes;
	const char *replies; /* each followed by a blank */
} good[] = {
	{ "+OK\r\n", "+OK " },
	{ "-NOAUTH Authentication required.\r\n", "-NOAUTH|NOAUTH Authentication required. " },
	{ "-ERR\r\n", "-ERR|ERR " },
	{ ":-42\r\n:9223372036854775807\r\n", "-42 9223372036854775807 " },
	{ "$-1\r\n*-1\r\n$0\r\n\r\n*0\r\n", "nil nil '' () " },
	{ "$5\r\nh\xc3\xa9\r\n\r\n", "'h\xc3\xa9\r\n' " },
	{ "*3\r\n$1\r\na\r\n:2\r\n*2\r\n$-1\r\n+c\r\n+next\r\n", "('a' 2 (nil +c)) +next " },
	{ "*2\r\n*0\r\n*1\r\n*1\r\n:1\r\n", "(() ((1))) " },
};

/* Feeds all bytes in pieces of size bytes. */
static void read_all(const char *bytes, size_t len, size_t size, struct buf *out)
{
	struct resp_reader *reader = resp_reader_create();
	const struct link_reply *reply;
	const char *problem;

	for (size_t i = 0; i < len; i += size) {
		resp_reader_feed(reader, bytes + i, len - i < size ? len - i : size);
		while (resp_reader_next(reader, &reply, &problem) == RESP_REPLY) {
			describe(out, reply);
			buf_append_char(out, ' ');
		}
	}
	resp_reader_destroy(reader);
}

static void replies_are_the_same_however_they_are_cut(void **state)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		size_t len = strlen(good[i].bytes);

		for (size_t size = 1; size <= len; size++) {
			struct buf out = { 0 };

			read_all(good[i].bytes, len, size, &out);
			assert_string_equal(buf_text(&out), good[i].replies);
			buf_finish(&out);
		}
	}
	(void)state;
}

/* A reader can be destroyed after any byte of any reply; the sanitizer finds leaks. */
static void reply_that_never_ends_leaves_nothing_behind(void **state)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		for (size_t len = 1; len < strlen(good[i].bytes); len++) {
			struct buf out = { 0 };

			read_all(good[i].bytes, len, len, &out);
			buf_finish(&out);
		}
	}
	(void)state;
}

static const struct {
	const char *bytes;
	const char *problem;
} bad[] = {
	{ "HTTP/1.1 400 Bad Request\r\n", "Protocol error, got \"H\" as reply type byte" },
	{ "*2\r\n:1\r\n!2\r\n", "Protocol error, got \"!\" as reply type byte" },
	{ "*10000000\r\n", "its answer is too large" },
	{ "*100000\r\n*100000\r\n*100000\r\n*1000000\r\n", "its answer is too large" },
	{ "*99999999999999999999\r\n", NULL },
	{ "*-2\r\n", NULL },
	{ "$-2\r\n", NULL },
	{ "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n", NULL },
};

static void what_is_no_reply_is_broken(void **state)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct resp_reader *reader = resp_reader_create();
		const struct link_reply *reply;
		const char *problem = NULL;

		resp_reader_feed(reader, bad[i].bytes, strlen(bad[i].bytes));
		if (resp_reader_next(reader, &reply, &problem) != RESP_BROKEN)
			fail_msg("%s is taken", bad[i].bytes);
		if (bad[i].problem != NULL)
			assert_string_equal(problem, bad[i].problem);
		assert_int_equal(resp_reader_next(reader, &reply, &problem), RESP_BROKEN);
		resp_reader_destroy(reader);
	}
	(void)state;
}

static void text_beyond_the_bound_is_broken(void **state)
{
	static const char block[1024 * 1024];
	struct resp_reader *reader = resp_reader_create();
	const struct link_reply *reply;
	const char *problem;
	enum resp_result result = RESP_NEED_MORE;
	size_t fed = 0;

	resp_reader_feed(reader, "$500000000\r\n", 12);
	while (result == RESP_NEED_MORE) {
		resp_reader_feed(reader, block, sizeof(block));
		fed += sizeof(block);
		result = resp_reader_next(reader, &reply, &problem);
	}
	assert_int_equal(result, RESP_BROKEN);
	assert_int_equal(fed, RESP_REPLY_BYTES_MAX);
	assert_string_equal(problem, "its answer is too large");
	resp_reader_destroy(reader);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_is_an_array_of_its_words),
		cmocka_unit_test(replies_are_the_same_however_they_are_cut),
		cmocka_unit_test(reply_that_never_ends_leaves_nothing_behind),
		cmocka_unit_test(what_is_no_reply_is_broken),
		cmocka_unit_test(text_beyond_the_bound_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
