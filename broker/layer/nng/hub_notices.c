/* SPDX-License-Identifier: MIT */
#include "broker/layer/nng/hub_notices.h"

#include "broker/layer/nng/wire.h"
#include "common/base/mem.h"

struct hub_notices {
	struct buf records[HUB_NOTICES_MAX]; /* the place is the number modulo the size */
	uint64_t last;
};

struct hub_notices *hub_notices_create(void)
{
	return mem_new(struct hub_notices);
}

void hub_notices_destroy(struct hub_notices *notices)
{
	if (notices == NULL)
		return;
	for (size_t i = 0; i < HUB_NOTICES_MAX; i++)
		buf_finish(&notices->records[i]);
	mem_free(notices);
}

uint64_t hub_notices_add(struct hub_notices *notices, struct str broker, struct str text)
{
	struct wire_record record = { .kind = WIRE_NOTICE, .broker = broker, .text = text };
	struct buf *place;

	if (text.len > HUB_NOTICE_BYTES_MAX)
		return 0;
	record.number = ++notices->last;
	place = &notices->records[record.number % HUB_NOTICES_MAX];
	buf_clear(place);
	wire_write(&record, place);
	return record.number;
}

uint64_t hub_notices_last(const struct hub_notices *notices)
{
	return notices->last;
}

bool hub_notices_write(const struct hub_notices *notices, uint64_t after, struct buf *out)
{
	if (after > notices->last || notices->last - after > HUB_NOTICES_MAX)
		return false;
	for (uint64_t number = after + 1; number <= notices->last; number++)
		buf_append_str(out, buf_str(&notices->records[number % HUB_NOTICES_MAX]));
	return true;
}
