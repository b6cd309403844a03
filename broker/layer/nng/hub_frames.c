/* SPDX-License-Identifier: MIT */
#include "broker/layer/nng/hub_frames.h"

#include <string.h>

#include "broker/layer/nng/wire.h"
#include "common/base/list.h"
#include "common/base/mem.h"

struct frame {
	struct list link;
	uint64_t number;
	size_t len;
	char data[];
};

struct hub_frames {
	struct list frames; /* the oldest first */
	uint64_t last;
	size_t bytes;
	size_t bytes_max;
};

static struct frame *frame_of(struct list *link)
{
	return list_entry(link, struct frame, link);
}

static size_t size_of(const struct frame *frame)
{
	return sizeof(*frame) + frame->len;
}

struct hub_frames *hub_frames_create(size_t bytes_max)
{
	struct hub_frames *frames = mem_new(struct hub_frames);

	list_init(&frames->frames);
	frames->bytes_max = bytes_max;
	return frames;
}

static void forget(struct hub_frames *frames, struct frame *frame)
{
	frames->bytes -= size_of(frame);
	list_remove(&frame->link);
	mem_free(frame);
}

void hub_frames_destroy(struct hub_frames *frames)
{
	if (frames == NULL)
		return;
	list_each_safe (link, &frames->frames)
		forget(frames, frame_of(link));
	mem_free(frames);
}

uint64_t hub_frames_add(struct hub_frames *frames, struct str records)
{
	struct frame *frame = mem_alloc(sizeof(*frame) + records.len);

	frame->number = ++frames->last;
	frame->len = records.len;
	memcpy(frame->data, records.data, records.len);
	list_append(&frames->frames, &frame->link);
	frames->bytes += size_of(frame);
	while (frames->bytes > frames->bytes_max)
		forget(frames, frame_of(list_first(&frames->frames)));
	return frames->last;
}

uint64_t hub_frames_last(const struct hub_frames *frames)
{
	return frames->last;
}

/* Searches from the end: most missed frames are recent. */
static struct list *find_behind(const struct hub_frames *frames, uint64_t after)
{
	struct list *link = frames->frames.previous;

	while (link != &frames->frames && frame_of(link)->number > after + 1)
		link = link->previous;
	return link == &frames->frames || frame_of(link)->number != after + 1 ? NULL : link;
}

bool hub_frames_write(const struct hub_frames *frames, uint64_t after, struct buf *out)
{
	struct list *link = find_behind(frames, after);
	size_t start = out->len;

	if (link == NULL)
		return false;
	for (; link != &frames->frames && out->len - start < HUB_FRAMES_ANSWER_BYTES;
		link = link->next) {
		const struct frame *frame = frame_of(link);

		wire_write(&(struct wire_record){ .kind = WIRE_OLD_FRAME,
				   .number = frame->number,
				   .text = str_range(frame->data, frame->len) },
			out);
	}
	return true;
}
