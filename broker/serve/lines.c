/* SPDX-License-Identifier: MIT */
/* A line that grows too long is given up when its newline has not come within the limit, so that
 * what is kept has a bound though every piece is only looked at by lines_next. */
#include "broker/serve/lines.h"

void lines_finish(struct lines *lines)
{
	buf_finish(&lines->pending);
}

static struct str rest_of(const struct lines *lines)
{
	return str_skip(buf_str(&lines->pending), lines->taken);
}

static void skip_what_is_too_long(struct lines *lines)
{
	if (rest_of(lines).len <= lines->len_max)
		return;
	lines->skips = true;
	lines->skipped++;
	buf_clear(&lines->pending);
	lines->taken = 0;
}

void lines_feed(struct lines *lines, const char *data, size_t len)
{
	struct str piece = str_range(data, len);

	buf_drop(&lines->pending, lines->taken);
	lines->taken = 0;
	if (lines->skips) {
		size_t end = str_find(piece, '\n');

		if (end == piece.len)
			return;
		lines->skips = false;
		piece = str_skip(piece, end + 1);
	}
	buf_append_str(&lines->pending, piece);
}

bool lines_next(struct lines *lines, struct str *line_out)
{
	struct str rest = rest_of(lines);
	size_t end = str_find(rest, '\n');

	while (end < rest.len) {
		lines->taken += end + 1;
		if (end <= lines->len_max) {
			*line_out = str_range(rest.data, end);
			return true;
		}
		lines->skipped++;
		rest = rest_of(lines);
		end = str_find(rest, '\n');
	}
	skip_what_is_too_long(lines);
	return false;
}

bool lines_drop_rest(struct lines *lines)
{
	bool had_any = lines->skips || rest_of(lines).len > 0;

	buf_clear(&lines->pending);
	lines->taken = 0;
	lines->skips = false;
	return had_any;
}
