/* SPDX-License-Identifier: MIT */
/* How far rooms are, for pages that tell what is unread in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/json.h"
#include "tests/support/said.h"
#include "tests/support/visitor.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BEIJING "\xe5\x8c\x97\xe4\xba\xac"
#define TWENTY "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/"

static int start(void **state)
{
	static const struct said messages[] = {
		{ STR("ann"), STR("one"), NULL },
		{ STR("bob"), STR("two"), NULL },
		{ STR("ann"), STR("three"), NULL },
	};
	struct buf path = { 0 };

	if (visitor_start(state) != 0)
		return -1;
	config_path(visitor_app()->config, &path, "history.db");
	said_add(buf_text(&path), STR_OF("lobby"), messages, 3);
	said_add(buf_text(&path), STR_OF(BEIJING), messages, 2);
	buf_finish(&path);
	return 0;
}

static void room_is_told_with_its_last_number(void **state)
{
	static const struct {
		const char *rooms;
		const char *names[2];
		int seqs[2];
	} cases[] = {
		{ "lobby", { "lobby" }, { 3 } },
		{ "%E5%8C%97%E4%BA%AC/lobby", { BEIJING, "lobby" }, { 2, 3 } },
		{ "nobody-is-here", { "nobody-is-here" }, { 0 } },
		{ "/%FF/..//lobby", { "lobby" }, { 3 } }, /* what is no name is passed over */
		{ "", { NULL }, { 0 } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct answer answer = { 0 };
		struct buf uri = { 0 };
		const char *problem;
		struct json *json, *rooms;

		buf_append_format(&uri, "/chat/heads?rooms=%s", cases[i].rooms);
		visitor_visit(&(struct visit){ .uri = buf_text(&uri) }, &answer);
		assert_int_equal(answer.status, 200);
		json = json_parse(answer.body, &problem);
		rooms = json_find(json, "rooms");
		for (size_t k = 0; k < 2; k++) {
			struct json *room = json_at(rooms, k);
			struct str name, epoch;
			int64_t seq;

			if (cases[i].names[k] == NULL) {
				assert_int_equal(json_count(rooms), k);
				break;
			}
			assert_true(json_get_string(json_find(room, "room"), &name));
			assert_true(json_get_string(json_find(room, "epoch"), &epoch));
			assert_true(json_get_integer(json_find(room, "seq"), &seq));
			assert_true(str_is(name, cases[i].names[k]));
			assert_true(epoch.len > 0);
			assert_int_equal(seq, cases[i].seqs[k]);
		}
		json_destroy(json);
		buf_finish(&uri);
		answer_finish(&answer);
	}
	(void)state;
}

static void no_more_are_asked_for_at_once_than_a_page_keeps(void **state)
{
	static const struct {
		const char *uri;
		int status;
	} cases[] = {
		{ "/chat/heads?rooms=" TWENTY "lobby", 200 },
		{ "/chat/heads?rooms=" TWENTY "t/lobby", 400 },
		{ "/chat/heads?rooms=" TWENTY TWENTY TWENTY, 400 },
		{ "/chat/heads?rooms=%00", 400 },
		{ "/chat/heads", 400 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct answer answer = { 0 };

		visitor_visit(&(struct visit){ .uri = cases[i].uri }, &answer);
		if (answer.status != cases[i].status)
			fail_msg("%s: %d", cases[i].uri, answer.status);
		assert_int_equal(answer_says(&answer, "\"lobby\""), answer.status == 200);
		assert_int_equal(answer_says(&answer, "bad_field"), answer.status == 400);
		answer_finish(&answer);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(room_is_told_with_its_last_number),
		cmocka_unit_test(no_more_are_asked_for_at_once_than_a_page_keeps),
	};

	return cmocka_run_group_tests(tests, start, visitor_stop);
}
