/* SPDX-License-Identifier: MIT */
/* Trees of JSON, the only user of json-c. json_check reads the text first, so json-c gets only
 * valid JSON. What is left to find are duplicate keys, which json-c merges: the tree then has fewer
 * members than the text. A struct json is a json_object that callers cannot look into. */
#include "common/json.h"

#include <json-c/json.h>
#include <string.h>

#include "common/json_check.h"

/* json-c has no const; nothing here changes what it is given. */
static struct json_object *object_of(const struct json *value)
{
	return (struct json_object *)(uintptr_t)value;
}

static struct json *json_of(struct json_object *object)
{
	return (struct json *)(void *)object;
}

static size_t count_members(struct json_object *value)
{
	size_t count = 0;

	if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			count += count_members(json_object_array_get_idx(value, i));
	} else if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, member)
		{
			(void)key;
			count += 1 + count_members(member);
		}
	}
	return count;
}

static struct json_object *tree_build(struct str text, const char **problem_out)
{
	/* json-c knows that a number at the very end is over only when a byte follows; it takes NUL
	 * as that byte. */
	struct buf terminated = { 0 };
	struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 2);
	struct json_object *tree = NULL;

	buf_append_str(&terminated, text);
	if (tokener != NULL && text.len < INT32_MAX) {
		json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
		tree = json_tokener_parse_ex(tokener, buf_text(&terminated), (int)text.len + 1);
	}
	*problem_out = tree == NULL ? "null, or more than this program can read" : NULL;
	if (tokener != NULL)
		json_tokener_free(tokener);
	buf_finish(&terminated);
	return tree;
}

struct json *json_parse(struct str text, const char **problem_out)
{
	struct json_object *tree;
	size_t members;

	if (!json_check(text, &members, problem_out))
		return NULL;
	tree = tree_build(text, problem_out);
	if (tree == NULL)
		return NULL;
	if (count_members(tree) != members) {
		json_object_put(tree);
		*problem_out = "an object has a key twice";
		return NULL;
	}
	return json_of(tree);
}

void json_destroy(struct json *document)
{
	json_object_put(object_of(document));
}

bool json_is_object(const struct json *value)
{
	return json_object_is_type(object_of(value), json_type_object) == 1;
}

bool json_is_array(const struct json *value)
{
	return json_object_is_type(object_of(value), json_type_array) == 1;
}

struct json *json_find(const struct json *value, const char *key)
{
	return json_is_object(value) ? json_of(json_object_object_get(object_of(value), key))
				     : NULL;
}

struct json *json_detach(struct json *object, const char *key)
{
	struct json *member = json_find(object, key);

	if (!json_is_object(object))
		return NULL;
	(void)json_object_get(object_of(member));
	json_object_object_del(object_of(object), key);
	return member;
}

size_t json_count(const struct json *array)
{
	return json_is_array(array) ? json_object_array_length(object_of(array)) : 0;
}

struct json *json_at(const struct json *array, size_t index)
{
	if (index >= json_count(array))
		return NULL;
	return json_of(json_object_array_get_idx(object_of(array), index));
}

bool json_get_string(const struct json *value, struct str *text_out)
{
	struct json_object *object = object_of(value);

	if (!json_object_is_type(object, json_type_string))
		return false;
	*text_out = str_range(
		json_object_get_string(object), (size_t)json_object_get_string_len(object));
	return true;
}

bool json_get_integer(const struct json *value, int64_t *number_out)
{
	struct json_object *object = object_of(value);

	if (!json_object_is_type(object, json_type_int))
		return false;
	/* Those above INT64_MAX come out of get_int64 as INT64_MAX. */
	if (json_object_get_uint64(object) > INT64_MAX)
		return false;
	*number_out = json_object_get_int64(object);
	return true;
}

bool json_get_bool(const struct json *value, bool *truth_out)
{
	struct json_object *object = object_of(value);

	if (!json_object_is_type(object, json_type_boolean))
		return false;
	*truth_out = json_object_get_boolean(object);
	return true;
}

bool json_next(
	const struct json *object, size_t *position, struct str *key_out, struct json **value_out)
{
	/* The position is the entry that was handed out last. */
	struct lh_entry *entry = (struct lh_entry *)(uintptr_t)*position;

	if (!json_is_object(object))
		return false;
	entry = entry == NULL ? json_object_get_object(object_of(object))->head : entry->next;
	if (entry == NULL)
		return false;
	*position = (size_t)(uintptr_t)entry;
	*key_out = str_from(lh_entry_k(entry));
	*value_out = json_of((struct json_object *)(uintptr_t)lh_entry_v(entry));
	return true;
}

static void print_container(struct json_writer *writer, const struct json *value)
{
	struct str key;
	struct json *member;

	if (json_is_array(value)) {
		json_begin_array(writer, NULL);
		for (size_t i = 0; i < json_count(value); i++)
			json_add_value(writer, (struct str){ 0 }, json_at(value, i));
		json_end_array(writer);
		return;
	}
	json_begin_object(writer, NULL);
	for (size_t position = 0; json_next(value, &position, &key, &member);)
		json_add_value(writer, key, member);
	json_end_object(writer);
}

void json_print(struct buf *out, const struct json *value)
{
	struct json_writer writer = json_writer_to(out);
	struct str text;

	if (json_is_object(value) || json_is_array(value))
		print_container(&writer, value);
	else if (json_get_string(value, &text))
		json_write_string(out, text);
	else /* numbers come out as they were written */
		buf_append_text(out,
			json_object_to_json_string_ext(object_of(value), JSON_C_TO_STRING_PLAIN));
}
