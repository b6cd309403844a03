/* SPDX-License-Identifier: MIT */
/* The page of a room's people, as the broker lists them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/config.h"
#include "tests/support/fake_broker.h"
#include "tests/support/visitor.h"

/* Two pages of people. */
static void answer_members(void *context, const struct json *request, struct buf *out)
{
	struct str after = STR("");

	(void)context;
	json_get_string(json_find(request, "after"), &after);
	if (after.len == 0)
		buf_append_text(out, "{\"ok\": true, \"members\": [{\"user\": \"Ann & Bob\"}], "
				     "\"next\": \"Ann & Bob\"}");
	else if (str_is(after, "Ann & Bob"))
		buf_append_text(out, "{\"ok\": true, \"members\": [{\"user\": \"Zoe\"}]}");
	else
		buf_append_text(
			out, "{\"ok\": false, \"error\": \"bad_field\", \"message\": \"\"}");
}

static void visit(const char *uri, struct answer *answer)
{
	struct buf url = { 0 }, path = { 0 };
	struct fake_broker *broker;

	/* So that nothing waits for nng to dial again. */
	control_destroy(visitor_app()->control);
	visitor_app()->control = NULL;
	config_path(visitor_app()->config, &path, "run/control.ipc");
	buf_append_format(&url, "ipc://%s", buf_text(&path));
	broker = fake_broker_start(buf_text(&url), answer_members, NULL);
	visitor_visit(&(struct visit){ .uri = uri }, answer);
	fake_broker_stop(broker);
	buf_finish(&path);
	buf_finish(&url);
}

static void people_go_on_behind_the_last_one(void **state)
{
	struct answer answer = { 0 };

	(void)state;
	visit("/chat/lobby/people/", &answer);
	assert_int_equal(answer.status, 200);
	assert_true(answer_says(&answer, "href=\"?after=Ann%20%26%20Bob\""));
	assert_false(answer_says(&answer, "First page"));
	visit("/chat/lobby/people/?after=Ann%20%26%20Bob", &answer);
	assert_true(answer_says(&answer, "Zoe"));
	assert_true(answer_says(&answer, "First page"));
	assert_false(answer_says(&answer, "Next page"));
	answer_finish(&answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_go_on_behind_the_last_one),
	};

	return cmocka_run_group_tests(tests, visitor_start, visitor_stop);
}
