/* SPDX-License-Identifier: MIT */
/* Properties: a normalized name is normal; its group is valid and leads back to it, or is a hash;
 * and a group that leads to a name is that name's group. Together they make the mapping injective.
 */
#include <stdlib.h>

#include "common/room_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void name_try(struct str raw)
{
	struct buf name = { 0 }, again = { 0 }, group = { 0 }, back = { 0 };

	if (room_name_normalize(raw, &name) == NAME_OK) {
		require(room_name_normalize(buf_str(&name), &again) == NAME_OK);
		require(str_equals(buf_str(&name), buf_str(&again)));
		room_name_group(buf_str(&name), &group);
		require(room_group_is_valid(buf_str(&group)));
		if (room_name_from_group(buf_str(&group), &back))
			require(str_equals(buf_str(&back), buf_str(&name)));
		else
			require(str_starts_with(
				buf_str(&group), STR_OF(ROOM_GROUP_PREFIX "u--h-")));
	}
	buf_finish(&name);
	buf_finish(&again);
	buf_finish(&group);
	buf_finish(&back);
}

static void group_try(struct str group)
{
	struct buf name = { 0 }, again = { 0 };

	if (room_name_from_group(group, &name)) {
		room_name_group(buf_str(&name), &again);
		require(str_equals(buf_str(&again), group));
	}
	buf_finish(&name);
	buf_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_range((const char *)data, size);

	name_try(text);
	group_try(text);
	return 0;
}
