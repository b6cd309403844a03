/* SPDX-License-Identifier: MIT */
/* Property: what is read as a message of a channel is packed to one that reads the same, without
 * what only the layers need; and its channels are names. What comes for a room is judged without a
 * layer. */
#include "broker/layer/channel_name.h"
#include "broker/layer/redis/message.h"
#include "broker/layer/redis/names.h"
#include "tests/fuzz/fuzz.h"

static void print(const struct redis_message_read *read, struct buf *out)
{
	json_print(out, read->document);
}

static void check_packed(const struct redis_message_read *read)
{
	struct redis_message message = { 0 };
	struct redis_message_read again;
	struct buf packed = { 0 }, text = { 0 }, text_again = { 0 };
	const char *problem;

	redis_message_write(&message, read->document, "0123456789ab");
	redis_message_pack(&message, &packed);
	FUZZ_REQUIRE(redis_message_read(buf_str(&packed), false, &again, &problem));
	FUZZ_REQUIRE(again.has_tag && again.channels == NULL);
	print(read, &text);
	print(&again, &text_again);
	FUZZ_REQUIRE(str_equals(buf_str(&text), buf_str(&text_again)));
	redis_message_read_finish(&again);
	redis_message_finish(&message);
	buf_finish(&packed);
	buf_finish(&text);
	buf_finish(&text_again);
}

static void check_channels(const struct redis_message_read *read)
{
	struct str channel;

	for (size_t i = 0; redis_message_channel(read, i, &channel); i++) {
		struct buf room = { 0 };

		FUZZ_REQUIRE(channel_name_is_valid(channel));
		if (redis_channel_is_sites(channel))
			(void)!redis_room_of_token(
				str_skip(channel, redis_channel_process(channel).len), &room);
		buf_finish(&room);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = str_range((const char *)data, size);
	struct redis_message_read read;
	struct event event;
	const char *problem;

	for (int has_salt = 0; has_salt < 2; has_salt++) {
		if (!redis_message_read(bytes, has_salt, &read, &problem)) {
			FUZZ_REQUIRE(problem != NULL);
			continue;
		}
		check_packed(&read);
		check_channels(&read);
		(void)!event_read(read.document, &event);
		redis_message_read_finish(&read);
	}
	return 0;
}
