/* SPDX-License-Identifier: MIT */
/* Where the two cases of a letter look like two letters, the capital's counts (Greek eta is an H,
 * not an n): it is the same to the dot, the small one only near it. Accents count, as they do for
 * those whose names have them: José is not Jose. */
#include "common/name_key.h"

#include <assert.h>
#include <string.h>

#include "common/base/utf8.h"
#include "common/name_confusables.h"
#include "common/unicode.h"

#define DOT_ABOVE 0x307

static const struct str gap = STR(NAME_CONFUSABLE_GAP);

static void write_form(struct str text, enum unicode_form form, struct buf *out)
{
	bool is_written = unicode_write(text, form, out);

	assert(is_written); /* names are valid UTF-8 */
	(void)is_written;
}

void name_write_key(struct str name, struct buf *out)
{
	write_form(name, UNICODE_FOLDED, out);
}

static struct str shape_of(uint32_t code_point, char bytes[static 4])
{
	const char *shape = name_confusable_shape(code_point);

	return shape != NULL ? str_from(shape) : str_range(bytes, utf8_write(code_point, bytes));
}

/* A mark above a gap shows no more than the gap; the dot of an i takes any other's place. */
static bool mark_shows(uint32_t mark, struct str base)
{
	if (str_equals(base, gap))
		return false;
	return mark != DOT_ABOVE || !(str_ends_with(base, STR_OF("l")) || str_is(base, "j"));
}

/* Letter by letter, of a folded and decomposed text. */
static void write_shapes(struct str text, struct buf *out)
{
	struct str base = { 0 };
	char base_bytes[4], mark_bytes[4];
	size_t position = 0;
	uint32_t code_point;

	while (utf8_next(text, &position, &code_point)) {
		if (!unicode_is_mark(code_point)) {
			base = shape_of(code_point, base_bytes);
			buf_append_str(out, base);
		} else if (mark_shows(code_point, base)) {
			buf_append_str(out, shape_of(code_point, mark_bytes));
		}
	}
}

static void write_shapes_of_name(struct str name, struct buf *out)
{
	struct buf folded = { 0 }, decomposed = { 0 };

	write_form(name, UNICODE_FOLDED, &folded);
	write_form(buf_str(&folded), UNICODE_DECOMPOSED, &decomposed);
	write_shapes(buf_str(&decomposed), out);
	buf_finish(&folded);
	buf_finish(&decomposed);
}

/* What several letters in a row look like, once no gap is between them. */
static const struct {
	struct str letters;
	char shape;
} rows_of_letters[] = {
	{ STR("rn"), 'm' },
	{ STR("vv"), 'w' },
};

/* The length of the first row of letters in text; 0 when it begins with none. */
static size_t find_row(struct str text, char *shape_out)
{
	for (size_t i = 0; i < sizeof(rows_of_letters) / sizeof(rows_of_letters[0]); i++) {
		if (str_starts_with(text, rows_of_letters[i].letters)) {
			*shape_out = rows_of_letters[i].shape;
			return rows_of_letters[i].letters.len;
		}
	}
	*shape_out = text.data[0];
	return 1;
}

static void join_rows(struct str text, struct buf *out)
{
	while (text.len > 0) {
		char shape;
		size_t len = find_row(text, &shape);

		buf_append_char(out, shape);
		text = str_skip(text, len);
	}
}

static void remove_gaps(struct str text, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] != gap.data[0])
			buf_append_char(out, text.data[i]);
	}
}

void name_write_skeleton(struct str name, struct buf *out)
{
	struct buf shapes = { 0 }, letters = { 0 }, joined = { 0 };

	write_shapes_of_name(name, &shapes);
	remove_gaps(buf_str(&shapes), &letters);
	join_rows(buf_str(&letters), &joined);
	write_form(buf_str(&joined), UNICODE_COMPOSED, out);
	buf_finish(&shapes);
	buf_finish(&letters);
	buf_finish(&joined);
}

/* guest-12ab, also without what is between. */
static bool is_default_name(struct str letters)
{
	static const char digits[] = "ol23456789abcdef"; /* as they look */

	if (!str_starts_with(letters, STR_OF("guest")))
		return false;
	letters = str_skip(letters, strlen("guest"));
	for (size_t i = 0; i < letters.len; i++) {
		if (memchr(digits, letters.data[i], strlen(digits)) == NULL)
			return false;
	}
	return true;
}

bool name_is_reserved(struct str name)
{
	struct buf shapes = { 0 }, letters = { 0 };
	struct str text;
	bool is_reserved;

	write_shapes_of_name(name, &shapes);
	remove_gaps(buf_str(&shapes), &letters);
	text = buf_str(&shapes);
	while (str_starts_with(text, gap))
		text = str_skip(text, gap.len);
	is_reserved = letters.len == 0 || is_default_name(buf_str(&letters)) ||
		      str_starts_with(text, STR_OF("guest" NAME_CONFUSABLE_GAP));
	buf_finish(&shapes);
	buf_finish(&letters);
	return is_reserved;
}
