/* SPDX-License-Identifier: MIT */
/* A hub and its edges, over connections that lose, double and reorder messages. What is said at any
 * broker is delivered at all of them, once and in one order, and its author is told once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/channel.h"
#include "broker/history/history.h"
#include "broker/layer/local.h"
#include "broker/layer/nng/edge.h"
#include "broker/layer/nng/hub.h"
#include "broker/layer/nng/hub_frames.h"
#include "broker/layer/nng/hub_notices.h"
#include "broker/layer/nng/wire.h"
#include "common/base/buf.h"
#include "common/base/crypto.h"
#include "common/base/mem.h"
#include "common/store/page.h"
#include "common/store/search_text.h"

#define EDGES 2
#define BROKERS (1 + EDGES) /* the hub is the first */
#define SAID_MAX 1000
#define TICK_MS 50
#define CAPACITY 10 /* of a channel */
#define OTHER 100 /* an asker that is none of the brokers */

struct parcel {
	struct list link;
	int to; /* a broker */
	int from;
	bool is_frame;
	struct buf text;
};

static struct rack {
	struct reactor reactor;
	struct stats stats;
	struct hub *hub;
	struct edge *edges[BROKERS];
	struct layer *layers[BROKERS];
	struct list parcels;
	uint32_t chance;
	unsigned trouble_percent;
	bool is_cut; /* nothing arrives */
	bool loses_frames;
	unsigned hellos; /* that have arrived */
	struct buf last_asked; /* the last message to the hub */
	/* What the sinks of the brokers were told. */
	uint64_t heard[BROKERS][SAID_MAX];
	size_t heard_count[BROKERS];
	unsigned told[BROKERS][SAID_MAX + 1]; /* how often each author was told */
	unsigned links[BROKERS][2];
	int people[BROKERS];
	enum layer_result last_result;
	struct buf received;
	struct layer_ops inner_ops; /* of the hub's inner layer; a test may replace some */
	char epoch[EVENT_EPOCH_SIZE];
	unsigned heads[BROKERS]; /* rooms that have opened */
	size_t told_members, told_names;
	size_t results; /* in the stream */
	bool closes_at_head; /* note_open closes the room */
	size_t longest_answer;
	uint64_t last_row;
	bool rows_are_whole;
	uint64_t first_kept, last_kept; /* the rows that the inner layer keeps, if any */
	uint64_t rows_max; /* in one answer; 0: no limit */
	size_t questions; /* to the hub's broker */
	size_t answer_bytes; /* of its next answers; 0: each repeats its question */
	size_t told_answers[BROKERS], told_none[BROKERS];
	struct wire_record other; /* the first record of the last answer to OTHER */
	/* The people at the hub have numbers. Before a part of them arrives, one of its people goes
	 * and another comes, and the stream tells it. */
	bool changes_people;
	unsigned last_person;
	unsigned changes;
	struct buf noticed[BROKERS]; /* "close x|missed |" */
} rack;

static unsigned roll(void)
{
	rack.chance = rack.chance * 1664525 + 1013904223;
	return (rack.chance >> 16) % 100;
}

/* The connections. */

static void post(int to, int from, bool is_frame, struct str text)
{
	struct parcel *parcel = mem_new(struct parcel);
	struct list *before = rack.parcels.previous;

	parcel->to = to;
	parcel->from = from;
	parcel->is_frame = is_frame;
	buf_append_str(&parcel->text, text);
	if (roll() < rack.trouble_percent && before != &rack.parcels)
		before = before->previous;
	list_append(before->next, &parcel->link);
}

static void post_with_trouble(int to, int from, bool is_frame, struct str text)
{
	if (roll() < rack.trouble_percent)
		return;
	post(to, from, is_frame, text);
	if (roll() < rack.trouble_percent)
		post(to, from, is_frame, text);
}

static void publish(void *context, struct str records)
{
	struct str rest = records;
	struct wire_record record;

	(void)context;
	while (wire_read(&rest, &record))
		rack.results += record.kind == WIRE_RESULT;
	if (rack.loses_frames)
		return;
	for (int i = 1; i < BROKERS; i++)
		post_with_trouble(i, 0, true, records);
}

static void put_person_at(int broker, unsigned number, bool is_here)
{
	struct user user = { 0 };

	memcpy(user.id, &number, sizeof(number));
	snprintf(user.name, sizeof(user.name), "%0*u", broker == 0 ? 100 : 30, number);
	rack.layers[broker]->ops->person(rack.layers[broker], STR_OF("r"), &user, is_here);
}

static void put_person(unsigned number, bool is_here)
{
	put_person_at(0, number, is_here);
}

static void change_people(struct str answer)
{
	struct wire_record record = { 0 };
	unsigned number;

	if (!rack.changes_people || !wire_read(&answer, &record) || !wire_read(&answer, &record) ||
		record.kind != WIRE_PART || !wire_read(&answer, &record))
		return;
	memcpy(&number, record.sender.data, sizeof(number));
	put_person(number, false);
	put_person(++rack.last_person, true);
	hub_send(rack.hub);
	rack.changes++;
}

static void answer(void *context, void *asker, struct str records)
{
	(void)context;
	if (records.len > rack.longest_answer)
		rack.longest_answer = records.len;
	if ((uintptr_t)asker == OTHER) {
		assert_true(wire_read(&records, &rack.other));
		return;
	}
	change_people(records);
	post_with_trouble((int)(uintptr_t)asker, 0, false, records);
}

static bool ask(void *context, struct str records)
{
	post_with_trouble(0, (int)(uintptr_t)context, false, records);
	return true;
}

static void bring(struct parcel *parcel)
{
	struct str text = buf_str(&parcel->text);

	if (parcel->to == 0) {
		buf_clear(&rack.last_asked);
		buf_append_str(&rack.last_asked, text);
		rack.hellos += text.data[0] == WIRE_HELLO;
		assert_true(hub_take(rack.hub, (void *)(uintptr_t)parcel->from, text));
	} else if (rack.edges[parcel->to] != NULL) {
		assert_true(edge_take(rack.edges[parcel->to], text));
	}
}

static void run_tasks(void)
{
	struct list *first;

	while ((first = list_first(&rack.reactor.tasks)) != NULL) {
		struct reactor_task *task = list_entry(first, struct reactor_task, link);

		list_remove(first);
		task->run(task);
	}
}

static void deliver_parcels(void)
{
	struct list *first;

	run_tasks();
	while ((first = list_first(&rack.parcels)) != NULL) {
		struct parcel *parcel = list_entry(first, struct parcel, link);

		list_remove(first);
		if (!rack.is_cut)
			bring(parcel);
		buf_finish(&parcel->text);
		mem_free(parcel);
		run_tasks();
	}
}

static void pass_ms(uint64_t ms)
{
	for (uint64_t passed = 0; passed < ms; passed += TICK_MS) {
		rack.reactor.now_ms += TICK_MS;
		timer_wheel_run(&rack.reactor.timers, rack.reactor.now_ms);
		deliver_parcels();
	}
}

/* The brokers. */

static int index_of(void *context)
{
	return (int)(uintptr_t)context;
}

static void deliver(void *context, const struct event *event, const struct author *author)
{
	int broker = index_of(context);

	snprintf(rack.epoch, sizeof(rack.epoch), "%s", event->epoch);
	rack.heard[broker][rack.heard_count[broker]++] = event->seq;
	if (author->kind == AUTHOR_REQUEST)
		rack.told[broker][author->id]++;
}

static void settle(
	void *context, const struct author *author, enum layer_result result, uint64_t seq)
{
	rack.last_result = result;
	if (author->kind == AUTHOR_REQUEST)
		rack.told[index_of(context)][author->id]++;
	(void)seq;
}

static void note_head(void *context, struct str room, const struct layer_head *head)
{
	(void)context, (void)room, (void)head;
}

static void note_open(void *context, struct str room, const struct layer_head *head)
{
	struct layer *layer = rack.layers[index_of(context)];

	if (rack.closes_at_head)
		layer->ops->close_room(layer, room);
	rack.heads[index_of(context)] += head != NULL;
}

static void tell_rows(void *context, const struct history_rows *rows)
{
	(void)context;
	assert_true(rows->count > 0);
	rack.last_row = rows->messages[rows->count - 1].seq;
	rack.rows_are_whole = rows->is_whole;
}

static void tell_link(void *context, bool is_up)
{
	rack.links[index_of(context)][is_up]++;
}

static void tell_person(void *context, struct str room, const struct user *user, bool is_here)
{
	rack.people[index_of(context)] += is_here ? 1 : -1;
	(void)room, (void)user;
}

static void answer_below(void *context, struct str question, struct buf *answer)
{
	assert_int_equal(index_of(context), 0);
	rack.questions++;
	if (rack.answer_bytes == 0)
		buf_append_str(answer, question);
	for (size_t i = 0; i < rack.answer_bytes; i++)
		buf_append_char(answer, 'x');
}

static void tell_above(void *context, uint64_t asker, struct str answer)
{
	int broker = index_of(context);
	char expected[32];

	snprintf(expected, sizeof(expected), "question %d", (int)asker);
	if (answer.len == 0)
		rack.told_none[broker]++;
	else
		rack.told_answers[broker]++;
	if (answer.len > 0 && rack.answer_bytes == 0)
		assert_true(str_is(answer, expected));
}

static void take_notice(void *context, const struct layer_notice *notice)
{
	static const char *const names[] = { "announce", "close", "revoke", "missed" };

	buf_append_format(&rack.noticed[index_of(context)], "%s %.*s|", names[notice->kind],
		STR_ARG(notice->text));
}

static void tell_members(void *context, const struct author *asker, enum layer_result result,
	const struct layer_names *names)
{
	rack.told_members++;
	rack.told_names = names->count;
	(void)context, (void)asker, (void)result;
}

static void note_idle(void *context)
{
	(void)context;
}

static struct layer_setting setting_of(int broker)
{
	static const char *const ids[] = { "00000000000a", "00000000000b", "00000000000c" };

	return (struct layer_setting){ .reactor = &rack.reactor,
		.stats = &rack.stats,
		.broker_id = ids[broker],
		.capacity = CAPACITY,
		.expiry_ms = 60000,
		.group_expiry_ms = 60000,
		.sink = { .deliver = deliver,
			.settle = settle,
			.open = note_open,
			.begin_anew = note_head,
			.tell_rows = tell_rows,
			.tell_link = tell_link,
			.tell_members = tell_members,
			.tell_person = tell_person,
			.tell_above = tell_above,
			.answer_below = answer_below,
			.take_notice = take_notice,
			.idle = note_idle,
			.context = (void *)(uintptr_t)broker } };
}

static void start_hub(void)
{
	const struct layer_setting setting = setting_of(0);
	const struct hub_way way = { .publish = publish, .answer = answer };

	struct layer *inner;

	rack.hub = hub_create(&setting, &way);
	inner = layer_create_local(hub_setting(rack.hub));
	rack.inner_ops = *inner->ops;
	inner->ops = &rack.inner_ops;
	hub_begin(rack.hub, inner);
	rack.layers[0] = hub_layer(rack.hub);
}

static void start_edge(int broker)
{
	const struct layer_setting setting = setting_of(broker);
	const struct edge_way way = { .ask = ask, .context = (void *)(uintptr_t)broker };

	rack.edges[broker] = edge_create(&setting, &way);
	rack.layers[broker] = edge_layer(rack.edges[broker]);
	rack.people[broker] = 0;
}

static void restart_edge(int broker)
{
	rack.layers[broker]->ops->destroy(rack.layers[broker]);
	rack.edges[broker] = NULL;
	deliver_parcels();
	start_edge(broker);
	pass_ms(200);
}

static int set_up(void **state)
{
	rack = (struct rack){ .chance = 7 };
	list_init(&rack.parcels);
	assert_true(reactor_init(&rack.reactor));
	start_hub();
	for (int i = 1; i < BROKERS; i++)
		start_edge(i);
	pass_ms(1000);
	(void)state;
	return 0;
}

static int take_down(void **state)
{
	for (int i = BROKERS; i-- > 0;)
		rack.layers[i]->ops->destroy(rack.layers[i]);
	rack.is_cut = true;
	deliver_parcels();
	reactor_finish(&rack.reactor);
	buf_finish(&rack.last_asked);
	buf_finish(&rack.received);
	for (int i = 0; i < BROKERS; i++)
		buf_finish(&rack.noticed[i]);
	(void)state;
	return 0;
}

static struct layer_counts counts_of(int broker)
{
	return rack.layers[broker]->ops->count(rack.layers[broker]);
}

static uint64_t counted(enum stat_id stat)
{
	struct stats_reading reading = { 0 };

	stats_sum(&rack.stats, &reading);
	return reading.values[stat];
}

static size_t edges_of_the_hub(void)
{
	return counts_of(0).edges;
}

static void open_at(int broker)
{
	struct layer_head head;

	(void)rack.layers[broker]->ops->open_room(rack.layers[broker], STR_OF("r"), &head);
}

static void open_everywhere(void)
{
	for (int i = 0; i < BROKERS; i++)
		open_at(i);
	pass_ms(200);
}

static void close_everywhere(void)
{
	for (int i = 0; i < BROKERS; i++)
		rack.layers[i]->ops->close_room(rack.layers[i], STR_OF("r"));
}

static enum layer_result say(int broker, uint64_t id)
{
	struct author author = { .kind = AUTHOR_REQUEST, .id = id };
	struct event event = { .type = STR("chat.message"),
		.is_message = true,
		.room = STR("r"),
		.message = STR("x") };

	return rack.layers[broker]->ops->group_send(rack.layers[broker], &event, &author);
}

static void check_all_have_heard(size_t count)
{
	for (int broker = 0; broker < BROKERS; broker++) {
		assert_int_equal(rack.heard_count[broker], count);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(rack.heard[broker][i], i + 1);
	}
}

static void say_many(uint64_t count)
{
	for (uint64_t id = 1; id <= count; id++) {
		assert_int_equal(say((int)(id % BROKERS), id), LAYER_SENT);
		if (id % 7 == 0)
			pass_ms(TICK_MS);
	}
}

static void check_all_are_told_once(uint64_t count)
{
	for (uint64_t id = 1; id <= count; id++)
		assert_int_equal(rack.told[id % BROKERS][id], 1);
}

static void what_is_said_anywhere_comes_out_everywhere(void **state)
{
	open_everywhere();
	say_many(60);
	pass_ms(500);
	check_all_have_heard(60);
	check_all_are_told_once(60);
	close_everywhere();
	(void)state;
}

static void trouble_on_the_way_loses_and_doubles_nothing(void **state)
{
	open_everywhere();
	for (uint32_t seed = 1; seed <= 5; seed++) {
		memset(rack.heard_count, 0, sizeof(rack.heard_count));
		memset(rack.told, 0, sizeof(rack.told));
		rack.chance = seed;
		rack.trouble_percent = 20;
		say_many(150);
		pass_ms(20000);
		rack.trouble_percent = 0;
		pass_ms(5000);
		for (int broker = 0; broker < BROKERS; broker++) {
			assert_int_equal(rack.heard_count[broker], 150);
			for (size_t i = 0; i < 150; i++)
				assert_int_equal(rack.heard[broker][i], (seed - 1) * 150 + i + 1);
		}
		check_all_are_told_once(150);
	}
	close_everywhere();
	(void)state;
}

static void batch_that_comes_again_is_done_once(void **state)
{
	struct buf asked = { 0 };

	open_everywhere();
	assert_int_equal(say(1, 1), LAYER_SENT);
	deliver_parcels();
	buf_append_str(&asked, buf_str(&rack.last_asked));
	for (int i = 0; i < 3; i++)
		assert_true(hub_take(rack.hub, (void *)(uintptr_t)1, buf_str(&asked)));
	pass_ms(500);
	check_all_have_heard(1);
	buf_finish(&asked);
	close_everywhere();
	(void)state;
}

static void hello_that_comes_late_ends_no_session(void **state)
{
	struct buf late = { 0 };
	unsigned hellos;

	wire_write(
		&(struct wire_record){
			.kind = WIRE_HELLO, .number = 1, .broker = STR("00000000000b") },
		&late);
	open_everywhere();
	hellos = rack.hellos;
	assert_true(hub_take(rack.hub, (void *)(uintptr_t)1, buf_str(&late)));
	pass_ms(5000);
	assert_int_equal(rack.hellos, hellos);
	assert_int_equal(say(1, 1), LAYER_SENT);
	pass_ms(500);
	check_all_have_heard(1);
	buf_finish(&late);
	close_everywhere();
	(void)state;
}

static void hub_that_is_silent_is_lost_until_it_speaks(void **state)
{
	open_everywhere();
	rack.is_cut = true;
	assert_int_equal(say(1, 1), LAYER_SENT); /* no edge has noticed yet */
	pass_ms(EDGE_SILENCE_MS + 1000);
	assert_int_equal(rack.links[1][false], 1);
	assert_true(counts_of(1).is_down);
	assert_true(counts_of(1).waiting_bytes == 0);
	assert_int_equal(say(1, 2), LAYER_UNAVAILABLE);
	assert_string_equal(rack.layers[1]->ops->state(rack.layers[1]), "unavailable");
	rack.is_cut = false;
	pass_ms(5000);
	assert_int_equal(rack.links[1][true], 1);
	assert_false(counts_of(1).is_down);
	check_all_have_heard(1); /* the one that was on its way */
	assert_int_equal(rack.told[1][1], 1);
	assert_int_equal(say(1, 3), LAYER_SENT);
	pass_ms(500);
	check_all_have_heard(2);
	close_everywhere();
	(void)state;
}

static void edge_that_is_silent_is_gone_and_comes_back(void **state)
{
	open_everywhere();
	rack.is_cut = true;
	pass_ms(HUB_SILENCE_MS + 2000);
	assert_int_equal(edges_of_the_hub(), 0);
	assert_int_equal(say(0, 3), LAYER_SENT); /* no edge hears it from the stream */
	rack.is_cut = false;
	pass_ms(5000);
	assert_int_equal(edges_of_the_hub(), EDGES);
	assert_int_equal(say(1, 1), LAYER_SENT);
	pass_ms(500);
	assert_int_equal(rack.heard[2][rack.heard_count[2] - 1], 2);
	assert_int_equal(rack.told[1][1], 1);
	close_everywhere();
	(void)state;
}

static bool open_later(struct layer *layer, struct str room, struct layer_head *head_out)
{
	(void)layer, (void)room, (void)head_out;
	return false;
}

static void room_goes_on_when_its_head_can_be_read_again(void **state)
{
	const struct layer_ops ops = rack.inner_ops;
	const struct layer_sink *sink = &hub_setting(rack.hub)->sink;

	open_everywhere();
	rack.is_cut = true;
	pass_ms(HUB_SILENCE_MS + 2000);
	rack.inner_ops.open_room = open_later;
	rack.is_cut = false;
	pass_ms(5000);
	rack.inner_ops = ops;
	sink->open(sink->context, STR_OF("r"), NULL);
	pass_ms(2000);
	assert_int_equal(say(1, 1), LAYER_SENT);
	pass_ms(500);
	check_all_have_heard(1);
	assert_int_equal(rack.told[1][1], 1);
	close_everywhere();
	(void)state;
}

static bool ask_kept_rows(
	struct layer *layer, struct str room, uint64_t after, uint64_t until, size_t bytes_max)
{
	const struct layer_sink *sink = &hub_setting(rack.hub)->sink;
	uint64_t last = until < rack.last_kept ? until : rack.last_kept;
	uint64_t first = after < rack.first_kept ? rack.first_kept : after + 1;
	struct history_rows rows = { .room = room, .after = after, .until = until };
	struct archive_message *messages = mem_alloc_array(until - after, sizeof(*messages));

	if (rack.rows_max > 0 && first + rack.rows_max <= last)
		first = last - rack.rows_max + 1; /* the oldest do not fit */
	for (uint64_t seq = first; seq <= last; seq++)
		messages[rows.count++] = (struct archive_message){
			.seq = seq, .user = STR("somebody"), .text = STR("x")
		};
	rows.messages = messages;
	rows.is_whole = rows.count == until - after;
	sink->tell_rows(sink->context, &rows);
	mem_free(messages);
	(void)layer, (void)bytes_max;
	return true;
}

static bool ask_first_page(struct layer *layer, const struct page *page, uint64_t asker)
{
	const struct layer_sink *sink = &hub_setting(rack.hub)->sink;
	uint64_t seq = page->seq < rack.first_kept ? rack.first_kept : page->seq + 1;
	struct buf members = { 0 };

	assert_int_equal(page->kind, PAGE_AFTER);
	assert_int_equal(page->limit, 1);
	buf_append_format(&members, "\"messages\": [{\"seq\": %d}], \"more\": true", (int)seq);
	sink->tell_page(sink->context, asker, STORE_OK, rack.epoch, buf_str(&members));
	buf_finish(&members);
	(void)layer;
	return true;
}

/* The edges learn it with their next session. */
static void keep_rows(uint64_t first, uint64_t last)
{
	rack.inner_ops.ask_rows = ask_kept_rows;
	rack.inner_ops.ask_page = ask_first_page;
	rack.layers[0]->keeps_past = true;
	rack.first_kept = first;
	rack.last_kept = last;
}

static void rows_that_are_kept_are_found_behind_those_that_are_not(void **state)
{
	open_everywhere();
	rack.is_cut = true;
	pass_ms(HUB_SILENCE_MS + 2000);
	for (uint64_t id = 1; id <= 400; id++)
		assert_int_equal(say(0, id), LAYER_SENT);
	keep_rows(301, 400);
	rack.is_cut = false;
	pass_ms(5000);
	for (int i = 1; i < BROKERS; i++) {
		assert_int_equal(rack.heard_count[i], 100);
		for (uint64_t n = 0; n < 100; n++)
			assert_int_equal(rack.heard[i][n], 301 + n);
	}
	close_everywhere();
	(void)state;
}

static void rows_that_do_not_fit_into_an_answer_are_not_skipped(void **state)
{
	open_everywhere();
	rack.is_cut = true;
	pass_ms(HUB_SILENCE_MS + 2000);
	for (uint64_t id = 1; id <= 200; id++)
		assert_int_equal(say(0, id), LAYER_SENT);
	keep_rows(101, 200);
	rack.rows_max = 3;
	rack.is_cut = false;
	pass_ms(5000);
	for (int i = 1; i < BROKERS; i++) {
		assert_int_equal(rack.heard_count[i], 100);
		for (uint64_t n = 0; n < 100; n++)
			assert_int_equal(rack.heard[i][n], 101 + n);
	}
	close_everywhere();
	(void)state;
}

static void rows_that_are_too_long_for_an_answer_lack_the_oldest(void **state)
{
	struct layer *edge = rack.layers[1];

	rack.is_cut = true;
	pass_ms(HUB_SILENCE_MS + 2000);
	keep_rows(1, 1000000);
	rack.is_cut = false;
	pass_ms(5000);
	rack.rows_are_whole = true;
	assert_true(edge->ops->ask_rows(edge, STR_OF("r"), 0, 1000000, WIRE_BYTES_MAX));
	pass_ms(200);
	assert_true(rack.longest_answer <= WIRE_BYTES_MAX);
	assert_int_equal(rack.last_row, 1000000);
	assert_false(rack.rows_are_whole);
	(void)state;
}

static void what_comes_again_keeps_nobody_here(void **state)
{
	struct buf asked = { 0 };

	buf_append_str(&asked, buf_str(&rack.last_asked));
	assert_int_equal(asked.data[0], WIRE_BATCH);
	rack.is_cut = true;
	for (uint64_t ms = 0; ms < HUB_SILENCE_MS + 2000; ms += 1000) {
		assert_true(hub_take(rack.hub, (void *)(uintptr_t)1, buf_str(&asked)));
		pass_ms(1000);
	}
	assert_int_equal(edges_of_the_hub(), 0);
	buf_finish(&asked);
	(void)state;
}

static enum wire_kind ask_as_other(const struct wire_record *head)
{
	struct buf message = { 0 };

	wire_write(head, &message);
	assert_true(hub_take(rack.hub, (void *)(uintptr_t)OTHER, buf_str(&message)));
	buf_finish(&message);
	run_tasks();
	return rack.other.kind;
}

static enum wire_kind say_hello_as(unsigned other)
{
	char id[CHANNEL_BROKER_ID_SIZE];

	snprintf(id, sizeof(id), "%012x", 0x1000 + other);
	return ask_as_other(&(struct wire_record){
		.kind = WIRE_HELLO, .number = 1 + other, .broker = str_from(id) });
}

/* The beginning of a session. */
static enum wire_kind come_in_as(unsigned other)
{
	if (say_hello_as(other) != WIRE_WELCOME)
		return rack.other.kind;
	return ask_as_other(&(struct wire_record){
		.kind = WIRE_BATCH, .number = 1, .session = rack.other.session });
}

static enum wire_kind tell_as_other(
	uint64_t session, uint64_t batch, const struct wire_record *item)
{
	const struct wire_record head = { .kind = WIRE_BATCH, .number = batch, .session = session };
	struct buf message = { 0 };

	wire_write(&head, &message);
	wire_write(item, &message);
	assert_true(hub_take(rack.hub, (void *)(uintptr_t)OTHER, buf_str(&message)));
	buf_finish(&message);
	run_tasks();
	return rack.other.kind;
}

static void check_edges_are_heard(void)
{
	size_t before = rack.heard_count[0];

	for (int i = 1; i < BROKERS; i++)
		assert_int_equal(say(i, (uint64_t)i), LAYER_SENT);
	pass_ms(500);
	for (int i = 0; i < BROKERS; i++)
		assert_int_equal(rack.heard_count[i], before + EDGES);
}

static void who_was_not_heard_of_for_longest_goes_when_all_places_are_taken(void **state)
{
	unsigned others = HUB_EDGES_MAX - EDGES;
	unsigned hellos;

	open_everywhere();
	hellos = rack.hellos;
	for (unsigned i = 0; i < others; i++)
		assert_int_equal(come_in_as(i), WIRE_TAKEN);
	assert_int_equal(come_in_as(others), WIRE_BUSY);
	pass_ms(HUB_QUIET_MS + 2 * TICK_MS);
	for (unsigned i = 0; i < others; i++)
		assert_int_equal(come_in_as(others + i), WIRE_TAKEN);
	assert_int_equal(come_in_as(2 * others), WIRE_BUSY);
	assert_int_equal(edges_of_the_hub(), HUB_EDGES_MAX);
	check_edges_are_heard();
	assert_int_equal(rack.hellos, hellos); /* their sessions went on */
	close_everywhere();
	(void)state;
}

static void edge_beyond_the_last_place_is_told_of_at_both_ends(void **state)
{
	unsigned hellos;

	rack.layers[2]->ops->destroy(rack.layers[2]);
	rack.edges[2] = NULL;
	deliver_parcels();
	for (unsigned i = 0; i <= HUB_EDGES_MAX - EDGES; i++)
		assert_int_equal(come_in_as(i), WIRE_TAKEN);
	assert_int_equal(counted(STAT_LAYER_REFUSED), 0);
	hellos = rack.hellos;
	start_edge(2);
	pass_ms(2000);
	assert_true(rack.hellos > hellos + 1);
	assert_int_equal(counted(STAT_LAYER_REFUSED), rack.hellos - hellos + 1);
	pass_ms(HUB_SILENCE_MS);
	assert_int_equal(say(2, 1), LAYER_SENT);
	pass_ms(500);
	assert_int_equal(rack.told[2][1], 1);
	(void)state;
}

static void hello_alone_takes_no_place(void **state)
{
	struct wire_record first = { .kind = WIRE_BATCH, .number = 1 };

	open_everywhere();
	for (unsigned i = 0; i <= HUB_NEWCOMERS_MAX; i++) {
		assert_int_equal(say_hello_as(i), WIRE_WELCOME);
		if (i == 0)
			first.session = rack.other.session;
	}
	assert_int_equal(edges_of_the_hub(), EDGES);
	assert_int_equal(ask_as_other(&first), WIRE_STRANGER);
	assert_int_equal(come_in_as(5 * HUB_EDGES_MAX), WIRE_TAKEN);
	check_edges_are_heard();
	pass_ms(HUB_SILENCE_MS + 2000);
	assert_int_equal(edges_of_the_hub(), EDGES);
	close_everywhere();
	(void)state;
}

static void people_are_told_and_go_with_their_broker(void **state)
{
	const struct user ann = { .id = { 1 }, .name = "Ann" };

	open_everywhere();
	rack.layers[1]->ops->person(rack.layers[1], STR_OF("r"), &ann, true);
	pass_ms(500);
	assert_int_equal(rack.people[0], 1);
	assert_int_equal(rack.people[1], 0); /* Ann's own broker, which is not told */
	assert_int_equal(rack.people[2], 1);
	rack.is_cut = true;
	pass_ms(HUB_SILENCE_MS + 2000);
	assert_int_equal(rack.people[0], 0);
	rack.is_cut = false;
	pass_ms(5000);
	assert_int_equal(rack.people[0], 1);
	assert_int_equal(rack.people[2], 1);
	close_everywhere();
	(void)state;
}

static void people_are_told_of_a_room_that_has_closed_as_it_opened(void **state)
{
	const struct user ann = { .id = { 1 }, .name = "Ann" };

	open_at(0);
	rack.layers[0]->ops->person(rack.layers[0], STR_OF("r"), &ann, true);
	pass_ms(200);
	rack.closes_at_head = true;
	open_at(1);
	pass_ms(200);
	assert_int_equal(rack.people[1], 0);
	rack.closes_at_head = false;
	open_at(1);
	pass_ms(200);
	assert_int_equal(rack.people[1], 1);
	(void)state;
}

static void edge_whose_hub_is_away_for_long_keeps_what_counts(void **state)
{
	const size_t most = EDGE_SESSION_BYTES_MAX + 1024 * 1024;

	open_everywhere();
	assert_int_equal(say(1, 1), LAYER_SENT);
	rack.is_cut = true;
	deliver_parcels();
	for (unsigned i = 0; i < 400000; i++) {
		put_person_at(1, i % 3, i % 2 == 0);
		assert_true(counts_of(1).waiting_bytes <= most);
	}
	put_person_at(1, 0, true);
	put_person_at(1, 1, true);
	put_person_at(1, 2, false);
	assert_int_equal(counted(STAT_LAYER_OVERRUNS), 1);
	rack.is_cut = false;
	pass_ms(5000);
	assert_int_equal(rack.people[0], 2);
	assert_int_equal(rack.people[2], 2);
	check_all_have_heard(1);
	check_edges_are_heard();
	assert_int_equal(counted(STAT_LAYER_OVERRUNS), 1);
	close_everywhere();
	(void)state;
}

static void people_who_fit_into_no_answer_come_in_parts(void **state)
{
	open_everywhere();
	rack.is_cut = true;
	pass_ms(HUB_SILENCE_MS + 2000);
	while (rack.last_person < 40000)
		put_person(++rack.last_person, true);
	rack.longest_answer = 0;
	rack.changes_people = true;
	rack.trouble_percent = 10;
	rack.is_cut = false;
	pass_ms(20000);
	rack.trouble_percent = 0;
	pass_ms(2000);
	assert_true(rack.changes > 5);
	assert_true(rack.longest_answer > 100000 && rack.longest_answer < 2 * 1024 * 1024);
	for (int i = 1; i < BROKERS; i++)
		assert_int_equal(rack.people[i], 40000);
	check_edges_are_heard();
	close_everywhere();
	(void)state;
}

static void nobody_stays_of_those_who_went_while_another_edge_came(void **state)
{
	const struct user ann = { .id = { 1 }, .name = "Ann" };
	struct wire_record said = { .kind = WIRE_PERSON,
		.is_here = 1,
		.room = STR("r"),
		.user = STR("Bob"),
		.sender = STR("0123456789abcdef") };
	uint64_t session;

	open_everywhere();
	rack.layers[2]->ops->person(rack.layers[2], STR_OF("r"), &ann, true);
	assert_int_equal(come_in_as(0), WIRE_TAKEN);
	session = rack.other.session;
	assert_int_equal(tell_as_other(session, 2, &said), WIRE_TAKEN);
	pass_ms(500);
	assert_int_equal(rack.people[1], 2);
	/* The edge begins to tell all its people, without Bob, and somebody comes before it has
	 * ended. */
	said = (struct wire_record){ .kind = WIRE_PEOPLE };
	assert_int_equal(tell_as_other(session, 3, &said), WIRE_TAKEN);
	restart_edge(1);
	open_at(1);
	pass_ms(1000);
	said.kind = WIRE_ALL_PEOPLE;
	assert_int_equal(tell_as_other(session, 4, &said), WIRE_TAKEN);
	pass_ms(2000);
	assert_int_equal(rack.people[1], 1);
	close_everywhere();
	(void)state;
}

static void notify_of(int broker, enum layer_notice_kind kind, const char *text)
{
	const struct layer_notice notice = { .kind = kind, .text = str_from(text) };

	rack.layers[broker]->ops->notify(rack.layers[broker], &notice);
}

static void check_noticed(int broker, const char *expected)
{
	assert_string_equal(buf_text(&rack.noticed[broker]), expected);
	buf_clear(&rack.noticed[broker]);
}

static void forget_notices(void)
{
	for (int i = 0; i < BROKERS; i++)
		buf_clear(&rack.noticed[i]);
}

static void notices_are_told_once_and_never_to_who_tells(void **state)
{
	check_noticed(1, "missed |"); /* there may be some from before its session */
	forget_notices();
	notify_of(0, NOTICE_CLOSE, "a");
	notify_of(1, NOTICE_CLOSE, "b");
	notify_of(2, NOTICE_ANNOUNCE, "c");
	pass_ms(500);
	check_noticed(0, "close b|announce c|");
	check_noticed(1, "close a|announce c|");
	check_noticed(2, "close a|close b|");
	(void)state;
}

static void edge_that_was_away_hears_of_what_was_closed_meanwhile(void **state)
{
	forget_notices();
	rack.is_cut = true;
	pass_ms(HUB_SILENCE_MS + 2000);
	for (int i = 0; i < HUB_NOTICES_MAX - 1; i++)
		notify_of(0, NOTICE_CLOSE, "a");
	notify_of(0, NOTICE_ANNOUNCE, "too late");
	notify_of(1, NOTICE_CLOSE, "b"); /* it waits at the edge */
	rack.is_cut = false;
	pass_ms(5000);
	check_noticed(0, "close b|");
	assert_int_equal(rack.noticed[1].len, strlen("close a|") * (HUB_NOTICES_MAX - 1));
	assert_int_equal(rack.noticed[2].len, strlen("close a|") * HUB_NOTICES_MAX);
	(void)state;
}

static void edge_that_was_away_for_too_many_is_told_that_it_has_missed_some(void **state)
{
	rack.is_cut = true;
	pass_ms(HUB_SILENCE_MS + 2000);
	forget_notices();
	for (int i = 0; i < HUB_NOTICES_MAX + 1; i++)
		notify_of(0, NOTICE_CLOSE, "a");
	rack.is_cut = false;
	pass_ms(5000);
	check_noticed(1, "missed |");
	notify_of(0, NOTICE_CLOSE, "b");
	pass_ms(500);
	check_noticed(1, "close b|");
	(void)state;
}

static enum layer_result start_sending_text(int broker, const char *channel, const char *text)
{
	const char *problem;
	struct json *fields = json_parse(str_from(text), &problem);
	const struct event event = { .fields = fields };
	struct author author = { .kind = AUTHOR_REQUEST, .id = 1 };
	struct layer *layer = rack.layers[broker];
	enum layer_result result = layer->ops->send(layer, str_from(channel), &event, &author);

	json_destroy(fields);
	return result;
}

static enum layer_result start_sending(int broker, const char *channel)
{
	return start_sending_text(broker, channel, "{\"n\": 1}");
}

static enum layer_result send_to(int broker, const char *channel)
{
	enum layer_result result = start_sending(broker, channel);

	pass_ms(500);
	return result == LAYER_UNDER_WAY ? rack.last_result : result;
}

static void take(struct layer_receiver *receiver, struct str message)
{
	buf_append_str(&rack.received, message);
	(void)receiver;
}

static void room_that_opens_again_is_told_once(void **state)
{
	const struct layer_ops ops = rack.inner_ops;
	const struct layer_sink *sink = &hub_setting(rack.hub)->sink;
	const struct layer_head head = { "e", 5 };
	struct wire_record open = { .kind = WIRE_OPEN, .room = STR("r") };
	uint64_t session;

	rack.inner_ops.open_room = open_later;
	assert_int_equal(come_in_as(0), WIRE_TAKEN);
	session = rack.other.session;
	for (open.number = 1; open.number <= 100; open.number++)
		assert_int_equal(tell_as_other(session, open.number + 1, &open), WIRE_TAKEN);
	sink->open(sink->context, STR_OF("r"), &head);
	hub_send(rack.hub);
	assert_int_equal(rack.results, 1);
	/* One CLOSE is enough: nobody waits for the head any more. */
	assert_int_equal(tell_as_other(session, 102, &open), WIRE_TAKEN);
	open.kind = WIRE_CLOSE;
	assert_int_equal(tell_as_other(session, 103, &open), WIRE_TAKEN);
	sink->open(sink->context, STR_OF("r"), &head);
	hub_send(rack.hub);
	assert_int_equal(rack.results, 1);
	rack.inner_ops = ops;
	(void)state;
}

static void receivers_of_an_edge_are_bounded(void **state)
{
	struct wire_record receive = { .kind = WIRE_RECEIVE };
	uint64_t session;
	char name[32];

	assert_int_equal(come_in_as(0), WIRE_TAKEN);
	session = rack.other.session;
	for (uint64_t i = 1; i <= HUB_RECEIVERS_MAX + 3; i++) {
		snprintf(name, sizeof(name), "jobs-%u", (unsigned)(i % 100));
		receive.number = i;
		receive.channel = str_from(name);
		assert_int_equal(tell_as_other(session, i + 1, &receive), WIRE_TAKEN);
	}
	hub_send(rack.hub);
	assert_int_equal(rack.results, 3);
	(void)state;
}

static void no_crowd_of_errands_holds_up_heads_and_notices(void **state)
{
	forget_notices();
	rack.is_cut = true;
	for (size_t i = 0; i < EDGE_ERRANDS_MAX; i++)
		assert_int_equal(start_sending(1, "jobs"), LAYER_UNDER_WAY);
	assert_int_equal(start_sending(1, "jobs"), LAYER_BUSY);
	notify_of(1, NOTICE_CLOSE, "a");
	open_at(1);
	rack.is_cut = false;
	pass_ms(5000);
	check_noticed(0, "close a|");
	assert_int_equal(rack.heads[1], 1);
	assert_int_equal(counted(STAT_NOTICES_LOST), 0);
	(void)state;
}

static void errands_are_bounded_by_their_bytes(void **state)
{
	const size_t len = 512 * 1024, most = EDGE_ERRANDS_BYTES_MAX / len;
	struct buf text = { 0 };
	size_t sent = 0;

	buf_append_text(&text, "{\"x\": \"");
	while (text.len < len)
		buf_append_char(&text, 'x');
	buf_append_text(&text, "\"}");
	rack.loses_frames = true; /* so that no outcome comes */
	while (sent < 2 * most &&
		start_sending_text(1, "jobs", buf_text(&text)) == LAYER_UNDER_WAY) {
		deliver_parcels();
		sent++;
	}
	assert_int_equal(sent, most);
	rack.loses_frames = false;
	pass_ms(2000);
	assert_int_equal(send_to(1, "other"), LAYER_SENT);
	buf_finish(&text);
	(void)state;
}

static void notice_that_cannot_be_read_or_kept_is_counted(void **state)
{
	char name[HUB_NOTICE_BYTES_MAX + 1] = "";
	const struct wire_record none = { .kind = WIRE_NOTICE, .number = 1, .text = STR("{}") };

	assert_int_equal(come_in_as(0), WIRE_TAKEN);
	assert_int_equal(tell_as_other(rack.other.session, 2, &none), WIRE_TAKEN);
	assert_int_equal(counted(STAT_NOTICES_LOST), 1);
	memset(name, 'x', sizeof(name) - 1);
	notify_of(0, NOTICE_CLOSE, name);
	assert_int_equal(counted(STAT_NOTICES_LOST), 2);
	(void)state;
}

static void notices_beyond_their_bound_are_counted(void **state)
{
	rack.is_cut = true;
	for (size_t i = 0; i < EDGE_NOTICES_MAX + 2; i++)
		notify_of(1, NOTICE_CLOSE, "a");
	assert_int_equal(counted(STAT_NOTICES_LOST), 2);
	(void)state;
}

static void announcements_take_no_place_of_a_closing(void **state)
{
	rack.is_cut = true;
	for (size_t i = 0; i <= EDGE_NOTICES_MAX; i++)
		notify_of(1, NOTICE_ANNOUNCE, "a");
	notify_of(1, NOTICE_CLOSE, "b");
	assert_int_equal(counted(STAT_NOTICES_LOST), 0);
	(void)state;
}

static void announcements_are_bounded_by_their_bytes(void **state)
{
	const size_t len = 512 * 1024, most = EDGE_ERRANDS_BYTES_MAX / len;
	struct buf text = { 0 };

	while (text.len < len)
		buf_append_char(&text, 'x');
	rack.is_cut = true;
	for (size_t i = 0; i < most + 2; i++)
		notify_of(1, NOTICE_ANNOUNCE, buf_text(&text));
	assert_int_equal(counted(STAT_NOTICES_LOST), 2);
	buf_finish(&text);
	(void)state;
}

static void rooms_that_close_before_their_head_comes_leave_nothing_behind(void **state)
{
	rack.is_cut = true;
	for (size_t i = 0; i <= EDGE_ERRANDS_MAX; i++) {
		open_at(1);
		rack.layers[1]->ops->close_room(rack.layers[1], STR_OF("r"));
	}
	assert_int_equal(start_sending(1, "jobs"), LAYER_UNDER_WAY);
	open_at(1);
	rack.is_cut = false;
	pass_ms(5000);
	assert_int_equal(rack.heads[1], 1);
	(void)state;
}

static void channel_is_reached_from_everywhere(void **state)
{
	for (int owner = 0; owner < BROKERS; owner++) {
		struct layer *layer = rack.layers[owner];
		struct buf name = { 0 }, message = { 0 };

		assert_int_equal(
			layer->ops->new_channel(layer, STR_OF("bot"), 0, &name), LAYER_DONE);
		for (int sender = 0; sender < BROKERS; sender++)
			assert_int_equal(send_to(sender, buf_text(&name)), LAYER_SENT);
		for (int i = 0; i < BROKERS; i++)
			assert_int_equal(layer->ops->receive(layer, buf_str(&name), NULL, &message),
				LAYER_DONE);
		buf_finish(&name);
		buf_finish(&message);
	}
	assert_int_equal(send_to(1, "bot.00000000000f!1"), LAYER_NO_CHANNEL);
	assert_int_equal(send_to(0, "bot.00000000000b!1"), LAYER_NO_CHANNEL);
	(void)state;
}

static void message_that_comes_for_nobody_goes_back(void **state)
{
	struct layer_receiver late = { .take = take }, next = { .take = take };
	struct layer *layer = rack.layers[1];
	struct buf unused = { 0 };

	list_init(&late.link);
	list_init(&next.link);
	assert_int_equal(layer->ops->receive(layer, STR_OF("jobs"), &late, &unused), LAYER_EMPTY);
	pass_ms(200);
	assert_int_equal(start_sending(0, "jobs"), LAYER_SENT); /* it is on its way */
	layer->ops->cancel_receive(layer, &late);
	assert_int_equal(rack.layers[0]->ops->count(rack.layers[0]).messages, 0);
	for (size_t i = 0; i < CAPACITY; i++)
		assert_int_equal(start_sending_text(0, "jobs", "{\"n\": 2}"), LAYER_SENT);
	pass_ms(500);
	assert_int_equal(rack.received.len, 0);
	assert_int_equal(rack.layers[0]->ops->count(rack.layers[0]).messages, CAPACITY + 1);
	assert_int_equal(layer->ops->receive(layer, STR_OF("jobs"), &next, &unused), LAYER_EMPTY);
	pass_ms(200);
	assert_string_equal(buf_text(&rack.received), "{\"n\": 1}");
	(void)state;
}

static void questions_beyond_their_bound_are_busy(void **state)
{
	const struct author author = { .kind = AUTHOR_REQUEST, .id = 1 };
	const struct layer_ops *ops = rack.layers[1]->ops;
	struct layer_names unused;
	size_t asked = 0;

	rack.is_cut = true;
	while (asked < 100000 &&
		ops->members(rack.layers[1], STR_OF("g"), &author, &unused) == LAYER_UNDER_WAY)
		asked++;
	assert_int_equal(asked, 4096);
	assert_int_equal(ops->members(rack.layers[1], STR_OF("g"), &author, &unused), LAYER_BUSY);
	pass_ms(EDGE_SILENCE_MS + 1000);
	assert_int_equal(rack.told_members, asked);
	assert_int_equal(
		ops->members(rack.layers[1], STR_OF("g"), &author, &unused), LAYER_UNAVAILABLE);
	rack.is_cut = false;
	pass_ms(5000);
	assert_int_equal(
		ops->members(rack.layers[1], STR_OF("g"), &author, &unused), LAYER_UNDER_WAY);
	(void)state;
}

static void outcome_of_an_errand_is_its_own_edges_to_tell(void **state)
{
	struct wire_record done = { .kind = WIRE_DONE, .result = LAYER_NO_CHANNEL };
	struct layer *edge = rack.layers[1];
	struct buf name = { 0 };

	assert_int_equal(edge->ops->new_channel(edge, STR_OF("bot"), 0, &name), LAYER_DONE);
	assert_int_equal(come_in_as(0), WIRE_TAKEN);
	assert_int_equal(start_sending(0, buf_text(&name)), LAYER_UNDER_WAY);
	for (done.number = 0; done.number < 10; done.number++)
		assert_int_equal(
			tell_as_other(rack.other.session, done.number + 2, &done), WIRE_TAKEN);
	assert_int_equal(rack.told[0][1], 0);
	pass_ms(500);
	assert_int_equal(rack.told[0][1], 1);
	assert_int_equal(rack.last_result, LAYER_SENT);
	buf_finish(&name);
	(void)state;
}

static void names_of_a_group_come_from_who_was_asked(void **state)
{
	const struct author author = { .kind = AUTHOR_REQUEST, .id = 1 };
	struct wire_record name = { .kind = WIRE_NAME, .number = 1, .channel = STR("bot") };
	const struct wire_record gathered = { .kind = WIRE_GATHERED, .number = 1 };
	struct layer_names unused;
	uint64_t session;

	assert_int_equal(come_in_as(0), WIRE_TAKEN);
	session = rack.other.session;
	assert_int_equal(
		rack.layers[0]->ops->members(rack.layers[0], STR_OF("g"), &author, &unused),
		LAYER_UNDER_WAY);
	assert_int_equal(tell_as_other(session, 2, &name), WIRE_TAKEN);
	assert_int_equal(tell_as_other(session, 3, &gathered), WIRE_TAKEN);
	assert_int_equal(tell_as_other(session, 4, &name), WIRE_TAKEN);
	pass_ms(500);
	assert_int_equal(rack.told_members, 1);
	assert_int_equal(rack.told_names, 1);
	(void)state;
}

static void number_beyond_an_edges_own_is_none(void **state)
{
	struct wire_record flush = { .kind = WIRE_FLUSH, .number = UINT64_C(1) << 40 };
	uint64_t session;

	assert_int_equal(come_in_as(0), WIRE_TAKEN);
	assert_int_equal(come_in_as(1), WIRE_TAKEN);
	session = rack.other.session; /* serial 4; the number's bit 40 would make it 5 */
	assert_int_equal(come_in_as(2), WIRE_TAKEN);
	assert_int_equal(tell_as_other(session, 2, &flush), WIRE_TAKEN);
	hub_send(rack.hub);
	assert_int_equal(rack.results, 0);
	flush.number--;
	assert_int_equal(tell_as_other(session, 3, &flush), WIRE_TAKEN);
	hub_send(rack.hub);
	assert_int_equal(rack.results, 1);
	(void)state;
}

static void names_of_a_group_are_bounded(void **state)
{
	const struct author author = { .kind = AUTHOR_REQUEST, .id = 1 };
	const size_t asked = 60000;
	struct layer_names unused;
	char name[101];

	for (size_t i = 0; i < asked; i++) {
		struct layer *layer = rack.layers[i % BROKERS];

		snprintf(name, sizeof(name), "%.*s%0*zu", 50, "x", 78, i);
		assert_int_not_equal(
			layer->ops->group_add(layer, STR_OF("g"), str_from(name), &author),
			LAYER_BUSY);
		if (i % 1000 == 0)
			pass_ms(TICK_MS);
	}
	pass_ms(1000);
	rack.longest_answer = 0;
	assert_int_equal(
		rack.layers[1]->ops->members(rack.layers[1], STR_OF("g"), &author, &unused),
		LAYER_UNDER_WAY);
	pass_ms(1000);
	assert_true(rack.longest_answer <= WIRE_NAMES_BYTES_MAX + 1024);
	assert_true(rack.told_names > 30000);
	assert_int_equal(rack.told_names + counted(STAT_NAMES_CUT), asked);
	(void)state;
}

static void edge_that_does_nothing_is_asked_for_no_more(void **state)
{
	struct layer *edge = rack.layers[1];
	struct buf name = { 0 };

	assert_int_equal(edge->ops->new_channel(edge, STR_OF("bot"), 0, &name), LAYER_DONE);
	rack.is_cut = true;
	for (size_t i = 0; i < HUB_ERRANDS_MAX; i++)
		assert_int_equal(start_sending(0, buf_text(&name)), LAYER_UNDER_WAY);
	assert_int_equal(start_sending(0, buf_text(&name)), LAYER_BUSY);
	pass_ms(HUB_SILENCE_MS + 2000);
	assert_int_equal(rack.last_result, LAYER_NO_CHANNEL);
	rack.is_cut = false;
	pass_ms(5000);
	assert_int_equal(send_to(0, buf_text(&name)), LAYER_SENT);
	buf_finish(&name);
	(void)state;
}

static bool ask_above(int broker, int number)
{
	struct layer *layer = rack.layers[broker];
	char question[32];

	snprintf(question, sizeof(question), "question %d", number);
	return layer->ops->ask_above(layer, (uint64_t)number, str_from(question));
}

static void hubs_broker_answers_who_asked(void **state)
{
	for (int i = 1; i <= 100; i++)
		assert_true(ask_above(1 + i % EDGES, i));
	pass_ms(TICK_MS);
	assert_int_equal(rack.questions, 100);
	assert_int_equal(rack.told_answers[1], 50);
	assert_int_equal(rack.told_answers[2], 50);
	(void)state;
}

static void question_to_the_hubs_broker_is_told_of_once_whatever_is_lost(void **state)
{
	size_t asked = 0;

	rack.trouble_percent = 20;
	for (int i = 1; i <= 500; i++) {
		asked += ask_above(1, i); /* the hub may be lost for a moment */
		pass_ms(TICK_MS);
	}
	pass_ms(5000);
	assert_int_equal(rack.told_answers[1] + rack.told_none[1], asked);
	assert_true(rack.told_none[1] > 0);
	assert_true(rack.told_answers[1] > rack.told_none[1]);
	(void)state;
}

static void question_that_is_lost_is_not_asked_again(void **state)
{
	rack.is_cut = true;
	assert_true(ask_above(1, 1));
	deliver_parcels();
	rack.is_cut = false;
	edge_connect(rack.edges[1]); /* sends all other questions again */
	pass_ms(5000);
	assert_int_equal(rack.questions, 0);
	assert_int_equal(rack.told_none[1], 1);
	(void)state;
}

static void question_of_before_the_session_is_asked_when_it_begins(void **state)
{
	const struct layer_setting setting = setting_of(1);
	const struct edge_way way = { .ask = ask, .context = (void *)(uintptr_t)1 };

	rack.layers[1]->ops->destroy(rack.layers[1]);
	rack.edges[1] = edge_create(&setting, &way);
	rack.layers[1] = edge_layer(rack.edges[1]);
	assert_true(ask_above(1, 1));
	assert_int_equal(rack.questions, 0);
	pass_ms(500);
	assert_int_equal(rack.questions, 1);
	assert_int_equal(rack.told_answers[1], 1);
	(void)state;
}

static void hub_that_is_lost_is_not_asked(void **state)
{
	rack.is_cut = true;
	pass_ms(EDGE_SILENCE_MS - 1100); /* the hub was last heard up to a second ago */
	assert_true(ask_above(1, 1));
	while (rack.links[1][false] == 0) {
		assert_int_equal(rack.told_none[1], 0);
		pass_ms(TICK_MS);
	}
	assert_int_equal(rack.told_none[1], 1);
	assert_false(ask_above(1, 2));
	rack.is_cut = false;
	pass_ms(5000);
	assert_int_equal(rack.questions, 0);
	assert_true(ask_above(1, 3));
	pass_ms(500);
	assert_int_equal(rack.told_answers[1], 1);
	(void)state;
}

static void questions_and_answers_are_bounded(void **state)
{
	struct layer *layer = rack.layers[1];
	struct buf question = { 0 };

	for (size_t i = 0; i <= LAYER_QUESTION_BYTES_MAX; i++)
		buf_append_char(&question, '?');
	assert_false(layer->ops->ask_above(layer, 1, buf_str(&question)));
	buf_finish(&question);
	rack.answer_bytes = LAYER_ANSWER_BYTES_MAX;
	assert_true(ask_above(1, 2));
	pass_ms(200);
	assert_int_equal(rack.told_answers[1], 1);
	rack.answer_bytes++;
	rack.longest_answer = 0;
	assert_true(ask_above(1, 3));
	pass_ms(200);
	assert_int_equal(rack.told_none[1], 1);
	assert_int_equal(rack.questions, 2);
	assert_true(rack.longest_answer < LAYER_ANSWER_BYTES_MAX); /* the hub did not send it */
	(void)state;
}

/* Lets edge 1 ask a question. The head of its message. */
static struct wire_record head_of_question(void)
{
	struct wire_record head;
	struct str asked;

	assert_true(ask_above(1, 1));
	asked = buf_str(&list_entry(list_first(&rack.parcels), struct parcel, link)->text);
	assert_true(wire_read(&asked, &head));
	assert_int_equal(head.kind, WIRE_QUESTION);
	return head;
}

static void write_long(enum wire_kind kind, size_t len, struct buf *out)
{
	struct wire_record record = { .kind = kind };
	struct buf text = { 0 };

	for (size_t i = 0; i < len; i++)
		buf_append_char(&text, 'x');
	record.text = buf_str(&text);
	wire_write(&record, out);
	buf_finish(&text);
}

static void question_that_is_too_long_is_not_brought_to_the_hubs_broker(void **state)
{
	struct wire_record head = head_of_question();
	struct buf question = { 0 };

	wire_write(&head, &question);
	write_long(WIRE_ASK_BROKER, LAYER_QUESTION_BYTES_MAX + 1, &question);
	assert_true(hub_take(rack.hub, (void *)(uintptr_t)1, buf_str(&question)));
	assert_int_equal(rack.questions, 0);
	buf_finish(&question);
	(void)state;
}

static void answer_that_is_too_long_is_none(void **state)
{
	struct wire_record head = head_of_question();
	struct buf answer = { 0 };

	head.kind = WIRE_ANSWER;
	wire_write(&head, &answer);
	write_long(WIRE_REPLY, LAYER_ANSWER_BYTES_MAX + 1, &answer);
	assert_true(edge_take(rack.edges[1], buf_str(&answer)));
	assert_int_equal(rack.told_none[1], 1);
	buf_finish(&answer);
	(void)state;
}

static void hub_refuses_what_no_edge_says(void **state)
{
	static const struct str rows[] = {
		STR(""), STR("\xff"),
		STR("\x01\x01\x00\x0c"
		    "0123456789a"), /* cut */
		STR("\x01\x01\x00\x03"
		    "abc\x00"), /* no id */
		STR("\x01\x01\x00\x0c"
		    "0123456789aX\x00"),
		STR("\x01\x01\x00\x0c"
		    "00000000000a\x00"), /* the hub's own */
		STR("\x05\x01\x01"), /* an answer */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_false(hub_take(rack.hub, (void *)(uintptr_t)1, rows[i]));
	assert_int_equal(edges_of_the_hub(), EDGES);
	(void)state;
}

static bool ask_no_page(struct layer *layer, const struct page *page, uint64_t asker)
{
	fail();
	(void)layer, (void)page, (void)asker;
	return false;
}

static bool ask_no_rows(
	struct layer *layer, struct str room, uint64_t after, uint64_t until, size_t bytes_max)
{
	fail();
	(void)layer, (void)room, (void)after, (void)until, (void)bytes_max;
	return false;
}

static enum wire_kind ask_as(uint64_t session, const struct wire_record *question)
{
	const struct wire_record head = { .kind = WIRE_QUESTION, .number = 1, .session = session };
	struct buf message = { 0 };

	wire_write(&head, &message);
	wire_write(question, &message);
	assert_true(hub_take(rack.hub, (void *)(uintptr_t)OTHER, buf_str(&message)));
	buf_finish(&message);
	return rack.other.kind;
}

static void question_that_is_none_reaches_no_history(void **state)
{
	char query[SEARCH_QUERY_BYTES_MAX + 2] = "";
	struct wire_record page = { .kind = WIRE_ASK_PAGE,
		.page_kind = PAGE_SEARCH,
		.limit = 1,
		.room = STR("r"),
		.text = str_from(query) };
	const struct wire_record rows = { .kind = WIRE_ASK_ROWS, .room = STR("a/b"), .until = 1 };
	uint64_t session;

	memset(query, 'x', sizeof(query) - 1);
	page.text = str_from(query);
	rack.inner_ops.ask_page = ask_no_page;
	rack.inner_ops.ask_rows = ask_no_rows;
	assert_int_equal(come_in_as(0), WIRE_TAKEN);
	session = rack.other.session;
	assert_int_equal(ask_as(session, &page), WIRE_ANSWER);
	page.text = STR_OF("\xff");
	assert_int_equal(ask_as(session, &page), WIRE_ANSWER);
	page.text = STR_OF("x");
	page.room = STR_OF("a/b");
	assert_int_equal(ask_as(session, &page), WIRE_ANSWER);
	assert_int_equal(ask_as(session, &rows), WIRE_ANSWER);
	(void)state;
}

static void item_that_is_none_is_refused_alone(void **state)
{
	struct author author = { .kind = AUTHOR_REQUEST, .id = 1 };
	struct event event = { .type = STR("chat.message"),
		.is_message = true,
		.room = STR("a/b"),
		.message = STR("x") };

	assert_int_equal(
		rack.layers[1]->ops->group_send(rack.layers[1], &event, &author), LAYER_SENT);
	pass_ms(500);
	assert_int_equal(rack.told[1][1], 1);
	assert_int_equal(rack.last_result, LAYER_STORAGE);
	assert_int_equal(say(1, 2), LAYER_SENT);
	pass_ms(500);
	assert_int_equal(rack.told[1][2], 1);
	(void)state;
}

static void frames_are_kept_as_far_as_there_is_room(void **state)
{
	struct hub_frames *frames = hub_frames_create(500);
	struct wire_record record;
	struct buf out = { 0 };
	struct str rest;

	for (uint64_t i = 1; i <= 100; i++)
		assert_int_equal(hub_frames_add(frames, STR_OF("0123456789")), i);
	assert_false(hub_frames_write(frames, 10, &out));
	assert_false(hub_frames_write(frames, 100, &out)); /* 100 is the last */
	assert_int_equal(out.len, 0);
	assert_true(hub_frames_write(frames, 98, &out));
	rest = buf_str(&out);
	assert_true(wire_read(&rest, &record));
	assert_int_equal(record.number, 99);
	assert_true(str_is(record.text, "0123456789"));
	assert_true(wire_read(&rest, &record));
	assert_int_equal(record.number, 100);
	assert_int_equal(rest.len, 0);
	hub_frames_destroy(frames);
	buf_finish(&out);
	(void)state;
}

#define RACK_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RACK_TEST(what_is_said_anywhere_comes_out_everywhere),
		RACK_TEST(trouble_on_the_way_loses_and_doubles_nothing),
		RACK_TEST(batch_that_comes_again_is_done_once),
		RACK_TEST(hello_that_comes_late_ends_no_session),
		RACK_TEST(hub_that_is_silent_is_lost_until_it_speaks),
		RACK_TEST(edge_that_is_silent_is_gone_and_comes_back),
		RACK_TEST(room_goes_on_when_its_head_can_be_read_again),
		RACK_TEST(rows_that_are_kept_are_found_behind_those_that_are_not),
		RACK_TEST(rows_that_do_not_fit_into_an_answer_are_not_skipped),
		RACK_TEST(rows_that_are_too_long_for_an_answer_lack_the_oldest),
		RACK_TEST(what_comes_again_keeps_nobody_here),
		RACK_TEST(who_was_not_heard_of_for_longest_goes_when_all_places_are_taken),
		RACK_TEST(edge_beyond_the_last_place_is_told_of_at_both_ends),
		RACK_TEST(hello_alone_takes_no_place),
		RACK_TEST(people_are_told_and_go_with_their_broker),
		RACK_TEST(people_are_told_of_a_room_that_has_closed_as_it_opened),
		RACK_TEST(edge_whose_hub_is_away_for_long_keeps_what_counts),
		RACK_TEST(people_who_fit_into_no_answer_come_in_parts),
		RACK_TEST(nobody_stays_of_those_who_went_while_another_edge_came),
		RACK_TEST(notices_are_told_once_and_never_to_who_tells),
		RACK_TEST(edge_that_was_away_hears_of_what_was_closed_meanwhile),
		RACK_TEST(edge_that_was_away_for_too_many_is_told_that_it_has_missed_some),
		RACK_TEST(room_that_opens_again_is_told_once),
		RACK_TEST(receivers_of_an_edge_are_bounded),
		RACK_TEST(no_crowd_of_errands_holds_up_heads_and_notices),
		RACK_TEST(errands_are_bounded_by_their_bytes),
		RACK_TEST(notice_that_cannot_be_read_or_kept_is_counted),
		RACK_TEST(notices_beyond_their_bound_are_counted),
		RACK_TEST(announcements_take_no_place_of_a_closing),
		RACK_TEST(announcements_are_bounded_by_their_bytes),
		RACK_TEST(rooms_that_close_before_their_head_comes_leave_nothing_behind),
		RACK_TEST(channel_is_reached_from_everywhere),
		RACK_TEST(message_that_comes_for_nobody_goes_back),
		RACK_TEST(questions_beyond_their_bound_are_busy),
		RACK_TEST(outcome_of_an_errand_is_its_own_edges_to_tell),
		RACK_TEST(names_of_a_group_come_from_who_was_asked),
		RACK_TEST(number_beyond_an_edges_own_is_none),
		RACK_TEST(names_of_a_group_are_bounded),
		RACK_TEST(edge_that_does_nothing_is_asked_for_no_more),
		RACK_TEST(hubs_broker_answers_who_asked),
		RACK_TEST(question_to_the_hubs_broker_is_told_of_once_whatever_is_lost),
		RACK_TEST(question_that_is_lost_is_not_asked_again),
		RACK_TEST(question_of_before_the_session_is_asked_when_it_begins),
		RACK_TEST(hub_that_is_lost_is_not_asked),
		RACK_TEST(questions_and_answers_are_bounded),
		RACK_TEST(question_that_is_too_long_is_not_brought_to_the_hubs_broker),
		RACK_TEST(answer_that_is_too_long_is_none),
		RACK_TEST(hub_refuses_what_no_edge_says),
		RACK_TEST(question_that_is_none_reaches_no_history),
		RACK_TEST(item_that_is_none_is_refused_alone),
		cmocka_unit_test(frames_are_kept_as_far_as_there_is_room),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
