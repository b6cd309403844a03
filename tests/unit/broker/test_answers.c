/* SPDX-License-Identifier: MIT */
/* What is remembered of another broker's answers, for how long, and who is woken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/answers.h"
#include "tests/support/fake_asker.h"

#define IS_ASKED (-2)
#define NOBODY_CAN_TELL (-1)
#define NO_CHANGES "{\"changes\": [], \"last\": 7, \"complete\": true}"

struct scene {
	struct reactor reactor;
	struct answers *answers;
	struct answer_waiter waiter;
	size_t woken;
	size_t told, first, incomplete; /* of the changes */
};

static void ask(struct str subject, struct buf *request)
{
	buf_append_text(request, "{\"op\": \"weigh\", \"what\": \"");
	buf_append_str(request, subject);
	buf_append_text(request, "\"}");
}

static bool read_weight(struct str subject, const struct json *answer, void *value)
{
	int64_t *weight = value;

	(void)subject;
	if (json_get_integer(json_find(answer, "weight"), weight))
		return true;
	*weight = NOBODY_CAN_TELL;
	return false;
}

static void ask_changes(int64_t after, struct buf *request)
{
	buf_append_format(request, "{\"op\": \"changes\", \"after\": %d}", (int)after);
}

/* A change is a subject's first letter. */
static bool is_meant(const void *letter, struct str subject, const void *value)
{
	(void)value;
	return subject.data[0] == *(const char *)letter;
}

static void take_changes(void *context, const struct json *answer, bool is_first, bool is_complete)
{
	struct scene *scene = context;
	const struct json *list = json_find(answer, "changes");
	struct str letter;

	for (size_t i = 0; i < json_count(list); i++) {
		assert_true(json_get_string(json_at(list, i), &letter));
		answers_drop(scene->answers, is_meant, letter.data);
	}
	scene->told++;
	scene->first += is_first;
	scene->incomplete += !is_complete;
}

static const struct answers_ops ops = {
	.value_size = sizeof(int64_t),
	.ask = ask,
	.read = read_weight,
	.ask_changes = ask_changes,
	.take_changes = take_changes,
};

static void wake(struct answer_waiter *waiter)
{
	list_entry(waiter, struct scene, waiter)->woken++;
}

/* The changes are known up to 7. */
static int set_up(void **state)
{
	static struct scene scene;

	scene = (struct scene){ .reactor = { .now_ms = 1000 }, .waiter = { .wake = wake } };
	list_init(&scene.waiter.link);
	fake_asker_init();
	scene.answers = answers_create(&scene.reactor, &fake_asker, &ops, &scene);
	answers_poll(scene.answers);
	fake_asker_answer("changes", NO_CHANGES);
	*state = &scene;
	return 0;
}

static int take_down(void **state)
{
	struct scene *scene = *state;

	answers_destroy(scene->answers);
	assert_true(list_is_empty(&scene->waiter.link));
	assert_true(list_is_empty(&fake_asker.asked));
	return 0;
}

static int64_t look(struct scene *scene, const char *subject)
{
	int64_t weight;

	return answers_find(scene->answers, str_from(subject), &scene->waiter, &weight) ? weight
											: IS_ASKED;
}

/* A subject whose answer is remembered. */
static void know(struct scene *scene, const char *subject)
{
	assert_int_equal(look(scene, subject), IS_ASKED);
	fake_asker_answer("weigh", "{\"weight\": 5, \"last\": 7}");
	assert_int_equal(look(scene, subject), 5);
	scene->woken = 0;
}

static void hear_changes(struct scene *scene, const char *text)
{
	answers_poll(scene->answers);
	fake_asker_answer("changes", text);
}

static void subject_is_asked_about_once_and_remembered_for_a_while(void **state)
{
	struct scene *scene = *state;
	size_t before = fake_asker.count;

	assert_int_equal(look(scene, "apple"), IS_ASKED);
	assert_int_equal(look(scene, "apple"), IS_ASKED);
	assert_int_equal(fake_asker.count, before + 1);
	fake_asker_answer("weigh", "{\"weight\": 5}");
	assert_int_equal(scene->woken, 1);
	scene->reactor.now_ms += ANSWERS_GOOD_MS - 1;
	assert_int_equal(look(scene, "apple"), 5);
	scene->reactor.now_ms++;
	assert_int_equal(look(scene, "apple"), IS_ASKED);
}

static void missing_answer_is_remembered_for_a_moment(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(look(scene, "apple"), IS_ASKED);
	fake_asker_answer("weigh", NULL);
	assert_int_equal(scene->woken, 1);
	scene->reactor.now_ms += ANSWERS_BAD_MS - 1;
	assert_int_equal(look(scene, "apple"), NOBODY_CAN_TELL);
	scene->reactor.now_ms++;
	assert_int_equal(look(scene, "apple"), IS_ASKED);
}

static void nobody_can_tell_what_cannot_be_asked(void **state)
{
	struct scene *scene = *state;

	fake_asker.is_full = true;
	assert_int_equal(look(scene, "apple"), NOBODY_CAN_TELL);
	assert_int_equal(scene->woken, 0);
}

static void first_question_goes_behind_the_one_for_the_changes(void **state)
{
	struct scene *scene = *state;

	answers_destroy(scene->answers);
	scene->answers = answers_create(&scene->reactor, &fake_asker, &ops, scene);
	scene->first = 0;
	assert_int_equal(look(scene, "apple"), IS_ASKED);
	fake_asker_answer("changes", NO_CHANGES);
	assert_int_equal(scene->first, 1);
	fake_asker_answer("weigh", "{\"weight\": 5, \"last\": 7}");
	assert_int_equal(look(scene, "apple"), 5);
}

static void changes_are_asked_for_behind_the_last(void **state)
{
	struct scene *scene = *state;
	const struct inquiry *inquiry;

	answers_poll(scene->answers);
	answers_poll(scene->answers);
	inquiry = list_entry(list_first(&fake_asker.asked), struct inquiry, link);
	assert_string_equal(inquiry->request, "{\"op\": \"changes\", \"after\": 7}");
	fake_asker_answer("changes", "{\"last\": 900, \"complete\": false}");
	assert_true(list_is_empty(&fake_asker.asked));
	assert_int_equal(scene->told, 2);
	assert_int_equal(scene->first, 1);
	assert_int_equal(scene->incomplete, 1);
}

static void what_a_change_concerns_is_asked_about_again(void **state)
{
	struct scene *scene = *state;

	know(scene, "apple");
	know(scene, "bread");
	hear_changes(scene, "{\"changes\": [\"a\"], \"last\": 8, \"complete\": true}");
	assert_int_equal(look(scene, "bread"), 5);
	assert_int_equal(look(scene, "apple"), IS_ASKED);
}

static void one_or_all_can_be_dropped(void **state)
{
	struct scene *scene = *state;

	know(scene, "apple");
	know(scene, "bread");
	answers_drop_one(scene->answers, STR_OF("apple"));
	answers_drop_one(scene->answers, STR_OF("nothing"));
	assert_int_equal(look(scene, "bread"), 5);
	know(scene, "apple");
	answers_drop(scene->answers, NULL, NULL);
	assert_int_equal(look(scene, "apple"), IS_ASKED);
	assert_int_equal(look(scene, "bread"), IS_ASKED);
}

static void answer_to_what_was_dropped_meanwhile_is_asked_for_again(void **state)
{
	struct scene *scene = *state;

	answers_poll(scene->answers);
	assert_int_equal(look(scene, "apple"), IS_ASKED);
	fake_asker_answer("changes", "{\"changes\": [\"a\"], \"last\": 8, \"complete\": true}");
	fake_asker_answer("weigh", "{\"weight\": 5}");
	assert_int_equal(scene->woken, 0);
	fake_asker_answer("weigh", "{\"weight\": 6}");
	assert_int_equal(scene->woken, 1);
	assert_int_equal(look(scene, "apple"), 6);
}

static void answer_that_knows_more_changes_waits_until_they_are_known(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(look(scene, "apple"), IS_ASKED);
	fake_asker_answer("weigh", "{\"weight\": 5, \"last\": 8}");
	assert_int_equal(look(scene, "apple"), IS_ASKED);
	fake_asker_answer("changes", "{\"changes\": [\"a\"], \"last\": 8, \"complete\": true}");
	assert_int_equal(scene->woken, 0);
	fake_asker_answer("weigh", "{\"weight\": 6, \"last\": 8}");
	assert_int_equal(scene->woken, 1);
	assert_int_equal(look(scene, "apple"), 6);
}

static void nobody_can_tell_what_nobody_tells_the_changes_of(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(look(scene, "apple"), IS_ASKED);
	fake_asker_answer("weigh", "{\"weight\": 5, \"last\": 8}");
	fake_asker_answer("changes", NULL);
	assert_int_equal(scene->woken, 1);
	assert_int_equal(look(scene, "apple"), NOBODY_CAN_TELL);
}

static void nobody_can_tell_when_the_changes_cannot_be_asked_for(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(look(scene, "apple"), IS_ASKED);
	fake_asker.is_full = true;
	fake_asker_answer("weigh", "{\"weight\": 5, \"last\": 8}");
	assert_int_equal(scene->woken, 1);
	assert_int_equal(look(scene, "apple"), NOBODY_CAN_TELL);
}

static void poll_when_woken(struct answer_waiter *waiter)
{
	struct scene *scene = list_entry(waiter, struct scene, waiter);

	scene->woken++;
	fake_asker.is_full = true;
	answers_poll(scene->answers);
}

static void whoever_is_woken_may_poll(void **state)
{
	struct scene *scene = *state;

	scene->waiter.wake = poll_when_woken;
	assert_int_equal(look(scene, "apple"), IS_ASKED);
	assert_int_equal(look(scene, "bread"), IS_ASKED);
	assert_int_equal(look(scene, "apple"), IS_ASKED); /* the first to be woken */
	fake_asker_answer("weigh", "{\"weight\": 5, \"last\": 8}");
	fake_asker_answer("weigh", "{\"weight\": 5, \"last\": 8}");
	fake_asker_answer("changes", NULL);
	assert_int_equal(scene->woken, 1);
	assert_int_equal(look(scene, "bread"), NOBODY_CAN_TELL);
}

static void who_waits_no_more_is_not_woken(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(look(scene, "apple"), IS_ASKED);
	list_remove(&scene->waiter.link);
	fake_asker_answer("weigh", "{\"weight\": 5}");
	assert_int_equal(scene->woken, 0);
	assert_int_equal(look(scene, "apple"), 5);
}

static int64_t look_at_number(struct scene *scene, int number)
{
	char subject[16];

	snprintf(subject, sizeof(subject), "%d", number);
	return look(scene, subject);
}

static void oldest_are_forgotten_first(void **state)
{
	struct scene *scene = *state;

	know(scene, "apple");
	for (int i = 0; i < ANSWERS_MAX; i++) {
		assert_int_equal(look_at_number(scene, i), IS_ASKED);
		fake_asker_answer("weigh", "{\"weight\": 5}");
	}
	assert_int_equal(look_at_number(scene, 1), 5);
	assert_int_equal(look(scene, "apple"), IS_ASKED);
}

static void what_is_being_asked_about_is_not_forgotten(void **state)
{
	struct scene *scene = *state;

	for (int i = 0; i < ANSWERS_MAX; i++)
		assert_int_equal(look_at_number(scene, i), IS_ASKED);
	assert_int_equal(look(scene, "apple"), NOBODY_CAN_TELL);
	for (int i = 0; i < ANSWERS_MAX; i++)
		fake_asker_answer("weigh", "{\"weight\": 5}");
}

/* Looks again at the end: nobody can tell then. */
static void look_when_woken(struct answer_waiter *waiter)
{
	struct scene *scene = list_entry(waiter, struct scene, waiter);

	scene->woken++;
	assert_int_equal(look(scene, "apple"), NOBODY_CAN_TELL);
}

static void who_waits_at_the_end_is_woken(void **state)
{
	struct scene *scene = *state;

	scene->waiter.wake = look_when_woken;
	assert_int_equal(look(scene, "apple"), IS_ASKED);
	answers_destroy(scene->answers);
	scene->answers = NULL;
	assert_int_equal(scene->woken, 1);
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(subject_is_asked_about_once_and_remembered_for_a_while),
		CLAIM(missing_answer_is_remembered_for_a_moment),
		CLAIM(nobody_can_tell_what_cannot_be_asked),
		CLAIM(first_question_goes_behind_the_one_for_the_changes),
		CLAIM(changes_are_asked_for_behind_the_last),
		CLAIM(what_a_change_concerns_is_asked_about_again),
		CLAIM(one_or_all_can_be_dropped),
		CLAIM(answer_to_what_was_dropped_meanwhile_is_asked_for_again),
		CLAIM(answer_that_knows_more_changes_waits_until_they_are_known),
		CLAIM(nobody_can_tell_what_nobody_tells_the_changes_of),
		CLAIM(nobody_can_tell_when_the_changes_cannot_be_asked_for),
		CLAIM(whoever_is_woken_may_poll),
		CLAIM(who_waits_no_more_is_not_woken),
		CLAIM(oldest_are_forgotten_first),
		CLAIM(what_is_being_asked_about_is_not_forgotten),
		CLAIM(who_waits_at_the_end_is_woken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
