/* SPDX-License-Identifier: MIT */
/* The control client against a REP socket that answers as told. The address is inproc, so that no
 * file is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <pthread.h>
#include <string.h>

#include "common/control.h"

#define URL "inproc://roomwire-test-control"
#define ANSWER_MS 5000 /* far more than an answer takes */

static nng_socket broker;

/* Answers each request with the same text; ends when the socket is closed. */
static void *broker_run(void *answer)
{
	char *request;
	size_t len;

	while (nng_recv(broker, &request, &len, NNG_FLAG_ALLOC) == 0) {
		nng_free(request, len);
		if (nng_send(broker, answer, strlen(answer), 0) != 0)
			break;
	}
	return NULL;
}

/* What one request gets from a broker that answers with text. */
static struct json *answer_to_request(char *text)
{
	struct control *control = control_create(URL);
	struct json *answer;
	pthread_t thread;

	assert_non_null(control);
	assert_int_equal(nng_rep0_open(&broker), 0);
	assert_int_equal(nng_listen(broker, URL, NULL, 0), 0);
	assert_int_equal(pthread_create(&thread, NULL, broker_run, text), 0);
	answer = control_request(control, STR_OF("{\"op\": \"stats\"}"), ANSWER_MS);
	nng_close(broker);
	pthread_join(thread, NULL);
	control_destroy(control);
	return answer;
}

static void answer_is_returned_also_when_the_broker_came_later(void **state)
{
	char text[] = "{\"ok\": true, \"seq\": 43}";
	struct json *answer = answer_to_request(text);
	int64_t seq;

	assert_true(json_get_integer(json_find(answer, "seq"), &seq));
	assert_int_equal(seq, 43);
	json_destroy(answer);
	(void)state;
}

static void refusal_is_an_answer_like_others(void **state)
{
	char text[] = "{\"ok\": false, \"error\": \"busy\"}";
	struct json *answer = answer_to_request(text);
	bool ok = true;

	assert_true(json_get_bool(json_find(answer, "ok"), &ok));
	assert_false(ok);
	json_destroy(answer);
	(void)state;
}

static void answer_that_is_no_object_is_none(void **state)
{
	char array[] = "[]";
	char garbage[] = "{\"ok\": true";

	assert_null(answer_to_request(array));
	assert_null(answer_to_request(garbage));
	(void)state;
}

static void absent_broker_costs_no_more_than_the_timeout(void **state)
{
	struct control *control = control_create("inproc://roomwire-test-nobody");

	assert_non_null(control);
	assert_null(control_request(control, STR_OF("{}"), 20));
	assert_null(control_request(control, STR_OF("{}"), 0));
	control_destroy(control);
	control_destroy(NULL);
	(void)state;
}

static void request_that_nobody_takes_is_not_sent(void **state)
{
	struct control *control = control_create("inproc://roomwire-test-nobody");
	bool is_sent = true;

	assert_null(control_ask(control, STR_OF("{}"), 20, ANSWER_MS, &is_sent));
	assert_false(is_sent);
	control_destroy(control);
	(void)state;
}

static void request_that_nobody_answers_is_sent(void **state)
{
	struct control *control = control_create(URL);
	bool is_sent = false;

	assert_int_equal(nng_rep0_open(&broker), 0);
	assert_int_equal(nng_listen(broker, URL, NULL, 0), 0);
	assert_null(control_ask(control, STR_OF("{}"), ANSWER_MS, 20, &is_sent));
	assert_true(is_sent);
	nng_close(broker);
	control_destroy(control);
	(void)state;
}

static void malformed_url_makes_no_client(void **state)
{
	assert_null(control_create("nonsense"));
	assert_null(control_create(""));
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answer_is_returned_also_when_the_broker_came_later),
		cmocka_unit_test(refusal_is_an_answer_like_others),
		cmocka_unit_test(answer_that_is_no_object_is_none),
		cmocka_unit_test(absent_broker_costs_no_more_than_the_timeout),
		cmocka_unit_test(request_that_nobody_takes_is_not_sent),
		cmocka_unit_test(request_that_nobody_answers_is_sent),
		cmocka_unit_test(malformed_url_makes_no_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
