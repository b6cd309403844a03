/* SPDX-License-Identifier: MIT */
/* The overview as the broker's numbers make it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/config.h"
#include "tests/support/fake_broker.h"
#include "tests/support/visitor.h"

#define STATS                                                                            \
	"{\"ok\": true, \"stats\": {\"connections\": 9876, \"connections_max\": 10000, " \
	"\"rooms\": 4321, \"messages\": 5, \"uptime_seconds\": 3723}}"
#define MINUTES                                                                            \
	"{\"ok\": true, \"minutes\": ["                                                    \
	"{\"time\": \"2026-11-21T03:35:00.000Z\", \"connections\": 10, \"messages\": 60, " \
	"\"rooms\": 1}, "                                                                  \
	"{\"time\": \"2026-11-21T03:36:00.000Z\", \"connections\": 20, \"messages\": 90, " \
	"\"rooms\": 2}]}"
#define NO_MINUTES "{\"ok\": true, \"minutes\": []}"
#define UNKNOWN "{\"ok\": false, \"error\": \"unknown_op\", \"message\": \"Not known.\"}"

/* What a broker knows, and which lists it was asked for. */
struct broker {
	const char *minutes; /* its answer about them */
	int others;
};

static void answer(void *context, const struct json *request, struct buf *out)
{
	struct broker *broker = context;
	struct str op = { 0 };

	assert_true(json_get_string(json_find(request, "op"), &op));
	if (str_is(op, "stats")) {
		buf_append_text(out, STATS);
	} else if (str_is(op, "stats_history")) {
		buf_append_text(out, broker->minutes);
	} else {
		broker->others++;
		buf_append_text(out, UNKNOWN);
	}
}

static void make_superuser(const struct account *account)
{
	struct accounts *accounts = visitor_accounts();
	enum account_result result;

	assert_int_equal(accounts_set_rights(
				 accounts, account->user.id, true, true, clock_wall_ms(), &result),
		STORE_OK);
	pool_return(visitor_app()->accounts, accounts, STORE_OK);
}

/* The cookie of a superuser who has logged in. */
static void log_in(char id, const char *name, struct buf *cookie)
{
	struct identity identity;
	struct account account;

	visitor_account(&account, id, name);
	make_superuser(&account);
	visitor_session_cookie(&account, &identity, cookie);
	buf_text(cookie);
}

static void visit_overview(struct broker *broker, char id, const char *name, struct answer *page)
{
	struct buf url = { 0 }, path = { 0 }, cookie = { 0 };
	struct fake_broker *fake;

	/* So that nothing waits for nng to dial again. */
	control_destroy(visitor_app()->control);
	visitor_app()->control = NULL;
	buf_append_format(
		&url, "ipc://%s", config_path(visitor_app()->config, &path, "run/control.ipc"));
	fake = fake_broker_start(buf_text(&url), answer, broker);
	log_in(id, name, &cookie);
	visitor_visit(&(struct visit){ .uri = "/admin/", .cookie = cookie.data }, page);
	fake_broker_stop(fake);
	buf_finish(&cookie);
	buf_finish(&path);
	buf_finish(&url);
}

static void numbers_are_drawn_and_stand_in_a_table(void **state)
{
	struct broker broker = { .minutes = MINUTES };
	struct answer page = { 0 };

	visit_overview(&broker, '1', "Drawer", &page);
	assert_int_equal(page.status, 200);
	assert_true(answer_says(&page, ">9876<"));
	assert_true(answer_says(&page, ">4321<"));
	assert_true(answer_says(&page, "1:02:03"));
	assert_true(answer_says(&page, "d=\"M0.0 30.0L240.0 2.0\"")); /* connections */
	assert_true(answer_says(&page, "d=\"M0.0 20.7L240.0 2.0\"")); /* messages */
	assert_true(answer_says(&page, "<strong>1.5</strong>")); /* a second */
	assert_true(answer_says(&page, "id=\"figures\""));
	assert_false(answer_says(&page, "id=\"waiting\""));
	assert_true(answer_says(&page, "<time datetime=\"2026-11-21T03:36:00.000Z\">"));
	assert_int_equal(broker.others, 0); /* no list, however long it would be */
	answer_finish(&page);
	(void)state;
}

static void broker_without_minutes_has_figures_and_no_charts(void **state)
{
	struct broker broker = { .minutes = UNKNOWN };
	struct answer page = { 0 };

	visit_overview(&broker, '2', "Older", &page);
	assert_int_equal(page.status, 200);
	assert_true(answer_says(&page, ">9876<"));
	assert_false(answer_says(&page, "<svg viewBox=\"0 0 240 60\""));
	assert_false(answer_says(&page, "id=\"problem\""));
	assert_false(answer_says(&page, "id=\"waiting\"")); /* they will not come */
	answer_finish(&page);
	(void)state;
}

static void charts_of_a_broker_that_has_just_begun_are_promised(void **state)
{
	struct broker broker = { .minutes = NO_MINUTES };
	struct answer page = { 0 };

	visit_overview(&broker, '3', "Early", &page);
	assert_int_equal(page.status, 200);
	assert_false(answer_says(&page, "<svg viewBox=\"0 0 240 60\""));
	assert_true(answer_says(&page, "id=\"waiting\">The figures of the last hour begin"));
	answer_finish(&page);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_drawn_and_stand_in_a_table),
		cmocka_unit_test(broker_without_minutes_has_figures_and_no_charts),
		cmocka_unit_test(charts_of_a_broker_that_has_just_begun_are_promised),
	};

	return cmocka_run_group_tests(tests, visitor_start, visitor_stop);
}
