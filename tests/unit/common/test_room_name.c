/* SPDX-License-Identifier: MIT */
/* Rooms and their groups: known pairs, the way back, and that no two names have one group. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/crypto.h"
#include "common/base/map.h"
#include "common/room_name.h"

static const struct {
	const char *name;
	const char *group;
	bool is_hashed;
} table[] = {
	{ "lobby", "chat_lobby", false },
	{ "Room_1.x-y", "chat_Room_1.x-y", false },
	{ "...", "chat_...", false },
	{ "u--lobby", "chat_u--ouws23dpmjrhs", false },
	{ "u--", "chat_u--ouws2", false },
	{ "u-", "chat_u-", false },
	{ "\xe6\x88\xbf\xe9\x97\xb4", "chat_u--42el72mxwq", false },
	{ "caf\xc3\xa9", "chat_u--mnqwnq5j", false },
	{ "a b", "chat_u--meqge", false },
	{ "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx!",
		"chat_u--"
		"pb4hq6dypb4hq6dypb4hq6dypb4hq6dypb4hq6dypb4hq6dypb4hq6dypb4hq6dypb4hq6dypb4hq6dypb"
		"4hq6dyee",
		false },
	{ "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx!", NULL, true },
};

static void group_of(const char *name, struct buf *out)
{
	buf_clear(out);
	room_name_group(str_from(name), out);
	buf_text(out);
}

static void group_is_the_known_one_and_valid(void **state)
{
	struct buf group = { 0 };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		group_of(table[i].name, &group);
		assert_true(room_group_is_valid(buf_str(&group)));
		if (table[i].group != NULL)
			assert_string_equal(group.data, table[i].group);
		else
			assert_true(str_starts_with(buf_str(&group), STR_OF("chat_u--h-")));
	}
	buf_finish(&group);
	(void)state;
}

static void group_leads_back_to_its_name_unless_hashed(void **state)
{
	struct buf group = { 0 }, name = { 0 };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		group_of(table[i].name, &group);
		buf_clear(&name);
		assert_int_equal(room_name_from_group(buf_str(&group), &name), !table[i].is_hashed);
		assert_string_equal(buf_text(&name), table[i].is_hashed ? "" : table[i].name);
	}
	buf_finish(&group);
	buf_finish(&name);
	(void)state;
}

static void groups_that_no_name_has_are_refused(void **state)
{
	static const char *const refused[] = { "", "chat_", "chat", "room_lobby", "Chat_lobby",
		"chat_a b", "chat_a/b", "chat_.", "chat_..", "chat_u--", "chat_u--a",
		"chat_u--mfrggzdf1", "chat_u--MFRGG", "chat_u--nrxwey3z", "chat_u--meqgf",
		"chat_u--h-", "chat_\xc3\xa9" };
	struct buf name = { 0 };

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (room_name_from_group(str_from(refused[i]), &name))
			fail_msg("%s is taken for a group", refused[i]);
		assert_int_equal(name.len, 0);
	}
	buf_finish(&name);
	(void)state;
}

static void plain_names_may_have_94_bytes_and_others_64_code_points(void **state)
{
	struct buf raw = { 0 }, name = { 0 };

	for (int i = 0; i < 94; i++)
		buf_append_char(&raw, 'x');
	assert_int_equal(room_name_normalize(buf_str(&raw), &name), NAME_OK);
	buf_clear(&name);
	room_name_group(buf_str(&raw), &name);
	assert_int_equal(name.len, ROOM_GROUP_MAX);
	buf_append_char(&raw, 'x');
	assert_int_equal(room_name_normalize(buf_str(&raw), &name), NAME_TOO_LONG);
	raw.len = 63;
	buf_append_char(&raw, '!');
	assert_int_equal(room_name_normalize(buf_str(&raw), &name), NAME_OK);
	buf_append_char(&raw, 'x');
	assert_int_equal(room_name_normalize(buf_str(&raw), &name), NAME_TOO_LONG);
	buf_clear(&raw);
	for (int i = 0; i < 64; i++)
		buf_append_text(&raw, "\xf0\x9f\x98\x80");
	assert_int_equal(room_name_normalize(buf_str(&raw), &name), NAME_OK);
	assert_int_equal(name.len, ROOM_NAME_BYTES_MAX);
	buf_finish(&raw);
	buf_finish(&name);
	(void)state;
}

/* Names out of few letters, so that near misses are many: escapes, their base32 and hashes, and the
 * plain. */
static void no_two_names_share_a_group(void **state)
{
	static const char *const pieces[] = { "", "u", "-", "u--", "h-", "a", "me", "A", " ",
		"\xc3\xa9", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" };
	const size_t count = sizeof(pieces) / sizeof(pieces[0]);
	struct map *groups = map_create();
	struct map *names = map_create();
	struct buf raw = { 0 }, name = { 0 }, group = { 0 };

	for (size_t i = 0; i < count * count * count * count; i++) {
		buf_clear(&raw);
		for (size_t rest = i, piece = 0; piece < 4; piece++, rest /= count)
			buf_append_text(&raw, pieces[rest % count]);
		if (room_name_normalize(buf_str(&raw), &name) != NAME_OK)
			continue;
		if (map_put(names, buf_str(&name), names) != NULL)
			continue;
		group_of(buf_text(&name), &group);
		if (map_put(groups, buf_str(&group), groups) != NULL)
			fail_msg("%s shares %s with another name", name.data, group.data);
	}
	assert_true(map_count(groups) > 1000);
	map_destroy(groups);
	map_destroy(names);
	buf_finish(&raw);
	buf_finish(&name);
	buf_finish(&group);
	(void)state;
}

static void a_name_is_normal_when_it_would_stay_as_it_is(void **state)
{
	static const char *const others[] = { "", " lobby", "lobby ", "e\xcc\x81", "a\tb", "\xff" };

	assert_true(room_name_is_normal(STR_OF("lobby")));
	assert_true(room_name_is_normal(STR_OF("Caf\xc3\xa9 1")));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(room_name_is_normal(str_from(others[i])));
	(void)state;
}

static void paths_of_pages_are_reserved(void **state)
{
	assert_true(room_name_is_reserved(STR_OF("admin")));
	assert_true(room_name_is_reserved(STR_OF("ws")));
	assert_false(room_name_is_reserved(STR_OF("Admin")));
	assert_false(room_name_is_reserved(STR_OF("lobby")));
	assert_false(room_name_is_reserved(STR_OF("")));
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(group_is_the_known_one_and_valid),
		cmocka_unit_test(group_leads_back_to_its_name_unless_hashed),
		cmocka_unit_test(groups_that_no_name_has_are_refused),
		cmocka_unit_test(plain_names_may_have_94_bytes_and_others_64_code_points),
		cmocka_unit_test(no_two_names_share_a_group),
		cmocka_unit_test(a_name_is_normal_when_it_would_stay_as_it_is),
		cmocka_unit_test(paths_of_pages_are_reserved),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
