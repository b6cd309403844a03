/* SPDX-License-Identifier: MIT */
/* Digits go through a table both ways: this runs for every delivery, and the generator must cost
 * less than what it measures. */
#include "tests/bench/marker.h"

#include <string.h>

#define NOT_A_DIGIT 0x10

#define ROOM_AT 1
#define SPEAKER_AT 10
#define NUMBER_AT 19
#define TIME_AT 28

#define DIGIT(c) [c] = (c) - '0' + 1
#define LETTER(c) [c] = (c) - 'a' + 10 + 1

/* One more than the digit's value, so that all other bytes are 0. */
static const uint8_t digits[256] = {
	DIGIT('0'),
	DIGIT('1'),
	DIGIT('2'),
	DIGIT('3'),
	DIGIT('4'),
	DIGIT('5'),
	DIGIT('6'),
	DIGIT('7'),
	DIGIT('8'),
	DIGIT('9'),
	LETTER('a'),
	LETTER('b'),
	LETTER('c'),
	LETTER('d'),
	LETTER('e'),
	LETTER('f'),
};

static void write_number(char *out, size_t len, uint64_t number)
{
	while (len-- > 0) {
		out[len] = "0123456789abcdef"[number & 0xf];
		number >>= 4;
	}
}

static bool read_number(const char *text, size_t len, uint64_t *number_out)
{
	uint64_t number = 0;
	unsigned wrong = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned digit = digits[(uint8_t)text[i]] - 1U;

		wrong |= digit;
		number = number << 4 | (digit & 0xf);
	}
	*number_out = number;
	return wrong < NOT_A_DIGIT;
}

static bool marker_read(const char *text, struct marker *marker_out)
{
	uint64_t room, speaker, number;

	if (text[SPEAKER_AT - 1] != '.' || text[NUMBER_AT - 1] != '.' || text[TIME_AT - 1] != '.' ||
		text[MARKER_SIZE - 1] != '@')
		return false;
	if (!read_number(text + ROOM_AT, 8, &room) ||
		!read_number(text + SPEAKER_AT, 8, &speaker) ||
		!read_number(text + NUMBER_AT, 8, &number) ||
		!read_number(text + TIME_AT, 16, &marker_out->time_ns))
		return false;
	marker_out->room = (uint32_t)room;
	marker_out->speaker = (uint32_t)speaker;
	marker_out->number = (uint32_t)number;
	return true;
}

void marker_write(const struct marker *marker, char out[static MARKER_SIZE])
{
	out[0] = '@';
	write_number(out + ROOM_AT, 8, marker->room);
	out[SPEAKER_AT - 1] = '.';
	write_number(out + SPEAKER_AT, 8, marker->speaker);
	out[NUMBER_AT - 1] = '.';
	write_number(out + NUMBER_AT, 8, marker->number);
	out[TIME_AT - 1] = '.';
	write_number(out + TIME_AT, 16, marker->time_ns);
	out[MARKER_SIZE - 1] = '@';
}

bool marker_find(struct str text, struct marker *marker_out)
{
	const char *end = text.data + text.len;
	const char *at = text.data;

	while ((size_t)(end - at) >= MARKER_SIZE) {
		at = memchr(at, '@', (size_t)(end - at) - MARKER_SIZE + 1);
		if (at == NULL)
			return false;
		if (marker_read(at, marker_out))
			return true;
		at++;
	}
	return false;
}
