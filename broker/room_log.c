/* SPDX-License-Identifier: MIT */
/* Trimming keeps whole frames, so that the boundary behind any position can be found by walking
 * the frames from the start; that is only done for members who are cut off, and by trims while
 * somebody lags. */
#include "broker/room_log.h"

#include <assert.h>

/* Room for the messages of a usual turn at once. A log that is empty gives its memory back: most
 * rooms are silent most of the time, and there may be many. */
#define FIRST_BYTES 1024
/* A log of which less than this part is used is laid down anew: a burst that all but one have taken
 * would be held in full. */
#define USED_PART_MIN 4

void room_log_finish(struct room_log *log)
{
	buf_finish(&log->bytes);
}

uint64_t room_log_end(const struct room_log *log)
{
	return log->start + log->bytes.len;
}

void room_log_append(struct room_log *log, struct str frames)
{
	if (log->bytes.capacity == 0 && frames.len < FIRST_BYTES)
		buf_reserve(&log->bytes, FIRST_BYTES);
	buf_append_str(&log->bytes, frames);
}

struct str room_log_slice(const struct room_log *log, uint64_t from, uint64_t to)
{
	assert(from >= log->start && from <= to && to <= room_log_end(log));
	if (from == to)
		return STR_OF(""); /* an empty log has no bytes to point into */
	return str_range(log->bytes.data + (from - log->start), (size_t)(to - from));
}

/* Where the frame that begins at a boundary ends. */
static uint64_t next_boundary(const struct room_log *log, enum dialect dialect, uint64_t boundary)
{
	struct str rest = str_skip(buf_str(&log->bytes), (size_t)(boundary - log->start));

	return boundary + dialect_frame_len(dialect, rest);
}

uint64_t room_log_boundary(const struct room_log *log, enum dialect dialect, uint64_t position)
{
	uint64_t boundary = log->start;

	assert(position <= room_log_end(log));
	while (boundary < position)
		boundary = next_boundary(log, dialect, boundary);
	return boundary;
}

static void give_spare_back(struct buf *bytes)
{
	struct buf smaller = { 0 };

	if (bytes->capacity <= FIRST_BYTES || bytes->len > bytes->capacity / USED_PART_MIN)
		return;
	buf_append_str(&smaller, buf_str(bytes));
	buf_finish(bytes);
	*bytes = smaller;
}

void room_log_trim(struct room_log *log, enum dialect dialect, uint64_t lowest)
{
	uint64_t boundary = log->start;

	if (lowest == room_log_end(log)) {
		log->start = lowest;
		buf_finish(&log->bytes);
		return;
	}
	/* Moving the rest costs as much as it has bytes: not for less than half. */
	if (lowest - log->start < log->bytes.len / 2)
		return;
	for (;;) {
		uint64_t next = next_boundary(log, dialect, boundary);

		if (next > lowest)
			break;
		boundary = next;
	}
	buf_drop(&log->bytes, (size_t)(boundary - log->start));
	log->start = boundary;
	give_spare_back(&log->bytes);
}
