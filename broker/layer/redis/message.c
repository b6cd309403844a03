/* SPDX-License-Identifier: MIT */
/* Every name that is read is checked: anybody who can write to Redis can write a message. */
#include "broker/layer/redis/message.h"

#include "broker/layer/channel_name.h"
#include "common/base/crypto.h"
#include "common/msgpack.h"

#define CHANNELS_KEY "__asgi_channel__"
#define TAG_KEY "roomwire"

static bool is_layers(struct str key)
{
	return str_is(key, CHANNELS_KEY) || str_is(key, TAG_KEY);
}

static void add_members(struct redis_message *message, const struct json *object)
{
	size_t position = 0;
	struct str key;
	struct json *value;

	while (json_next(object, &position, &key, &value)) {
		if (is_layers(key))
			continue;
		msgpack_add_text(&message->members, key);
		msgpack_add_value(&message->members, value);
		message->count++;
	}
}

static void add_tag(struct redis_message *message, const char *broker_id)
{
	msgpack_add_text(&message->members, STR_OF(TAG_KEY));
	msgpack_add_text(&message->members, str_from(broker_id));
	message->count++;
}

void redis_message_write(
	struct redis_message *message, const struct json *object, const char *broker_id)
{
	add_members(message, object);
	if (broker_id != NULL)
		add_tag(message, broker_id);
}

void redis_message_finish(struct redis_message *message)
{
	buf_finish(&message->members);
	message->count = 0;
}

void redis_message_pack(const struct redis_message *message, struct buf *out)
{
	msgpack_add_map(out, message->count);
	buf_append_str(out, buf_str(&message->members));
}

void redis_message_pack_for(const struct redis_message *message, const struct str *channels,
	size_t count, bool is_of_group, struct buf *out)
{
	uint8_t salt[REDIS_MESSAGE_SALT_SIZE];

	crypto_random(salt, sizeof(salt));
	buf_append(out, salt, sizeof(salt));
	msgpack_add_map(out, message->count + (count > 0));
	buf_append_str(out, buf_str(&message->members));
	if (count == 0)
		return;
	msgpack_add_text(out, STR_OF(CHANNELS_KEY));
	if (is_of_group)
		msgpack_add_list(out, count);
	for (size_t i = 0; i < count; i++)
		msgpack_add_text(out, channels[i]);
}

/* On failure returns NULL and sets problem_out. */
static struct json *decode(struct str bytes, const char **problem_out)
{
	struct buf text = { 0 };
	struct json *document = NULL;

	*problem_out = NULL;
	if (msgpack_decode(bytes, &text, problem_out))
		document = json_parse(buf_str(&text), problem_out);
	buf_finish(&text);
	if (json_is_object(document))
		return document;
	json_destroy(document);
	if (*problem_out == NULL)
		*problem_out = "it is no map";
	return NULL;
}

bool redis_message_read(struct str bytes, bool has_salt, struct redis_message_read *read_out,
	const char **problem_out)
{
	size_t salt_len = has_salt ? REDIS_MESSAGE_SALT_SIZE : 0;
	struct json *tag;

	*read_out = (struct redis_message_read){ 0 };
	*problem_out = "it ends too soon";
	if (bytes.len > salt_len)
		read_out->document = decode(str_skip(bytes, salt_len), problem_out);
	if (read_out->document == NULL)
		return false;
	read_out->channels = json_detach(read_out->document, CHANNELS_KEY);
	tag = json_detach(read_out->document, TAG_KEY);
	read_out->has_tag = tag != NULL;
	json_destroy(tag);
	return true;
}

void redis_message_read_finish(struct redis_message_read *read)
{
	json_destroy(read->document);
	json_destroy(read->channels);
	*read = (struct redis_message_read){ 0 };
}

bool redis_message_channel(
	const struct redis_message_read *read, size_t index, struct str *channel_out)
{
	bool is_there = json_is_array(read->channels)
				? json_get_string(json_at(read->channels, index), channel_out)
				: index == 0 && json_get_string(read->channels, channel_out);

	return is_there && channel_name_is_valid(*channel_out);
}
