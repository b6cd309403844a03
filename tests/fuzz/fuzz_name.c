/* SPDX-License-Identifier: MIT */
/* Properties: what is a name once is the same name again; a key and a skeleton are valid UTF-8,
 * final and bounded; names of equal keys look equal. */
#include <stdlib.h>

#include "common/base/utf8.h"
#include "common/name.h"
#include "common/name_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef void write_fn(struct str name, struct buf *out);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void form_try(write_fn *write, struct str name, size_t growth_max)
{
	struct buf once = { 0 }, twice = { 0 };

	write(name, &once);
	require(utf8_is_valid(buf_str(&once)));
	require(once.len <= growth_max * name.len);
	write(buf_str(&once), &twice);
	require(str_equals(buf_str(&once), buf_str(&twice)));
	buf_finish(&once);
	buf_finish(&twice);
}

static void looks_try(struct str name)
{
	struct buf key = { 0 }, of_key = { 0 }, of_name = { 0 };

	name_write_key(name, &key);
	name_write_skeleton(buf_str(&key), &of_key);
	name_write_skeleton(name, &of_name);
	require(str_equals(buf_str(&of_key), buf_str(&of_name)));
	require(name_is_reserved(name) == name_is_reserved(buf_str(&key)));
	buf_finish(&key);
	buf_finish(&of_key);
	buf_finish(&of_name);
}

static void name_try(struct str name)
{
	struct buf again = { 0 };

	require(name_normalize(name, NAME_PERSON_MAX, &again) == NAME_OK);
	require(str_equals(name, buf_str(&again)));
	form_try(name_write_key, name, NAME_KEY_GROWTH_MAX);
	form_try(name_write_skeleton, name, NAME_SKELETON_GROWTH_MAX);
	looks_try(name);
	buf_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf name = { 0 };

	if (name_normalize(str_range((const char *)data, size), NAME_PERSON_MAX, &name) == NAME_OK)
		name_try(buf_str(&name));
	buf_finish(&name);
	return 0;
}
