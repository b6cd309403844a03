/* SPDX-License-Identifier: MIT */
/* Cells in a ring, in the order in which they came, and slots with open addressing that say in
 * which cell a key lies. A full ring overwrites its oldest cell; one that is taken back is what it
 * was before, also when that is a hole, which is overwritten in its turn. Slots are found by a
 * keyed hash although keys are hashes already: whoever chooses refs could aim at one slot of a hash
 * that is known. */
#include "broker/history/refs.h"

#include <assert.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/crypto.h"
#include "common/base/mem.h"

#define SENDER_SIZE 16

struct refs {
	struct ref *cells; /* owned */
	uint32_t max;
	uint32_t next; /* the cell that is written next: the oldest when all are used */
	uint32_t *slots; /* owned; a cell's index + 1, or 0 */
	uint32_t mask; /* slots, a power of two and at least twice max, less one */
};

struct refs *refs_create(uint32_t max)
{
	struct refs *refs = mem_new(struct refs);
	uint32_t slot_count = 2;

	assert(max > 0 && max <= REFS_MAX);
	while (slot_count < 2 * max)
		slot_count *= 2;
	refs->cells = mem_alloc_array(max, sizeof(*refs->cells));
	refs->slots = mem_alloc_array(slot_count, sizeof(*refs->slots));
	refs->max = max;
	refs->mask = slot_count - 1;
	return refs;
}

void refs_destroy(struct refs *refs)
{
	if (refs == NULL)
		return;
	mem_free(refs->slots);
	mem_free(refs->cells);
	mem_free(refs);
}

void refs_key(struct str room, const uint8_t sender[static 16], struct str ref,
	uint8_t key_out[static REFS_KEY_SIZE])
{
	uint8_t hash[CRYPTO_SHA256_SIZE];
	struct buf text = { 0 };

	/* The length keeps room "a" with ref "bc" apart from room "ab" with ref "c". */
	buf_append(&text, sender, SENDER_SIZE);
	buf_append_format(&text, "%zu ", room.len);
	buf_append_str(&text, room);
	buf_append_str(&text, ref);
	crypto_sha256(buf_str(&text), hash);
	memcpy(key_out, hash, REFS_KEY_SIZE);
	buf_finish(&text);
}

static uint32_t home_of(const struct refs *refs, const uint8_t *key)
{
	return (uint32_t)crypto_table_hash(str_range((const char *)key, REFS_KEY_SIZE)) &
	       refs->mask;
}

/* The slot of the key, or the empty one where it would go. */
static uint32_t find_slot(const struct refs *refs, const uint8_t *key)
{
	uint32_t slot = home_of(refs, key);

	while (refs->slots[slot] != 0 &&
		memcmp(refs->cells[refs->slots[slot] - 1].key, key, REFS_KEY_SIZE) != 0)
		slot = (slot + 1) & refs->mask;
	return slot;
}

/* Those behind it move up where else they would not be found any more. */
static void empty_slot(struct refs *refs, uint32_t hole)
{
	for (uint32_t slot = (hole + 1) & refs->mask; refs->slots[slot] != 0;
		slot = (slot + 1) & refs->mask) {
		uint32_t home = home_of(refs, refs->cells[refs->slots[slot] - 1].key);

		if (((slot - home) & refs->mask) < ((slot - hole) & refs->mask))
			continue;
		refs->slots[hole] = refs->slots[slot];
		hole = slot;
	}
	refs->slots[hole] = 0;
}

bool refs_find(const struct refs *refs, const uint8_t key[static REFS_KEY_SIZE], int64_t now_ms,
	uint64_t *seq_out)
{
	uint32_t index = refs->slots[find_slot(refs, key)];

	if (index == 0 || now_ms - refs->cells[index - 1].time_ms > REFS_KEEP_MS)
		return false;
	*seq_out = refs->cells[index - 1].seq;
	return true;
}

/* In a cell that is a hole, or already its own. */
static void fill_cell(struct refs *refs, uint32_t index, const struct ref *ref)
{
	refs->cells[index] = *ref;
	refs->slots[find_slot(refs, ref->key)] = index + 1;
}

static void empty_cell(struct refs *refs, uint32_t index)
{
	struct ref *cell = &refs->cells[index];

	if (cell->seq != 0)
		empty_slot(refs, find_slot(refs, cell->key));
	cell->seq = 0;
}

struct refs_change refs_add(
	struct refs *refs, const uint8_t key[static REFS_KEY_SIZE], uint64_t seq, int64_t time_ms)
{
	uint32_t known = refs->slots[find_slot(refs, key)];
	uint32_t index = known == 0 ? refs->next : known - 1;
	struct refs_change change = { index, known == 0, { .seq = seq, .time_ms = time_ms },
		refs->cells[index] };

	assert(seq > 0);
	memcpy(change.ref.key, key, REFS_KEY_SIZE);
	/* A known one is the same message, or a later one because that had become too old. */
	if (known != 0 && change.before.seq >= seq)
		change.ref = change.before;
	empty_cell(refs, index);
	fill_cell(refs, index, &change.ref);
	if (change.is_new)
		refs->next = (refs->next + 1) % refs->max;
	return change;
}

static bool is_known(const struct refs *refs, const struct ref *ref)
{
	return refs->slots[find_slot(refs, ref->key)] != 0;
}

void refs_take_back(struct refs *refs, const struct refs_change *change)
{
	const struct ref *cell = &refs->cells[change->index];

	if (cell->seq != change->ref.seq || memcmp(cell->key, change->ref.key, REFS_KEY_SIZE) != 0)
		return; /* overwritten meanwhile */
	empty_cell(refs, change->index);
	if (change->before.seq != 0 && !is_known(refs, &change->before))
		fill_cell(refs, change->index, &change->before);
	if (change->is_new && (change->index + 1) % refs->max == refs->next)
		refs->next = change->index;
}
