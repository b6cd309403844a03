/* SPDX-License-Identifier: MIT */
#include "broker/layer/people_list.h"

#include <string.h>

#include "common/base/crypto.h"
#include "common/event.h"
#include "common/room_name.h"

void people_list_begin(struct people_list *list)
{
	buf_clear(&list->text);
	list->writer = json_writer_to(&list->text);
}

void people_list_add(
	struct people_list *list, struct str room, const struct user *user, bool is_here)
{
	json_begin_array(&list->writer, NULL);
	json_add_string(&list->writer, NULL, room);
	json_add_bytes(&list->writer, NULL, user->id, sizeof(user->id));
	if (is_here)
		json_add_string(&list->writer, NULL, str_from(user->name));
	json_end_array(&list->writer);
}

static void add_mark(struct json_writer *writer, const char *key, bool is_set)
{
	if (is_set)
		json_add_bool(writer, key, true);
}

void people_list_write(const struct people_list *list, const struct people_marks *marks,
	const char *broker_id, struct buf *out)
{
	struct json_writer writer = json_writer_to(out);

	json_begin_object(&writer, NULL);
	json_begin_object(&writer, "people");
	add_mark(&writer, "ask", marks->asks);
	add_mark(&writer, "first", marks->is_first);
	json_begin_array(&writer, "list");
	buf_append_str(out, buf_str(&list->text));
	json_end_array(&writer);
	add_mark(&writer, "last", marks->is_last);
	json_end_object(&writer);
	json_add_string(&writer, "broker", str_from(broker_id));
	json_end_object(&writer);
}

static bool has_mark(const struct json *object, const char *key)
{
	bool is_set = false;

	return json_get_bool(json_find(object, key), &is_set) && is_set;
}

struct people_marks people_list_read_marks(const struct json *people)
{
	return (struct people_marks){ .is_first = has_mark(people, "first"),
		.is_last = has_mark(people, "last"),
		.asks = has_mark(people, "ask") };
}

static bool read_id(const struct json *json, struct user *user)
{
	struct str id;
	size_t size;

	return json_get_string(json, &id) &&
	       crypto_base64_decode(id, user->id, sizeof(user->id), &size) &&
	       size == sizeof(user->id);
}

static bool read_name(const struct json *json, struct user *user)
{
	struct str name;

	if (!json_get_string(json, &name) || name.len == 0 || name.len >= sizeof(user->name) ||
		!event_user_is_acceptable(name))
		return false;
	memcpy(user->name, name.data, name.len);
	return true;
}

bool people_list_read_entry(
	const struct json *entry, struct str *room_out, struct user *user_out, bool *is_here_out)
{
	size_t count = json_is_array(entry) ? json_count(entry) : 0;

	*user_out = (struct user){ 0 };
	*is_here_out = count == 3;
	return (count == 2 || count == 3) && json_get_string(json_at(entry, 0), room_out) &&
	       room_name_is_normal(*room_out) && read_id(json_at(entry, 1), user_out) &&
	       (count == 2 || read_name(json_at(entry, 2), user_out));
}
