/* SPDX-License-Identifier: MIT */
/* Which broker has used a ticket, as Redis says it; its answers are ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

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
	struct ticket_uses *uses;
	struct distant_waiter waiter;
	size_t woken;
	struct tickets_use use;
};

static void wake(struct distant_waiter *waiter)
{
	list_entry(waiter, struct scene, waiter)->woken++;
}

static int set_up(void **state)
{
	static struct scene scene;

	scene = (struct scene){ .waiter = { .wake = wake }, .use = { { 0xab, 0xcd }, 5 } };
	list_init(&scene.waiter.link);
	scene.uses = ticket_uses_create(NULL, &scene.reactor);
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

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(first_to_set_the_key_has_used_it),
		CLAIM(key_that_is_there_was_used),
		CLAIM(nobody_can_say_without_an_answer),
		CLAIM(answer_that_nobody_waits_for_is_kept_a_while),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
