/* SPDX-License-Identifier: MIT */
/* Lists of the people in a room, in parts, and what is to be said of some of them beside the name.
 * A page knows people by their names alone, so a name of several people means the least of them:
 * nobody passes for a moderator by the name of one, and nobody is shown as muted or away for a
 * namesake. */
#include "broker/presence.h"

#include <string.h>

#define CURSOR_SEPARATOR '/'

/* What is to be said of a name. */
struct mark {
	enum role role;
	bool is_muted;
	bool is_idle;
};

static bool has_name(const struct person *person, struct str name)
{
	return str_compare(str_from(person->name), name) == 0;
}

static struct mark mark_of(const struct presence *presence, struct str name)
{
	const struct people *here = &presence->here;
	struct person_key key = { .name = name };
	size_t i = people_find(here, person_compare_by_name, &key);
	struct mark mark = { ROLE_SUPERUSER, true, true };

	if (i == here->count || !has_name(here->people[i], name))
		return (struct mark){ ROLE_GUEST, false, false };
	for (; i < here->count && has_name(here->people[i], name); i++) {
		if (here->people[i]->role < mark.role)
			mark.role = here->people[i]->role;
		mark.is_muted = mark.is_muted && here->people[i]->is_muted;
		mark.is_idle = mark.is_idle && here->people[i]->is_idle;
	}
	return mark;
}

static bool is_namesake_of_previous(struct person *const *people, size_t index)
{
	return index > 0 && strcmp(people[index]->name, people[index - 1]->name) == 0;
}

static void write_roles(const struct presence *presence, struct json_writer *writer,
	struct person *const *people, size_t count)
{
	bool has_any = false;

	for (size_t i = 0; i < count; i++) {
		struct str name = str_from(people[i]->name);
		enum role role = mark_of(presence, name).role;

		if (role < ROLE_MEMBER || is_namesake_of_previous(people, i))
			continue;
		if (!has_any)
			json_begin_object(writer, "roles");
		has_any = true;
		json_add_string_under(writer, name, str_from(role_word(role)));
	}
	if (has_any)
		json_end_object(writer);
}

static bool is_muted(const struct mark *mark)
{
	return mark->is_muted;
}

static bool is_idle(const struct mark *mark)
{
	return mark->is_idle;
}

static bool is_looking(const struct mark *mark)
{
	return !mark->is_idle;
}

/* The names of a mark, as an array under a key. */
static void write_names(const struct presence *presence, struct json_writer *writer,
	const char *key, bool (*is_meant)(const struct mark *mark), struct person *const *people,
	size_t count)
{
	bool has_any = false;

	for (size_t i = 0; i < count; i++) {
		struct str name = str_from(people[i]->name);
		struct mark mark = mark_of(presence, name);

		if (!is_meant(&mark) || is_namesake_of_previous(people, i))
			continue;
		if (!has_any)
			json_begin_array(writer, key);
		has_any = true;
		json_add_string(writer, NULL, name);
	}
	if (has_any)
		json_end_array(writer);
}

void presence_write_marks(const struct presence *presence, struct json_writer *writer,
	struct person *const *people, size_t count)
{
	write_roles(presence, writer, people, count);
	write_names(presence, writer, "muted", is_muted, people, count);
	write_names(presence, writer, "away", is_idle, people, count);
}

void presence_write_back(const struct presence *presence, struct json_writer *writer,
	struct person *const *people, size_t count)
{
	write_names(presence, writer, "back", is_looking, people, count);
}

size_t presence_find(const struct presence *presence, struct str cursor)
{
	const struct people *here = &presence->here;
	struct person_key key = { 0 };
	uint64_t most = UINT64_MAX;
	size_t index;

	if (!str_next(&cursor, CURSOR_SEPARATOR, &key.name))
		return 0;
	if (!str_to_uint64(cursor, &most))
		most = UINT64_MAX;
	index = people_find(here, person_compare_by_name, &key);
	for (; index < here->count && most > 0; index++, most--) {
		if (str_compare(str_from(here->people[index]->name), key.name) != 0)
			break;
	}
	return index;
}

void presence_write_cursor(
	const struct presence *presence, struct json_writer *writer, const char *key, size_t index)
{
	struct person_key first = { .name = str_from(presence->here.people[index - 1]->name) };
	size_t same = index - people_find(&presence->here, person_compare_by_name, &first);
	struct buf cursor = { 0 };

	buf_append_format(&cursor, "%.*s%c%zu", STR_ARG(first.name), CURSOR_SEPARATOR, same);
	json_add_string(writer, key, buf_str(&cursor));
	buf_finish(&cursor);
}

bool presence_write_names(const struct presence *presence, struct json_writer *writer,
	const char *key, size_t index, size_t max, const char *cursor_key)
{
	size_t left = presence->here.count - index;
	size_t end = index + (left < max ? left : max);

	json_begin_array(writer, key);
	for (size_t i = index; i < end; i++) {
		struct person *person = presence->here.people[i];

		json_add_string(writer, NULL, str_from(person->name));
		if (person->told == PERSON_UNTOLD)
			person->told = PERSON_LISTED;
	}
	json_end_array(writer);
	if (presence->marked_count > 0)
		presence_write_marks(presence, writer, presence->here.people + index, end - index);
	if (end == presence->here.count)
		return false;
	if (cursor_key != NULL && end > 0)
		presence_write_cursor(presence, writer, cursor_key, end);
	return true;
}
