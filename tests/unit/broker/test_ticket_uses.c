/* SPDX-License-Identifier: MIT */
/* Which broker has used a ticket, as Redis or another broker says it. The test gives their
 * answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/stats.h"
#include "broker/ticket_uses.h"
#include "common/base/buf.h"

/* In the place of broker/redis: one command waits at a time. */

static struct link_handler waiting;
static struct buf command;
static size_t asked;
static bool is_down;

struct link *__wrap_links_of(const struct links *links, struct str name);
bool __wrap_link_command(struct link *link, const struct link_handler *handler, size_t count,
	const struct str *words);

struct link *__wrap_links_of(const struct links *links, struct str name)
{
	(void)links;
	assert_true(str_starts_with(name, STR_OF(TICKET_USES_PREFIX)));
	return NULL;
}

bool __wrap_link_command(struct link *link, const struct link_handler *handler, size_t count,
	const struct str *words)
{
	(void)link;
	if (is_down)
		return false;
	waiting = *handler;
	asked++;
	buf_clear(&command);
	for (size_t i = 0; i < count; i++) {
		buf_append_str(&command, words[i]);
		buf_append_char(&command, ' ');
	}
	return true;
}

struct scene {
	struct reactor reactor;
	struct stats stats;
	struct asker *asker;
	struct ticket_uses *uses;
	struct answer_waiter waiter;
	size_t woken;
	struct tickets_use use;
};

static void wake(struct answer_waiter *waiter)
{
	list_entry(waiter, struct scene, waiter)->woken++;
}

static int set_up(void **state)
{
	static struct scene scene;

	scene = (struct scene){ .waiter = { .wake = wake }, .use = { { 0xab, 0xcd }, 5 } };
	list_init(&scene.waiter.link);
	scene.uses = ticket_uses_create_redis(NULL, &scene.reactor, &scene.stats);
	asked = 0;
	is_down = false;
	*state = &scene;
	return 0;
}

static int take_down(void **state)
{
	struct scene *scene = *state;

	ticket_uses_destroy(scene->uses);
	buf_finish(&command);
	return 0;
}

#define IS_ASKED (-2)
#define UNKNOWN (-1)

static int take(struct scene *scene)
{
	enum ticket_problem problem;
	bool is_judged;

	if (!ticket_uses_take(scene->uses, &scene->use, &scene->waiter, &is_judged, &problem))
		return IS_ASKED;
	return is_judged ? (int)problem : UNKNOWN;
}

static void first_to_set_the_key_has_used_it(void **state)
{
	static const struct link_reply ok = { .kind = LINK_STATUS, .text = STR("OK") };
	struct scene *scene = *state;

	assert_int_equal(take(scene), IS_ASKED);
	assert_string_equal(buf_text(&command),
		"SET roomwire:ticket:abcd0000000000000000000000000000 1 NX EX 302 ");
	waiting.take(waiting.context, &ok);
	assert_int_equal(scene->woken, 1);
	assert_int_equal(take(scene), TICKET_OK);
	assert_int_equal(asked, 1);
}

static void key_that_is_there_was_used(void **state)
{
	static const struct link_reply nil = { .kind = LINK_NIL };
	struct scene *scene = *state;

	assert_int_equal(take(scene), IS_ASKED);
	waiting.take(waiting.context, &nil);
	assert_int_equal(take(scene), TICKET_USED);
}

static void nobody_can_say_without_an_answer(void **state)
{
	static const struct link_reply error = { .kind = LINK_ERROR, .code = STR("OOM") };
	const struct link_reply *const replies[] = { &error, NULL };
	struct scene *scene = *state;

	for (size_t i = 0; i < 2; i++) {
		scene->use.number_hash[0] = (uint8_t)i;
		assert_int_equal(take(scene), IS_ASKED);
		waiting.take(waiting.context, replies[i]);
		assert_int_equal(take(scene), UNKNOWN);
	}
	is_down = true;
	scene->use.number_hash[0] = 2;
	assert_int_equal(take(scene), UNKNOWN);
	assert_int_equal(scene->woken, 2);
}

static void answer_that_nobody_waits_for_is_kept_a_while(void **state)
{
	static const struct link_reply ok = { .kind = LINK_STATUS, .text = STR("OK") };
	struct scene *scene = *state;

	assert_int_equal(take(scene), IS_ASKED);
	list_remove(&scene->waiter.link);
	waiting.take(waiting.context, &ok);
	assert_int_equal(scene->woken, 0);
	scene->reactor.now_ms += 29999;
	assert_int_equal(take(scene), TICKET_OK);
	scene->reactor.now_ms++;
	assert_int_equal(take(scene), IS_ASKED);
	assert_int_equal(asked, 2);
	list_remove(&scene->waiter.link);
}

static uint64_t dropped(const struct scene *scene)
{
	return counter_read(&scene->stats.values[STAT_TICKET_USES_DROPPED]);
}

/* As many as there may be; each is answered, or none. */
static void take_all(struct scene *scene, const struct link_reply *reply)
{
	for (uint32_t i = 1; i <= TICKET_USES_MAX; i++) {
		memcpy(scene->use.number_hash, &i, sizeof(i));
		assert_int_equal(take(scene), IS_ASKED);
		list_remove(&scene->waiter.link);
		if (reply != NULL)
			waiting.take(waiting.context, reply);
	}
}

static void oldest_answer_goes_when_there_are_too_many(void **state)
{
	static const struct link_reply ok = { .kind = LINK_STATUS, .text = STR("OK") };
	struct scene *scene = *state;
	const uint32_t first = 1, second = 2, another = 0;

	take_all(scene, &ok);
	assert_int_equal(dropped(scene), 0);
	memcpy(scene->use.number_hash, &another, sizeof(another));
	assert_int_equal(take(scene), IS_ASKED);
	list_remove(&scene->waiter.link);
	assert_int_equal(dropped(scene), 1);
	memcpy(scene->use.number_hash, &second, sizeof(second));
	assert_int_equal(take(scene), TICKET_OK);
	memcpy(scene->use.number_hash, &first, sizeof(first));
	assert_int_equal(take(scene), IS_ASKED);
	list_remove(&scene->waiter.link);
}

static void nobody_can_say_while_too_many_are_asked_for(void **state)
{
	struct scene *scene = *state;
	const uint32_t another = 0;

	take_all(scene, NULL);
	memcpy(scene->use.number_hash, &another, sizeof(another));
	assert_int_equal(take(scene), UNKNOWN);
	assert_int_equal(dropped(scene), 1);
	assert_int_equal(asked, TICKET_USES_MAX);
}

/* Of brokers one of whom knows: its asker has a way that keeps what is asked. */

static struct buf question;
static uint32_t question_id;

static bool keep_question(void *context, uint32_t id, struct str request)
{
	(void)context;
	buf_clear(&question);
	buf_append_str(&question, request);
	question_id = id;
	return !is_down;
}

static bool is_up(void *context)
{
	(void)context;
	return !is_down;
}

static int set_up_asking(void **state)
{
	static const struct asker_way way = { .send = keep_question, .is_open = is_up };
	struct scene *scene;

	set_up(state);
	scene = *state;
	ticket_uses_destroy(scene->uses);
	assert_true(reactor_init(&scene->reactor));
	scene->asker = asker_create(&scene->reactor, &way);
	scene->uses = ticket_uses_create_asking(scene->asker, &scene->reactor, &scene->stats);
	return 0;
}

static int take_down_asking(void **state)
{
	struct scene *scene = *state;

	asker_destroy(scene->asker);
	take_down(state);
	buf_finish(&question);
	reactor_finish(&scene->reactor);
	return 0;
}

static void broker_that_knows_judges_once(void **state)
{
	static const struct {
		const char *answer;
		int verdict;
	} rows[] = {
		{ "{\"ok\": true}", TICKET_OK },
		{ "{\"ok\": false, \"error\": \"used\", \"message\": \"\"}", TICKET_USED },
		{ "{\"ok\": false, \"error\": \"stale\", \"message\": \"\"}", TICKET_STALE },
		{ "{\"ok\": false, \"error\": \"no_tickets\", \"message\": \"\"}", UNKNOWN },
		{ "", UNKNOWN },
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		scene->use.number_hash[0] = (uint8_t)i;
		assert_int_equal(take(scene), IS_ASKED);
		assert_true(str_starts_with(
			buf_str(&question), STR_OF("{\"op\": \"ticket\", \"ticket\": \"")));
		asker_take(scene->asker, question_id, str_from(rows[i].answer));
		assert_int_equal(scene->woken, i + 1);
		buf_clear(&question);
		assert_int_equal(take(scene), rows[i].verdict);
		assert_int_equal(question.len, 0);
	}
}

static void nobody_can_say_without_the_broker_that_knows(void **state)
{
	struct scene *scene = *state;

	is_down = true;
	assert_int_equal(take(scene), UNKNOWN);
	assert_int_equal(scene->woken, 0);
}

static void question_that_is_under_way_at_the_end_is_withdrawn(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(take(scene), IS_ASKED);
	list_remove(&scene->waiter.link);
	assert_int_equal(scene->reactor.timers.armed, 1);
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, set_up, take_down)
#define CLAIM_ASKING(test) cmocka_unit_test_setup_teardown(test, set_up_asking, take_down_asking)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(first_to_set_the_key_has_used_it),
		CLAIM(key_that_is_there_was_used),
		CLAIM(nobody_can_say_without_an_answer),
		CLAIM(answer_that_nobody_waits_for_is_kept_a_while),
		CLAIM(oldest_answer_goes_when_there_are_too_many),
		CLAIM(nobody_can_say_while_too_many_are_asked_for),
		CLAIM_ASKING(broker_that_knows_judges_once),
		CLAIM_ASKING(nobody_can_say_without_the_broker_that_knows),
		CLAIM_ASKING(question_that_is_under_way_at_the_end_is_withdrawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
