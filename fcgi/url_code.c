/* SPDX-License-Identifier: MIT */
/* What addresses and forms have beyond single texts. */
#include "fcgi/url_code.h"

#include "common/percent.h"

bool url_decode(struct str raw, struct buf *out)
{
	return percent_decode(raw, false, out);
}

void url_encode(struct str text, struct buf *out)
{
	percent_encode(text, "", out);
}

void url_encode_path(struct str path, struct buf *out)
{
	percent_encode(path, "/", out);
}

static bool find_raw(struct str fields, const char *name, struct str *value_out)
{
	struct str pair;

	while (str_next(&fields, '&', &pair)) {
		size_t equals = str_find(pair, '=');

		if (!str_is(str_range(pair.data, equals), name))
			continue;
		*value_out = equals < pair.len ? str_skip(pair, equals + 1) : STR_OF("");
		return true;
	}
	return false;
}

bool url_find_field(struct str fields, const char *name, struct buf *out)
{
	struct str raw;

	if (!find_raw(fields, name, &raw))
		return false;
	buf_clear(out);
	return percent_decode(raw, true, out);
}

bool url_read_number(struct str fields, const char *name, uint64_t *number)
{
	struct str raw;

	if (!find_raw(fields, name, &raw))
		return true;
	return str_to_uint64(raw, number) && *number <= INT64_MAX;
}

bool url_is_local_path(struct str path)
{
	if (path.len == 0 || path.data[0] != '/' ||
		(path.len > 1 && (path.data[1] == '/' || path.data[1] == '\\')))
		return false;
	for (size_t i = 0; i < path.len; i++) {
		if (path.data[i] <= ' ' || path.data[i] >= 0x7f || path.data[i] == '\\')
			return false;
	}
	return true;
}
