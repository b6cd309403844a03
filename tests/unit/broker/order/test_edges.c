/* SPDX-License-Identifier: MIT */
/* What has become of an order can be asked for by its number, until later ones take its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/bus/bus.h"
#include "broker/order/edges.h"
#include "tests/support/fake_asker.h"
#include "tests/support/stage.h"

static int set_up(void **state)
{
	*state = order_outcomes_create();
	return 0;
}

static int take_down(void **state)
{
	order_outcomes_destroy(*state);
	return 0;
}

static enum order_outcome_state state_of(const struct order_outcomes *outcomes, uint64_t number)
{
	struct order_refusal refusal;

	return order_outcomes_find(outcomes, number, &refusal);
}

static void outcome_is_what_was_noted(void **state)
{
	struct order_outcomes *outcomes = *state;
	struct order_refusal refusal = { "above", "Too high.", 0 };
	uint64_t first = order_outcomes_add(outcomes), second = order_outcomes_add(outcomes);

	assert_int_equal(state_of(outcomes, first), ORDER_UNDER_WAY);
	order_outcomes_note(outcomes, first, NULL);
	order_outcomes_note(outcomes, second, &refusal);
	assert_int_equal(state_of(outcomes, first), ORDER_DONE);
	refusal = (struct order_refusal){ 0 };
	assert_int_equal(order_outcomes_find(outcomes, second, &refusal), ORDER_REFUSED);
	assert_string_equal(refusal.code, "above");
}

static void numbers_that_were_not_given_are_unknown(void **state)
{
	struct order_outcomes *outcomes = *state;

	assert_int_equal(state_of(outcomes, 0), ORDER_UNKNOWN);
	assert_int_equal(state_of(outcomes, order_outcomes_add(outcomes) + 1), ORDER_UNKNOWN);
}

static void oldest_outcome_is_forgotten_first(void **state)
{
	struct order_outcomes *outcomes = *state;
	uint64_t first = order_outcomes_add(outcomes), second = order_outcomes_add(outcomes);

	for (int i = 0; i < ORDER_OUTCOMES_MAX - 1; i++)
		(void)order_outcomes_add(outcomes);
	order_outcomes_note(outcomes, first, NULL);
	assert_int_equal(state_of(outcomes, first), ORDER_UNKNOWN);
	assert_int_equal(state_of(outcomes, second), ORDER_UNDER_WAY);
}

/* An edge waits for one of them while the broker is started again. */
static void number_of_another_start_is_unknown(void **state)
{
	struct order_outcomes *outcomes = *state, *later = order_outcomes_create();
	uint64_t number = order_outcomes_add(outcomes);

	order_outcomes_note(later, order_outcomes_add(later), NULL);
	assert_int_equal(state_of(later, number), ORDER_UNKNOWN);
	order_outcomes_destroy(later);
}

static const char *told;

void __wrap_bus_tell_order(
	struct bus *bus, uint64_t request_id, const struct order_refusal *refusal);

void __wrap_bus_tell_order(
	struct bus *bus, uint64_t request_id, const struct order_refusal *refusal)
{
	(void)bus, (void)request_id;
	told = refusal == NULL ? "done" : refusal->code;
}

/* On a broker that asks another one. */
static const struct order_refusal *send_up(struct stage *stage)
{
	struct registrar_job *job = registrar_job_create(REGISTRAR_ORDER);

	job->asker = REGISTRAR_REQUEST;
	job->order.via = "page";
	told = "nothing";
	stage->broker.revoker.asker = &fake_asker;
	return order_send_up(&stage->broker, job);
}

static void last_answer_counts_when_it_says_what_became_of_the_order(void **state)
{
	static struct stage stage;

	(void)state;
	stage_start(&stage);
	fake_asker_init();
	assert_null(send_up(&stage));
	fake_asker_answer("moderate", "{\"ok\": true, \"order\": 7}");
	for (int i = 0; i < 99; i++) {
		stage_pass_ms(&stage, 100);
		fake_asker_answer("ordered", "{\"ok\": true, \"under_way\": true}");
	}
	stage_pass_ms(&stage, 100);
	fake_asker_answer("ordered", "{\"ok\": true}");
	assert_string_equal(told, "done");
	stage_finish(&stage);
}

static void broker_that_cannot_be_asked_is_not_called_busy(void **state)
{
	static struct stage stage;

	(void)state;
	stage_start(&stage);
	fake_asker_init();
	fake_asker.is_full = true;
	assert_string_equal(send_up(&stage)->code, "unavailable");
	assert_int_equal(stage_stat(&stage, STAT_ORDERS_BUSY), 0);
	fake_asker.is_full = false;
	for (int i = 0; i < ORDERS_SENT_MAX; i++)
		assert_null(send_up(&stage));
	assert_string_equal(send_up(&stage)->code, "busy");
	assert_int_equal(stage_stat(&stage, STAT_ORDERS_BUSY), 1);
	order_forget_sent(&stage.broker);
	stage_finish(&stage);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(outcome_is_what_was_noted),
		TEST(numbers_that_were_not_given_are_unknown),
		TEST(oldest_outcome_is_forgotten_first),
		TEST(number_of_another_start_is_unknown),
		cmocka_unit_test(last_answer_counts_when_it_says_what_became_of_the_order),
		cmocka_unit_test(broker_that_cannot_be_asked_is_not_called_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
