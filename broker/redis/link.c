/* SPDX-License-Identifier: MIT */
/* A link's life: away, coming, up, and away again. A failure is only noted where it happens. The
 * link closes its connections at the end of the turn, because a caller may still be using them. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <string.h>
#include <sys/un.h>

#include "broker/redis/link_private.h"
#include "broker/redis/resolver.h"
#include "broker/stats.h"
#include "common/base/crypto.h"
#include "common/base/log.h"
#include "common/base/mem.h"

/* Between attempts. Half of a delay is random, so that brokers do not reconnect all at once. */
#define DELAY_MIN_MS 200
#define DELAY_MAX_MS 5000

static const char *const state_names[] = {
	[LINK_AWAY] = "away",
	[LINK_COMING] = "coming",
	[LINK_UP] = "up",
};

static void enter(struct link *link, enum link_state next)
{
	log_debug("event=redis_link url=\"%s\" state=%s->%s", link->setting.url->name,
		state_names[link->state], state_names[next]);
	link->state = next;
}

bool link_is_up(const struct link *link)
{
	return link->state == LINK_UP && link->problem.len == 0;
}

struct str link_events(const struct link *link)
{
	return buf_str(&link->events);
}

void link_fail(struct link *link, const char *problem)
{
	if (link->problem.len > 0)
		return;
	buf_append_text(&link->problem, problem);
	reactor_schedule(link->setting.reactor, &link->task);
}

bool link_open_pipe(struct link *link, enum link_pipe_kind kind)
{
	const struct sockaddr *address = (const struct sockaddr *)&link->address;
	struct buf problem = { 0 };

	if (pipe_open(&link->pipes[kind], address, link->address_size)) {
		link_greet(link, kind);
		return true;
	}
	buf_append_format(&problem, "there is no connection: %s", strerror(errno));
	link_fail(link, buf_text(&problem));
	buf_finish(&problem);
	return false;
}

static void connect_both(struct link *link)
{
	if (link_open_pipe(link, LINK_COMMANDS) && link_open_pipe(link, LINK_SUBSCRIPTION))
		link->greeting_beats = 0;
}

/* Each attempt takes the next address. */
static void take_addresses(void *context, const struct addrinfo *addresses, const char *problem)
{
	struct link *link = context;
	const struct addrinfo *address = addresses;

	link->question = NULL;
	if (problem != NULL) {
		link_fail(link, problem);
		return;
	}
	for (unsigned i = 0; i < link->attempts; i++)
		address = address->ai_next == NULL ? addresses : address->ai_next;
	memcpy(&link->address, address->ai_addr, address->ai_addrlen);
	link->address_size = address->ai_addrlen;
	connect_both(link);
}

static void resolve(struct link *link)
{
	const struct resolver_asker asker = { take_addresses, link };

	link->question = resolver_ask(
		link->setting.reactor, link->setting.url->host, link->setting.url->port, &asker);
	if (link->question == NULL)
		link_fail(link, "there is no thread to look its name up");
}

static void attempt(struct link *link)
{
	struct sockaddr_un *local = (struct sockaddr_un *)&link->address;

	enter(link, LINK_COMING);
	reactor_arm(link->setting.reactor, &link->timer, LINK_BEAT_MS);
	if (link->setting.url->path[0] == '\0') {
		resolve(link);
		return;
	}
	local->sun_family = AF_UNIX;
	strcpy(local->sun_path, link->setting.url->path); /* url.c has checked its length */
	link->address_size = sizeof(*local);
	connect_both(link);
}

static void rise(struct link *link)
{
	uint64_t away_ms = link->setting.reactor->now_ms - link->away_since_ms;
	struct log_quoted url;

	enter(link, LINK_UP);
	log_info("event=redis_up url=%s away_ms=%" PRIu64,
		log_quote(&url, str_from(link->setting.url->name)), away_ms);
	link->said_problem.again_ms = 0;
	stat_add(link->setting.stats, STAT_REDIS_LINKS_UP, 1);
	if (link->was_lost)
		stat_add(link->setting.stats, STAT_REDIS_RECONNECTS, 1);
	link_begin_beats(link);
	link->setting.up(link->setting.context);
}

void link_note_greeted(struct link *link, enum link_pipe_kind kind)
{
	if (link->due[kind] == 0) {
		link_fail(link, "it answers what nobody has asked");
		return;
	}
	link->due[kind]--;
	if (link->state == LINK_COMING && link->problem.len == 0 && link->due[LINK_COMMANDS] == 0 &&
		link->due[LINK_SUBSCRIPTION] == 0)
		rise(link);
}

static uint64_t delay_ms(const struct link *link)
{
	uint64_t delay = DELAY_MIN_MS;

	for (unsigned i = 0; i < link->attempts && delay < DELAY_MAX_MS; i++)
		delay *= 2;
	if (delay > DELAY_MAX_MS)
		delay = DELAY_MAX_MS;
	return delay / 2 + crypto_random_uint64() % (delay / 2);
}

static void log_fall(struct link *link, uint64_t again_ms)
{
	struct log_quoted url, problem;

	if (link_may_say(link, &link->said_problem, buf_str(&link->problem)))
		log_warning("event=redis_down url=%s problem=%s again_ms=%" PRIu64,
			log_quote(&url, str_from(link->setting.url->name)),
			log_quote(&problem, buf_str(&link->problem)), again_ms);
}

static void close_pipes(struct link *link)
{
	resolver_give_up(link->question);
	link->question = NULL;
	for (int kind = 0; kind < LINK_PIPES; kind++)
		pipe_close(&link->pipes[kind]);
	link->blocking_id = 0;
}

static void forsake(struct link *link)
{
	for (int kind = 0; kind < LINK_PIPES; kind++)
		pipe_forsake(&link->pipes[kind]);
}

static void fall(struct link *link)
{
	bool was_up = link->state == LINK_UP;
	uint64_t again_ms = delay_ms(link);

	log_fall(link, again_ms);
	close_pipes(link);
	buf_clear(&link->problem);
	link->attempts++;
	enter(link, LINK_AWAY);
	reactor_arm(link->setting.reactor, &link->timer, again_ms);
	if (was_up) {
		link->away_since_ms = link->setting.reactor->now_ms;
		stat_subtract(link->setting.stats, STAT_REDIS_LINKS_UP, 1);
		link->was_lost = true;
		link->setting.down(link->setting.context);
	}
	forsake(link);
}

static void run_task(struct reactor_task *task)
{
	struct link *link = list_entry(task, struct link, task);

	for (int kind = 0; kind < LINK_PIPES; kind++)
		pipe_flush(&link->pipes[kind]);
	if (link->problem.len > 0)
		fall(link);
}

static void fire(struct timer *timer)
{
	struct link *link = list_entry(timer, struct link, timer);

	switch (link->state) {
	case LINK_AWAY:
		attempt(link);
		break;
	case LINK_COMING:
		if (link->question == NULL && ++link->greeting_beats == LINK_GREETING_BEATS_MAX)
			link_fail(link, "it does not answer");
		reactor_arm(link->setting.reactor, &link->timer, LINK_BEAT_MS);
		break;
	case LINK_UP:
		link_beat(link);
		break;
	}
}

static void handle_complaint(void *context, struct link_pipe *pipe, const struct link_reply *reply)
{
	(void)pipe;
	link_note_error(context, reply);
}

static void handle_push(void *context, struct link_pipe *pipe, const struct link_reply *reply)
{
	struct link *link = context;

	if (pipe == &link->pipes[LINK_SUBSCRIPTION])
		link_take_push(link, reply);
	else
		link_fail(link, "it answers what nobody has asked");
}

static void handle_sound(void *context, struct link_pipe *pipe)
{
	struct link *link = context;

	if (pipe == &link->pipes[LINK_COMMANDS])
		link->beats_unanswered = 0;
}

static void handle_failure(void *context, const char *problem)
{
	link_fail(context, problem);
}

static void handle_output(void *context)
{
	struct link *link = context;

	reactor_schedule(link->setting.reactor, &link->task);
}

static const struct pipe_ops ops = {
	.complain = handle_complaint,
	.push = handle_push,
	.hear = handle_sound,
	.fail = handle_failure,
	.wake = handle_output,
};

struct link *link_create(const struct link_setting *setting)
{
	struct link *link = mem_new(struct link);
	bool is_subscribed;

	link->setting = *setting;
	link->away_since_ms = setting->reactor->now_ms;
	reactor_task_init(&link->task, run_task);
	timer_init(&link->timer, fire);
	for (int kind = 0; kind < LINK_PIPES; kind++)
		pipe_init(&link->pipes[kind], setting->reactor, &ops, link);
	for (int kind = LINK_CHANNEL; kind <= LINK_PATTERN; kind++)
		link->subscriptions[kind] = map_create();
	buf_append_format(&link->beat, "{\"beat\": \"%.*s\"}", STR_ARG(setting->broker_id));
	buf_append_text(&link->events, LINK_EVENTS);
	if (setting->url->database != 0)
		buf_append_format(&link->events, ":%u", setting->url->database);
	is_subscribed = link_subscribe(link, LINK_CHANNEL, link_events(link));
	assert(is_subscribed);
	(void)is_subscribed;
	attempt(link);
	return link;
}

void link_stop(struct link *link)
{
	if (link->state == LINK_UP)
		stat_subtract(link->setting.stats, STAT_REDIS_LINKS_UP, 1);
	close_pipes(link);
	enter(link, LINK_AWAY);
	forsake(link);
	reactor_unschedule(&link->task);
	reactor_disarm(link->setting.reactor, &link->timer);
}

void link_destroy(struct link *link)
{
	if (link == NULL)
		return;
	link_stop(link);
	for (int kind = 0; kind < LINK_PIPES; kind++)
		pipe_finish(&link->pipes[kind]);
	for (int kind = LINK_CHANNEL; kind <= LINK_PATTERN; kind++)
		map_destroy(link->subscriptions[kind]);
	buf_finish(&link->events);
	buf_finish(&link->beat);
	buf_finish(&link->problem);
	buf_finish(&link->said_problem.text);
	buf_finish(&link->said_error.text);
	mem_free(link);
}

bool link_command(struct link *link, const struct link_handler *handler, size_t count,
	const struct str *words)
{
	const struct link_handler nobody = { 0 };

	if (!link_is_up(link) || !pipe_command(&link->pipes[LINK_COMMANDS],
					 handler == NULL ? nobody : *handler, count, words)) {
		stat_add(link->setting.stats, STAT_REDIS_REFUSED, 1);
		return false;
	}
	stat_add(link->setting.stats, STAT_REDIS_COMMANDS, 1);
	return true;
}
