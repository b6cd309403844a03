/* SPDX-License-Identifier: MIT */
/* Questions to another broker, which is a thread here: each gets its own answer once, or none in
 * time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/bus/asker_control.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "tests/support/fake_broker.h"

#define MANY 500
#define NO_ANSWER (-1)
#define NOT_TOLD (-2)
#define PATIENCE_MS 10000

static char folder[] = "/tmp/roomwire-test-XXXXXX";
static char url[64], path[48];

struct question {
	struct inquiry inquiry;
	struct scene *scene;
	int64_t answer;
};

struct scene {
	struct reactor reactor;
	struct asker *asker;
	struct fake_broker *broker;
	struct timer patience;
	size_t awaited;
};

static void echo(void *context, const struct json *request, struct buf *answer)
{
	int64_t number = 0;

	(void)context;
	if (!json_get_integer(json_find(request, "number"), &number))
		buf_append_text(answer, "no object");
	else
		buf_append_format(answer, "{\"number\": %d}", (int)number);
}

static void lose_patience(struct timer *timer)
{
	(void)timer;
	fail_msg("nothing came in %d ms", PATIENCE_MS);
}

static int set_up(void **state)
{
	struct scene *scene = mem_new(struct scene);

	assert_true(reactor_init(&scene->reactor));
	scene->asker = asker_create_control(&scene->reactor, url);
	assert_non_null(scene->asker);
	timer_init(&scene->patience, lose_patience);
	*state = scene;
	return 0;
}

static int take_down(void **state)
{
	struct scene *scene = *state;

	asker_destroy(scene->asker);
	fake_broker_stop(scene->broker);
	reactor_finish(&scene->reactor);
	mem_free(scene);
	return 0;
}

static void note(struct inquiry *inquiry, const struct json *answer)
{
	struct question *question = list_entry(inquiry, struct question, inquiry);

	assert_int_equal(question->answer, NOT_TOLD);
	question->answer = NO_ANSWER;
	json_get_integer(json_find(answer, "number"), &question->answer);
	if (--question->scene->awaited == 0)
		reactor_stop(&question->scene->reactor);
}

static bool ask_text(struct scene *scene, struct question *question, const char *text)
{
	*question = (struct question){ { .tell = note }, scene, NOT_TOLD };
	return asker_ask(scene->asker, &question->inquiry, str_from(text));
}

static bool ask(struct scene *scene, struct question *question, int number)
{
	char text[64];

	snprintf(text, sizeof(text), "{\"number\": %d}", number);
	return ask_text(scene, question, text);
}

/* Turns until count more answers have been told. */
static void await(struct scene *scene, size_t count)
{
	scene->awaited = count;
	atomic_store(&scene->reactor.is_stopping, false);
	reactor_arm(&scene->reactor, &scene->patience, PATIENCE_MS);
	reactor_run(&scene->reactor);
	reactor_disarm(&scene->reactor, &scene->patience);
}

static void each_question_gets_its_own_answer(void **state)
{
	struct scene *scene = *state;
	static struct question questions[MANY];

	scene->broker = fake_broker_start(url, echo, NULL);
	for (int i = 0; i < MANY; i++)
		assert_true(ask(scene, &questions[i], i));
	await(scene, MANY);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(questions[i].answer, i);
}

static void answer_that_is_no_object_is_none(void **state)
{
	struct scene *scene = *state;
	struct question question;

	scene->broker = fake_broker_start(url, echo, NULL);
	assert_true(ask_text(scene, &question, "{}"));
	await(scene, 1);
	assert_int_equal(question.answer, NO_ANSWER);
}

static void nobody_there_is_no_answer_in_time(void **state)
{
	struct scene *scene = *state;
	uint64_t start_ms = clock_monotonic_ms();
	struct question question;

	assert_true(ask(scene, &question, 1));
	await(scene, 1);
	assert_int_equal(question.answer, NO_ANSWER);
	assert_true(clock_monotonic_ms() - start_ms >= ASKER_WAIT_MS);
}

static void broker_that_comes_later_is_asked(void **state)
{
	struct scene *scene = *state;
	struct question questions[2];

	assert_true(ask(scene, &questions[0], 1));
	await(scene, 1);
	scene->broker = fake_broker_start(url, echo, NULL);
	do {
		assert_true(ask(scene, &questions[1], 2));
		await(scene, 1);
	} while (questions[1].answer == NO_ANSWER);
	assert_int_equal(questions[1].answer, 2);
	assert_int_equal(questions[0].answer, NO_ANSWER);
}

static void question_that_is_withdrawn_gets_no_answer(void **state)
{
	struct scene *scene = *state;
	static struct question questions[MANY];

	scene->broker = fake_broker_start(url, echo, NULL);
	for (int i = 0; i < MANY; i++)
		assert_true(ask(scene, &questions[i], i));
	for (int i = 0; i < MANY; i += 2)
		asker_withdraw(&questions[i].inquiry);
	asker_withdraw(&questions[0].inquiry);
	await(scene, MANY / 2);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(questions[i].answer, i % 2 == 0 ? NOT_TOLD : i);
}

static void too_many_questions_are_refused(void **state)
{
	struct scene *scene = *state;
	struct question *questions = mem_alloc_array(ASKER_QUESTIONS_MAX, sizeof(*questions));
	struct question one_more;

	for (int i = 0; i < ASKER_QUESTIONS_MAX; i++)
		assert_true(ask(scene, &questions[i], i));
	assert_false(ask(scene, &one_more, 0));
	asker_withdraw(&questions[7].inquiry);
	assert_true(ask(scene, &one_more, 0));
	asker_destroy(scene->asker);
	scene->asker = NULL;
	assert_int_equal(one_more.answer, NOT_TOLD);
	mem_free(questions);
}

static int make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/control.ipc", folder);
	snprintf(url, sizeof(url), "ipc://%s", path);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			each_question_gets_its_own_answer, set_up, take_down),
		cmocka_unit_test_setup_teardown(
			answer_that_is_no_object_is_none, set_up, take_down),
		cmocka_unit_test_setup_teardown(
			nobody_there_is_no_answer_in_time, set_up, take_down),
		cmocka_unit_test_setup_teardown(
			broker_that_comes_later_is_asked, set_up, take_down),
		cmocka_unit_test_setup_teardown(
			question_that_is_withdrawn_gets_no_answer, set_up, take_down),
		cmocka_unit_test_setup_teardown(too_many_questions_are_refused, set_up, take_down),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
