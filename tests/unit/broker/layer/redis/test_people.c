/* SPDX-License-Identifier: MIT */
/* Two brokers whose link is an array: a publication arrives when the test delivers it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/layer/redis/people.h"
#include "broker/redis/links.h"
#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define PUBLISHED_MAX 64
#define LOBBY STR_OF("lobby")

struct broker_at_test {
	const char *id;
	struct redis_people *people;
	struct buf heard; /* "lobby+ann|", "notice back at 8|" */
	bool is_deaf; /* gets no publications */
};

struct link {
	struct broker_at_test *owner;
};

struct links {
	struct link link;
};

static struct {
	struct broker_at_test *from;
	char *channel;
	char *text;
	struct link_handler handler;
} published[PUBLISHED_MAX];
static size_t published_count;
static bool is_refusing; /* the link's queue is full */
static uint64_t clock_ms = 1000;

static struct reactor reactor;
static struct stats stats;
static struct broker_at_test brokers[2];
static struct links links[2];

struct link *links_at(const struct links *of, size_t index)
{
	assert_int_equal(index, 0);
	return (struct link *)(uintptr_t)&of->link;
}

struct str link_events(const struct link *link)
{
	assert_non_null(link);
	return STR_OF(LINK_EVENTS);
}

bool link_subscribe(struct link *link, enum link_subscription kind, struct str name)
{
	assert_int_equal(kind, LINK_CHANNEL);
	assert_true(str_starts_with(name, STR_OF(REDIS_PEOPLE_CHANNEL)));
	assert_non_null(link);
	return true;
}

bool link_command(struct link *link, const struct link_handler *handler, size_t count,
	const struct str *words)
{
	assert_int_equal(count, 3);
	assert_true(str_is(words[0], "PUBLISH"));
	if (is_refusing)
		return false;
	assert_true(published_count < PUBLISHED_MAX);
	published[published_count].from = link->owner;
	published[published_count].channel = str_dup(words[1]);
	published[published_count].text = str_dup(words[2]);
	published[published_count++].handler = *handler;
	return true;
}

static bool is_for(const struct broker_at_test *broker, const char *channel)
{
	char own[64];

	snprintf(own, sizeof(own), REDIS_PEOPLE_CHANNEL "%s", broker->id);
	return strcmp(channel, LINK_EVENTS) == 0 || strcmp(channel, own) == 0;
}

static void hear(struct broker_at_test *broker, const char *text)
{
	const char *problem;
	struct json *json = json_parse(str_from(text), &problem);

	assert_non_null(json);
	assert_true(redis_people_hear(broker->people, json));
	json_destroy(json);
}

/* Delivers and answers all publications; reply NULL: the link broke. */
static void deliver(const struct link_reply *reply)
{
	for (size_t i = 0; i < published_count; i++) {
		for (size_t j = 0; j < 2; j++) {
			if (reply != NULL && brokers[j].people != NULL && !brokers[j].is_deaf &&
				is_for(&brokers[j], published[i].channel))
				hear(&brokers[j], published[i].text);
		}
		published[i].handler.take(published[i].handler.context, reply);
		mem_free(published[i].channel);
		mem_free(published[i].text);
	}
	published_count = 0;
}

static void come_through(void)
{
	deliver(&(struct link_reply){ .kind = LINK_INTEGER, .integer = 1 });
}

static void pass_ms(uint64_t ms)
{
	for (uint64_t passed = 0; passed < ms; passed += 100) {
		clock_ms += ms - passed < 100 ? ms - passed : 100;
		reactor.now_ms = clock_ms;
		timer_wheel_run(&reactor.timers, clock_ms);
	}
}

static void tell_person(void *context, struct str room, const struct user *user, bool is_here)
{
	struct broker_at_test *broker = context;

	buf_append_format(
		&broker->heard, "%.*s%c%s|", STR_ARG(room), is_here ? '+' : '-', user->name);
}

static void take_notice(void *context, const struct layer_notice *notice)
{
	struct broker_at_test *broker = context;

	buf_append_format(&broker->heard, "notice %.*s|", STR_ARG(notice->text));
}

static void start(size_t index, const char *id)
{
	struct broker_at_test *broker = &brokers[index];
	struct redis_people_setting setting = { .reactor = &reactor,
		.stats = &stats,
		.links = &links[index],
		.broker_id = id,
		.sink = { .tell_person = tell_person,
			.take_notice = take_notice,
			.context = broker } };

	*broker = (struct broker_at_test){ .id = id };
	links[index].link.owner = broker;
	broker->people = redis_people_create(&setting);
	redis_people_open_room(broker->people, LOBBY);
	redis_people_link_up(broker->people);
}

static void end(size_t index)
{
	redis_people_destroy(brokers[index].people);
	brokers[index].people = NULL;
	buf_finish(&brokers[index].heard);
}

static int set_up(void **state)
{
	(void)state;
	reactor.now_ms = clock_ms;
	timer_wheel_init(&reactor.timers, clock_ms);
	stats = (struct stats){ 0 };
	is_refusing = false;
	start(0, "aaaaaaaaaaaa");
	start(1, "bbbbbbbbbbbb");
	come_through();
	come_through();
	return 0;
}

static int take_down(void **state)
{
	(void)state;
	deliver(NULL);
	end(0);
	end(1);
	return 0;
}

static struct user user_of(unsigned id, const char *name)
{
	struct user user = { 0 };

	memcpy(user.id, &id, sizeof(id));
	snprintf(user.name, sizeof(user.name), "%s", name);
	return user;
}

static void note(size_t index, unsigned id, const char *name, bool is_here)
{
	struct user user = user_of(id, name);

	redis_people_person(brokers[index].people, LOBBY, &user, is_here);
}

static void assert_heard(size_t index, const char *expected)
{
	assert_string_equal(buf_text(&brokers[index].heard), expected);
	buf_clear(&brokers[index].heard);
}

static void changes_are_told_together(void **state)
{
	note(0, 1, "ann", true);
	note(0, 2, "\xe6\x88\xbf", true);
	note(0, 1, "ann", false);
	assert_int_equal(published_count, 0);
	pass_ms(100);
	assert_int_equal(published_count, 1);
	come_through();
	assert_heard(1, "lobby+ann|lobby+\xe6\x88\xbf|lobby-ann|");
	assert_heard(0, "");
	(void)state;
}

static void who_is_new_is_told_who_is_there(void **state)
{
	note(0, 1, "ann", true);
	pass_ms(100);
	come_through();
	end(1);
	start(1, "cccccccccccc");
	assert_heard(1, "");
	come_through(); /* its request for all people */
	come_through();
	assert_heard(1, "lobby+ann|");
	(void)state;
}

static void long_lists_come_in_pieces(void **state)
{
	char name[16];
	const char *heard;

	for (unsigned i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		note(0, i, name, true);
	}
	deliver(NULL); /* loses all changes */
	redis_people_link_down(brokers[0].people);
	redis_people_link_up(brokers[0].people);
	assert_true(published_count > 3);
	come_through();
	come_through();
	heard = buf_text(&brokers[1].heard);
	assert_non_null(strstr(heard, "lobby+p0|"));
	assert_non_null(strstr(heard, "lobby+p2999|"));
	buf_clear(&brokers[1].heard);
	note(0, 7, "p7", false);
	pass_ms(100);
	come_through();
	assert_heard(1, "lobby-p7|");
	(void)state;
}

/* Somebody leaves while the link is down: the next list shows it. */
static void after_a_reconnect_all_is_told_anew(void **state)
{
	note(0, 1, "ann", true);
	note(0, 2, "bea", true);
	pass_ms(100);
	come_through();
	assert_heard(1, "lobby+ann|lobby+bea|");
	redis_people_link_down(brokers[0].people);
	note(0, 1, "ann", false);
	note(0, 3, "cem", true);
	pass_ms(3000);
	assert_int_equal(published_count, 0);
	redis_people_link_up(brokers[0].people);
	come_through();
	come_through();
	assert_heard(1, "lobby+cem|lobby-ann|");
	(void)state;
}

static void what_was_not_taken_is_told_again(void **state)
{
	is_refusing = true;
	note(0, 1, "ann", true);
	pass_ms(100);
	is_refusing = false;
	assert_int_equal(published_count, 0);
	pass_ms(1100);
	come_through();
	assert_heard(1, "lobby+ann|");
	(void)state;
}

static void broker_that_is_silent_is_gone(void **state)
{
	note(0, 1, "ann", true);
	pass_ms(100);
	come_through();
	assert_heard(1, "lobby+ann|");
	for (unsigned i = 0; i < 20; i++) {
		pass_ms(1000);
		hear(&brokers[1], "{\"beat\": \"aaaaaaaaaaaa\"}");
	}
	assert_heard(1, "");
	pass_ms(9000);
	assert_heard(1, "");
	pass_ms(2100);
	assert_heard(1, "lobby-ann|");
	(void)state;
}

static void broker_that_is_heard_again_is_asked(void **state)
{
	note(0, 1, "ann", true);
	pass_ms(100);
	come_through();
	pass_ms(12000);
	assert_heard(1, "lobby+ann|lobby-ann|");
	deliver(NULL);
	pass_ms(1000);
	deliver(NULL);
	for (unsigned i = 0; i < 4; i++) {
		hear(&brokers[1], "{\"beat\": \"aaaaaaaaaaaa\"}");
		pass_ms(1000);
		come_through();
		come_through();
	}
	assert_heard(1, "lobby+ann|");
	(void)state;
}

/* A broker that was stopped for a minute must not take the others for gone. */
static void who_slept_takes_nobody_for_gone(void **state)
{
	note(0, 1, "ann", true);
	pass_ms(100);
	come_through();
	clock_ms += 60000;
	reactor.now_ms = clock_ms;
	timer_wheel_run(&reactor.timers, clock_ms);
	assert_heard(1, "lobby+ann|");
	(void)state;
}

static void who_stops_is_gone_at_once(void **state)
{
	note(0, 1, "ann", true);
	redis_people_hurry(brokers[0].people);
	note(0, 1, "ann", false);
	come_through();
	assert_heard(1, "lobby+ann|lobby-ann|");
	pass_ms(100);
	assert_int_equal(published_count, 0);
	(void)state;
}

static void notices_wait_until_they_are_taken(void **state)
{
	struct layer_notice notice = { .kind = NOTICE_ANNOUNCE, .text = STR("one") };

	redis_people_notify(brokers[0].people, &notice);
	come_through();
	assert_heard(1, "notice one|");
	notice.text = STR_OF("two");
	redis_people_notify(brokers[0].people, &notice);
	redis_people_link_down(brokers[0].people);
	deliver(NULL);
	notice.text = STR_OF("three");
	redis_people_notify(brokers[0].people, &notice);
	assert_int_equal(published_count, 0);
	redis_people_link_up(brokers[0].people);
	come_through();
	assert_heard(1, "notice two|notice three|");
	redis_people_link_down(brokers[0].people);
	redis_people_link_up(brokers[0].people);
	come_through();
	come_through();
	assert_heard(1, "");
	assert_heard(0, "");
	(void)state;
}

static void notices_beyond_the_bound_are_counted(void **state)
{
	struct layer_notice notice = { .kind = NOTICE_ANNOUNCE, .text = STR("0123456789") };

	redis_people_link_down(brokers[0].people);
	for (unsigned i = 0; i < 2000; i++)
		redis_people_notify(brokers[0].people, &notice);
	assert_in_range((int)stats.values[STAT_NOTICES_LOST], 1000, 1999);
	(void)state;
}

static void what_nobody_says_is_counted_and_not_believed(void **state)
{
	static const char *const entries[] = {
		"7",
		"[]",
		"[\"lobby\"]",
		"[\"lobby\", \"AQAAAAAAAAAAAAAAAAAAAA\", \"ann\", \"ann\"]",
		"[\"lobby\", \"AQAAAAAA\", \"ann\"]",
		"[\"lob/by\", \"AQAAAAAAAAAAAAAAAAAAAA\", \"ann\"]",
		"[\"lobby \", \"AQAAAAAAAAAAAAAAAAAAAA\", \"ann\"]",
		"[\"lobby\", \"AQAAAAAAAAAAAAAAAAAAAA\", \"\"]",
		"[\"lobby\", \"AQAAAAAAAAAAAAAAAAAAAA\", \"a\\u0000b\"]",
		"[\"lobby\", \"AQAAAAAAAAAAAAAAAAAAAA\", \"a\\nb\"]",
		"[\"lobby\", \"AQAAAAAAAAAAAAAAAAAAAA\", 7]",
	};
	char text[256];

	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		snprintf(text, sizeof(text),
			"{\"people\": {\"list\": [%s]}, \"broker\": \"aaaaaaaaaaaa\"}", entries[i]);
		hear(&brokers[1], text);
		assert_int_equal((int)stats.values[STAT_PEOPLE_REFUSED], i + 1);
	}
	hear(&brokers[1], "{\"people\": {\"list\": 7}, \"broker\": \"aaaaaaaaaaaa\"}");
	hear(&brokers[1], "{\"people\": [], \"broker\": \"bbbbbbbbbbbb\"}");
	hear(&brokers[1], "{\"people\": [], \"broker\": \"x\"}");
	hear(&brokers[1], "{\"notice\": {}, \"broker\": \"aaaaaaaaaaaa\"}");
	assert_heard(1, "");
	(void)state;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(changes_are_told_together),
		TEST(who_is_new_is_told_who_is_there),
		TEST(long_lists_come_in_pieces),
		TEST(after_a_reconnect_all_is_told_anew),
		TEST(what_was_not_taken_is_told_again),
		TEST(broker_that_is_silent_is_gone),
		TEST(broker_that_is_heard_again_is_asked),
		TEST(who_slept_takes_nobody_for_gone),
		TEST(who_stops_is_gone_at_once),
		TEST(notices_wait_until_they_are_taken),
		TEST(notices_beyond_the_bound_are_counted),
		TEST(what_nobody_says_is_counted_and_not_believed),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
