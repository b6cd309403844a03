/* SPDX-License-Identifier: MIT */
/* The first bit of a channel's number says whether it is bound. So nobody has to remember the bound
 * channels that are gone, and a message to one is refused instead of kept. */
#include "broker/layer/channel_name.h"

#include <stdlib.h>
#include <string.h>

#include "broker/channel.h"
#include "common/base/crypto.h"

#define NUMBER_SIZE 16
#define NUMBER_DIGITS (2 * NUMBER_SIZE)
#define BOUND_BIT 0x80 /* of the first byte: its digit is 8 to f */

static bool is_name_character(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '.';
}

static bool is_name_text(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!is_name_character(text.data[i]))
			return false;
	}
	return true;
}

bool group_name_is_valid(struct str name)
{
	return name.len >= 1 && name.len <= CHANNEL_NAME_MAX && is_name_text(name);
}

bool channel_name_is_valid(struct str name)
{
	size_t mark = str_find(name, '!');

	if (mark == name.len)
		return group_name_is_valid(name);
	return name.len <= CHANNEL_NAME_MAX && group_name_is_valid(str_range(name.data, mark)) &&
	       is_name_text(str_skip(name, mark + 1));
}

static bool is_number(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if ((c < '0' || c > '9') && (c < 'a' || c > 'f'))
			return false;
	}
	return text.len == NUMBER_DIGITS;
}

static bool is_of_broker(struct str address, const char *broker_id)
{
	size_t len = strlen(broker_id);

	return address.len > len + 1 && address.data[address.len - len - 1] == '.' &&
	       str_ends_with(address, str_range(broker_id, len));
}

enum channel_kind channel_name_kind(
	struct str name, const char *broker_id, uint64_t *connection_out)
{
	size_t mark = str_find(name, '!');
	struct str number = mark == name.len ? STR_OF("") : str_skip(name, mark + 1);

	if (mark == name.len)
		return CHANNEL_OPEN;
	if (channel_read_name(name, broker_id, connection_out))
		return CHANNEL_CONNECTION;
	if (!is_of_broker(str_range(name.data, mark), broker_id) || !is_number(number))
		return CHANNEL_STRANGE;
	return number.data[0] >= '8' ? CHANNEL_BOUND : CHANNEL_MADE;
}

bool channel_prefix_is_valid(struct str prefix)
{
	size_t rest_len = strlen(".") + CHANNEL_BROKER_ID_SIZE - 1 + strlen("!") + NUMBER_DIGITS;

	return group_name_is_valid(prefix) && prefix.len + rest_len <= CHANNEL_NAME_MAX;
}

void channel_name_make(struct str prefix, const char *broker_id, bool is_bound, struct buf *out)
{
	uint8_t number[NUMBER_SIZE];

	crypto_random(number, sizeof(number));
	number[0] = (uint8_t)(is_bound ? number[0] | BOUND_BIT : number[0] & ~BOUND_BIT);
	buf_append_str(out, prefix);
	buf_append_char(out, '.');
	buf_append_text(out, broker_id);
	buf_append_char(out, '!');
	buf_append_hex(out, number, sizeof(number));
}

static int compare(const void *a, const void *b)
{
	const struct str *left = a, *right = b;

	return str_compare(*left, *right);
}

void channel_names_sort(struct str *names, size_t count)
{
	qsort(names, count, sizeof(*names), compare);
}
