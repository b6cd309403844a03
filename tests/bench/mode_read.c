/* SPDX-License-Identifier: MIT */
/* The last messages of rooms, asked for over their sockets: one question at a time, of one room
 * after the other, so that a latency is that of the answer alone. A delivery is a page; one that is
 * not full, or not in order, is lost. */
#include "tests/bench/modes.h"

#include "tests/bench/answer.h"
#include "tests/bench/fleet.h"
#include "tests/bench/message.h"
#include "tests/bench/nanoclock.h"

#define ANSWER_MAX_NS (10 * NANOSECONDS) /* what takes longer has been lost */
#define PARALLEL 64

struct reading {
	struct fleet fleet;
	struct report *report; /* borrowed */
	struct buf question; /* owned: a frame */
	size_t asked; /* the connection that waits for an answer */
	uint64_t asked_ns;
	bool is_ending; /* nobody asks any more */
	bool is_waiting;
};

static void ask(struct reading *reading)
{
	struct client *client;

	reading->is_waiting = !reading->is_ending;
	if (reading->is_ending)
		return;
	reading->asked = (reading->asked + 1) % reading->fleet.count;
	client = &reading->fleet.clients[reading->asked];
	buf_append_str(&client->out, buf_str(&reading->question));
	reading->asked_ns = nanoclock_now();
	client_flush(client, &reading->fleet.host);
}

static bool is_full(const struct options *options, struct str page)
{
	uint64_t before, seq;
	uint32_t count = 0;

	for (; answer_next_number(&page, "seq", &seq); count++) {
		if (count > 0 && seq != before + 1)
			return false;
		before = seq;
	}
	return count == options->limit;
}

static void opened(void *context, struct client *client, uint64_t now_ns)
{
	(void)context;
	(void)client;
	(void)now_ns;
}

static void text_came(
	void *context, struct client *client, struct str payload, size_t wire_len, uint64_t now_ns)
{
	struct reading *reading = context;
	struct report *report = reading->report;

	if (!answer_is(payload, "history")) {
		report->other++;
		return;
	}
	report->lost += !is_full(reading->fleet.options, payload);
	if (report->is_measuring) {
		report->deliveries++;
		report->frame_bytes += wire_len;
		histogram_add(&report->latency_ns, now_ns - reading->asked_ns);
	}
	ask(reading);
	(void)client;
}

static void closed(void *context, struct client *client)
{
	struct reading *reading = context;

	reading->report->closed++;
	(void)client;
}

static const struct client_ops ops = { .opened = opened, .text = text_came, .closed = closed };

static void reading_open(
	struct reading *reading, const struct options *options, struct report *report)
{
	static const uint8_t mask[FRAME_MASK_SIZE] = { 0x5a, 0xc3, 0x17, 0x8e };
	struct buf question = { 0 };

	*reading = (struct reading){ .report = report };
	buf_append_format(&question, "{\"type\": \"history\", \"limit\": %u}", options->limit);
	message_append_frame(&reading->question, FRAME_TEXT, buf_str(&question), mask);
	buf_finish(&question);
	fleet_init(&reading->fleet, options, options->rooms, &ops, reading);
	for (uint32_t i = 0; i < options->rooms; i++)
		reading->fleet.clients[i].room = i;
	fleet_open(&reading->fleet, 0, options->rooms, PARALLEL);
}

static void reading_finish(struct reading *reading)
{
	fleet_finish(&reading->fleet);
	buf_finish(&reading->question);
}

static void run_for(struct reading *reading, double seconds)
{
	fleet_run(&reading->fleet, nanoclock_now() + (uint64_t)(seconds * (double)NANOSECONDS));
}

void mode_read_run(const struct options *options, struct report *report)
{
	struct reading reading;
	uint64_t end_ns;

	reading_open(&reading, options, report);
	report_find_server(report, options);
	ask(&reading);
	run_for(&reading, options->warmup_seconds);
	report_begin_measuring(report);
	run_for(&reading, options->seconds);
	report_end_measuring(report);
	reading.is_ending = true;
	end_ns = nanoclock_now() + ANSWER_MAX_NS;
	while (reading.is_waiting && nanoclock_now() < end_ns)
		fleet_turn(&reading.fleet, end_ns);
	report->lost += reading.is_waiting;
	report_weigh(report);
	reading_finish(&reading);
	report_add(report, "rooms", options->rooms);
	report_add(report, "limit", options->limit);
}
