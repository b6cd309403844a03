/* SPDX-License-Identifier: MIT */
/* UTF-8 checked as a small automaton, so that a text may arrive in any pieces and a bad byte is
 * noticed at once (RFC 6455 wants the connection failed early). The states are the rows of the
 * well-formed table of RFC 3629 4. What the code points mean is for common/name. */
#include "common/base/utf8.h"

#include <string.h>

enum {
	STATE_LAST = 2, /* one more continuation byte */
	STATE_TWO,
	STATE_THREE,
	STATE_E0, /* no overlong form of two bytes */
	STATE_ED, /* no surrogate */
	STATE_F0, /* no overlong form of three bytes */
	STATE_F4, /* nothing above U+10FFFF */
};

struct range {
	uint8_t low, high;
	utf8_state next;
};

static const struct range first_bytes[] = {
	{ 0x00, 0x7f, UTF8_ACCEPT },
	{ 0xc2, 0xdf, STATE_LAST },
	{ 0xe0, 0xe0, STATE_E0 },
	{ 0xe1, 0xec, STATE_TWO },
	{ 0xed, 0xed, STATE_ED },
	{ 0xee, 0xef, STATE_TWO },
	{ 0xf0, 0xf0, STATE_F0 },
	{ 0xf1, 0xf3, STATE_THREE },
	{ 0xf4, 0xf4, STATE_F4 },
};

static const struct range next_bytes[] = {
	[STATE_LAST] = { 0x80, 0xbf, UTF8_ACCEPT },
	[STATE_TWO] = { 0x80, 0xbf, STATE_LAST },
	[STATE_THREE] = { 0x80, 0xbf, STATE_TWO },
	[STATE_E0] = { 0xa0, 0xbf, STATE_LAST },
	[STATE_ED] = { 0x80, 0x9f, STATE_LAST },
	[STATE_F0] = { 0x90, 0xbf, STATE_TWO },
	[STATE_F4] = { 0x80, 0x8f, STATE_TWO },
};

static utf8_state first_byte(uint8_t byte)
{
	for (size_t i = 0; i < sizeof(first_bytes) / sizeof(first_bytes[0]); i++) {
		if (byte >= first_bytes[i].low && byte <= first_bytes[i].high)
			return first_bytes[i].next;
	}
	return UTF8_REJECT;
}

static utf8_state next_byte(utf8_state state, uint8_t byte)
{
	const struct range *range = &next_bytes[state];

	return byte >= range->low && byte <= range->high ? range->next : UTF8_REJECT;
}

static size_t ascii_words(const uint8_t *bytes, size_t len)
{
	size_t done = 0;
	uint64_t word;

	while (len - done >= sizeof(word)) {
		memcpy(&word, bytes + done, sizeof(word));
		if ((word & UINT64_C(0x8080808080808080)) != 0)
			break;
		done += sizeof(word);
	}
	return done;
}

utf8_state utf8_check(utf8_state state, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	size_t i = 0;

	while (i < len && state != UTF8_REJECT) {
		if (state != UTF8_ACCEPT) {
			state = next_byte(state, bytes[i++]);
			continue;
		}
		i += ascii_words(bytes + i, len - i);
		if (i < len)
			state = first_byte(bytes[i++]);
	}
	return state;
}

bool utf8_is_valid(struct str text)
{
	return utf8_check(UTF8_ACCEPT, text.data, text.len) == UTF8_ACCEPT;
}

size_t utf8_count(struct str text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += ((uint8_t)text.data[i] & 0xc0) != 0x80;
	return count;
}

bool utf8_next(struct str text, size_t *position, uint32_t *code_point_out)
{
	uint32_t code_point;

	if (*position >= text.len)
		return false;
	code_point = (uint8_t)text.data[(*position)++];
	if (code_point >= 0xf0)
		code_point &= 0x07;
	else if (code_point >= 0xe0)
		code_point &= 0x0f;
	else if (code_point >= 0xc0)
		code_point &= 0x1f;
	for (; *position < text.len; (*position)++) {
		uint8_t byte = (uint8_t)text.data[*position];

		if ((byte & 0xc0) != 0x80)
			break;
		code_point = code_point << 6 | (byte & 0x3fU);
	}
	*code_point_out = code_point;
	return true;
}

size_t utf8_write(uint32_t code_point, char out[static 4])
{
	/* The first byte's mark by the number of bytes; each byte behind it carries six bits. */
	static const uint8_t marks[] = { 0, 0x00, 0xc0, 0xe0, 0xf0 };
	size_t len = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;

	for (size_t i = len; i-- > 1; code_point >>= 6)
		out[i] = (char)(0x80 | (code_point & 0x3f));
	out[0] = (char)(marks[len] | code_point);
	return len;
}
