/* SPDX-License-Identifier: MIT */
/* Sec-WebSocket-Extensions against RFC 6455 9.1 and RFC 7692 7: what is chosen, what is only
 * declined, and what is broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "broker/ws/deflate.h"
#include "broker/ws/extensions.h"
#include "common/base/mem.h"

#define LINES_MAX 4
#define AGREED "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
#define BROKEN NULL
#define DECLINED ""
#define OFFER(parameters) "permessage-deflate" parameters

/* Lines are separated by '\n'. */
static const struct choice {
	const char *name;
	const char *lines;
	const char *answer;
	uint8_t window_bits;
} choices[] = {
	{ "no parameters", OFFER(""), AGREED, 15 },
	{ "Chromium", OFFER("; client_max_window_bits"), AGREED, 15 },
	{ "Firefox", "permessage-deflate", AGREED, 15 },
	{ "Safari", "x-webkit-deflate-frame", DECLINED, 0 },
	{ "all parameters",
		OFFER("; server_no_context_takeover; client_no_context_takeover;"
		      " server_max_window_bits=12; client_max_window_bits=8"),
		AGREED "; server_max_window_bits=12", 12 },
	{ "15 is named back", OFFER("; server_max_window_bits=15"),
		AGREED "; server_max_window_bits=15", 15 },
	{ "the smallest that is kept", OFFER("; server_max_window_bits=9"),
		AGREED "; server_max_window_bits=9", 9 },
	{ "8 is declined", OFFER("; server_max_window_bits=8"), DECLINED, 0 },
	{ "the next offer is taken", OFFER("; server_max_window_bits=8, permessage-deflate"),
		AGREED, 15 },
	{ "the first that fits is taken",
		OFFER("; server_max_window_bits=10, permessage-deflate; server_max_window_bits=11"),
		AGREED "; server_max_window_bits=10", 10 },
	{ "others before", "x-foo; bar=baz, permessage-deflate", AGREED, 15 },
	{ "another line", "x-foo\npermessage-deflate", AGREED, 15 },
	{ "no blanks", OFFER(";server_no_context_takeover,x-foo"), AGREED, 15 },
	{ "blanks everywhere", " \tpermessage-deflate ; server_max_window_bits = 9 , x-foo ",
		AGREED "; server_max_window_bits=9", 9 },
	{ "quoted", OFFER("; server_max_window_bits=\"10\""), AGREED "; server_max_window_bits=10",
		10 },
	{ "quoted with an escape", OFFER("; server_max_window_bits=\"1\\1\""),
		AGREED "; server_max_window_bits=11", 11 },
	{ "empty elements", ",, permessage-deflate ,,", AGREED, 15 },
	{ "an empty line beside another", "\npermessage-deflate", AGREED, 15 },
	{ "another case", "Permessage-Deflate", DECLINED, 0 },
	{ "unknown parameter", OFFER("; level=9"), DECLINED, 0 },
	{ "parameter in another case", OFFER("; Server_No_Context_Takeover"), DECLINED, 0 },
	{ "doubled parameter", OFFER("; client_max_window_bits; client_max_window_bits"), DECLINED,
		0 },
	{ "doubled with the same value",
		OFFER("; server_max_window_bits=10; server_max_window_bits=10"), DECLINED, 0 },
	{ "a value where none belongs", OFFER("; server_no_context_takeover=1"), DECLINED, 0 },
	{ "a value where none belongs, client", OFFER("; client_no_context_takeover=\"1\""),
		DECLINED, 0 },
	{ "no value", OFFER("; server_max_window_bits"), DECLINED, 0 },
	{ "7 bits", OFFER("; server_max_window_bits=7"), DECLINED, 0 },
	{ "16 bits", OFFER("; server_max_window_bits=16"), DECLINED, 0 },
	{ "leading zero", OFFER("; server_max_window_bits=010"), DECLINED, 0 },
	{ "leading zero of one digit", OFFER("; server_max_window_bits=09"), DECLINED, 0 },
	{ "three digits", OFFER("; server_max_window_bits=100"), DECLINED, 0 },
	{ "a sign", OFFER("; server_max_window_bits=+9"), DECLINED, 0 },
	{ "not a number", OFFER("; server_max_window_bits=1x"), DECLINED, 0 },
	{ "client bits out of range", OFFER("; client_max_window_bits=16"), DECLINED, 0 },
	{ "client bits of 7", OFFER("; client_max_window_bits=7"), DECLINED, 0 },
	{ "nothing", "", BROKEN, 0 },
	{ "only commas", " , ,", BROKEN, 0 },
	{ "two empty lines", "\n", BROKEN, 0 },
	{ "no name", "; server_no_context_takeover", BROKEN, 0 },
	{ "no parameter", OFFER(";"), BROKEN, 0 },
	{ "no parameter before another", OFFER(";; client_max_window_bits"), BROKEN, 0 },
	{ "no value behind =", OFFER("; server_max_window_bits="), BROKEN, 0 },
	{ "empty quotes", OFFER("; server_max_window_bits=\"\""), BROKEN, 0 },
	{ "open quote", OFFER("; server_max_window_bits=\"10"), BROKEN, 0 },
	{ "open escape", OFFER("; server_max_window_bits=\"10\\"), BROKEN, 0 },
	{ "quoted blank", "x-foo; a=\"b c\"", BROKEN, 0 },
	{ "quoted comma", "x-foo; a=\"b,c\"", BROKEN, 0 },
	{ "escaped quote", "x-foo; a=\"b\\\"c\"", BROKEN, 0 },
	{ "bytes behind a quote", OFFER("; server_max_window_bits=\"10\"0"), BROKEN, 0 },
	{ "two words", "permessage-deflate x-foo", BROKEN, 0 },
	{ "two values", OFFER("; client_max_window_bits=10=11"), BROKEN, 0 },
	{ "broken behind a good one", "permessage-deflate, =", BROKEN, 0 },
	{ "broken in another line", "permessage-deflate\n;", BROKEN, 0 },
	{ "no token", "permessage-deflate, \xc3\xa4", BROKEN, 0 },
};

#define CHOICE_COUNT (sizeof(choices) / sizeof(choices[0]))

/* From copies without a byte behind them, so that reading on is seen by a sanitizer. */
static bool choose(struct str text, uint8_t least_window_bits, struct extensions *chosen_out)
{
	struct str lines[LINES_MAX];
	char *copies[LINES_MAX];
	size_t count = 0;
	bool is_good, has_more = true;

	while (has_more) {
		size_t len = str_find(text, '\n');

		assert_true(count < LINES_MAX);
		copies[count] = mem_alloc(len);
		if (len > 0)
			memcpy(copies[count], text.data, len);
		lines[count] = str_range(copies[count], len);
		count++;
		has_more = len < text.len;
		text = str_skip(text, len + 1);
	}
	is_good = extensions_choose(lines, count, least_window_bits, chosen_out);
	while (count > 0)
		mem_free(copies[--count]);
	return is_good;
}

static void extensions_choose_the_first_offer_that_can_be_kept(void **state)
{
	for (size_t i = 0; i < CHOICE_COUNT; i++) {
		struct extensions chosen;
		struct buf answer = { 0 };
		bool is_good = choose(str_from(choices[i].lines), DEFLATE_WINDOW_BITS_MIN, &chosen);

		extensions_write(&chosen, &answer);
		if (is_good != (choices[i].answer != BROKEN) ||
			chosen.window_bits != choices[i].window_bits)
			fail_msg("%s: %d bits", choices[i].name, chosen.window_bits);
		assert_string_equal(buf_text(&answer), is_good ? choices[i].answer : DECLINED);
		buf_finish(&answer);
	}
	(void)state;
}

static void extensions_are_never_read_past_their_end(void **state)
{
	for (size_t i = 0; i < CHOICE_COUNT; i++) {
		struct str lines = str_from(choices[i].lines);

		for (size_t len = 0; len < lines.len; len++) {
			struct extensions chosen;
			bool is_good = choose(
				str_range(lines.data, len), DEFLATE_WINDOW_BITS_MIN, &chosen);

			assert_true(is_good || chosen.window_bits == 0);
		}
	}
	(void)state;
}

static void extensions_decline_windows_below_what_is_asked_for(void **state)
{
	struct extensions chosen;

	assert_true(choose(STR_OF(OFFER("; server_max_window_bits=14")), 15, &chosen));
	assert_int_equal(chosen.window_bits, 0);
	assert_true(choose(
		STR_OF(OFFER("; server_max_window_bits=14, permessage-deflate")), 15, &chosen));
	assert_int_equal(chosen.window_bits, 15);
	assert_false(chosen.names_window);
	assert_true(choose(STR_OF(OFFER("; server_max_window_bits=15")), 15, &chosen));
	assert_true(chosen.names_window);
	(void)state;
}

static void extensions_agree_on_nothing_without_the_header(void **state)
{
	struct extensions chosen;
	struct buf answer = { 0 };

	assert_true(extensions_choose(NULL, 0, DEFLATE_WINDOW_BITS_MIN, &chosen));
	extensions_write(&chosen, &answer);
	assert_int_equal(chosen.window_bits, 0);
	assert_int_equal(answer.len, 0);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(extensions_choose_the_first_offer_that_can_be_kept),
		cmocka_unit_test(extensions_are_never_read_past_their_end),
		cmocka_unit_test(extensions_decline_windows_below_what_is_asked_for),
		cmocka_unit_test(extensions_agree_on_nothing_without_the_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
