/* SPDX-License-Identifier: MIT */
/* The keys that channels_redis 4.0.0 uses, and rooms as members of Django's groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/layer/channel_name.h"
#include "broker/layer/redis/names.h"
#include "common/base/crypto.h"

#define ROOM_94                                                                                    \
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567" \
	"890123"
#define ROOM_76 "0123456789012345678901234567890123456789012345678901234567890123456789012345"

static void keys_are_those_of_channels_redis(void **state)
{
	static const struct {
		void (*write)(const char *prefix, struct str name, struct buf *out);
		const char *name;
		const char *key;
	} table[] = {
		{ redis_channel_key, "test_channel", "asgitest_channel" },
		{ redis_channel_key, "specific.cbroker01!lobby", "asgispecific.cbroker01!" },
		{ redis_channel_key, "specific.cbroker01!", "asgispecific.cbroker01!" },
		{ redis_group_key, "chat_lobby", "asgi:group:chat_lobby" },
		{ redis_group_channel, "chat_lobby", "asgi__group__chat_lobby" },
		{ redis_room_channel, "lobby", "asgi__group__chat_lobby" },
		{ redis_room_channel, "房间", "asgi__group__chat_房间" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct buf key = { 0 };

		table[i].write("asgi", str_from(table[i].name), &key);
		assert_string_equal(buf_text(&key), table[i].key);
		buf_finish(&key);
	}
	(void)state;
}

static void processes_are_told_apart(void **state)
{
	static const struct {
		const char *channel;
		const char *process;
		bool is_djangos;
	} table[] = {
		{ "jobs", "jobs", false },
		{ "specific.0123456789ab!100000001", "specific.0123456789ab!", false },
		{ "bot.0123456789ab!8123456789abcdef0123456789abcdef", "bot.0123456789ab!", false },
		{ "specific.roomwire!chat_lobby", "specific.roomwire!", false },
		{ "specific.0123456789abcdef0123456789abcdef!0123456789abcdef0123456789abcdef",
			"specific.0123456789abcdef0123456789abcdef!", true },
		{ "specific.0123456789aB!1", "specific.0123456789aB!", true },
		{ "0123456789ab!1", "0123456789ab!", true },
		{ "a!b", "a!", true },
		{ "specific..inmemory!abcdefghijkl", "specific..inmemory!", true },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct str channel = str_from(table[i].channel);

		assert_true(str_is(redis_channel_process(channel), table[i].process));
		assert_int_equal(redis_channel_is_djangos(channel), table[i].is_djangos);
	}
	assert_true(redis_channel_is_brokers(STR_OF("bot.0123456789ab!x"), "0123456789ab"));
	assert_false(redis_channel_is_brokers(STR_OF("bot.0123456789ac!x"), "0123456789ab"));
	assert_false(redis_channel_is_brokers(STR_OF("bot.0123456789ab"), "0123456789ab"));
	assert_false(redis_channel_is_brokers(STR_OF("ab!"), "0123456789ab"));
	assert_true(redis_channel_is_sites(STR_OF("specific.roomwire!chat_lobby")));
	assert_false(redis_channel_is_sites(STR_OF("specific.roomwire")));
	(void)state;
}

static const struct {
	const char *room;
	const char *member;
	bool says_it;
} rooms[] = {
	{ "lobby", "specific.roomwire!chat_lobby", true },
	{ "a.b-c_D", "specific.roomwire!chat_a.b-c_D", true },
	{ "房间", "specific.roomwire!chat_u--42el72mxwq", true },
	{ ROOM_76, "specific.roomwire!chat_" ROOM_76, true },
	{ ROOM_76 "6", NULL, false },
	{ ROOM_94, NULL, false },
	{ "房间房间房间房间房间房间房间房间房间房间房间房间房间房间", NULL, false },
};

static void member_is_a_channel_and_says_its_room(void **state)
{
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		struct buf member = { 0 }, found = { 0 };
		bool says_it = redis_room_member(str_from(rooms[i].room), &member);
		struct str token = str_skip(
			buf_str(&member), redis_channel_process(buf_str(&member)).len);

		assert_true(channel_name_is_valid(buf_str(&member)));
		assert_true(redis_channel_is_sites(buf_str(&member)));
		assert_int_equal(says_it, redis_room_of_token(token, &found));
		if (says_it)
			assert_string_equal(buf_text(&found), rooms[i].room);
		if (rooms[i].member != NULL && rooms[i].says_it)
			assert_string_equal(buf_text(&member), rooms[i].member);
		buf_finish(&member);
		buf_finish(&found);
	}
	(void)state;
}

static void long_rooms_have_members_of_their_own(void **state)
{
	struct buf one = { 0 }, other = { 0 };

	assert_false(redis_room_member(STR_OF(ROOM_94), &one));
	assert_false(redis_room_member(STR_OF(ROOM_76 "6"), &other));
	assert_string_not_equal(buf_text(&one), buf_text(&other));
	buf_finish(&one);
	buf_finish(&other);
	(void)state;
}

static void rooms_are_found_in_what_is_published(void **state)
{
	static const struct {
		const char *channel;
		const char *room; /* NULL: none */
	} table[] = {
		{ "asgi__group__chat_lobby", "lobby" },
		{ "asgi__group__chat_房间", "房间" },
		{ "asgi__group__chat_a b", "a b" },
		{ "asgi__group__chat_", NULL },
		{ "asgi__group__chat_..", NULL },
		{ "asgi__group__chat_a/b", NULL },
		{ "asgi__group__chat_\xff", NULL },
		{ "asgi__group__chat_u--0", NULL },
		{ "asgi__group__user-1", NULL },
		{ "asgi__groupchat_lobby", NULL },
		{ "other__group__chat_lobby", NULL },
		{ "roomwire:events", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct buf room = { 0 };

		assert_int_equal(redis_room_of_channel("asgi", str_from(table[i].channel), &room),
			table[i].room != NULL);
		if (table[i].room != NULL)
			assert_string_equal(buf_text(&room), table[i].room);
		buf_finish(&room);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_those_of_channels_redis),
		cmocka_unit_test(processes_are_told_apart),
		cmocka_unit_test(member_is_a_channel_and_says_its_room),
		cmocka_unit_test(long_rooms_have_members_of_their_own),
		cmocka_unit_test(rooms_are_found_in_what_is_published),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
