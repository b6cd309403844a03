/* SPDX-License-Identifier: MIT */
/* One value at a time: finds the key's row, checks the value as the row says and puts it into its
 * field. Owns the memory of the fields. Knows nothing of files; a misspelt name is answered with
 * the nearest known one. */
#include "common/config_value.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/utf8.h"

#define SEPARATORS " \t,"
#define NAME_BYTES_MAX 48 /* what a misspelling is looked for in */
#define ROUTES_MAX 1000

/* How many letters have to be changed, added or taken away (Levenshtein), by one row of the matrix.
 */
static size_t name_distance(struct str a, struct str b)
{
	size_t row[NAME_BYTES_MAX + 1];

	if (a.len > NAME_BYTES_MAX || b.len > NAME_BYTES_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;
	for (size_t i = 0; i < a.len; i++) {
		size_t diagonal = row[0]++;

		for (size_t j = 0; j < b.len; j++) {
			size_t best = diagonal + (a.data[i] != b.data[j]);

			diagonal = row[j + 1];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			row[j + 1] = diagonal + 1 < best ? diagonal + 1 : best;
		}
	}
	return row[b.len];
}

/* The name nearest to wanted: of the keys of section, or of the sections when that is empty. NULL
 * when none is near. */
static const char *nearest_name(struct str wanted, struct str section)
{
	const char *nearest = NULL;
	size_t limit = wanted.len / 2 + 1; /* beyond it, a suggestion is a guess */

	for (size_t i = 0; i < config_option_count; i++) {
		const struct config_option *option = &config_options[i];
		const char *name = section.len == 0 ? option->section : option->key;
		size_t distance = name_distance(wanted, str_from(name));

		if (section.len > 0 && !str_is(section, option->section))
			continue;
		if (distance < limit) {
			limit = distance;
			nearest = name;
		}
	}
	return nearest;
}

static bool section_exists(struct str section)
{
	for (size_t i = 0; i < config_option_count; i++) {
		if (str_is(section, config_options[i].section))
			return true;
	}
	return false;
}

static bool problem_unknown(struct buf *problem, struct str section, struct str key)
{
	const char *nearest;
	struct log_quoted quoted;

	if (!section_exists(section)) {
		nearest = nearest_name(section, (struct str){ 0 });
		buf_append_format(problem, "unknown section %s", log_quote(&quoted, section));
		if (nearest != NULL)
			buf_append_format(problem, "; did you mean [%s]?", nearest);
		return false;
	}
	nearest = nearest_name(key, section);
	buf_append_format(
		problem, "unknown key %s in [%.*s]", log_quote(&quoted, key), STR_ARG(section));
	if (nearest != NULL)
		buf_append_format(problem, "; did you mean \"%s\"?", nearest);
	return false;
}

static const struct config_option *option_find(struct str section, struct str key)
{
	for (size_t i = 0; i < config_option_count; i++) {
		const struct config_option *option = &config_options[i];

		if (str_is(section, option->section) &&
			(option->type == CONFIG_ROUTES || str_is(key, option->key)))
			return option;
	}
	return NULL;
}

static void *field_of(struct config *config, const struct config_option *option)
{
	return (char *)config + option->offset;
}

static void text_replace(char **field, struct str value)
{
	mem_free(*field);
	*field = str_dup(value);
}

static void list_finish(struct config_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		mem_free(list->items[i]);
	mem_free(list->items);
	*list = (struct config_list){ 0 };
}

static struct config_list list_read(struct str value)
{
	struct config_list list = { 0 };
	struct str item;

	while (str_next_word(&value, SEPARATORS, &item)) {
		list.items = mem_resize(list.items, (list.count + 1) * sizeof(*list.items));
		list.items[list.count++] = str_dup(item);
	}
	return list;
}

/* A value, or an item of one, as the row's check has it. */
static bool value_check(const struct config_option *option, struct str value, struct buf *problem)
{
	const char *complaint = option->check == NULL ? NULL : option->check(value);
	struct log_quoted quoted;

	if (complaint == NULL)
		return true;
	buf_append_format(problem, "%s: %s %s", option->key, log_quote(&quoted, value), complaint);
	return false;
}

static bool text_set(struct config *config, const struct config_option *option, struct str value,
	struct buf *problem)
{
	if (!value_check(option, value, problem))
		return false;
	text_replace(field_of(config, option), value);
	return true;
}

static bool list_set(struct config *config, const struct config_option *option, struct str value,
	struct buf *problem)
{
	struct config_list *field = field_of(config, option);
	struct str rest = value;
	struct str item;

	while (str_next_word(&rest, SEPARATORS, &item)) {
		if (!value_check(option, item, problem))
			return false;
	}
	list_finish(field);
	*field = list_read(value);
	return true;
}

static bool integer_set(struct config *config, const struct config_option *option, struct str value,
	struct buf *problem)
{
	int64_t *field = field_of(config, option);
	struct log_quoted quoted;
	uint64_t number;

	if (str_to_uint64(value, &number) && number >= (uint64_t)option->min &&
		number <= (uint64_t)option->max) {
		*field = (int64_t)number;
		return true;
	}
	buf_append_format(problem,
		"%s must be a whole number from %" PRId64 " to %" PRId64 "%s%s, not %s",
		option->key, option->min, option->max, option->unit == NULL ? "" : " ",
		option->unit == NULL ? "" : option->unit, log_quote(&quoted, value));
	return false;
}

static size_t choice_count(const struct config_option *option)
{
	struct str rest = str_from(option->choices);
	struct str choice;
	size_t count = 0;

	while (str_next_word(&rest, " ", &choice))
		count++;
	return count;
}

/* The place of value among the choices, or their number. */
static size_t choice_find(const struct config_option *option, struct str value)
{
	struct str rest = str_from(option->choices);
	struct str choice;
	size_t place = 0;

	while (str_next_word(&rest, " ", &choice) && !str_equals(choice, value))
		place++;
	return place;
}

static bool choice_set(struct config *config, const struct config_option *option, struct str value,
	struct buf *problem)
{
	size_t count = choice_count(option);
	size_t place = choice_find(option, value);
	struct log_quoted quoted;

	if (place == count) {
		buf_append_format(problem, "%s must be one of: %s; not %s", option->key,
			option->choices, log_quote(&quoted, value));
		return false;
	}
	if (count == 2)
		*(bool *)field_of(config, option) = place == 1;
	else
		text_replace(field_of(config, option), value);
	return true;
}

static bool route_add(
	struct config *config, struct str pattern, struct str value, int line, struct buf *problem)
{
	struct config_list rooms = list_read(value);

	if (config->route_count == ROUTES_MAX || pattern.len == 0 || rooms.count == 0) {
		buf_append_format(problem,
			"a route needs a pattern and at least one room; at most %d may be given",
			ROUTES_MAX);
		list_finish(&rooms);
		return false;
	}
	config->routes = mem_resize(
		config->routes, (config->route_count + 1) * sizeof(*config->routes));
	config->routes[config->route_count++] = (struct config_route){
		.pattern = str_dup(pattern), .rooms = rooms, .line = line
	};
	return true;
}

/* No value may bring more than its own line into a log or a header. */
static bool is_clean(struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		if (((uint8_t)value.data[i] < 0x20 && value.data[i] != '\t') ||
			value.data[i] == 0x7f)
			return false;
	}
	return utf8_is_valid(value);
}

bool config_set(struct config *config, struct str section, struct str key, struct str value,
	int line, struct buf *problem)
{
	const struct config_option *option = option_find(section, key);

	if (option == NULL)
		return problem_unknown(problem, section, key);
	if (!is_clean(key) || !is_clean(value)) {
		buf_append_format(
			problem, "%s: not UTF-8, or with control characters", option->key);
		return false;
	}
	switch (option->type) {
	case CONFIG_STRING:
	case CONFIG_PATH:
		return text_set(config, option, value, problem);
	case CONFIG_LIST:
		return list_set(config, option, value, problem);
	case CONFIG_INTEGER:
		return integer_set(config, option, value, problem);
	case CONFIG_CHOICE:
		return choice_set(config, option, value, problem);
	case CONFIG_ROUTES:
		return route_add(config, key, value, line, problem);
	}
	return false;
}

void config_set_defaults(struct config *config)
{
	struct buf problem = { 0 };

	for (size_t i = 0; i < config_option_count; i++) {
		const struct config_option *option = &config_options[i];
		bool is_set = option->default_value == NULL ||
			      config_set(config, str_from(option->section), str_from(option->key),
				      str_from(option->default_value), 0, &problem);

		assert(is_set && "a default of the table breaks its own rule");
		(void)is_set;
	}
	buf_finish(&problem);
}

/* Whether the field is a text of its own. */
static bool option_has_text(const struct config_option *option)
{
	return option->type == CONFIG_STRING || option->type == CONFIG_PATH ||
	       (option->type == CONFIG_CHOICE && choice_count(option) != 2);
}

void config_finish(struct config *config)
{
	for (size_t i = 0; i < config_option_count; i++) {
		const struct config_option *option = &config_options[i];

		if (option->type == CONFIG_LIST)
			list_finish(field_of(config, option));
		else if (option_has_text(option))
			mem_free(*(char **)field_of(config, option));
	}
	for (size_t i = 0; i < config->route_count; i++) {
		mem_free(config->routes[i].pattern);
		list_finish(&config->routes[i].rooms);
	}
	mem_free(config->routes);
	*config = (struct config){ 0 };
}
