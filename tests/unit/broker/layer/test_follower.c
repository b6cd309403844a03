/* SPDX-License-Identifier: MIT */
/* What the members of one room hear: seq, seq + 1, … of one epoch, each once, their own with its
 * author. First single cases; then thousands of runs against a log. Its broadcasts are shuffled,
 * doubled and dropped, and answers are lost with the link; a seed draws all of that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "broker/layer/follower.h"
#include "common/base/buf.h"
#include "common/base/mem.h"

#define ROOM STR_OF("lobby")
#define E1 "00000000000000e1"
#define E2 "00000000000000e2"

/* All that the sink was told, as words: "open e1 5", "6@7" (seq 6, by author 7), … */
static struct buf told;
static struct follower *follower;
static unsigned drops;
/* Whoever is told anything closes the room. */
static bool closes;

static void close_if_told(void)
{
	if (closes)
		follower_close(follower, ROOM);
}

static void note_head(const char *word, const struct layer_head *head)
{
	if (head == NULL)
		buf_append_format(&told, "%s none, ", word);
	else
		buf_append_format(&told, "%s %s %" PRIu64 ", ", word, head->epoch + 14, head->seq);
}

static void deliver(void *context, const struct event *event, const struct author *author)
{
	buf_append_format(&told, "%s.%" PRIu64, event->epoch + 14, event->seq);
	if (author->kind != AUTHOR_NOBODY)
		buf_append_format(&told, "@%" PRIu64, author->id);
	buf_append_text(&told, event->changes_any ? "!, " : ", ");
	close_if_told();
	(void)context;
}

static void settle(
	void *context, const struct author *author, enum layer_result result, uint64_t seq)
{
	buf_append_format(&told, "%s %" PRIu64 "@%" PRIu64 ", ",
		result == LAYER_REPEATED ? "repeated" : "refused", seq, author->id);
	close_if_told();
	(void)context;
}

static void open_room(void *context, struct str room, const struct layer_head *head)
{
	note_head("open", head);
	if (head == NULL)
		follower_close(follower, room);
	assert_int_equal(follower_is_open(follower, room), head != NULL);
	close_if_told();
	(void)context;
}

static void begin_anew(void *context, struct str room, const struct layer_head *head)
{
	note_head("anew", head);
	(void)context, (void)room;
}

static void ask_head(void *context, struct str room, const struct layer_head *seen)
{
	buf_append_format(&told, "head? %" PRIu64 ", ", seen->seq);
	(void)context, (void)room;
}

static void ask_rows(void *context, struct str room, uint64_t after, uint64_t until)
{
	buf_append_format(&told, "rows? %" PRIu64 "-%" PRIu64 ", ", after, until);
	(void)context, (void)room;
}

static void count_drop(void *context)
{
	drops++;
	(void)context;
}

static int set_up(void **state)
{
	static const struct follower_sink sink = { .deliver = deliver,
		.settle = settle,
		.open = open_room,
		.begin_anew = begin_anew,
		.ask_head = ask_head,
		.ask_rows = ask_rows,
		.drop = count_drop };

	drops = 0;
	follower = follower_create(&sink);
	(void)state;
	return 0;
}

static int tear_down(void **state)
{
	closes = false;
	follower_destroy(follower);
	buf_finish(&told);
	(void)state;
	return 0;
}

static struct event event_of(const char *epoch, uint64_t seq)
{
	return (struct event){ .type = STR("chat.message"),
		.is_message = true,
		.room = ROOM,
		.user = STR("ann"),
		.message = STR("hello"),
		.broker = STR("b1"),
		.epoch = epoch,
		.seq = seq };
}

static void take(const char *epoch, uint64_t seq, uint64_t item)
{
	struct event event = event_of(epoch, seq);

	follower_take(follower, &event, item);
}

static uint64_t begin(uint64_t author_id)
{
	struct event event = event_of("", 0);
	struct author author = { AUTHOR_CHANNEL, author_id, STR_OF("r1"), NULL };
	struct follower_item *item = follower_begin(follower, &event, &author);

	assert_non_null(item);
	return item->number;
}

static void answer(uint64_t item, enum layer_result result, const char *epoch, uint64_t seq)
{
	follower_answer(follower, item,
		&(struct follower_answer){ .result = result, .epoch = epoch, .seq = seq });
}

static void take_head(const char *epoch, uint64_t base, uint64_t seq)
{
	follower_take_head(follower, ROOM, &(struct follower_head){ epoch, base, seq });
}

static void take_rows(const char *epoch, uint64_t after, uint64_t first, size_t count)
{
	struct event rows[10];

	for (size_t i = 0; i < count; i++)
		rows[i] = event_of("", first + i);
	follower_take_rows(follower, ROOM, epoch, after, rows, count);
}

/* What was told since the last time. */
static void expect(const char *words)
{
	assert_string_equal(buf_text(&told), words);
	buf_clear(&told);
}

static void open_at(uint64_t seq)
{
	follower_open(follower, ROOM);
	take_head(E1, 0, seq);
	buf_clear(&told);
}

static void closed_rooms_hear_as_it_comes(void **state)
{
	take(E1, 9, 0);
	take(E1, 4, 0);
	expect("e1.9, e1.4, ");
	(void)state;
}

static void an_own_message_comes_out_once_with_its_author(void **state)
{
	uint64_t event_first = begin(7), answer_first = begin(8);

	take(E1, 1, event_first);
	answer(event_first, LAYER_SENT, E1, 1);
	answer(answer_first, LAYER_SENT, E1, 2);
	take(E1, 2, answer_first);
	expect("e1.1@7, e1.2@8, ");
	open_at(2);
	event_first = begin(7), answer_first = begin(8);
	take(E1, 3, event_first);
	answer(event_first, LAYER_SENT, E1, 3);
	answer(answer_first, LAYER_SENT, E1, 4);
	take(E1, 4, answer_first);
	expect("e1.3@7, e1.4@8, ");
	assert_int_equal(follower_items(follower), 0);
	(void)state;
}

/* A row does not say it: that of a moderator's deletion may be read before the answer to it. */
static void an_own_deletion_is_still_known_as_a_moderators(void **state)
{
	struct event event = event_of("", 0);
	struct author author = { AUTHOR_CHANNEL, 7, STR_OF("r1"), NULL };

	event.changes_any = true;
	take(E1, 1, follower_begin(follower, &event, &author)->number);
	expect("e1.1@7!, ");
	(void)state;
}

static void what_comes_early_waits_and_what_is_missing_is_asked_for(void **state)
{
	uint64_t item = begin(7);

	open_at(5);
	take(E1, 8, 0);
	expect("rows? 5-7, ");
	answer(item, LAYER_SENT, E1, 7);
	take(E1, 8, 0);
	expect("");
	take_rows(E1, 5, 6, 2);
	expect("e1.6, e1.7@7, e1.8, ");
	take(E1, 6, 0);
	take_rows(E1, 5, 6, 2);
	expect("");
	(void)state;
}

static void a_room_opens_in_its_place_among_the_events(void **state)
{
	uint64_t item = begin(7);

	follower_open(follower, ROOM);
	expect("head? 0, ");
	take(E1, 6, 0);
	take(E1, 5, 0);
	answer(item, LAYER_SENT, E1, 4);
	expect("");
	take_head(E1, 0, 5);
	expect("e1.4@7, e1.5, open e1 5, e1.6, ");
	(void)state;
}

static void a_room_that_cannot_be_read_is_told_so(void **state)
{
	follower_open(follower, ROOM);
	take(E1, 6, 0);
	buf_clear(&told);
	follower_fail_opening(follower);
	expect("open none, ");
	take(E1, 7, 0); /* closed by now */
	expect("e1.6, e1.7, ");
	(void)state;
}

static void a_room_has_its_name_until_all_is_told(void **state)
{
	follower_open(follower, ROOM);
	buf_clear(&told);
	follower_fail_opening(follower);
	expect("open none, ");
	follower_fail_opening(follower);
	expect("");
	(void)state;
}

/* The first that is told of it closes it. */
static void check_closed_at_once(uint64_t head, const char *words)
{
	buf_clear(&told);
	closes = true;
	take_head(E1, 0, head);
	expect(words);
	assert_false(follower_is_open(follower, ROOM));
	closes = false;
}

static void a_room_may_be_closed_by_what_comes_out_before_its_head(void **state)
{
	follower_open(follower, ROOM);
	take(E1, 5, 0);
	check_closed_at_once(5, "e1.5, ");
	follower_open(follower, ROOM);
	answer(begin(7), LAYER_REPEATED, E1, 4);
	check_closed_at_once(5, "repeated 4@7, ");
	(void)state;
}

static void what_a_room_holds_that_is_closed_as_it_opens_is_not_lost(void **state)
{
	follower_open(follower, ROOM);
	take(E1, 5, 0);
	take(E1, 8, 0);
	check_closed_at_once(5, "e1.5, e1.8, ");
	follower_open(follower, ROOM);
	take(E1, 8, 0);
	check_closed_at_once(5, "open e1 5, e1.8, ");
	(void)state;
}

static unsigned failed_count;

static void close_and_open_another(void *context, struct str room, const struct layer_head *head)
{
	char another[16];

	assert_null(head);
	follower_close(follower, room);
	snprintf(another, sizeof(another), "another %u", ++failed_count);
	follower_open(follower, str_from(another));
	(void)context;
}

static void each_room_is_told_once_though_others_are_opened_meanwhile(void **state)
{
	static const struct follower_sink sink = { .open = close_and_open_another,
		.ask_head = ask_head };
	char name[16];

	follower_destroy(follower);
	follower = follower_create(&sink);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "room %u", i);
		follower_open(follower, str_from(name));
	}
	failed_count = 0;
	follower_fail_opening(follower);
	assert_int_equal(failed_count, 100);
	follower_fail_opening(follower);
	assert_int_equal(failed_count, 200);
	(void)state;
}

static void another_epoch_begins_anew_at_its_base(void **state)
{
	uint64_t lost = begin(7);

	open_at(5);
	answer(lost, LAYER_SENT, E1, 9);
	expect("rows? 5-8, ");
	take(E2, 5, 0);
	expect("head? 5, ");
	take_head(E2, 3, 5);
	expect("refused 0@7, anew e2 3, rows? 3-5, ");
	take_rows(E1, 5, 6, 1);
	expect("");
	take_rows(E2, 3, 4, 2);
	expect("e2.4, e2.5, ");
	(void)state;
}

static void rows_of_another_epoch_are_no_answer(void **state)
{
	open_at(5);
	take(E1, 7, 0);
	buf_clear(&told);
	take_rows(E2, 5, 6, 1);
	expect("head? 5, ");
	(void)state;
}

static void a_hole_is_told_of(void **state)
{
	open_at(5);
	take(E1, 20, 0);
	take_rows(E1, 5, 11, 2);
	expect("rows? 5-19, anew e1 10, e1.11, e1.12, rows? 12-19, ");
	take_rows(E1, 12, 0, 0);
	expect("anew e1 19, e1.20, ");
	(void)state;
}

static void a_number_without_a_message_is_forgotten(void **state)
{
	open_at(5);
	take_head(E1, 0, UINT64_MAX);
	take_rows(E1, 5, 0, 0);
	take(E1, 6, 0);
	expect("rows? 5-18446744073709551615, e1.6, ");
	(void)state;
}

static void a_repeated_ref_is_told_the_first_number(void **state)
{
	uint64_t behind = begin(7), ahead = begin(8), closed = begin(9);

	answer(closed, LAYER_REPEATED, E1, 3);
	open_at(5);
	answer(behind, LAYER_REPEATED, E1, 4);
	answer(ahead, LAYER_REPEATED, E1, 6);
	take_rows(E1, 5, 6, 1);
	buf_clear(&told);
	assert_int_equal(follower_items(follower), 0);
	(void)state;
}

static void a_repeated_one_that_did_not_come_out_comes_with_its_author(void **state)
{
	uint64_t item = begin(8);

	open_at(5);
	answer(item, LAYER_REPEATED, E1, 6);
	expect("rows? 5-6, ");
	take_rows(E1, 5, 6, 1);
	expect("e1.6@8, ");
	(void)state;
}

static void own_ones_that_are_numbered_out_of_order_come_out_with_their_authors(void **state)
{
	uint64_t first = begin(7), second = begin(8);

	open_at(5);
	answer(second, LAYER_REPEATED, E1, 8);
	answer(first, LAYER_REPEATED, E1, 7);
	buf_clear(&told);
	take_rows(E1, 5, 6, 3);
	expect("e1.6, e1.7@7, e1.8@8, ");
	(void)state;
}

static void a_refused_one_is_told_why(void **state)
{
	answer(begin(7), LAYER_BUSY, NULL, 0);
	expect("refused 0@7, ");
	(void)state;
}

static void what_a_closed_room_held_back_is_not_lost(void **state)
{
	uint64_t item = begin(7);

	open_at(5);
	take(E1, 8, 0);
	answer(item, LAYER_SENT, E1, 9);
	follower_close(follower, ROOM);
	expect("rows? 5-7, ");
	take_rows(E1, 5, 6, 2);
	expect("e1.8, e1.9@7, ");
	(void)state;
}

static void a_room_that_is_opened_again_keeps_what_it_held(void **state)
{
	open_at(5);
	take(E1, 8, 0);
	follower_close(follower, ROOM);
	follower_open(follower, ROOM);
	buf_clear(&told);
	take_head(E1, 0, 7);
	expect("open e1 7, e1.8, ");
	(void)state;
}

static void nothing_comes_out_before_the_head_that_is_asked_for(void **state)
{
	open_at(5);
	follower_ask_heads(follower);
	take(E1, 6, 0);
	expect("head? 5, ");
	take_head(E1, 0, 7);
	expect("e1.6, rows? 6-7, ");
	(void)state;
}

static void who_is_alone_is_numbered_apart(void **state)
{
	struct event event = event_of("", 0);
	struct author author = { AUTHOR_CHANNEL, 7, STR_OF("r1"), NULL };

	open_at(5);
	for (uint64_t seq = 1; seq <= 2; seq++) {
		follower_say_alone(follower, &event, &author);
		assert_int_equal(event.seq, seq);
	}
	take(E1, 6, 0); /* of another host, which is not away */
	buf_clear(&told);
	take_head(E1, 0, 7);
	expect("anew e1 5, e1.6, rows? 6-7, ");
	follower_close(follower, ROOM);
	buf_clear(&told);
	follower_open(follower, ROOM);
	follower_finish_opening_alone(follower);
	assert_non_null(strstr(buf_text(&told), "head? 0, open "));
	buf_clear(&told);
	take_head(E1, 0, 40);
	expect("anew e1 40, ");
	(void)state;
}

static void items_are_bounded(void **state)
{
	struct event event = event_of("", 0);
	struct author author = { 0 };

	for (size_t i = 0; i < FOLLOWER_ITEMS_MAX; i++)
		(void)begin(7);
	assert_null(follower_begin(follower, &event, &author));
	answer(FOLLOWER_ITEMS_MAX / 2, LAYER_BUSY, NULL, 0);
	assert_int_equal(begin(8), FOLLOWER_ITEMS_MAX + 1);
	assert_int_equal(follower_next(follower, FOLLOWER_ITEMS_MAX / 2)->number,
		FOLLOWER_ITEMS_MAX / 2 + 1);
	(void)state;
}

static void what_is_held_is_bounded_counted_and_asked_for_again(void **state)
{
	open_at(0);
	for (uint64_t seq = 2; seq < FOLLOWER_HELD_MAX + 4; seq++)
		take(E1, seq, 0);
	assert_int_equal(drops, 2);
	buf_clear(&told);
	take_rows(E1, 0, 1, 1);
	assert_non_null(strstr(buf_text(&told), ", rows? 16385-16387, "));
	(void)state;
}

/* The runs. */

#define RUNS 4000
#define STEPS 150
#define LOG_MAX (2 * STEPS)

enum job_kind { JOB_SAY, JOB_HEAD, JOB_ROWS };

/* What is on its way to the log, is done there in this order, and is answered in this order. */
struct job {
	enum job_kind kind;
	uint64_t item, seq; /* after, of rows; what was seen, of a head */
	bool is_done, is_repeated;
	char epoch[EVENT_EPOCH_SIZE]; /* of the answer, or what was seen */
	uint64_t base, last;
};

struct broadcast {
	char epoch[EVENT_EPOCH_SIZE];
	uint64_t seq, item;
};

/* A log of one room, and the roads to and from it. */
static struct {
	uint64_t seed;
	bool drops, breaks, closes, loses;
	char epoch[EVENT_EPOCH_SIZE];
	uint64_t base, seq, epochs;
	uint64_t item_at[LOG_MAX + 1]; /* whose message it is; 0: another broker's */
	struct job jobs[16 * STEPS];
	size_t job_count, done, answered;
	struct broadcast broadcasts[4 * STEPS];
	size_t broadcast_count;
	bool is_up;
	/* What the members have heard. */
	bool wants_open, is_open;
	char heard_epoch[EVENT_EPOCH_SIZE];
	uint64_t heard;
	unsigned begun_anew, settled;
	unsigned told_of[STEPS + 1]; /* by author */
	uint64_t items;
} run;

static uint64_t draw(uint64_t below)
{
	run.seed ^= run.seed << 13;
	run.seed ^= run.seed >> 7;
	run.seed ^= run.seed << 17;
	return run.seed % below;
}

static void run_deliver(void *context, const struct event *event, const struct author *author)
{
	if (author->kind == AUTHOR_CHANNEL)
		run.told_of[author->id]++;
	if (run.is_open) {
		assert_string_equal(event->epoch, run.heard_epoch);
		assert_int_equal(event->seq, run.heard + 1);
		run.heard = event->seq;
	}
	(void)context;
}

static void run_settle(
	void *context, const struct author *author, enum layer_result result, uint64_t seq)
{
	run.told_of[author->id]++;
	run.settled++;
	(void)context, (void)result, (void)seq;
}

static void run_hear(const struct layer_head *head)
{
	snprintf(run.heard_epoch, sizeof(run.heard_epoch), "%s", head->epoch);
	run.heard = head->seq;
}

static void run_open(void *context, struct str room, const struct layer_head *head)
{
	run.is_open = true;
	run_hear(head);
	(void)context, (void)room;
}

static void run_begin_anew(void *context, struct str room, const struct layer_head *head)
{
	run.begun_anew++;
	run_hear(head);
	(void)context, (void)room;
}

static struct job *add_job(enum job_kind kind)
{
	struct job *job = &run.jobs[run.job_count];

	assert_true(run.job_count < sizeof(run.jobs) / sizeof(run.jobs[0]));
	*job = (struct job){ .kind = kind };
	if (run.is_up)
		run.job_count++;
	return job;
}

static void run_ask_head(void *context, struct str room, const struct layer_head *seen)
{
	struct job *job = add_job(JOB_HEAD);
	job->seq = seen->seq;
	snprintf(job->epoch, sizeof(job->epoch), "%s", seen->epoch);
	(void)context, (void)room;
}

static void run_ask_rows(void *context, struct str room, uint64_t after, uint64_t until)
{
	assert_true(until > after);
	add_job(JOB_ROWS)->seq = after;
	(void)context, (void)room;
}

static void broadcast(uint64_t seq)
{
	struct broadcast *sent = &run.broadcasts[run.broadcast_count];

	if (run.drops && draw(5) == 0)
		return;
	assert_true(run.broadcast_count++ < sizeof(run.broadcasts) / sizeof(run.broadcasts[0]));
	sent->seq = seq;
	sent->item = run.item_at[seq];
	snprintf(sent->epoch, sizeof(sent->epoch), "%s", run.epoch);
	if (run.drops && draw(5) == 0) {
		run.broadcasts[run.broadcast_count] = *sent;
		run.broadcast_count++;
	}
}

static void append(uint64_t item)
{
	run.item_at[++run.seq] = item;
	broadcast(run.seq);
}

static void change_epoch(void)
{
	snprintf(run.epoch, sizeof(run.epoch), "%016" PRIx64, ++run.epochs);
	run.base = run.seq;
}

static void do_say(struct job *job)
{
	for (job->seq = 1; job->seq <= run.seq && run.item_at[job->seq] != job->item;)
		job->seq++;
	job->is_repeated = job->seq <= run.seq;
	if (!job->is_repeated)
		append(job->item);
}

static void do_head(struct job *job)
{
	if (strcmp(job->epoch, run.epoch) == 0 && job->seq > run.seq)
		change_epoch();
	job->base = run.base;
}

static void do_job(void)
{
	struct job *job = &run.jobs[run.done];

	if (run.done == run.job_count)
		return;
	run.done++;
	if (job->kind == JOB_SAY)
		do_say(job);
	else if (job->kind == JOB_HEAD)
		do_head(job);
	job->last = run.seq;
	snprintf(job->epoch, sizeof(job->epoch), "%s", run.epoch);
}

static void answer_rows(const struct job *job)
{
	struct event rows[3]; /* as if no more fitted */
	size_t count = 0;

	for (uint64_t seq = job->seq + 1; seq <= job->last && count < 3; seq++)
		rows[count++] = event_of("", seq);
	follower_take_rows(follower, ROOM, job->epoch, job->seq, rows, count);
}

static void answer_job(void)
{
	const struct job *job = &run.jobs[run.answered];

	if (run.answered == run.done)
		return;
	run.answered++;
	if (job->kind == JOB_SAY)
		answer(job->item, job->is_repeated ? LAYER_REPEATED : LAYER_SENT, job->epoch,
			job->seq);
	else if (job->kind == JOB_HEAD)
		take_head(job->epoch, job->base, job->last);
	else
		answer_rows(job);
}

static void hear_broadcast(void)
{
	size_t index = run.drops ? draw(run.broadcast_count + 1) : 0;
	struct broadcast heard;

	if (index >= run.broadcast_count)
		return;
	heard = run.broadcasts[index];
	memmove(&run.broadcasts[index], &run.broadcasts[index + 1],
		(--run.broadcast_count - index) * sizeof(heard));
	take(heard.epoch, heard.seq, heard.item);
}

static void say(void)
{
	uint64_t item = begin(run.items + 1);

	run.items++;
	add_job(JOB_SAY)->item = item;
}

static void break_link(void)
{
	run.is_up = false;
	run.broadcast_count = 0;
	if (draw(2) == 0)
		do_job();
	run.answered = run.done = run.job_count;
}

/* The log may have lost its last messages meanwhile. */
static void mend_link(void)
{
	if (run.is_up)
		return;
	run.is_up = true;
	if (run.loses)
		run.seq -= draw(run.seq + 1) / 4;
	follower_ask_heads(follower);
	for (struct follower_item *item = follower_next(follower, 0); item != NULL;
		item = follower_next(follower, item->number + 1))
		add_job(JOB_SAY)->item = item->number;
}

static void open_or_close(void)
{
	if (run.wants_open)
		follower_close(follower, ROOM);
	else
		follower_open(follower, ROOM);
	run.wants_open = !run.wants_open;
	run.is_open = false;
}

static void step(void)
{
	switch (draw(12)) {
	case 0:
	case 1:
		append(0);
		break;
	case 2:
		say();
		break;
	case 3:
	case 4:
	case 5:
		do_job();
		break;
	case 6:
	case 7:
		answer_job();
		break;
	case 8:
		if (run.closes && draw(6) == 0)
			open_or_close();
		break;
	case 9:
		if (run.breaks && draw(4) == 0)
			break_link();
		else
			mend_link();
		break;
	default:
		hear_broadcast();
	}
}

/* All that is on its way arrives, and once more the head is asked for. */
static void come_to_rest(void)
{
	mend_link();
	if (!run.wants_open)
		open_or_close();
	for (int round = 0; round < 2; round++) {
		while (run.broadcast_count > 0 || run.answered < run.job_count) {
			run.drops = false;
			hear_broadcast();
			do_job();
			answer_job();
		}
		if (round == 0)
			follower_ask_heads(follower);
	}
}

static void run_once(uint64_t seed)
{
	memset(&run, 0, sizeof(run));
	run.seed = seed * 0x9e3779b97f4a7c15;
	run.is_up = true;
	run.drops = seed & 1, run.breaks = seed & 2, run.closes = seed & 4, run.loses = seed & 8;
	change_epoch();
	open_or_close();
	for (int i = 0; i < STEPS; i++)
		step();
	come_to_rest();
	assert_string_equal(run.heard_epoch, run.epoch);
	assert_int_equal(run.heard, run.seq);
	assert_int_equal(follower_items(follower), 0);
	for (uint64_t author = 1; author <= run.items; author++)
		assert_int_equal(run.told_of[author], 1);
	if (!(run.loses && run.breaks))
		assert_int_equal(run.begun_anew, 0);
	if (!run.breaks && !run.closes)
		assert_int_equal(run.settled, 0);
}

static void every_run_is_one_order(void **state)
{
	static const struct follower_sink sink = { .deliver = run_deliver,
		.settle = run_settle,
		.open = run_open,
		.begin_anew = run_begin_anew,
		.ask_head = run_ask_head,
		.ask_rows = run_ask_rows,
		.drop = count_drop };

	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		follower_destroy(follower);
		follower = follower_create(&sink);
		run_once(seed);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(closed_rooms_hear_as_it_comes),
		TEST(an_own_message_comes_out_once_with_its_author),
		TEST(an_own_deletion_is_still_known_as_a_moderators),
		TEST(what_comes_early_waits_and_what_is_missing_is_asked_for),
		TEST(a_room_opens_in_its_place_among_the_events),
		TEST(a_room_that_cannot_be_read_is_told_so),
		TEST(a_room_has_its_name_until_all_is_told),
		TEST(a_room_may_be_closed_by_what_comes_out_before_its_head),
		TEST(what_a_room_holds_that_is_closed_as_it_opens_is_not_lost),
		TEST(each_room_is_told_once_though_others_are_opened_meanwhile),
		TEST(another_epoch_begins_anew_at_its_base),
		TEST(rows_of_another_epoch_are_no_answer),
		TEST(a_hole_is_told_of),
		TEST(a_number_without_a_message_is_forgotten),
		TEST(a_repeated_ref_is_told_the_first_number),
		TEST(a_repeated_one_that_did_not_come_out_comes_with_its_author),
		TEST(own_ones_that_are_numbered_out_of_order_come_out_with_their_authors),
		TEST(a_refused_one_is_told_why),
		TEST(what_a_closed_room_held_back_is_not_lost),
		TEST(a_room_that_is_opened_again_keeps_what_it_held),
		TEST(nothing_comes_out_before_the_head_that_is_asked_for),
		TEST(who_is_alone_is_numbered_apart),
		TEST(items_are_bounded),
		TEST(what_is_held_is_bounded_counted_and_asked_for_again),
		TEST(every_run_is_one_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
