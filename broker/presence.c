/* SPDX-License-Identifier: MIT */
/* Few people are searched one by one for an id: most rooms are small, and there are many of them.
 * A person who left stays in the news without
 * channels until the others have been told, and may come back from there without any news. */
#include "broker/presence.h"

#include <string.h>

#include "broker/conn.h"
#include "common/base/mem.h"

#define LOOKED_THROUGH_MAX 16

void presence_init(struct presence *presence, struct slab *cells)
{
	*presence = (struct presence){ .cells = cells };
}

static bool fits_in_cell(size_t name_size)
{
	return offsetof(struct person, name) + name_size <= PERSON_CELL_BYTES;
}

static void free_person(struct presence *presence, struct person *person)
{
	presence->marked_count -= person_is_marked(person);
	if (fits_in_cell(strlen(person->name) + 1))
		slab_give_back(presence->cells, person);
	else
		mem_free(person);
}

void presence_finish(struct presence *presence)
{
	for (size_t i = 0; i < presence->news.count; i++) {
		if (!person_is_here(presence->news.people[i]))
			free_person(presence, presence->news.people[i]);
	}
	for (size_t i = 0; i < presence->here.count; i++)
		free_person(presence, presence->here.people[i]);
	people_finish(&presence->by_id);
	people_finish(&presence->here);
	people_finish(&presence->news);
	*presence = (struct presence){ 0 };
}

static void add_news(struct presence *presence, struct person *person)
{
	if (person->told != PERSON_SETTLED)
		return;
	person->told = PERSON_CHANGED;
	people_append(&presence->news, person);
}

/* That somebody looks again, or nowhere any more, may have to be told. */
static void look(struct presence *presence, struct person *person)
{
	if (person_is_here(person) && person_looks_nowhere(person) != person->is_idle)
		add_news(presence, person);
}

static void enter(struct presence *presence, struct person *person)
{
	people_add(&presence->here, person_compare_by_name, person);
	add_news(presence, person);
}

static void go(struct presence *presence, struct person *person)
{
	people_remove(&presence->here, person_compare_by_name, person);
	add_news(presence, person);
}

static void index_people(struct presence *presence)
{
	for (size_t i = 0; i < presence->here.count; i++)
		people_add(&presence->by_id, person_compare_by_id, presence->here.people[i]);
	for (size_t i = 0; i < presence->news.count; i++) {
		if (!person_is_here(presence->news.people[i]))
			people_add(
				&presence->by_id, person_compare_by_id, presence->news.people[i]);
	}
}

static struct person *add_person(struct presence *presence, const struct user *user)
{
	size_t name_size = strlen(user->name) + 1;
	struct person *person = fits_in_cell(name_size)
					? slab_take(presence->cells)
					: mem_alloc(offsetof(struct person, name) + name_size);

	memcpy(person->id, user->id, sizeof(person->id));
	memcpy(person->name, user->name, name_size);
	if (presence->by_id.count == 0 &&
		presence->here.count + presence->news.count >= LOOKED_THROUGH_MAX)
		index_people(presence);
	if (presence->by_id.count > 0)
		people_add(&presence->by_id, person_compare_by_id, person);
	people_append(&presence->news, person);
	return person;
}

static void take_channels(struct person *person, struct person *from)
{
	while (from->channels != NULL) {
		struct channel *channel = from->channels;

		from->channels = channel->next;
		channel->next = person->channels;
		channel->person = person;
		person->channels = channel;
	}
}

/* The person of an id and name, and a person of the same id under another name. */
struct search {
	struct person *found;
	struct person *other;
};

/* False when this is somebody else. */
static bool look_at(struct search *search, struct person *person, const struct user *user)
{
	if (memcmp(person->id, user->id, sizeof(person->id)) != 0)
		return false;
	if (strcmp(person->name, user->name) == 0)
		search->found = person;
	else if (person_is_here(person))
		search->other = person;
	return true;
}

static struct search find_person(const struct presence *presence, const struct user *user)
{
	const struct people *by_id = &presence->by_id;
	struct person_key key = { .id = user->id };
	struct search search = { 0 };

	for (size_t i = people_find(by_id, person_compare_by_id, &key); i < by_id->count; i++) {
		if (!look_at(&search, by_id->people[i], user))
			break;
	}
	if (by_id->count > 0)
		return search;
	for (size_t i = 0; i < presence->here.count; i++)
		look_at(&search, presence->here.people[i], user);
	for (size_t i = 0; i < presence->news.count; i++)
		look_at(&search, presence->news.people[i], user);
	return search;
}

/* Finds or makes the one person of a user; a new one is not in presence->here yet. */
static struct person *need_person(
	const struct search *search, struct presence *presence, const struct user *user)
{
	return search->found != NULL ? search->found : add_person(presence, user);
}

/* Under another name: moves what one person has to the other. */
static void take_over(struct presence *presence, struct person *person, struct person *from)
{
	take_channels(person, from);
	person->is_kept |= from->is_kept;
	person->is_elsewhere |= from->is_elsewhere;
	from->is_kept = false;
	from->is_elsewhere = false;
	presence_set_standing(presence, person, from->role, from->is_muted);
	go(presence, from);
}

bool presence_join(struct presence *presence, struct channel *channel, const struct user *user)
{
	struct search search = find_person(presence, user);
	struct person *person = need_person(&search, presence, user);
	bool was_own = person_is_own(person);
	bool was_counted = was_own || (search.other != NULL && person_is_own(search.other));

	if (!person_is_here(person))
		enter(presence, person);
	if (search.other != NULL)
		take_over(presence, person, search.other);
	channel->next = person->channels;
	channel->person = person;
	person->channels = channel;
	look(presence, person);
	presence->own_count += !was_counted;
	return !was_own;
}

/* True when the person, who was on this broker, has left it. */
static bool settle(struct presence *presence, struct person *person)
{
	look(presence, person);
	if (person_is_own(person))
		return false;
	presence->own_count--;
	if (!person_is_here(person))
		go(presence, person);
	return true;
}

bool presence_leave(struct presence *presence, struct channel *channel)
{
	struct person *person = channel->person;
	struct channel **link = &person->channels;

	while (*link != channel)
		link = &(*link)->next;
	*link = channel->next;
	channel->next = NULL;
	channel->person = NULL;
	return settle(presence, person);
}

void presence_set_idle(struct presence *presence, struct channel *channel, bool is_idle)
{
	conn_of(channel)->is_idle = is_idle;
	look(presence, channel->person);
}

void presence_keep(struct person *person)
{
	person->is_kept = true;
}

static bool is_kept(const struct person *person)
{
	return person->is_kept;
}

static bool is_elsewhere(const struct person *person)
{
	return person->is_elsewhere;
}

/* Several people have one id while one takes the others' place. */
static struct person *find_by_id(
	const struct presence *presence, const uint8_t *id, bool (*is_meant)(const struct person *))
{
	const struct people *by_id = &presence->by_id;
	const struct people *people = by_id->count > 0 ? by_id : &presence->here;
	struct person_key key = { .id = id };
	size_t i = by_id->count > 0 ? people_find(by_id, person_compare_by_id, &key) : 0;

	for (; i < people->count; i++) {
		struct person *person = people->people[i];
		bool is_found = memcmp(person->id, id, USER_ID_SIZE) == 0;

		if (is_found && is_meant(person))
			return person;
		if (!is_found && people == by_id)
			break;
	}
	return NULL;
}

struct person *presence_find_id(
	const struct presence *presence, const uint8_t id[static USER_ID_SIZE])
{
	return find_by_id(presence, id, person_is_here);
}

const struct person *presence_let_go(
	struct presence *presence, const uint8_t id[static USER_ID_SIZE])
{
	struct person *person = find_by_id(presence, id, is_kept);

	if (person == NULL)
		return NULL;
	person->is_kept = false;
	return settle(presence, person) ? person : NULL;
}

void presence_join_elsewhere(struct presence *presence, const struct user *user)
{
	struct search search = find_person(presence, user);
	struct person *person = need_person(&search, presence, user);

	if (!person_is_here(person))
		enter(presence, person);
	person->is_elsewhere = true;
	if (search.other != NULL)
		take_over(presence, person, search.other);
	look(presence, person);
}

void presence_leave_elsewhere(struct presence *presence, const uint8_t id[static USER_ID_SIZE])
{
	struct person *person = find_by_id(presence, id, is_elsewhere);

	if (person == NULL)
		return;
	person->is_elsewhere = false;
	if (!person_is_here(person))
		go(presence, person);
	look(presence, person);
}

bool presence_set_standing(
	struct presence *presence, struct person *person, enum role role, bool is_muted)
{
	bool was_marked = person_is_marked(person);

	if (person->role == role && person->is_muted == is_muted)
		return false;
	person->role = role;
	person->is_muted = is_muted;
	presence->marked_count += person_is_marked(person);
	presence->marked_count -= was_marked;
	return true;
}

bool presence_has_news(const struct presence *presence)
{
	return presence->news.count > 0;
}

/* That a person has gone is news only if anybody was told that the person is there. */
static bool is_news(const struct person *person)
{
	if (person_is_here(person))
		return person->told != PERSON_CHANGED;
	return person->told != PERSON_UNTOLD;
}

/* Notes whether a person looks anywhere, which is told with this. True when it is another than was
 * told before. */
static bool settle_idle(struct presence *presence, struct person *person)
{
	bool is_idle = person_looks_nowhere(person);
	bool was_marked = person_is_marked(person);

	if (!person_is_here(person) || is_idle == person->is_idle)
		return false;
	person->is_idle = is_idle;
	presence->marked_count += person_is_marked(person);
	presence->marked_count -= was_marked;
	return true;
}

/* Adds the person's untold change to two open arrays, which are NULL where only the number counts.
 * True when there is one. */
static bool tell_person(struct presence *presence, struct person *person,
	struct json_writer *joined, struct json_writer *left)
{
	bool has_come = person_is_here(person);
	bool has_news = is_news(person);
	struct json_writer *writer = has_come ? joined : left;

	if (has_news && writer != NULL)
		json_add_string(writer, NULL, str_from(person->name));
	person->told = PERSON_SETTLED;
	if (!has_come) {
		if (presence->by_id.count > 0)
			people_remove(&presence->by_id, person_compare_by_id, person);
		free_person(presence, person);
	}
	return has_news;
}

static bool tell_people(
	struct presence *presence, struct json_writer *joined, struct json_writer *left)
{
	bool has_news = false;

	for (size_t i = 0; i < presence->news.count; i++)
		has_news |= tell_person(presence, presence->news.people[i], joined, left);
	people_finish(&presence->news);
	return has_news;
}

/* Notes of all in the news whether they look anywhere. Adds those who have only turned idle, or
 * look again, by name. */
static void settle_news(struct presence *presence, struct people *turned)
{
	for (size_t i = 0; i < presence->news.count; i++) {
		struct person *person = presence->news.people[i];

		if (settle_idle(presence, person) && !is_news(person))
			people_add(turned, person_compare_by_name, person);
	}
}

/* Adds those who have come or gone, by name. */
static void sort_news(const struct presence *presence, struct people *named)
{
	for (size_t i = 0; i < presence->news.count; i++) {
		if (is_news(presence->news.people[i]))
			people_add(named, person_compare_by_name, presence->news.people[i]);
	}
}

/* Of all that the news may name, also of those who left: a namesake may be there still. Takes
 * turned. */
static void mark_names(
	const struct presence *presence, struct json_writer *writer, struct people *turned)
{
	presence_write_back(presence, writer, turned->people, turned->count);
	if (presence->marked_count > 0) {
		sort_news(presence, turned);
		presence_write_marks(presence, writer, turned->people, turned->count);
	}
	people_finish(turned);
}

static bool tell_names(struct presence *presence, struct json_writer *writer, struct people *turned)
{
	struct buf marks = { 0 };
	struct json_writer marks_writer = json_writer_to(&marks);
	struct buf left = { 0 };
	struct json_writer left_writer = json_writer_to(&left);
	bool has_news = turned->count > 0;

	mark_names(presence, &marks_writer, turned); /* before those who left are freed */
	json_add_string(writer, "type", STR_OF("presence"));
	json_begin_array(writer, "joined");
	json_begin_array(&left_writer, NULL);
	has_news |= tell_people(presence, writer, &left_writer);
	json_end_array(&left_writer);
	json_end_array(writer);
	json_add_json(writer, "left", buf_str(&left));
	json_add_members(writer, buf_str(&marks));
	buf_finish(&left);
	buf_finish(&marks);
	return has_news;
}

bool presence_tell(struct presence *presence, struct buf *json)
{
	struct json_writer writer = json_writer_to(json);
	size_t before = json->len;
	struct people turned = { 0 };
	bool has_news;

	settle_news(presence, &turned);
	json_begin_object(&writer, NULL);
	if (presence->here.count > PRESENCE_NAMES_MAX) {
		people_finish(&turned);
		json_add_string(&writer, "type", STR_OF("count"));
		has_news = tell_people(presence, NULL, NULL);
	} else {
		has_news = tell_names(presence, &writer, &turned);
	}
	json_add_integer(&writer, "count", (int64_t)presence->here.count);
	json_end_object(&writer);
	if (!has_news)
		json->len = before;
	return has_news;
}
