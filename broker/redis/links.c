/* SPDX-License-Identifier: MIT */
/* Spreads names over the links, and counts how many of them are up. */
#include "broker/redis/links.h"

#include <assert.h>

#include "broker/redis/url.h"
#include "common/base/mem.h"

/* channels_redis spreads names over so many slots, and the slots over the hosts. */
#define SLOTS 4096

/* The context of a link's callbacks. */
struct host {
	struct links *links;
	struct link *link; /* owned */
};

struct links {
	struct links_setting setting;
	struct script **scripts; /* owned */
	size_t up; /* how many links are up */
	size_t count;
	struct host hosts[];
};

/* The CRC of zip files, four bits at a time: names are short. */
static uint32_t crc32_of(struct str text)
{
	static const uint32_t table[16] = { 0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8,
		0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c };
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < text.len; i++) {
		crc ^= (unsigned char)text.data[i];
		crc = (crc >> 4) ^ table[crc & 15];
		crc = (crc >> 4) ^ table[crc & 15];
	}
	return ~crc;
}

/* int((crc32 & 0xfff) / (4096 / n)) in Python's floating point. */
size_t links_index(struct str name, size_t count)
{
	return (size_t)((crc32_of(name) & (SLOTS - 1)) / ((double)SLOTS / (double)count));
}

static void handle_up(void *context)
{
	struct links *links = ((struct host *)context)->links;

	if (++links->up == links->count)
		links->setting.up(links->setting.context);
}

static void handle_down(void *context)
{
	struct links *links = ((struct host *)context)->links;

	if (links->up-- == links->count)
		links->setting.down(links->setting.context);
}

static void handle_pushed(void *context, struct str channel, struct str payload)
{
	struct host *host = context;

	host->links->setting.pushed(host->links->setting.context, host->link, channel, payload);
}

struct links *links_create(const struct links_setting *setting)
{
	size_t count = setting->urls->count;
	struct links *links = mem_alloc(sizeof(*links) + count * sizeof(links->hosts[0]));
	struct script **scripts = mem_alloc_array(setting->script_count, sizeof(*scripts));
	struct link_setting link = { .reactor = setting->reactor,
		.stats = setting->stats,
		.broker_id = setting->broker_id,
		.scripts = scripts,
		.script_count = setting->script_count,
		.up = handle_up,
		.down = handle_down,
		.pushed = handle_pushed };

	for (size_t i = 0; i < setting->script_count; i++)
		scripts[i] = setting->scripts[i];
	links->setting = *setting;
	links->scripts = scripts;
	links->count = count;
	for (size_t i = 0; i < count; i++) {
		links->hosts[i].links = links;
		link.url = &setting->urls->items[i];
		link.context = &links->hosts[i];
		links->hosts[i].link = link_create(&link);
	}
	return links;
}

void links_destroy(struct links *links)
{
	if (links == NULL)
		return;
	/* Stop all links first: a handler that gets its NULL may still use another link. */
	for (size_t i = 0; i < links->count; i++)
		link_stop(links->hosts[i].link);
	for (size_t i = 0; i < links->count; i++)
		link_destroy(links->hosts[i].link);
	mem_free(links->scripts);
	mem_free(links);
}

bool links_are_up(const struct links *links)
{
	for (size_t i = 0; i < links->count; i++) {
		if (!link_is_up(links->hosts[i].link))
			return false;
	}
	return true;
}

size_t links_count(const struct links *links)
{
	return links->count;
}

struct link *links_at(const struct links *links, size_t index)
{
	assert(index < links->count);
	return links->hosts[index].link;
}

struct link *links_of(const struct links *links, struct str name)
{
	return links_at(links, links_index(name, links->count));
}

bool links_subscribe(struct links *links, enum link_subscription kind, struct str name)
{
	bool is_subscribed = true;

	for (size_t i = 0; i < links->count; i++)
		is_subscribed = link_subscribe(links->hosts[i].link, kind, name) && is_subscribed;
	return is_subscribed;
}
