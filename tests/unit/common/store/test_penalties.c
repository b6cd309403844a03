/* SPDX-License-Identifier: MIT */
/* What wrong passwords cost whom: each case is a story of tries with the wait that each is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "common/store/penalties.h"
#include "tests/unit/common/store/people.h"
#include "tests/unit/common/store/sql.h"

#define CAP_S 600
#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define HOME "192.0.2.1"
#define OFFICE "192.0.2.2"
#define ATTACKER "198.51.100.1"

enum outcome {
	WRONG,
	RIGHT,
	UNSEEN, /* the password was not looked at */
};

#define STORY(...) ((const struct scene[]){ __VA_ARGS__, MADE(0, WRONG, 0, NULL, NULL) })
#define MADE(times, outcome, at_s, source, username)      \
	{                                                 \
		at_s, source, username, outcome, 0, times \
	}
#define REFUSED(at_s, source, username, wait_s)          \
	{                                                \
		at_s, source, username, WRONG, wait_s, 1 \
	}

static const struct story {
	const char *name;
	const struct scene {
		int64_t at_s;
		const char *source;
		const char *username;
		enum outcome outcome;
		int64_t wait_s; /* not 0: the try is not made */
		int times;
	} * scenes;
} stories[] = {
	{ "three are free, then the time doubles",
		STORY(MADE(4, WRONG, 0, HOME, "anna"), REFUSED(0, HOME, "anna", 5),
			REFUSED(4, HOME, "anna", 1), MADE(1, WRONG, 5, HOME, "anna"),
			REFUSED(5, HOME, "anna", 10), MADE(1, WRONG, 15, HOME, "anna"),
			REFUSED(15, HOME, "anna", 20), MADE(1, WRONG, 35, HOME, "anna"),
			REFUSED(35, HOME, "anna", 40)) },
	{ "the right password pays all that the source owes for the account",
		STORY(MADE(3, WRONG, 0, HOME, "anna"), MADE(1, RIGHT, 0, HOME, "anna"),
			MADE(4, WRONG, 0, HOME, "anna"), REFUSED(0, HOME, "anna", 5)) },
	{ "what was not looked at costs nothing",
		STORY(MADE(50, UNSEEN, 0, HOME, "anna"), MADE(4, WRONG, 0, HOME, "anna"),
			REFUSED(0, HOME, "anna", 5)) },
	{ "many right passwords of one source cost nothing",
		STORY(MADE(50, RIGHT, 0, HOME, "anna"), MADE(50, RIGHT, 0, HOME, "bob"),
			MADE(4, WRONG, 0, HOME, "anna")) },
	{ "it is forgotten ten minutes after the last time is over",
		STORY(MADE(5 - 1, WRONG, 0, HOME, "anna"), MADE(1, WRONG, 5, HOME, "anna"),
			MADE(1, WRONG, 15 + 10 * MINUTE - 1, HOME, "anna"),
			REFUSED(15 + 10 * MINUTE - 1, HOME, "anna", 20),
			MADE(4, WRONG, HOUR, HOME, "anna"), REFUSED(HOUR, HOME, "anna", 5)) },
	{ "a name is the same in any case and form, and another is another",
		STORY(MADE(1, WRONG, 0, HOME, "Zo\xc3\xab"),
			MADE(1, WRONG, 0, HOME, " zo\xc3\xab "),
			MADE(1, WRONG, 0, HOME, "ZOE\xcc\x88"),
			MADE(1, WRONG, 0, HOME, "zo\xc3\xab"), REFUSED(0, HOME, "zo\xc3\xab", 5),
			MADE(1, WRONG, 0, HOME, "zoe")) },
	{ "what is no name counts as it is",
		STORY(MADE(4, WRONG, 0, HOME, "\xff"), REFUSED(0, HOME, "\xff", 5),
			MADE(4, WRONG, 0, HOME, ""), REFUSED(0, HOME, "", 5)) },
	{ "of IPv6 the network counts, of IPv4 the address, in either notation",
		STORY(MADE(1, WRONG, 0, "2001:db8::1", "anna"),
			MADE(1, WRONG, 0, "2001:db8::2", "anna"),
			MADE(2, WRONG, 0, "2001:db8::ffff:1:1", "anna"),
			REFUSED(0, "2001:db8::3", "anna", 5),
			MADE(1, WRONG, 0, "2001:db8:0:1::1", "anna"),
			MADE(4, WRONG, 0, "192.0.2.7", "bob"),
			REFUSED(0, "::ffff:192.0.2.7", "bob", 5),
			MADE(1, WRONG, 0, "192.0.2.8", "bob")) },
	{ "what is no address counts as it is",
		STORY(MADE(4, WRONG, 0, "unix:", "anna"), REFUSED(0, "unix:", "anna", 5),
			MADE(4, WRONG, 0, "", "anna"), REFUSED(0, "", "anna", 5)) },
	{ "many accounts at one source",
		STORY(MADE(3, WRONG, 0, HOME, "a"), MADE(3, WRONG, 0, HOME, "b"),
			MADE(3, WRONG, 0, HOME, "c"), MADE(3, WRONG, 0, HOME, "d"),
			MADE(3, WRONG, 0, HOME, "e"), MADE(3, WRONG, 0, HOME, "f"),
			MADE(3, WRONG, 0, HOME, "g"), REFUSED(0, HOME, "h", 2),
			MADE(1, WRONG, 0, OFFICE, "h"), MADE(1, WRONG, 2, HOME, "h"),
			REFUSED(2, HOME, "i", 4)) },
	{ "many sources at one account, whose owner comes from where she was before",
		STORY(MADE(1, RIGHT, 0, HOME, "anna"), MADE(3, WRONG, DAY, "192.0.2.11", "anna"),
			MADE(3, WRONG, DAY, "192.0.2.12", "anna"),
			MADE(3, WRONG, DAY, "192.0.2.13", "anna"),
			MADE(3, WRONG, DAY, "192.0.2.14", "anna"),
			MADE(3, WRONG, DAY, "192.0.2.15", "anna"),
			MADE(3, WRONG, DAY, "192.0.2.16", "anna"),
			MADE(3, WRONG, DAY, "192.0.2.17", "anna"),
			REFUSED(DAY, "192.0.2.18", "anna", 2), REFUSED(DAY, OFFICE, "anna", 2),
			MADE(1, RIGHT, DAY, HOME, "anna"), MADE(1, RIGHT, DAY, OFFICE, "bob"),
			MADE(1, RIGHT, DAY + 2, OFFICE, "anna"),
			MADE(1, RIGHT, DAY + 2, HOME, "anna")) },
	{ "what is wrong where the owner was before does not count elsewhere",
		STORY(MADE(1, RIGHT, 0, HOME, "anna"), MADE(4, WRONG, 0, HOME, "anna"),
			MADE(4, WRONG, 0, "192.0.2.11", "anna"),
			MADE(4, WRONG, 0, "192.0.2.12", "anna"),
			MADE(4, WRONG, 0, "192.0.2.13", "anna"),
			MADE(4, WRONG, 0, "192.0.2.14", "anna"),
			MADE(4, WRONG, 0, "192.0.2.15", "anna"),
			MADE(1, WRONG, 0, "192.0.2.16", "anna"),
			REFUSED(0, "192.0.2.17", "anna", 2)) },
	{ "a source is known for thirty days",
		STORY(MADE(1, RIGHT, 0, HOME, "anna"),
			MADE(4, WRONG, 30 * DAY, "192.0.2.11", "anna"),
			MADE(4, WRONG, 30 * DAY, "192.0.2.12", "anna"),
			MADE(4, WRONG, 30 * DAY, "192.0.2.13", "anna"),
			MADE(4, WRONG, 30 * DAY, "192.0.2.14", "anna"),
			MADE(4, WRONG, 30 * DAY, "192.0.2.15", "anna"),
			MADE(1, WRONG, 30 * DAY, "192.0.2.16", "anna"),
			REFUSED(30 * DAY, HOME, "anna", 2)) },
	{ "an account's wait is a minute at most, whoever goes on",
		STORY(MADE(4, WRONG, 0, "192.0.2.11", "anna"),
			MADE(4, WRONG, 0, "192.0.2.12", "anna"),
			MADE(4, WRONG, 0, "192.0.2.13", "anna"),
			MADE(4, WRONG, 0, "192.0.2.14", "anna"),
			MADE(4, WRONG, 0, "192.0.2.15", "anna"),
			MADE(1, WRONG, 0, "192.0.2.16", "anna"),
			MADE(1, WRONG, 2, "192.0.2.17", "anna"),
			MADE(1, WRONG, 6, "192.0.2.18", "anna"),
			MADE(1, WRONG, 14, "192.0.2.19", "anna"),
			MADE(1, WRONG, 30, "192.0.2.20", "anna"),
			MADE(1, WRONG, 62, "192.0.2.21", "anna"),
			REFUSED(62, "192.0.2.22", "anna", 60),
			MADE(1, WRONG, 122, "192.0.2.23", "anna"),
			REFUSED(122, "192.0.2.24", "anna", 60)) },
	{ "one source counts for the account five times only",
		STORY(MADE(4, WRONG, 0, ATTACKER, "anna"), MADE(1, WRONG, 5, ATTACKER, "anna"),
			MADE(1, WRONG, 15, ATTACKER, "anna"), MADE(1, WRONG, 35, ATTACKER, "anna"),
			MADE(1, WRONG, 75, ATTACKER, "anna"),
			MADE(4, WRONG, 76, "192.0.2.11", "anna"),
			MADE(4, WRONG, 76, "192.0.2.12", "anna"),
			MADE(4, WRONG, 76, "192.0.2.13", "anna"),
			MADE(3, WRONG, 76, "192.0.2.14", "anna"),
			MADE(1, WRONG, 76, "192.0.2.15", "anna"),
			REFUSED(76, "192.0.2.16", "anna", 2)) },
	{ "when the clock goes back nobody waits for that",
		STORY(MADE(4, WRONG, DAY, HOME, "anna"), REFUSED(DAY, HOME, "anna", 5),
			MADE(1, WRONG, 0, HOME, "anna"), REFUSED(0, HOME, "anna", 10),
			MADE(1, WRONG, 10, HOME, "anna")) },
};

static struct penalty_try make_try(int64_t at_s, const char *source, const char *username)
{
	return (struct penalty_try){
		.username = str_from(username),
		.source = str_from(source),
		.now_ms = PEOPLE_NOW_MS + at_s * 1000,
		.cap_ms = CAP_S * 1000,
	};
}

static int64_t charge(struct accounts *accounts, const struct penalty_try *attempt)
{
	int64_t wait_ms;

	assert_int_equal(penalties_charge(accounts, attempt, &wait_ms), STORE_OK);
	return wait_ms;
}

static void play(struct accounts *accounts, const char *name, const struct scene *scene)
{
	struct penalty_try attempt = make_try(scene->at_s, scene->source, scene->username);

	for (int i = 0; i < scene->times; i++) {
		int64_t wait_ms = charge(accounts, &attempt);

		if (wait_ms != scene->wait_s * 1000)
			fail_msg("%s: %s from %s at %d s waits %d ms", name, scene->username,
				scene->source, (int)scene->at_s, (int)wait_ms);
		if (wait_ms == 0 && scene->outcome != WRONG)
			assert_int_equal(
				penalties_refund(accounts, &attempt, scene->outcome == RIGHT),
				STORE_OK);
	}
}

static void each_try_waits_as_long_as_its_story_says(void **state)
{
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);

		people_join(accounts, "anna");
		people_join(accounts, "bob");
		for (const struct scene *scene = stories[i].scenes; scene->source != NULL; scene++)
			play(accounts, stories[i].name, scene);
		accounts_close(accounts);
		folder_empty(*state);
	}
}

#define FLOOD 10000
#define FLOOD_CHARGES_MAX 30

/* A minute of wrong passwords from one address, for one account or for many. */
static void flood(struct accounts *accounts, bool is_of_many)
{
	char username[16] = "anna";
	int charges = 0;

	for (int i = 0; i < FLOOD; i++) {
		struct penalty_try attempt = make_try(0, ATTACKER, username);

		if (is_of_many)
			snprintf(username, sizeof(username), "user%d", i);
		attempt.now_ms += i * MINUTE * 1000 / FLOOD;
		charges += charge(accounts, &attempt) == 0;
	}
	assert_in_range(charges, 3, FLOOD_CHARGES_MAX);
}

static void a_flood_is_a_few_tries_and_the_owner_gets_in_from_anywhere(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct penalty_try owner = make_try(MINUTE, OFFICE, "anna");

	people_join(accounts, "anna");
	flood(accounts, false);
	assert_int_equal(charge(accounts, &owner), 0);
	accounts_close(accounts);
}

static void wrong_keys_cost_their_source_and_no_login(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct penalty_try key = make_try(0, HOME, ""), other = make_try(0, OFFICE, ""),
			   person = make_try(0, HOME, "anna");

	key.is_key = other.is_key = true;
	for (int i = 0; i < 21; i++)
		assert_int_equal(charge(accounts, &key), 0);
	assert_int_equal(charge(accounts, &key), 2000);
	assert_int_equal(charge(accounts, &other), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(charge(accounts, &person), 0);
	assert_int_equal(charge(accounts, &person), 5000);
	key.now_ms += 2000;
	assert_int_equal(charge(accounts, &key), 0);
	assert_int_equal(charge(accounts, &key), 4000);
	accounts_close(accounts);
}

static void a_flood_of_many_names_is_a_few_tries(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);

	flood(accounts, true);
	accounts_close(accounts);
}

#define ROUNDS 40
#define TRIES_MAX 60

/* Numbers that look random and are the same each time (Knuth's MMIX). */
static unsigned draw(unsigned below)
{
	static uint64_t number = 1;

	number = number * 6364136223846793005 + 1442695040888963407;
	return (unsigned)(number >> 33) % below;
}

static struct penalty_try draw_try(int64_t now_ms, int64_t cap_ms)
{
	static const char *const names[] = { "anna", "bob", "eve" };
	static const char *const sources[] = { HOME, OFFICE, ATTACKER, "2001:db8::1" };
	struct penalty_try attempt = make_try(0, sources[draw(4)], names[draw(3)]);

	attempt.now_ms = now_ms;
	attempt.cap_ms = cap_ms;
	return attempt;
}

static void nobody_waits_longer_than_the_cap_after_the_last_wrong_try(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	int64_t now_ms = PEOPLE_NOW_MS;

	for (int round = 0; round < ROUNDS; round++) {
		int64_t cap_ms = draw(4) == 0 ? 0 : draw(900) * 1000;
		unsigned tries = draw(TRIES_MAX);
		struct penalty_try attempt;

		for (unsigned i = 0; i < tries; i++) {
			attempt = draw_try(now_ms, cap_ms);
			assert_in_range(charge(accounts, &attempt), 0, (uintmax_t)cap_ms);
			now_ms += draw(20000);
		}
		now_ms += cap_ms;
		attempt = draw_try(now_ms, cap_ms);
		assert_int_equal(charge(accounts, &attempt), 0);
	}
	accounts_close(accounts);
}

static void a_ninth_source_takes_the_place_of_the_oldest(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	char source[32];

	people_join(accounts, "anna");
	for (int i = 0; i < 9; i++) {
		struct penalty_try attempt = make_try(i, source, "anna");

		snprintf(source, sizeof(source), "192.0.2.%d", i);
		attempt.source = str_from(source);
		assert_int_equal(charge(accounts, &attempt), 0);
		assert_int_equal(penalties_refund(accounts, &attempt, true), STORE_OK);
	}
	assert_int_equal(sql_ask(*state, "accounts.db", "SELECT count(*) FROM known_source"), 8);
	assert_int_equal(sql_ask(*state, "accounts.db", "SELECT min(seen) FROM known_source"),
		PEOPLE_NOW_MS + 1000);
	accounts_close(accounts);
}

#define FILL                                                                         \
	"WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number " \
	"WHERE i < 100000) INSERT INTO penalty (key, tries, until, forgotten) "      \
	"SELECT CAST(printf('%016d', i) AS BLOB), 1, 0, 1800000600000 - i FROM number"

static void the_table_is_bounded_and_the_next_to_be_forgotten_goes(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct penalty_try attempt = make_try(0, HOME, "anna");

	sql_run(*state, "accounts.db", FILL);
	assert_int_equal(charge(accounts, &attempt), 0);
	assert_int_equal(sql_ask(*state, "accounts.db", "SELECT count(*) FROM penalty"), 100000);
	assert_int_equal(sql_ask(*state, "accounts.db",
				 "SELECT count(*) FROM penalty WHERE forgotten <= "
				 "1800000600000 - 100000 + 2"),
		0);
	accounts_close(accounts);
}

static void what_is_forgotten_goes_with_the_next_try(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct penalty_try attempt = make_try(0, HOME, "anna");

	assert_int_equal(charge(accounts, &attempt), 0);
	attempt = make_try(HOUR, OFFICE, "bob");
	assert_int_equal(charge(accounts, &attempt), 0);
	assert_int_equal(sql_ask(*state, "accounts.db", "SELECT count(*) FROM penalty"), 3);
	accounts_close(accounts);
}

static void who_is_refused_hears_it_while_another_writes(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct penalty_try refused = make_try(0, HOME, "anna");
	struct penalty_try other = make_try(0, OFFICE, "bob");
	sqlite3 *lock;
	int64_t wait_ms;

	while (charge(accounts, &refused) == 0)
		;
	accounts_set_patience(accounts, 0);
	lock = sql_lock(*state, "accounts.db");
	assert_int_equal(charge(accounts, &refused), 5000);
	assert_int_equal(penalties_charge(accounts, &other, &wait_ms), STORE_BUSY);
	assert_int_equal(penalties_refund(accounts, &other, true), STORE_BUSY);
	sql_unlock(lock);
	assert_int_equal(charge(accounts, &other), 0);
	accounts_close(accounts);
}

#define RACES 20
#define RACE_TRIES 4

struct racer {
	char path[128];
	pthread_barrier_t *start;
	int made[RACES];
	enum store_problem problem; /* of any */
};

static void *race(void *context)
{
	struct racer *racer = context;
	struct accounts *accounts = accounts_open(racer->path, ACCOUNTS_WRITE, &racer->problem);
	enum store_problem problem;
	char name[32];

	for (int i = 0; i < RACES; i++) {
		struct penalty_try attempt = make_try(i * HOUR, HOME, name);
		int64_t wait_ms;

		snprintf(name, sizeof(name), "name %d", i);
		attempt.username = str_from(name);
		pthread_barrier_wait(racer->start);
		for (int tries = 0; tries < RACE_TRIES; tries++) {
			problem = penalties_charge(accounts, &attempt, &wait_ms);
			if (problem != STORE_OK)
				racer->problem = problem;
			racer->made[i] += wait_ms == 0;
		}
	}
	accounts_close(accounts);
	return NULL;
}

static void many_at_once_are_no_way_around(void **state)
{
	pthread_barrier_t start;
	struct racer racers[2] = { { .start = &start }, { .start = &start } };
	pthread_t thread;

	accounts_close(people_open(*state, ACCOUNTS_WRITE));
	for (int i = 0; i < 2; i++)
		snprintf(racers[i].path, sizeof(racers[i].path), "%s",
			folder_path(*state, "accounts.db"));
	pthread_barrier_init(&start, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, race, &racers[0]), 0);
	race(&racers[1]);
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&start);
	assert_int_equal(racers[0].problem, STORE_OK);
	assert_int_equal(racers[1].problem, STORE_OK);
	for (int i = 0; i < RACES; i++)
		assert_int_equal(racers[0].made[i] + racers[1].made[i], RACE_TRIES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(each_try_waits_as_long_as_its_story_says),
		FOLDER_TEST(a_flood_is_a_few_tries_and_the_owner_gets_in_from_anywhere),
		FOLDER_TEST(a_flood_of_many_names_is_a_few_tries),
		FOLDER_TEST(wrong_keys_cost_their_source_and_no_login),
		FOLDER_TEST(nobody_waits_longer_than_the_cap_after_the_last_wrong_try),
		FOLDER_TEST(a_ninth_source_takes_the_place_of_the_oldest),
		FOLDER_TEST(the_table_is_bounded_and_the_next_to_be_forgotten_goes),
		FOLDER_TEST(what_is_forgotten_goes_with_the_next_try),
		FOLDER_TEST(who_is_refused_hears_it_while_another_writes),
		FOLDER_TEST(many_at_once_are_no_way_around),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
