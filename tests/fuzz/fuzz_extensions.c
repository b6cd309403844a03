/* SPDX-License-Identifier: MIT */
/* A list means the same in one line and in several; a broken header chooses nothing; and an answer
 * is an offer that leads to the same answer. Lines of the input are lines of the header. */
#include <string.h>

#include "broker/ws/deflate.h"
#include "broker/ws/extensions.h"
#include "common/base/mem.h"
#include "tests/fuzz/fuzz.h"

#define LINES_MAX 8

/* In copies without a byte behind them, so that reading on is seen. */
static bool choose_from_lines(struct str text, struct extensions *chosen_out)
{
	struct str lines[LINES_MAX];
	struct str line;
	char *copies[LINES_MAX];
	size_t count = 0;
	bool is_good;

	while (count < LINES_MAX && str_next(&text, '\n', &line)) {
		copies[count] = mem_alloc(line.len);
		if (line.len > 0)
			memcpy(copies[count], line.data, line.len);
		lines[count] = str_range(copies[count], line.len);
		count++;
	}
	is_good = extensions_choose(lines, count, DEFLATE_WINDOW_BITS_MIN, chosen_out);
	while (count > 0)
		mem_free(copies[--count]);
	return is_good;
}

static bool choose_from_one_line(struct str text, struct extensions *chosen_out)
{
	struct buf joined = { 0 };
	struct str line;
	bool is_good;

	for (size_t count = 0; count < LINES_MAX && str_next(&text, '\n', &line); count++) {
		if (count > 0)
			buf_append_char(&joined, ',');
		buf_append_str(&joined, line);
	}
	line = buf_str(&joined);
	is_good = extensions_choose(&line, 1, DEFLATE_WINDOW_BITS_MIN, chosen_out);
	buf_finish(&joined);
	return is_good;
}

static bool is_same(const struct extensions *a, const struct extensions *b)
{
	return a->window_bits == b->window_bits && a->names_window == b->names_window;
}

static void check_answer(const struct extensions *chosen)
{
	struct extensions again;
	struct buf answer = { 0 };
	struct str line;

	FUZZ_REQUIRE(chosen->window_bits >= DEFLATE_WINDOW_BITS_MIN &&
		     chosen->window_bits <= DEFLATE_WINDOW_BITS_MAX);
	extensions_write(chosen, &answer);
	line = buf_str(&answer);
	FUZZ_REQUIRE(extensions_choose(&line, 1, chosen->window_bits, &again));
	FUZZ_REQUIRE(is_same(chosen, &again));
	buf_finish(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_range((const char *)data, size);
	struct extensions chosen, joined;
	bool is_good;

	if (size == 0)
		return 0; /* no line at all, which is fine, against one that is empty */
	is_good = choose_from_lines(text, &chosen);
	/* An open quote may end behind the joint; but a comma is no token and fails it too. */
	FUZZ_REQUIRE(choose_from_one_line(text, &joined) == is_good);
	FUZZ_REQUIRE(is_same(&chosen, &joined));
	FUZZ_REQUIRE(is_good || chosen.window_bits == 0);
	if (chosen.window_bits != 0)
		check_answer(&chosen);
	return 0;
}
