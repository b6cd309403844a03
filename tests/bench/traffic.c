/* SPDX-License-Identifier: MIT */
/* Everything is checked from the first message to the last, and only what falls into the window is
 * measured: a server that loses under load does so most likely where the load begins. Latencies of
 * an open loop go by when a message was due: one that comes long after the window is what an
 * overloaded server is told by. */
#include "tests/bench/traffic.h"

#include "common/base/mem.h"
#include "tests/bench/failure.h"
#include "tests/bench/nanoclock.h"

#define SETTLE_NS (NANOSECONDS / 10) /* for servers that join a room after their 101 */
#define DRAIN_MAX_NS (30 * NANOSECONDS)
#define WAKE_QUIET_NS NANOSECONDS /* then stalled members have read all there is */
#define CHECKED_PAIRS_MAX (256U << 20) /* 1 GiB of numbers */
#define ACK "{\"type\": \"ack\", "

struct client *traffic_client(struct traffic *traffic, uint32_t room, uint32_t member)
{
	return &traffic->fleet.clients[(size_t)room * traffic->members + member];
}

static uint32_t *sent_of(const struct traffic *traffic, const struct client *speaker)
{
	return &traffic->sent[(size_t)speaker->room * traffic->speakers + speaker->member];
}

uint32_t traffic_next_number(const struct traffic *traffic, const struct client *speaker)
{
	return *sent_of(traffic, speaker);
}

void traffic_say(struct traffic *traffic, struct client *speaker, uint64_t due_ns)
{
	uint32_t *sent = sent_of(traffic, speaker);
	const struct marker marker = { speaker->room, speaker->member, *sent, due_ns };

	message_append(&traffic->message, &marker, &speaker->out);
	(*sent)++;
	traffic->awaited += traffic->readers[speaker->room];
	traffic->unacked += traffic->options->refs;
	if (traffic->report->is_measuring)
		traffic->report->messages++;
}

/* Whether the text is one of this run's and for this client. */
static bool judge(struct traffic *traffic, const struct client *client, struct str payload,
	struct marker *marker_out)
{
	if (!marker_find(payload, marker_out) || marker_out->time_ns < traffic->started_ns) {
		traffic->report->other++;
		return false;
	}
	if (marker_out->room != client->room || marker_out->speaker >= traffic->speakers) {
		traffic->report->foreign++;
		return false;
	}
	return checker_see(&traffic->checker, (size_t)(client - traffic->fleet.clients),
		marker_out->speaker, marker_out->number);
}

static bool is_of_window(const struct traffic *traffic, uint64_t due_ns, uint64_t now_ns)
{
	uint64_t when_ns = traffic->pattern->is_open_loop ? due_ns : now_ns;

	return when_ns >= traffic->window_ns && when_ns < traffic->window_end_ns;
}

static void note_latency(struct traffic *traffic, const struct marker *marker, uint64_t now_ns)
{
	uint64_t due_ns = marker->time_ns;

	if (is_of_window(traffic, due_ns, now_ns))
		histogram_add(&traffic->report->latency_ns, now_ns > due_ns ? now_ns - due_ns : 0);
}

/* The ref is a marker. */
static void take_ack(struct traffic *traffic, struct str payload, uint64_t now_ns)
{
	struct marker marker;

	if (!marker_find(payload, &marker) || marker.time_ns < traffic->started_ns)
		return;
	traffic->unacked--;
	note_latency(traffic, &marker, now_ns);
}

static void text_came(
	void *context, struct client *client, struct str payload, size_t wire_len, uint64_t now_ns)
{
	struct traffic *traffic = context;
	struct report *report = traffic->report;
	struct marker marker;

	if (traffic->pattern->heard != NULL)
		traffic->pattern->heard(traffic, client, payload);
	if (traffic->options->refs && str_starts_with(payload, STR_OF(ACK))) {
		take_ack(traffic, payload, now_ns);
		return;
	}
	if (!judge(traffic, client, payload, &marker))
		return;
	traffic->awaited--;
	traffic->progress_ns = now_ns;
	if (report->is_measuring) {
		report->deliveries++;
		report->frame_bytes += wire_len;
	}
	if (!traffic->options->refs)
		note_latency(traffic, &marker, now_ns);
	if (traffic->pattern->received != NULL)
		traffic->pattern->received(traffic, client, &marker, now_ns);
}

static void opened(void *context, struct client *client, uint64_t now_ns)
{
	(void)context;
	(void)client;
	(void)now_ns;
}

static void closed(void *context, struct client *client)
{
	struct traffic *traffic = context;

	traffic->readers[client->room]--;
}

static const struct client_ops ops = { .opened = opened, .text = text_came, .closed = closed };

static void fill_rooms(struct traffic *traffic)
{
	traffic->readers = mem_alloc_array(traffic->rooms, sizeof(*traffic->readers));
	for (uint32_t room = 0; room < traffic->rooms; room++)
		traffic->readers[room] = traffic->members - traffic->options->stalled;
	for (size_t i = 0; i < traffic->fleet.count; i++) {
		struct client *client = &traffic->fleet.clients[i];

		client->room = (uint32_t)(i / traffic->members);
		client->member = (uint32_t)(i % traffic->members);
		client->is_stalled = client->member >= traffic->members - traffic->options->stalled;
	}
}

static enum message_form form_of(const struct options *options)
{
	if (options->subprotocol == NULL)
		return MESSAGE_PLAIN;
	return options->refs ? MESSAGE_WITH_REF : MESSAGE_TYPED;
}

static void traffic_open(struct traffic *traffic)
{
	const struct options *options = traffic->options;
	size_t count = (size_t)traffic->rooms * traffic->members;

	if (count * traffic->speakers > CHECKED_PAIRS_MAX)
		failure("%zu connections with %u speakers each are too many to check", count,
			traffic->speakers);
	message_init(&traffic->message, options->size, form_of(options), options->seed);
	checker_init(&traffic->checker, count, traffic->speakers);
	traffic->sent = mem_alloc_array(
		(size_t)traffic->rooms * traffic->speakers, sizeof(*traffic->sent));
	fleet_init(&traffic->fleet, options, count, &ops, traffic);
	fill_rooms(traffic);
	fleet_open(&traffic->fleet, 0, count, options->parallel);
	fleet_run(&traffic->fleet, nanoclock_now() + SETTLE_NS);
}

static void run_until(struct traffic *traffic, uint64_t until_ns)
{
	uint64_t now_ns;

	while ((now_ns = nanoclock_now()) < until_ns) {
		uint64_t next_ns = traffic->pattern->speak(traffic, now_ns);

		fleet_turn(&traffic->fleet, next_ns < until_ns ? next_ns : until_ns);
	}
}

/* What is due in the window is said, even if its end came upon us in a long turn of the loop. */
static void measure(struct traffic *traffic)
{
	report_begin_measuring(traffic->report);
	traffic->window_ns = nanoclock_now();
	traffic->window_end_ns = traffic->window_ns +
				 (uint64_t)(traffic->options->seconds * (double)NANOSECONDS);
	run_until(traffic, traffic->window_end_ns);
	traffic->pattern->speak(traffic, traffic->window_end_ns - 1);
	report_end_measuring(traffic->report);
}

static void drain(struct traffic *traffic)
{
	uint64_t end_ns = nanoclock_now() + DRAIN_MAX_NS;
	uint64_t now_ns;

	traffic->progress_ns = nanoclock_now();
	while (traffic->awaited > 0 && (now_ns = nanoclock_now()) < end_ns &&
		now_ns - traffic->progress_ns < TRAFFIC_STALL_NS)
		fleet_turn(&traffic->fleet, traffic->progress_ns + TRAFFIC_STALL_NS);
}

/* Who does not read sees nothing of being let go: the end stands behind megabytes in the server's
 * socket. */
static void wake_stalled(struct traffic *traffic)
{
	const struct client_host *host = &traffic->fleet.host;
	uint64_t stalled = (uint64_t)traffic->rooms * traffic->options->stalled;
	uint64_t end_ns = nanoclock_now() + DRAIN_MAX_NS;
	bool is_quiet = false;

	for (size_t i = 0; i < traffic->fleet.count; i++) {
		if (traffic->fleet.clients[i].is_asleep)
			client_wake(&traffic->fleet.clients[i], &traffic->fleet.host);
	}
	while (host->stalled_closed < stalled && !is_quiet && nanoclock_now() < end_ns)
		is_quiet = !fleet_turn(&traffic->fleet, nanoclock_now() + WAKE_QUIET_NS);
	report_add(traffic->report, "stalled_closed", (double)host->stalled_closed);
	report_add(traffic->report, "stalled_told", (double)host->stalled_told);
}

/* What a closed connection misses is not lost: that it was closed is said by itself. */
static void close_checker(struct traffic *traffic)
{
	struct checker *checker = &traffic->checker;
	struct report *report = traffic->report;

	for (size_t i = 0; i < traffic->fleet.count; i++) {
		const struct client *client = &traffic->fleet.clients[i];
		const uint32_t *sent = traffic->sent + (size_t)client->room * traffic->speakers;

		if (client->state != CLIENT_OPEN || client->is_stalled)
			continue;
		for (uint32_t speaker = 0; speaker < traffic->speakers; speaker++)
			checker_close(checker, i, speaker, sent[speaker]);
	}
	report->closed = traffic->fleet.host.closed;
	report->lost = checker->lost + (report->closed == 0 ? traffic->unacked : 0);
	report->doubled = checker->doubled;
	report->disordered = checker->disordered;
}

void traffic_run(struct traffic *traffic, const struct options *options, struct report *report)
{
	traffic->options = options;
	traffic->report = report;
	traffic_open(traffic);
	report_find_server(report, options);
	traffic->started_ns = nanoclock_now();
	traffic->pattern->start(traffic, traffic->started_ns);
	run_until(traffic,
		traffic->started_ns + (uint64_t)(options->warmup_seconds * (double)NANOSECONDS));
	measure(traffic);
	traffic->is_ending = true;
	drain(traffic);
	report_weigh(report);
	close_checker(traffic);
	wake_stalled(traffic);
	fleet_finish(&traffic->fleet);
	checker_finish(&traffic->checker);
	message_finish(&traffic->message);
	mem_free(traffic->readers);
	mem_free(traffic->sent);
}
