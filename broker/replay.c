/* SPDX-License-Identifier: MIT */
/* An array of references. */
#include "broker/replay.h"

#include "common/base/mem.h"

struct replay *replay_create(enum dialect dialect, size_t count)
{
	struct replay *replay = mem_alloc(sizeof(*replay) + count * sizeof(struct payload *));

	replay->dialect = dialect;
	replay->count = count;
	return replay;
}

void replay_destroy(struct replay *replay)
{
	if (replay == NULL)
		return;
	for (size_t i = 0; i < replay->count; i++)
		payload_unref(replay->payloads[i]);
	mem_free(replay);
}
