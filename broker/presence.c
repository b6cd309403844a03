/* SPDX-License-Identifier: MIT */
/* A person who left stays in the list without channels until the others have been told, and comes
 * back from there without a word. A new name is told as one person's going and another's coming. */
#include "broker/presence.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/map.h"
#include "common/base/mem.h"

static struct str id_of(const uint8_t *id)
{
	return str_range((const char *)id, SESSION_ID_SIZE);
}

static bool is_here(const struct person *person)
{
	return !list_is_empty(&person->channels);
}

void presence_init(struct presence *presence)
{
	*presence = (struct presence){ .by_id = map_create() };
	list_init(&presence->people);
}

static void forget_told_name(struct person *person)
{
	if (person->told_name != person->name)
		mem_free(person->told_name);
	person->told_name = NULL;
}

static void forget_person(struct presence *presence, struct person *person)
{
	map_remove(presence->by_id, id_of(person->id));
	list_remove(&person->link);
	forget_told_name(person);
	mem_free(person->name);
	mem_free(person);
}

void presence_finish(struct presence *presence)
{
	list_each_safe (link, &presence->people) {
		forget_person(presence, list_entry(link, struct person, link));
	}
	map_destroy(presence->by_id);
}

static struct person *add_person(struct presence *presence, const struct session *session)
{
	struct person *person = mem_new(struct person);

	memcpy(person->id, session->id, sizeof(person->id));
	person->name = mem_strdup(session->name);
	list_init(&person->channels);
	list_append(&presence->people, &person->link);
	map_put(presence->by_id, id_of(person->id), person);
	return person;
}

static void rename_person(struct person *person, const char *name)
{
	if (strcmp(person->name, name) == 0)
		return;
	if (person->told_name != person->name)
		mem_free(person->name); /* nobody has heard of it */
	/* Taken back before anybody heard: no news. */
	person->name = person->told_name != NULL && strcmp(person->told_name, name) == 0
			       ? person->told_name
			       : mem_strdup(name);
}

struct person *presence_join(
	struct presence *presence, const struct session *session, struct list *person_link)
{
	struct person *person = map_find(presence->by_id, id_of(session->id));

	if (person == NULL)
		person = add_person(presence, session);
	rename_person(person, session->name);
	if (!is_here(person))
		presence->count++;
	list_append(&person->channels, person_link);
	presence->has_news = true;
	return person;
}

void presence_leave(struct presence *presence, struct person *person, struct list *person_link)
{
	list_remove(person_link);
	if (is_here(person))
		return;
	presence->count--;
	presence->has_news = true;
	if (person->told_name == NULL)
		forget_person(presence, person);
}

/* Brings what the others know up to date and adds the differences to two open arrays. */
static void tell_person(struct presence *presence, struct person *person,
	struct json_writer *joined, struct json_writer *left)
{
	if (is_here(person) && person->told_name == person->name)
		return;
	if (person->told_name != NULL)
		json_add_string(left, NULL, str_from(person->told_name));
	if (!is_here(person)) {
		forget_person(presence, person);
		return;
	}
	json_add_string(joined, NULL, str_from(person->name));
	forget_told_name(person);
	person->told_name = person->name;
}

static void write_news(
	const struct presence *presence, struct str joined, struct str left, struct buf *json)
{
	struct json_writer writer = json_writer_to(json);
	bool is_large = presence->count > PRESENCE_NAMES_MAX;

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "type", is_large ? STR_OF("count") : STR_OF("presence"));
	if (!is_large) {
		json_add_json(&writer, "joined", joined);
		json_add_json(&writer, "left", left);
	}
	json_add_integer(&writer, "count", (int64_t)presence->count);
	json_end_object(&writer);
}

bool presence_tell(struct presence *presence, struct buf *json)
{
	struct buf joined = { 0 }, left = { 0 };
	struct json_writer joined_writer = json_writer_to(&joined),
			   left_writer = json_writer_to(&left);
	bool has_news;

	if (!presence->has_news)
		return false;
	presence->has_news = false;
	json_begin_array(&joined_writer, NULL);
	json_begin_array(&left_writer, NULL);
	list_each_safe (link, &presence->people) {
		tell_person(presence, list_entry(link, struct person, link), &joined_writer,
			&left_writer);
	}
	json_end_array(&joined_writer);
	json_end_array(&left_writer);
	has_news = joined.len + left.len > strlen("[]") * 2;
	if (has_news)
		write_news(presence, buf_str(&joined), buf_str(&left), json);
	buf_finish(&joined);
	buf_finish(&left);
	return has_news;
}

static int compare_names(const void *a, const void *b)
{
	const struct person *const *left = a;
	const struct person *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

struct person **presence_sorted(const struct presence *presence, size_t *count_out)
{
	struct person **people = mem_alloc_array(presence->count, sizeof(struct person *));
	size_t count = 0;

	list_each (link, &presence->people) {
		struct person *person = list_entry(link, struct person, link);

		if (is_here(person))
			people[count++] = person;
	}
	qsort(people, count, sizeof(struct person *), compare_names);
	*count_out = count;
	return people;
}

bool presence_write_names(const struct presence *presence, struct json_writer *writer,
	const char *key, struct str after, size_t max)
{
	size_t count;
	struct person **people = presence_sorted(presence, &count);
	char *after_text = str_dup(after);
	size_t i = 0;

	while (i < count && after.len > 0 && strcmp(people[i]->name, after_text) <= 0)
		i++;
	json_begin_array(writer, key);
	for (; i < count && max > 0; i++, max--)
		json_add_string(writer, NULL, str_from(people[i]->name));
	json_end_array(writer);
	mem_free(after_text);
	mem_free(people);
	return i < count;
}
