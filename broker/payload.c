/* SPDX-License-Identifier: MIT */
/* The frames of all dialects lie in one allocation behind their lengths. */
#include "broker/payload.h"

#include <string.h>

#include "common/base/mem.h"

struct payload {
	atomic_uint references;
	_Atomic uint64_t *held; /* NULL: not counted */
	size_t offsets[DIALECT_COUNT + 1];
	char data[];
};

struct payload *payload_create(const struct str frames[static DIALECT_COUNT])
{
	struct payload *payload;
	size_t len = 0;

	for (size_t i = 0; i < DIALECT_COUNT; i++)
		len += frames[i].len;
	payload = mem_alloc(sizeof(*payload) + len);
	atomic_init(&payload->references, 1);
	for (size_t i = 0; i < DIALECT_COUNT; i++) {
		if (frames[i].len > 0)
			memcpy(payload->data + payload->offsets[i], frames[i].data, frames[i].len);
		payload->offsets[i + 1] = payload->offsets[i] + frames[i].len;
	}
	return payload;
}

struct payload *payload_ref(struct payload *payload)
{
	atomic_fetch_add_explicit(&payload->references, 1, memory_order_relaxed);
	return payload;
}

struct payload *payload_create_counted(
	const struct str frames[static DIALECT_COUNT], _Atomic uint64_t *held)
{
	struct payload *payload = payload_create(frames);

	payload->held = held;
	atomic_fetch_add_explicit(held, payload->offsets[DIALECT_COUNT], memory_order_relaxed);
	return payload;
}

void payload_unref(struct payload *payload)
{
	if (atomic_fetch_sub_explicit(&payload->references, 1, memory_order_acq_rel) != 1)
		return;
	if (payload->held != NULL)
		atomic_fetch_sub_explicit(
			payload->held, payload->offsets[DIALECT_COUNT], memory_order_relaxed);
	mem_free(payload);
}

void payload_frames(const struct payload *payload, struct str frames_out[static DIALECT_COUNT])
{
	for (size_t i = 0; i < DIALECT_COUNT; i++)
		frames_out[i] = str_range(payload->data + payload->offsets[i],
			payload->offsets[i + 1] - payload->offsets[i]);
}
