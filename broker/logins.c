/* SPDX-License-Identifier: MIT */
/* A hash table whose chains run through the logins: nobody chooses the hash of a session's key, so
 * its first bytes are as good as any hash of it. */
#include "broker/logins.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/base/slab.h"

#define BUCKETS_MIN 16
#define SEATS_STEP 1024

struct logins {
	struct slab cells;
	struct login **buckets; /* owned */
	size_t bucket_count; /* a power of two */
	size_t count;
	uint32_t *seats; /* by place: the login's index and 1, or 0; owned */
	uint32_t seat_count;
};

struct logins *logins_create(void)
{
	struct logins *logins = mem_new(struct logins);

	slab_init(&logins->cells, sizeof(struct login));
	logins->bucket_count = BUCKETS_MIN;
	logins->buckets = mem_alloc_array(BUCKETS_MIN, sizeof(struct login *));
	return logins;
}

void logins_destroy(struct logins *logins)
{
	if (logins == NULL)
		return;
	slab_finish(&logins->cells);
	mem_free(logins->buckets);
	mem_free(logins->seats);
	mem_free(logins);
}

/* Where a login is linked, or NULL at the chain's end. */
static struct login **find_link(
	const struct logins *logins, const uint8_t key_hash[static SESSION_HASH_SIZE])
{
	struct login **link;
	size_t hash;

	memcpy(&hash, key_hash, sizeof(hash));
	link = &logins->buckets[hash & (logins->bucket_count - 1)];
	while (*link != NULL && memcmp((*link)->key_hash, key_hash, SESSION_HASH_SIZE) != 0)
		link = &(*link)->next;
	return link;
}

struct login *logins_find(
	const struct logins *logins, const uint8_t key_hash[static SESSION_HASH_SIZE])
{
	return *find_link(logins, key_hash);
}

static void resize(struct logins *logins, size_t bucket_count)
{
	uint64_t position = 0;

	mem_free(logins->buckets);
	logins->bucket_count = bucket_count;
	logins->buckets = mem_alloc_array(bucket_count, sizeof(struct login *));
	for (struct login *login = logins_next(logins, &position); login != NULL;
		login = logins_next(logins, &position)) {
		struct login **link = find_link(logins, login->key_hash);

		login->next = NULL;
		*link = login;
	}
}

static struct login *add(struct logins *logins, const struct session *session)
{
	struct login *login;
	struct login **link;

	if (logins->count == logins->bucket_count)
		resize(logins, logins->bucket_count * 2);
	login = slab_take(&logins->cells);
	memcpy(login->key_hash, session->key_hash, sizeof(login->key_hash));
	memcpy(login->user, session->user.id, sizeof(login->user));
	link = find_link(logins, login->key_hash);
	*link = login;
	logins->count++;
	return login;
}

struct login *logins_take(struct logins *logins, const struct session *session, uint64_t now_ms)
{
	struct login *login = logins_find(logins, session->key_hash);

	if (login == NULL)
		login = add(logins, session);
	login->connections++;
	login->checked_s = (uint32_t)(now_ms / 1000);
	return login;
}

void logins_release(struct logins *logins, struct login *login)
{
	if (login == NULL || --login->connections > 0)
		return;
	*find_link(logins, login->key_hash) = login->next;
	slab_give_back(&logins->cells, login);
	if (--logins->count < logins->bucket_count / 4 && logins->bucket_count > BUCKETS_MIN)
		resize(logins, logins->bucket_count / 2);
}

static void add_seats(struct logins *logins, uint32_t place)
{
	uint32_t before = logins->seat_count;

	logins->seat_count = (place / SEATS_STEP + 1) * SEATS_STEP;
	logins->seats = mem_resize(logins->seats, logins->seat_count * sizeof(uint32_t));
	memset(logins->seats + before, 0, (logins->seat_count - before) * sizeof(uint32_t));
}

void logins_seat(struct logins *logins, uint32_t place, const struct login *login)
{
	if (login == NULL && place >= logins->seat_count)
		return;
	if (place >= logins->seat_count)
		add_seats(logins, place);
	logins->seats[place] = login == NULL ? 0 : slab_index(&logins->cells, login) + 1;
}

struct login *logins_seated(const struct logins *logins, uint32_t place)
{
	if (place >= logins->seat_count || logins->seats[place] == 0)
		return NULL;
	return slab_find(&logins->cells, logins->seats[place] - 1);
}

struct login *logins_next(const struct logins *logins, uint64_t *position)
{
	return slab_next(&logins->cells, position);
}
