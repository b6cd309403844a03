/* SPDX-License-Identifier: MIT */
/* A scheme, a host that is one, and what may follow it: each reads on from where the one before
 * ended, within named limits, so that no text takes long. */
#include "fcgi/links.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "common/base/utf8.h"

#define COUNT_OF(rows) (sizeof(rows) / sizeof((rows)[0]))

#define LINK_MAX 2048 /* bytes; nobody needs to follow a longer one */
#define HOST_MAX 253
#define MAIL_NAME_MAX 64
#define PORT_DIGITS_MAX 5

struct range {
	uint32_t first, last;
};

/* Scripts that are written without blanks: a letter of theirs behind one of ours begins what is
 * said next. */
static const struct range cjk[] = {
	{ 0x1100, 0x11ff },
	{ 0x2e80, 0x2fff },
	{ 0x3005, 0x3007 },
	{ 0x3021, 0x3029 },
	{ 0x3040, 0x318f },
	{ 0x31a0, 0x31ff },
	{ 0x3400, 0x4dbf },
	{ 0x4e00, 0x9fff },
	{ 0xa960, 0xa97f },
	{ 0xac00, 0xd7ff },
	{ 0xf900, 0xfaff },
	{ 0xff66, 0xff9f },
	{ 0x20000, 0x3ffff },
};

/* Never within a link: blanks, what cannot be seen, quotes, and punctuation of full width. */
static const struct range ends[] = {
	{ 0x00, 0x20 },
	{ '"', '"' },
	{ '<', '<' },
	{ '>', '>' },
	{ '\\', '\\' },
	{ '`', '`' },
	{ 0x7f, 0xa0 },
	{ 0xab, 0xab },
	{ 0xbb, 0xbb },
	{ 0x200b, 0x200f },
	{ 0x2013, 0x201f },
	{ 0x2026, 0x2026 },
	{ 0x2028, 0x202f },
	{ 0x205f, 0x206f },
	{ 0x3000, 0x3004 },
	{ 0x3008, 0x3020 },
	{ 0x3030, 0x3030 },
	{ 0xff01, 0xff0f },
	{ 0xff1a, 0xff20 },
	{ 0xff3b, 0xff40 },
	{ 0xff5b, 0xff65 },
	{ 0xfeff, 0xfeff },
	{ 0xfff9, 0xffff },
};

static bool is_among(const struct range *ranges, size_t count, uint32_t c)
{
	for (size_t i = 0; i < count; i++) {
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	}
	return false;
}

static bool is_end(uint32_t c)
{
	return is_among(ends, COUNT_OF(ends), c);
}

static bool is_latin(char c)
{
	return isalnum((unsigned char)c) != 0;
}

static bool is_one_of(char c, const char *characters)
{
	return c != '\0' && strchr(characters, c) != NULL;
}

/* NUL behind the text. */
static char at(struct str text, size_t i)
{
	return i < text.len ? text.data[i] : '\0';
}

/* Whether a letter of a script without blanks follows one of ours. */
static bool is_switch(struct str text, size_t i, uint32_t c)
{
	return i > 0 && is_latin(text.data[i - 1]) && is_among(cjk, COUNT_OF(cjk), c);
}

/* What closes a sentence around the link. */
static size_t trim(struct str text, size_t start, size_t end)
{
	while (end > start && is_one_of(text.data[end - 1], ".,:;!?'*_~([{"))
		end--;
	return end;
}

static bool may_be_in_host(uint32_t c)
{
	if (c < 0x80)
		return isalnum((int)c) || c == '.' || c == '-' || c == '_';
	return !is_end(c);
}

/* 0 where no host begins. A first label may mix scripts; behind a later one ("cn" of "例子.cn看")
 * the text goes on. */
static size_t find_host_end(struct str text, size_t start)
{
	size_t end = start, next = start;
	bool has_dot = false;
	uint32_t c;

	if (is_one_of(at(text, start), ".-"))
		return 0;
	while (next - start <= HOST_MAX && utf8_next(text, &next, &c) && may_be_in_host(c) &&
		!(has_dot && is_switch(text, end, c))) {
		has_dot = has_dot || c == '.';
		end = next;
	}
	return end == start ? 0 : trim(text, start, end);
}

/* "https://bank.example@evil.example": what is in front is not where it leads. */
static bool has_credentials(struct str text, size_t start)
{
	size_t next = start;
	uint32_t c;

	while (next - start <= HOST_MAX && utf8_next(text, &next, &c)) {
		if (c == '@')
			return true;
		if (is_end(c) || c == '/' || c == '?' || c == '#')
			return false;
	}
	return false;
}

static size_t skip_port(struct str text, size_t start)
{
	size_t end = start + 1;

	while (end <= start + PORT_DIGITS_MAX && isdigit((unsigned char)at(text, end)))
		end++;
	return at(text, start) == ':' && end > start + 1 ? end : start;
}

/* False for a bracket that closes what is open around the link. */
static bool count_bracket(int open[3], char c)
{
	static const char brackets[] = "([{)]}";
	const char *found = strchr(brackets, c);
	size_t i = found == NULL ? 0 : (size_t)(found - brackets);

	if (found == NULL || c == '\0')
		return true;
	open[i % 3] += i < 3 ? 1 : -1;
	return open[i % 3] >= 0;
}

/* What comes behind the host. */
static size_t find_end(struct str text, size_t start)
{
	int open[3] = { 0 };
	size_t end = start, next = start;
	uint32_t c;

	if (!is_one_of(at(text, start), "/?#"))
		return start;
	while (end - start <= LINK_MAX && utf8_next(text, &next, &c) && !is_end(c) &&
		!is_switch(text, end, c) && (c >= 0x80 || count_bracket(open, (char)c)))
		end = next;
	return trim(text, start, end);
}

static size_t find_web_end(struct str text, size_t start)
{
	size_t end = find_host_end(text, start);

	if (end == 0 || has_credentials(text, end))
		return 0;
	return find_end(text, skip_port(text, end));
}

static size_t find_mail_end(struct str text, size_t start)
{
	size_t name_end = start, end;

	while (name_end - start < MAIL_NAME_MAX &&
		(is_latin(at(text, name_end)) || is_one_of(at(text, name_end), "_.%+-")))
		name_end++;
	if (name_end == start || at(text, name_end) != '@')
		return 0;
	end = find_host_end(text, name_end + 1);
	if (end == 0 || at(text, end) == '@' ||
		memchr(text.data + name_end, '.', end - name_end) == NULL)
		return 0;
	return find_end(text, end);
}

static const struct {
	const char *word;
	size_t (*find_end)(struct str text, size_t start); /* 0: no link */
} schemes[] = {
	{ "https://", find_web_end },
	{ "http://", find_web_end },
	{ "mailto:", find_mail_end },
};

/* Where the link ends that begins there; 0: none does. */
static size_t find_link_end(struct str text, size_t start)
{
	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		struct str word = str_from(schemes[i].word);

		if (text.len - start > word.len &&
			str_equals_ignore_case(str_range(text.data + start, word.len), word))
			return schemes[i].find_end(text, start + word.len);
	}
	return 0;
}

bool links_next(struct links *links, struct str *link_out)
{
	struct str text = links->text;

	for (size_t i = links->position; i < text.len; i++) {
		bool may_begin = is_one_of(text.data[i], "HhMm") &&
				 (i == 0 || !is_latin(text.data[i - 1]));
		size_t end = may_begin ? find_link_end(text, i) : 0;

		if (end == 0)
			continue;
		links->position = end;
		if (end - i <= LINK_MAX) {
			*link_out = str_range(text.data + i, end - i);
			return true;
		}
		i = end - 1; /* else its parts would be looked at again */
	}
	links->position = text.len;
	return false;
}
