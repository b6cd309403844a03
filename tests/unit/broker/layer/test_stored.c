/* SPDX-License-Identifier: MIT */
/* What goes to the history comes back as the event that it was, for the author that it had. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "broker/layer/stored.h"
#include "tests/support/fake_history.h"

/* What came out last. */
static struct {
	char way[128]; /* origin via copies */
	uint64_t seq;
	enum author_kind kind;
	uint64_t id;
	enum layer_result result;
	unsigned count;
} told;

static void note(const struct author *author, enum layer_result result, uint64_t seq)
{
	told.kind = author->kind;
	told.id = author->id;
	told.result = result;
	told.seq = seq;
	told.count++;
}

static void deliver(void *context, const struct event *event, const struct author *author)
{
	note(author, LAYER_SENT, event->seq);
	snprintf(told.way, sizeof(told.way), "%.*s %.*s %.*s", STR_ARG(event->origin),
		STR_ARG(event->via), STR_ARG(event->copies));
	(void)context;
}

static void settle(
	void *context, const struct author *author, enum layer_result result, uint64_t seq)
{
	note(author, result, seq);
	(void)context;
}

static struct layer *layer;

static void settle_entry(void *context, const struct history_outcome *outcome)
{
	layer_settle(layer, outcome);
	(void)context;
}

static int set_up(void **state)
{
	static struct reactor reactor;
	static struct stats stats;
	const struct layer_setting setting = { .reactor = &reactor,
		.stats = &stats,
		.sink = { .deliver = deliver, .settle = settle } };
	struct history_sink history_sink = { .settle = settle_entry };
	int status;

	told.count = 0;
	layer = layer_create_stored(
		history_create(NULL, NULL, NULL, &history_sink, &status), &setting);
	(void)state;
	return 0;
}

static int take_down(void **state)
{
	layer->ops->destroy(layer);
	(void)state;
	return 0;
}

static enum layer_result say(const struct author *author, struct str origin)
{
	struct event event = { .type = STR("chat.message"),
		.is_message = true,
		.room = STR("r"),
		.message = STR("x"),
		.origin = origin };

	if (origin.len > 0) {
		event.via = STR_OF("[\"a\"]");
		event.copies = STR_OF("[\"b\", \"c\"]");
	}
	return layer->ops->group_send(layer, &event, author);
}

static void event_from_elsewhere_still_says_so_when_it_is_committed(void **state)
{
	struct author nobody = { .kind = AUTHOR_NOBODY };

	assert_int_equal(say(&nobody, STR_OF("e-7")), LAYER_SENT);
	assert_int_equal(say(&nobody, STR_OF("")), LAYER_SENT);
	assert_int_equal(told.count, 0);
	fake_history_settle(HISTORY_COMMITTED, 3);
	assert_string_equal(told.way, "e-7 [\"a\"] [\"b\", \"c\"]");
	assert_int_equal(told.seq, 3);
	assert_int_equal(told.id, 0);
	fake_history_settle(HISTORY_COMMITTED, 4);
	assert_string_equal(told.way, "  ");
	(void)state;
}

static void event_from_elsewhere_may_be_refused_at_once_and_later(void **state)
{
	struct author nobody = { .kind = AUTHOR_NOBODY };

	assert_int_equal(say(&nobody, STR_OF("e-7")), LAYER_SENT);
	fake_history.is_full = true;
	assert_int_equal(say(&nobody, STR_OF("e-8")), LAYER_BUSY);
	fake_history_settle(HISTORY_STORAGE, 0);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.result, LAYER_STORAGE);
	assert_int_equal(told.kind, AUTHOR_NOBODY);
	assert_int_equal(told.id, 0);
	(void)state;
}

static void outcome_is_its_authors(void **state)
{
	static const struct {
		enum history_result result;
		enum layer_result told;
	} rows[] = {
		{ HISTORY_COMMITTED, LAYER_SENT },
		{ HISTORY_REPEATED, LAYER_REPEATED },
		{ HISTORY_BUSY, LAYER_BUSY },
		{ HISTORY_STORAGE, LAYER_STORAGE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct author author = { .kind = i % 2 ? AUTHOR_REQUEST : AUTHOR_CHANNEL,
			.id = 70 + i };

		assert_int_equal(say(&author, STR_OF("")), LAYER_SENT);
		fake_history_settle(rows[i].result, i);
		assert_int_equal(told.kind, author.kind);
		assert_int_equal(told.id, author.id);
		assert_int_equal(told.result, rows[i].told);
		assert_int_equal(told.seq, i);
	}
	(void)state;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(event_from_elsewhere_still_says_so_when_it_is_committed),
		TEST(event_from_elsewhere_may_be_refused_at_once_and_later),
		TEST(outcome_is_its_authors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
