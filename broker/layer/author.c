/* SPDX-License-Identifier: MIT */
/* A channel and a group may have the same name: a letter keeps their refs apart. */
#include "broker/layer/author.h"

bool author_has_ref(const struct author *author)
{
	return author->ref.len > 0 && author->sender != NULL;
}

bool author_ref_key(const struct author *author, char kind, struct str name,
	uint8_t key_out[static REFS_KEY_SIZE])
{
	struct buf place = { 0 };

	if (!author_has_ref(author))
		return false;
	buf_append_char(&place, kind);
	buf_append_str(&place, name);
	refs_key(buf_str(&place), author->sender, author->ref, key_out);
	buf_finish(&place);
	return true;
}
