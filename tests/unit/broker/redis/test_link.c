/* SPDX-License-Identifier: MIT */
/* A link's life; the test plays the Redis server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/redis/pipe.h"
#include "tests/support/redis_stage.h"

#define MESSAGE "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$5\r\nhello\r\n"

static struct script first = { .text = "return 1" }, second = { .text = "return 2" };
static struct script *const scripts[] = { &first, &second };

static void link_with_scripts(struct redis_stage *stage, const char *login)
{
	stage->setting.scripts = scripts;
	stage->setting.script_count = 2;
	redis_stage_link(stage, login);
}

static void assert_told(struct redis_stage *stage, const char *told)
{
	assert_string_equal(redis_stage_told(stage), told);
}

static void assert_logged(const char *piece)
{
	const char *logged = redis_stage_logged();

	if (strstr(logged, piece) == NULL)
		fail_msg("no \"%s\" in: %s", piece, logged);
}

static void assert_said(struct redis_stage *stage, const char *piece)
{
	const char *said = fake_redis_said(&stage->fake);

	if (strstr(said, piece) == NULL)
		fail_msg("no \"%s\" in: %s", piece, said);
}

/* The link must call up once more, and nothing else. */
static void assert_comes_back(struct redis_stage *stage)
{
	redis_stage_pass(stage, 6000);
	assert_true(link_is_up(stage->link));
	assert_told(stage, "up\n");
}

static void greeting_says_who_it_is_and_loads_what_it_needs(void **state)
{
	struct redis_stage *stage = *state;

	link_with_scripts(stage, "ann:secret");
	redis_stage_settle(stage);
	assert_told(stage, "up\n");
	assert_string_equal(fake_redis_said(&stage->fake),
		"AUTH ann secret\nCLIENT SETNAME roomwire-0123456789ab\nDEL roomwire:probe\n"
		"PUBLISH roomwire:events {\"beat\": \"0123456789ab\"}\n"
		"SCRIPT LOAD return 1\nSCRIPT LOAD return 2\n"
		"AUTH ann secret\nCLIENT SETNAME roomwire-0123456789ab\n"
		"SUBSCRIBE roomwire:events\n");
	assert_memory_equal(first.hash, "0000000000000000000000000000000000000001", 40);
	assert_memory_equal(second.hash, "0000000000000000000000000000000000000002", 40);
	assert_int_equal(redis_stage_stat(stage, STAT_REDIS_LINKS_UP), 1);
	assert_logged("event=redis_up");
}

static void password_alone_is_the_default_users(void **state)
{
	struct redis_stage *stage = *state;

	redis_stage_link(stage, ":secret");
	redis_stage_settle(stage);
	assert_said(stage, "AUTH secret\n");
}

static void database_is_selected(void **state)
{
	struct redis_stage *stage = *state;
	const char *said;

	redis_stage_link(stage, "");
	link_destroy(stage->link);
	stage->url.database = 5;
	stage->link = link_create(&stage->setting);
	redis_stage_settle(stage);
	said = fake_redis_said(&stage->fake);
	assert_non_null(strstr(said, "SELECT 5\n"));
	assert_non_null(strstr(said, "PUBLISH roomwire:events:5 {\"beat\": "));
	assert_non_null(strstr(said, "SUBSCRIBE roomwire:events:5\n"));
}

/* One turn for each byte of the replies to the greeting. */
static void it_is_up_however_its_answers_are_cut(void **state)
{
	struct redis_stage *stage = *state;

	stage->fake.slice = 1;
	link_with_scripts(stage, ":secret");
	for (int i = 0; i < 20; i++)
		redis_stage_settle(stage);
	assert_told(stage, "up\n");
	assert_true(redis_stage_ask(stage, "a", "GET a"));
	fake_redis_push(&stage->fake, true, MESSAGE);
	for (int i = 0; i < 3; i++)
		redis_stage_settle(stage);
	assert_string_equal(redis_stage_told(stage), "a OK\npushed c hello\n");
}

static void it_is_not_up_before_all_is_answered(void **state)
{
	struct redis_stage *stage = *state;

	fake_redis_answer(&stage->fake, "SUBSCRIBE", "");
	redis_stage_link(stage, "");
	redis_stage_settle(stage);
	assert_false(link_is_up(stage->link));
	assert_false(redis_stage_ask(stage, "a", "GET a"));
	assert_false(link_blocking(stage->link, NULL, LINK_WORDS(STR_OF("BZPOPMIN"))));
	fake_redis_push(&stage->fake, false, MESSAGE);
	assert_told(stage, "");
	assert_int_equal(redis_stage_stat(stage, STAT_REDIS_REFUSED), 1);
}

static void answers_go_to_those_who_asked(void **state)
{
	struct redis_stage *stage = *state;
	struct buf wanted = { 0 };

	/* The ring must grow and wrap around. */
	for (int round = 0; round < 3; round++) {
		fake_redis_answer(&stage->fake, "GET x", round == 1 ? "$1\r\ny\r\n" : "$-1\r\n");
		for (int i = 0; i < 50 + 50 * round; i++) {
			assert_true(redis_stage_ask(stage, "x", "GET x"));
			assert_true(redis_stage_ask(stage, "one", "INCR x"));
			buf_append_text(&wanted, round == 1 ? "x y\none OK\n" : "x nil\none OK\n");
		}
		redis_stage_settle(stage);
		assert_told(stage, buf_text(&wanted));
		buf_clear(&wanted);
	}
	buf_finish(&wanted);
}

static void what_is_asked_in_a_turn_is_sent_at_its_end(void **state)
{
	struct redis_stage *stage = *state;

	assert_true(redis_stage_ask(stage, "a", "GET a"));
	assert_true(redis_stage_ask(stage, "b", "GET b"));
	fake_redis_turn(&stage->fake);
	assert_string_equal(fake_redis_said(&stage->fake), "");
	redis_stage_turn(stage);
	assert_string_equal(fake_redis_said(&stage->fake), "GET a\nGET b\n");
	assert_told(stage, "");
	redis_stage_settle(stage);
	assert_told(stage, "a OK\nb OK\n");
}

static void it_refuses_more_commands_than_may_wait(void **state)
{
	struct redis_stage *stage = *state;

	for (int i = 0; i < PIPE_COMMANDS_MAX; i++)
		assert_true(link_command(stage->link, NULL, LINK_WORDS(STR_OF("PING"))));
	assert_false(redis_stage_ask(stage, "a", "GET a"));
	assert_int_equal(redis_stage_stat(stage, STAT_REDIS_REFUSED), 1);
	redis_stage_settle(stage);
	assert_true(redis_stage_ask(stage, "a", "GET a"));
	redis_stage_settle(stage);
	assert_told(stage, "a OK\n");
}

static void it_refuses_more_bytes_than_may_wait(void **state)
{
	static const char block[1024 * 1024];
	struct redis_stage *stage = *state;
	struct str text = { block, sizeof(block) };
	unsigned taken = 0;

	while (link_command(stage->link, NULL, LINK_WORDS(STR_OF("SET"), STR_OF("a"), text)))
		taken++;
	assert_int_equal(taken, PIPE_OUTPUT_BYTES_MAX / sizeof(block));
	for (int i = 0; i < 50; i++)
		redis_stage_settle(stage);
	assert_true(redis_stage_ask(stage, "a", "GET a"));
	redis_stage_settle(stage);
	assert_told(stage, "a OK\n");
}

static void what_is_published_is_told(void **state)
{
	struct redis_stage *stage = *state;

	fake_redis_push(&stage->fake, true,
		MESSAGE "*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$1\r\nd\r\n$0\r\n\r\n");
	redis_stage_settle(stage);
	assert_told(stage, "pushed c hello\npushed d \n");
	assert_int_equal(redis_stage_stat(stage, STAT_REDIS_EVENTS), 2);
}

static void beats_of_others_are_told_and_own_ones_are_not(void **state)
{
	struct redis_stage *stage = *state;

	redis_stage_pass(stage, 1100);
	assert_said(stage, "PING\nPUBLISH roomwire:events {\"beat\": \"0123456789ab\"}\n");
	fake_redis_push(&stage->fake, true,
		"*3\r\n$7\r\nmessage\r\n$15\r\nroomwire:events\r\n$26\r\n"
		"{\"beat\": \"another bird 1\"}\r\n");
	redis_stage_settle(stage);
	assert_told(stage, "pushed roomwire:events {\"beat\": \"another bird 1\"}\n");
}

static void names_are_subscribed_once_and_again_with_each_connection(void **state)
{
	struct redis_stage *stage = *state;
	const char *said;

	for (int i = 0; i < 2; i++) {
		assert_true(link_subscribe(stage->link, LINK_CHANNEL, STR_OF("c")));
		assert_true(link_subscribe(stage->link, LINK_PATTERN, STR_OF("c*")));
	}
	redis_stage_settle(stage);
	assert_string_equal(fake_redis_said(&stage->fake), "SUBSCRIBE c\nPSUBSCRIBE c*\n");
	fake_redis_hang_up(&stage->fake);
	redis_stage_settle(stage);
	redis_stage_pass(stage, 500);
	assert_told(stage, "down\nup\n");
	said = fake_redis_said(&stage->fake);
	assert_non_null(strstr(said, "\nSUBSCRIBE c\n"));
	assert_non_null(strstr(said, "\nPSUBSCRIBE c*\n"));
	assert_non_null(strstr(said, "\nSUBSCRIBE roomwire:events\n"));
}

static void no_more_is_subscribed_than_the_bound(void **state)
{
	struct redis_stage *stage = *state;
	char name[16];

	for (int i = 1; i < 10000; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		assert_true(link_subscribe(stage->link, LINK_CHANNEL, str_from(name)));
	}
	assert_false(link_subscribe(stage->link, LINK_CHANNEL, STR_OF("one more")));
	redis_stage_settle(stage);
	assert_true(link_is_up(stage->link));
}

static void those_who_wait_are_told_behind_down_that_it_is_lost(void **state)
{
	struct redis_stage *stage = *state;

	fake_redis_answer(&stage->fake, "GET", "");
	assert_true(redis_stage_ask(stage, "a", "GET a"));
	assert_true(redis_stage_ask(stage, "b", "GET b"));
	redis_stage_settle(stage);
	fake_redis_hang_up(&stage->fake);
	redis_stage_settle(stage);
	assert_told(stage, "down\na lost\nb lost\n");
	assert_false(link_is_up(stage->link));
	assert_logged("event=redis_down");
	assert_int_equal(redis_stage_stat(stage, STAT_REDIS_LINKS_UP), 0);
	assert_comes_back(stage);
	assert_int_equal(redis_stage_stat(stage, STAT_REDIS_RECONNECTS), 1);
}

static void those_who_wait_at_the_end_are_told(void **state)
{
	struct redis_stage *stage = *state;

	assert_true(redis_stage_ask(stage, "a", "GET a"));
	link_stop(stage->link);
	link_stop(stage->link);
	assert_told(stage, "a lost\n");
	redis_stage_pass(stage, 6000);
	assert_told(stage, "");
}

static void server_that_stands_still_is_lost_after_three_beats(void **state)
{
	struct redis_stage *stage = *state;

	redis_stage_pass(stage, 1500);
	stage->fake.is_deaf = true;
	redis_stage_pass(stage, 2900);
	assert_true(link_is_up(stage->link));
	redis_stage_pass(stage, 1500);
	assert_told(stage, "down\n");
	assert_logged("problem=\"it has answered nothing for three seconds\"");
	stage->fake.is_deaf = false;
	assert_comes_back(stage);
}

static void beats_that_do_not_come_back_are_missed(void **state)
{
	struct redis_stage *stage = *state;

	fake_redis_answer(&stage->fake, "PUBLISH", ":0\r\n");
	redis_stage_pass(stage, 2900);
	assert_true(link_is_up(stage->link));
	redis_stage_pass(stage, 1500);
	assert_told(stage, "down\n");
	assert_logged("problem=\"what is published does not come back for three seconds\"");
}

static void who_was_stopped_itself_has_missed_one_beat(void **state)
{
	struct redis_stage *stage = *state;

	for (int i = 0; i < 5; i++) {
		redis_stage_freeze(20000);
		redis_stage_settle(stage);
	}
	assert_true(link_is_up(stage->link));
	assert_told(stage, "");
}

static void server_that_accepts_and_says_nothing_is_given_up(void **state)
{
	struct redis_stage *stage = *state;

	stage->fake.is_deaf = true;
	redis_stage_link(stage, "");
	redis_stage_pass(stage, 4900);
	assert_string_equal(redis_stage_logged(), "");
	redis_stage_pass(stage, 1000);
	assert_logged("problem=\"it does not answer\"");
	stage->fake.is_deaf = false;
	assert_comes_back(stage);
}

/* Replies of a server to the greeting, and the log lines that they cause. */
static const struct {
	const char *command;
	const char *answer;
	const char *problem;
} refusals[] = {
	{ "AUTH", "-WRONGPASS invalid username-password pair or user is disabled.\r\n",
		"AUTH is refused: WRONGPASS: it does not know the user with this password" },
	{ "AUTH", "-ERR unknown command 'AUTH', with args beginning with: 'ann' 'secret'\r\n",
		"AUTH is refused: ERR unknown command 'AUTH', " },
	{ "DEL", "-NOAUTH Authentication required.\r\n",
		"DEL roomwire:probe is refused: NOAUTH: it wants a password, which [redis] url or "
		"password_file says" },
	{ "DEL", "-NOPERM this user has no permissions\r\n",
		"DEL roomwire:probe is refused: NOPERM this user has no permissions" },
	{ "DEL", "-LOADING Redis is loading the dataset in memory\r\n",
		"DEL roomwire:probe is refused: LOADING: it is still loading its data" },
	{ "DEL", "-READONLY You can't write against a read only replica.\r\n",
		"DEL roomwire:probe is refused: READONLY: it is a replica, and takes no writes" },
	{ "PUBLISH", "-NOPERM no channel\r\n", "PUBLISH is refused: NOPERM no channel" },
	{ "SCRIPT LOAD", "+OK\r\n", "SCRIPT LOAD is answered with no hash" },
	{ "SUBSCRIBE", "-NOPERM no channel\r\n", "SUBSCRIBE is refused: NOPERM no channel" },
	{ "SUBSCRIBE", "+OK\r\n", "it answers what nobody has asked" },
	{ "SUBSCRIBE", "*1\r\n:1\r\n", "it answers what nobody has asked" },
	{ "DEL", "HTTP/1.1 400 Bad Request\r\n",
		"Protocol error, got \\\"H\\\" as reply type byte" },
};

static void refusal_is_logged_without_the_password(void **state)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct redis_stage *stage;
		const char *logged;
		struct buf wanted = { 0 };

		redis_stage_make(state);
		stage = *state;
		fake_redis_answer(&stage->fake, refusals[i].command, refusals[i].answer);
		link_with_scripts(stage, "ann:secret");
		redis_stage_settle(stage);
		logged = redis_stage_logged();
		buf_append_format(&wanted, " problem=\"%s\" again_ms=", refusals[i].problem);
		if (strstr(logged, buf_text(&wanted)) == NULL)
			fail_msg("%s: %s", refusals[i].answer, logged);
		assert_null(strstr(logged, "secret"));
		assert_told(stage, "");

		fake_redis_answer(&stage->fake, refusals[i].command, NULL);
		assert_comes_back(stage);
		buf_finish(&wanted);
		redis_stage_remove(state);
	}
}

static void confirmation_that_nobody_asked_for_ends_it(void **state)
{
	struct redis_stage *stage = *state;

	fake_redis_answer(&stage->fake, "DEL", "");
	redis_stage_link(stage, "");
	redis_stage_settle(stage);
	fake_redis_push(&stage->fake, true, "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n");
	redis_stage_settle(stage);
	assert_logged("problem=\"it answers what nobody has asked\"");
}

static void same_problem_is_logged_once_a_minute(void **state)
{
	struct redis_stage *stage = *state;

	fake_redis_answer(&stage->fake, "DEL", "-LOADING wait\r\n");
	redis_stage_link(stage, "");
	redis_stage_settle(stage);
	assert_logged("event=redis_down");
	redis_stage_pass(stage, 59000);
	assert_string_equal(redis_stage_logged(), "");
	redis_stage_pass(stage, 7000);
	assert_logged("event=redis_down");
	fake_redis_answer(&stage->fake, "DEL", "-MASTERDOWN wait\r\n");
	redis_stage_pass(stage, 6000);
	assert_logged("MASTERDOWN: it is a replica that has lost its master");
}

static void attempts_grow_rare(void **state)
{
	struct redis_stage *stage = *state;
	unsigned attempts = 0;

	fake_redis_answer(&stage->fake, "DEL", "-LOADING wait\r\n");
	redis_stage_link(stage, "");
	redis_stage_pass(stage, 60000);
	for (const char *said = fake_redis_said(&stage->fake); (said = strstr(said, "DEL")) != NULL;
		said++)
		attempts++;
	assert_in_range(attempts, 14, 28);
}

static void error_that_ends_it_is_an_end(void **state)
{
	struct redis_stage *stage = *state;

	fake_redis_answer(
		&stage->fake, "SET", "-READONLY You can't write against a read only replica.\r\n");
	assert_true(redis_stage_ask(stage, "a", "SET a"));
	assert_true(redis_stage_ask(stage, "b", "GET b"));
	redis_stage_settle(stage);
	assert_told(stage, "a error READONLY\nb OK\ndown\n");
	assert_logged("problem=\"READONLY: it is a replica, and takes no writes\"");
}

static void error_that_passes_is_its_askers(void **state)
{
	struct redis_stage *stage = *state;
	const char *logged, *said;

	fake_redis_answer(&stage->fake, "SET",
		"-OOM command not allowed when used memory > 'maxmemory'.\r\n");
	for (int i = 0; i < 3; i++) {
		assert_true(redis_stage_ask(stage, "a", "SET a"));
		redis_stage_settle(stage);
		assert_told(stage, "a error OOM\n");
	}
	logged = redis_stage_logged();
	said = strstr(logged, "OOM: its memory (maxmemory) is full, and it takes no writes");
	assert_non_null(said);
	assert_null(strstr(said + 1, "OOM"));
	assert_true(link_is_up(stage->link));
	assert_int_equal(redis_stage_stat(stage, STAT_REDIS_ERRORS), 3);
}

static void answer_that_nobody_asked_for_ends_it(void **state)
{
	struct redis_stage *stage = *state;

	fake_redis_push(&stage->fake, false, "+OK\r\n");
	redis_stage_settle(stage);
	assert_told(stage, "down\n");
	assert_logged("problem=\"it answers what nobody has asked\"");
	assert_comes_back(stage);
}

static void blocking_command_waits_for_itself(void **state)
{
	struct redis_stage *stage = *state;
	struct link_handler handler = redis_stage_handler(stage, "b");

	fake_redis_answer(&stage->fake, "BZPOPMIN", "");
	assert_true(link_blocking(stage->link, &handler, LINK_WORDS(STR_OF("BZPOPMIN"))));
	assert_false(link_blocking(stage->link, NULL, LINK_WORDS(STR_OF("BZPOPMIN"))));
	assert_true(redis_stage_ask(stage, "a", "GET a"));
	redis_stage_settle(stage);
	assert_told(stage, "a OK\n");
	assert_int_equal(fake_redis_clients(&stage->fake), 3);
	assert_string_equal(fake_redis_said(&stage->fake),
		"GET a\nCLIENT SETNAME roomwire-0123456789ab\nCLIENT ID\nBZPOPMIN\n");

	fake_redis_answer(&stage->fake, "BZPOPMIN", NULL);
	redis_stage_pass(stage, 7000);
	assert_true(link_is_up(stage->link));
	redis_stage_pass(stage, 4000);
	assert_told(stage, "down\nb lost\nup\n");
	assert_logged("problem=\"a command that blocks is not answered\"");

	handler = redis_stage_handler(stage, "c");
	assert_true(link_blocking(stage->link, &handler, LINK_WORDS(STR_OF("BZPOPMIN"))));
	redis_stage_settle(stage);
	assert_told(stage, "c OK\n");
	handler = redis_stage_handler(stage, "d");
	assert_true(link_blocking(stage->link, &handler, LINK_WORDS(STR_OF("BZPOPMIN"))));
	redis_stage_settle(stage);
	assert_told(stage, "d OK\n");
}

static void blocking_command_is_ended_until_it_has_ended(void **state)
{
	struct redis_stage *stage = *state;
	struct link_handler handler = redis_stage_handler(stage, "b");

	link_unblock(stage->link);
	fake_redis_answer(&stage->fake, "BZPOPMIN", "");
	fake_redis_answer(&stage->fake, "CLIENT UNBLOCK", ":0\r\n");
	assert_true(link_blocking(stage->link, &handler, LINK_WORDS(STR_OF("BZPOPMIN"))));
	link_unblock(stage->link);
	redis_stage_settle(stage);
	assert_said(stage, "BZPOPMIN\nCLIENT UNBLOCK 7\nCLIENT UNBLOCK 7\n");
	fake_redis_answer(&stage->fake, "CLIENT UNBLOCK", ":1\r\n");
	redis_stage_settle(stage);
	fake_redis_said(&stage->fake);
	redis_stage_settle(stage);
	assert_string_equal(fake_redis_said(&stage->fake), "");
	assert_told(stage, "");
	link_stop(stage->link);
	assert_told(stage, "b lost\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REDIS_TEST(greeting_says_who_it_is_and_loads_what_it_needs),
		REDIS_TEST(password_alone_is_the_default_users),
		REDIS_TEST(database_is_selected),
		REDIS_TEST(it_is_up_however_its_answers_are_cut),
		REDIS_TEST(it_is_not_up_before_all_is_answered),
		LINK_TEST(answers_go_to_those_who_asked),
		LINK_TEST(what_is_asked_in_a_turn_is_sent_at_its_end),
		LINK_TEST(it_refuses_more_commands_than_may_wait),
		LINK_TEST(it_refuses_more_bytes_than_may_wait),
		LINK_TEST(what_is_published_is_told),
		LINK_TEST(beats_of_others_are_told_and_own_ones_are_not),
		LINK_TEST(names_are_subscribed_once_and_again_with_each_connection),
		LINK_TEST(no_more_is_subscribed_than_the_bound),
		LINK_TEST(those_who_wait_are_told_behind_down_that_it_is_lost),
		LINK_TEST(those_who_wait_at_the_end_are_told),
		LINK_TEST(server_that_stands_still_is_lost_after_three_beats),
		LINK_TEST(beats_that_do_not_come_back_are_missed),
		LINK_TEST(who_was_stopped_itself_has_missed_one_beat),
		REDIS_TEST(server_that_accepts_and_says_nothing_is_given_up),
		cmocka_unit_test(refusal_is_logged_without_the_password),
		REDIS_TEST(confirmation_that_nobody_asked_for_ends_it),
		REDIS_TEST(same_problem_is_logged_once_a_minute),
		REDIS_TEST(attempts_grow_rare),
		LINK_TEST(error_that_ends_it_is_an_end),
		LINK_TEST(error_that_passes_is_its_askers),
		LINK_TEST(answer_that_nobody_asked_for_ends_it),
		LINK_TEST(blocking_command_waits_for_itself),
		LINK_TEST(blocking_command_is_ended_until_it_has_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
