/* SPDX-License-Identifier: MIT */
/* Names are made when somebody asks: a connection does not carry its own. */
#include "broker/channel.h"

#include <inttypes.h>
#include <string.h>

#define PREFIX "specific."

static const char digits[] = "0123456789abcdef";

bool channel_broker_id_is_valid(struct str id)
{
	for (size_t i = 0; i < id.len; i++) {
		if (memchr(digits, id.data[i], sizeof(digits) - 1) == NULL)
			return false;
	}
	return id.len == CHANNEL_BROKER_ID_SIZE - 1;
}

void channel_write_name(uint64_t id, const char *broker_id, struct buf *out)
{
	buf_append_format(out, PREFIX "%s!%" PRIx64, broker_id, id);
}

/* Lower-case hexadecimal digits as they are written: no sign, no prefix, no leading zero. */
static bool read_id(struct str text, uint64_t *id_out)
{
	uint64_t id = 0;

	if (text.len == 0 || text.len > 16 || text.data[0] == '0')
		return false;
	for (size_t i = 0; i < text.len; i++) {
		const char *digit = memchr(digits, text.data[i], sizeof(digits) - 1);

		if (digit == NULL)
			return false;
		id = id << 4 | (uint64_t)(digit - digits);
	}
	*id_out = id;
	return true;
}

bool channel_read_name(struct str name, const char *broker_id, uint64_t *id_out)
{
	size_t prefix_len = strlen(PREFIX);
	size_t broker_len = strlen(broker_id);

	if (!str_starts_with(name, STR_OF(PREFIX)))
		return false;
	name = str_skip(name, prefix_len);
	if (!str_starts_with(name, str_range(broker_id, broker_len)))
		return false;
	name = str_skip(name, broker_len);
	return name.len > 0 && name.data[0] == '!' && read_id(str_skip(name, 1), id_out);
}

bool channel_is_connection(struct str name)
{
	struct str rest = str_skip(name, strlen(PREFIX));
	char broker_id[CHANNEL_BROKER_ID_SIZE] = "";
	uint64_t id;

	if (rest.len < sizeof(broker_id) || !str_starts_with(name, STR_OF(PREFIX)))
		return false;
	memcpy(broker_id, rest.data, sizeof(broker_id) - 1);
	return channel_broker_id_is_valid(str_from(broker_id)) &&
	       channel_read_name(name, broker_id, &id);
}
