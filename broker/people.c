/* SPDX-License-Identifier: MIT */
/* Arrays of pointers: to insert into ten thousand moves memory for two microseconds, and a hash
 * table would be twice as large and have no order. */
#include "broker/people.h"

#include <string.h>

#include "broker/conn.h"
#include "common/base/mem.h"

bool person_is_own(const struct person *person)
{
	return person->channels != NULL || person->is_kept;
}

bool person_is_here(const struct person *person)
{
	return person_is_own(person) || person->is_elsewhere;
}

bool person_looks_nowhere(const struct person *person)
{
	struct channel *channel = person->channels;

	if (channel == NULL || person->is_kept || person->is_elsewhere)
		return false;
	while (channel != NULL && conn_of(channel)->is_idle)
		channel = channel->next;
	return channel == NULL;
}

bool person_is_marked(const struct person *person)
{
	return person->is_muted || person->is_idle || person->role >= ROLE_MEMBER;
}

static int compare_ids(const uint8_t *a, const uint8_t *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return memcmp(a, b, USER_ID_SIZE);
}

int person_compare_by_name(const struct person *person, const struct person_key *key)
{
	int order = str_compare(str_from(person->name), key->name);

	return order != 0 ? order : compare_ids(person->id, key->id);
}

int person_compare_by_id(const struct person *person, const struct person_key *key)
{
	int order = compare_ids(person->id, key->id);

	return order != 0 ? order : str_compare(str_from(person->name), key->name);
}

size_t people_find(
	const struct people *people, compare_person *compare, const struct person_key *key)
{
	size_t low = 0, high = people->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(people->people[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct person_key key_of(const struct person *person)
{
	return (struct person_key){ str_from(person->name), person->id };
}

static void insert(struct people *people, size_t index, struct person *person)
{
	people->people = mem_grow(
		people->people, &people->capacity, people->count, sizeof(struct person *));
	memmove(people->people + index + 1, people->people + index,
		(people->count - index) * sizeof(struct person *));
	people->people[index] = person;
	people->count++;
}

void people_add(struct people *people, compare_person *compare, struct person *person)
{
	struct person_key key = key_of(person);

	insert(people, people_find(people, compare, &key), person);
}

void people_remove(struct people *people, compare_person *compare, struct person *person)
{
	struct person_key key = key_of(person);
	size_t index = people_find(people, compare, &key);

	people->count--;
	memmove(people->people + index, people->people + index + 1,
		(people->count - index) * sizeof(struct person *));
}

void people_append(struct people *people, struct person *person)
{
	insert(people, people->count, person);
}

void people_finish(struct people *people)
{
	mem_free(people->people);
	*people = (struct people){ 0 };
}
