/* SPDX-License-Identifier: MIT */
/* What is remembered of another host's accounts, and for how long. The test gives the other
 * broker's answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/remote_accounts.h"
#include "tests/support/fake_asker.h"

#define IS_ASKED (-2)

#define VALID                                                                                      \
	"{\"ok\": true, \"state\": \"valid\", \"user_id\": \"YWFhYWFhYWFhYWFhYWFhYQ\", \"user\": " \
	"\"ann\", \"is_superuser\": false, \"created_ms\": 1, \"seen_ms\": 2, \"last\": 7}"
#define FREE "{\"ok\": true, \"id_is_taken\": false, \"name_is_taken\": false, \"last\": 7}"
#define NOTHING_REVOKED "{\"ok\": true, \"revocations\": [], \"last\": 7, \"complete\": true}"

struct scene {
	struct reactor reactor;
	struct remote_accounts *accounts;
	struct answer_waiter waiter;
	size_t woken;
	size_t revoked, names_taken, ended, incomplete;
	struct user ann;
};

static const uint8_t key[SESSION_HASH_SIZE] = "0123456789abcdef0123456789abcde";

static void wake(struct answer_waiter *waiter)
{
	list_entry(waiter, struct scene, waiter)->woken++;
}

static void revoke(void *context, const struct revocation *revocation, bool names_are_taken)
{
	struct scene *scene = context;

	assert_true(revocation->key != NULL);
	scene->revoked++;
	scene->names_taken += names_are_taken;
}

static void end(void *context, bool is_complete)
{
	struct scene *scene = context;

	scene->ended++;
	scene->incomplete += !is_complete;
}

static int set_up(void **state)
{
	static struct scene scene;
	struct remote_accounts_sink sink = { revoke, end, &scene };

	scene = (struct scene){ .reactor = { .now_ms = 1000 },
		.waiter = { .wake = wake },
		.ann = { "aaaaaaaaaaaaaaa", "ann" } };
	memset(scene.ann.id, 'a', sizeof(scene.ann.id));
	list_init(&scene.waiter.link);
	fake_asker_init();
	scene.accounts = remote_accounts_create(&scene.reactor, &fake_asker, &sink);
	remote_accounts_poll(scene.accounts);
	fake_asker_answer("revocations", NOTHING_REVOKED);
	*state = &scene;
	return 0;
}

static int take_down(void **state)
{
	struct scene *scene = *state;

	remote_accounts_destroy(scene->accounts);
	assert_true(list_is_empty(&scene->waiter.link));
	assert_true(list_is_empty(&fake_asker.asked));
	return 0;
}

/* IS_ASKED while it is asked for. */
static int look(struct scene *scene)
{
	enum session_state state = SESSION_NONE;
	struct session session;

	if (!remote_accounts_find_session(scene->accounts, key, &scene->waiter, &state, &session))
		return IS_ASKED;
	if (state == SESSION_VALID)
		assert_string_equal(session.user.name, "ann");
	return (int)state;
}

static int look_at_guest(struct scene *scene)
{
	bool is_judged, id_is_taken, name_is_taken;

	if (!remote_accounts_judge_guest(scene->accounts, &scene->ann, &scene->waiter, &is_judged,
		    &id_is_taken, &name_is_taken))
		return IS_ASKED;
	return !is_judged ? -1 : id_is_taken * 2 + name_is_taken;
}

static void poll_and_hear(struct scene *scene, const char *text)
{
	remote_accounts_poll(scene->accounts);
	fake_asker_answer("revocations", text);
}

static void session_is_asked_for_once_and_remembered_for_30_seconds(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(look(scene), IS_ASKED);
	assert_int_equal(look(scene), IS_ASKED);
	assert_int_equal(fake_asker.count, 2); /* with the revocations */
	fake_asker_answer("session", VALID);
	assert_int_equal(scene->woken, 1);
	scene->reactor.now_ms += ANSWERS_GOOD_MS - 1;
	assert_int_equal(look(scene), SESSION_VALID);
	assert_int_equal(fake_asker.count, 2);
	scene->reactor.now_ms++;
	assert_int_equal(look(scene), IS_ASKED);
	fake_asker_answer("session", "{\"ok\": true, \"state\": \"over\", \"last\": 7}");
	assert_int_equal(look(scene), SESSION_OVER);
}

static void no_answer_is_unreadable_for_a_second(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(look(scene), IS_ASKED);
	fake_asker_answer("session", NULL);
	assert_int_equal(scene->woken, 1);
	assert_int_equal(look(scene), SESSION_UNREADABLE);
	scene->reactor.now_ms += ANSWERS_BAD_MS;
	assert_int_equal(look(scene), IS_ASKED);
	fake_asker_answer(
		"session", "{\"ok\": false, \"error\": \"unreadable\", \"message\": \"\"}");
	assert_int_equal(look(scene), SESSION_UNREADABLE);
}

static void session_that_is_revoked_is_asked_for_again(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(look(scene), IS_ASKED);
	fake_asker_answer("session", VALID);
	poll_and_hear(scene, "{\"ok\": true, \"revocations\": [{\"session\": "
			     "\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZQA\", \"is_ban\": false, "
			     "\"has_account\": false}], \"last\": 8, \"complete\": true}");
	assert_int_equal(scene->revoked, 1);
	assert_int_equal(scene->ended, 1);
	assert_int_equal(scene->incomplete, 0);
	assert_int_equal(look(scene), IS_ASKED);
}

static void user_who_is_revoked_is_asked_for_again(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(look(scene), IS_ASKED);
	fake_asker_answer("session", VALID);
	assert_int_equal(look_at_guest(scene), IS_ASKED);
	fake_asker_answer("guest", FREE);
	assert_int_equal(look_at_guest(scene), 0);
	poll_and_hear(scene,
		"{\"ok\": true, \"revocations\": [{\"user_id\": \"YWFhYWFhYWFhYWFhYWFhYQ\", "
		"\"is_ban\": true, \"has_account\": true}], \"last\": 8, \"complete\": true}");
	assert_int_equal(scene->names_taken, 1);
	assert_int_equal(look(scene), IS_ASKED);
	assert_int_equal(look_at_guest(scene), IS_ASKED);
}

static void others_are_remembered_when_somebody_is_revoked(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(look(scene), IS_ASKED);
	fake_asker_answer("session", VALID);
	poll_and_hear(scene,
		"{\"ok\": true, \"revocations\": [{\"user_id\": \"YmJiYmJiYmJiYmJiYmJiYg\", "
		"\"is_ban\": true, \"has_account\": true}], \"last\": 8, \"complete\": true}");
	assert_int_equal(look(scene), SESSION_VALID);
}

static void nobody_is_remembered_when_revocations_were_missed(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(look(scene), IS_ASKED);
	fake_asker_answer("session", VALID);
	poll_and_hear(
		scene, "{\"ok\": true, \"revocations\": [], \"last\": 900, \"complete\": false}");
	assert_int_equal(scene->incomplete, 1);
	assert_int_equal(look(scene), IS_ASKED);
}

static void answer_to_what_was_revoked_meanwhile_is_asked_for_again(void **state)
{
	struct scene *scene = *state;

	remote_accounts_poll(scene->accounts);
	assert_int_equal(look(scene), IS_ASKED);
	fake_asker_answer("revocations",
		"{\"ok\": true, \"revocations\": [{\"user_id\": \"YmJiYmJiYmJiYmJiYmJiYg\", "
		"\"is_ban\": true, \"has_account\": false}], \"last\": 7, \"complete\": true}");
	fake_asker_answer("session", VALID);
	assert_int_equal(scene->woken, 0);
	fake_asker_answer("session", VALID);
	assert_int_equal(scene->woken, 1);
	assert_int_equal(look(scene), SESSION_VALID);
}

#define AHEAD "{\"ok\": true, \"state\": \"over\", \"last\": 8}"

static void answer_that_knows_more_revocations_waits_until_they_are_known(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(look(scene), IS_ASKED);
	fake_asker_answer("session", AHEAD);
	assert_int_equal(scene->woken, 0);
	assert_int_equal(look(scene), IS_ASKED);
	fake_asker_answer("revocations",
		"{\"ok\": true, \"revocations\": [{\"user_id\": \"YmJiYmJiYmJiYmJiYmJiYg\", "
		"\"is_ban\": true, \"has_account\": false}], \"last\": 8, \"complete\": true}");
	assert_int_equal(scene->revoked, 1);
	assert_int_equal(scene->woken, 0);
	fake_asker_answer("session", AHEAD);
	assert_int_equal(scene->woken, 1);
	assert_int_equal(look(scene), SESSION_OVER);
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(session_is_asked_for_once_and_remembered_for_30_seconds),
		CLAIM(no_answer_is_unreadable_for_a_second),
		CLAIM(session_that_is_revoked_is_asked_for_again),
		CLAIM(user_who_is_revoked_is_asked_for_again),
		CLAIM(others_are_remembered_when_somebody_is_revoked),
		CLAIM(nobody_is_remembered_when_revocations_were_missed),
		CLAIM(answer_to_what_was_revoked_meanwhile_is_asked_for_again),
		CLAIM(answer_that_knows_more_revocations_waits_until_they_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
