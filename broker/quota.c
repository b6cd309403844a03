/* SPDX-License-Identifier: MIT */
/* The key is the network's bytes, or the text of what is no address. */
#include "broker/quota.h"

#include <limits.h>
#include <string.h>

#include "common/base/mem.h"

#define NETWORK_SIZE 8 /* a /64 */

struct quota {
	int64_t connections;
	bool is_address; /* else the key is a text */
	size_t key_len;
	char key[];
};

static bool is_ipv4(const struct address *address)
{
	static const uint8_t mapped[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

	return memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

static struct quota *quota_create(struct map *table, struct str key, bool is_address)
{
	struct quota *quota = mem_alloc(sizeof(*quota) + key.len);

	quota->is_address = is_address;
	quota->key_len = key.len;
	memcpy(quota->key, key.data, key.len);
	map_put(table, key, quota);
	return quota;
}

struct str quota_key(struct str text, struct address *storage)
{
	if (!address_parse(text, storage))
		return text;
	return str_range(
		(const char *)storage->bytes, is_ipv4(storage) ? ADDRESS_SIZE : NETWORK_SIZE);
}

struct quota *quota_take(struct map *table, struct str text)
{
	struct address address;
	struct str key = quota_key(text, &address);
	struct quota *quota = map_find(table, key);

	if (quota == NULL)
		quota = quota_create(table, key, key.data != text.data);
	quota->connections++;
	return quota;
}

int64_t quota_connections(const struct quota *quota)
{
	return quota->connections;
}

bool quota_find_block(const struct quota *quota, struct address_block *block_out)
{
	*block_out = (struct address_block){ .prefix = (unsigned)quota->key_len * CHAR_BIT };
	if (!quota->is_address)
		return false;
	memcpy(block_out->base.bytes, quota->key, quota->key_len);
	return true;
}

void quota_write_address(const struct quota *quota, struct buf *out)
{
	struct address_block block;

	if (quota == NULL)
		return;
	if (quota_find_block(quota, &block))
		address_block_write(&block, out);
	else
		buf_append(out, quota->key, quota->key_len);
}

void quota_release(struct map *table, struct quota *quota)
{
	if (quota == NULL || --quota->connections > 0)
		return;
	map_remove(table, str_range(quota->key, quota->key_len));
	mem_free(quota);
}
