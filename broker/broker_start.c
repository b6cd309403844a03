/* SPDX-License-Identifier: MIT */
/* Building the broker up and taking it down, each in one list. Nothing is bound before everything
 * else is there, and stopping goes the other way: first nobody new, then goodbye to all, then the
 * end. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "broker/above.h"
#include "broker/admission.h"
#include "broker/away.h"
#include "broker/broker.h"
#include "broker/bus/asker_control.h"
#include "broker/bus/bus.h"
#include "broker/history/history.h"
#include "broker/joiner.h"
#include "broker/layer/redis/redis.h"
#include "broker/listener.h"
#include "broker/logins.h"
#include "broker/order/edges.h"
#include "broker/order/pause.h"
#include "broker/order/registrar.h"
#include "broker/order/settle.h"
#include "broker/remote_sessions.h"
#include "broker/shard.h"
#include "broker/ticket_uses.h"
#include "broker/tickets.h"
#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/log.h"
#include "common/base/map.h"
#include "common/base/mem.h"
#include "common/guest.h"
#include "common/throttle.h"

/* Descriptors that are not connections: libraries, listeners, pipes of nng, logs. */
#define DESCRIPTORS_RESERVED 64
#define GOODBYE_GRACE_MS 2000
#define STOP_MAX_MS 4000
#define DRAIN_MAX_MS 2000 /* for what was said and is not committed yet */
#define ORDERS_PER_SECOND 1 /* of one person; unless people may say as much as they like */
#define ORDERS_BURST 30
#define SPEAKERS_MAX 100000 /* senders without a socket, at the same time */
/* Connections that may come back in one second. */
#define RETURNS_PER_SECOND 1000
#define SPREAD_MAX_SECONDS 20

static bool raise_descriptor_limit(struct broker *broker)
{
	struct rlimit limit;
	int64_t wanted = broker->config->limits_connections;
	int64_t possible;
	rlim_t soft;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
		log_errno("event=getrlimit");
		return false;
	}
	soft = limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		soft = limit.rlim_max;
	else
		log_errno("event=setrlimit");
	possible = soft > INT32_MAX ? INT32_MAX : (int64_t)soft - DESCRIPTORS_RESERVED;
	broker->connections_max = wanted == 0 || wanted > possible ? possible : wanted;
	if (wanted > possible)
		log_warning("event=fewer_connections configured=%" PRId64 " possible=%" PRId64
			    " hint=\"raise the hard limit of open files\"",
			wanted, possible);
	return true;
}

static void drop_stragglers(struct timer *timer)
{
	struct broker *broker = list_entry(timer, struct broker, stop_timer);

	log_warning("event=stop_timeout connections=%zu", broker->connections);
	reactor_stop(&broker->reactor);
}

static void say_goodbye(struct reactor_task *task)
{
	struct broker *broker = list_entry(task, struct broker, goodbye_task);
	size_t spread = broker->connections / RETURNS_PER_SECOND + 1;

	if (broker->goodbye_spread_seconds > 0)
		return;
	reactor_disarm(&broker->reactor, &broker->drain_timer);
	broker->goodbye_spread_seconds = (unsigned)(spread < SPREAD_MAX_SECONDS
							    ? spread
							    : SPREAD_MAX_SECONDS);
	away_end(broker->away);
	joiners_send_away(broker);
	for (size_t i = 0; i < broker->shard_count; i++)
		shard_say_goodbye(
			broker->shards[i], broker->goodbye_spread_seconds, GOODBYE_GRACE_MS);
	if (broker->connections == 0)
		reactor_stop(&broker->reactor);
}

static void end_drain(struct timer *timer)
{
	struct broker *broker = list_entry(timer, struct broker, drain_timer);

	log_warning("event=drain_timeout hint=\"what was said is kept too slowly\"");
	reactor_schedule(&broker->reactor, &broker->goodbye_task);
}

/* A task, because what it closes may have events left in the turn in which the signal came. */
static void stop(struct reactor_task *task)
{
	struct broker *broker = list_entry(task, struct broker, stop_task);

	log_info("event=stopping connections=%zu", broker->connections);
	admission_close_doors(broker->admission);
	bus_stop_listening(broker->bus);
	reactor_arm(&broker->reactor, &broker->stop_timer, STOP_MAX_MS);
	broker->layer->ops->hurry(broker->layer);
	if (broker->layer->ops->is_idle(broker->layer))
		reactor_schedule(&broker->reactor, &broker->goodbye_task);
	else
		reactor_arm(&broker->reactor, &broker->drain_timer, DRAIN_MAX_MS);
}

static void handle_signal(struct reactor_io *io, uint32_t events)
{
	struct broker *broker = list_entry(io, struct broker, signal_io);
	struct signalfd_siginfo info;

	(void)events;
	if (read(io->fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (broker->is_stopping)
		_exit(EXIT_FAILURE); /* a second one: at once */
	broker->is_stopping = true;
	reactor_schedule(&broker->reactor, &broker->stop_task);
}

static bool watch_signals(struct broker *broker)
{
	sigset_t signals;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN); /* a terminal that closes; nothing is read again */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	broker->signal_io.fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	broker->signal_io.handle = handle_signal;
	return broker->signal_io.fd >= 0 &&
	       reactor_watch(&broker->reactor, &broker->signal_io, EPOLLIN);
}

static bool start_shards(struct broker *broker)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	int64_t threads = broker->config->broker_threads;

	broker->shard_count = (size_t)(threads > 0 ? threads : cores > 0 ? cores : 1);
	mem_limit_heaps((int)broker->shard_count);
	broker->shards = mem_alloc_array(broker->shard_count, sizeof(struct shard *));
	for (size_t i = 0; i < broker->shard_count; i++) {
		/* One thread alone is the main thread: its mails do not leave it. */
		struct reactor *reactor = broker->shard_count == 1 ? &broker->reactor : NULL;

		broker->shards[i] = shard_create(broker->config, broker, i, reactor);
		if (broker->shards[i] == NULL)
			return false;
	}
	return true;
}

static void init(struct broker *broker, const struct config *config)
{
	*broker = (struct broker){
		.config = config, .signal_io.fd = -1, .exit_status = EXIT_FAILURE
	};
	snprintf(broker->id, sizeof(broker->id), "%012" PRIx64,
		crypto_random_uint64() & 0xffffffffffff);
	slab_init(&broker->conns, sizeof(struct conn));
	reactor_task_init(&broker->stop_task, stop);
	reactor_task_init(&broker->goodbye_task, say_goodbye);
	timer_init(&broker->drain_timer, end_drain);
	timer_init(&broker->stop_timer, drop_stragglers);
	timer_init(&broker->quiet_timer, broker_give_memory_back);
	broker->quotas = map_create();
	list_init(&broker->scopes);
	broker->logins = logins_create();
	/* Long enough that a session which is asked about in time is never missed between two
	 * looks. */
	broker->remote_sessions = remote_sessions_create(2 * (uint64_t)session_touch_ms(config));
	broker->speakers = throttle_create(
		config->limits_messages_per_second, config->limits_message_burst, SPEAKERS_MAX);
	/* Each order is a row of the audit log, whose oldest go, and a wait for accounts.db. */
	broker->orderers = throttle_create(
		config->limits_messages_per_second == 0 ? 0 : ORDERS_PER_SECOND, ORDERS_BURST,
		SPEAKERS_MAX);
	broker->pauses = pauses_create();
	revoker_init(&broker->revoker, broker);
	order_follower_init(&broker->order, broker);
}

static bool load_secret(struct broker *broker)
{
	struct buf problem = { 0 };
	bool is_loaded = secret_load(&broker->secret, broker->config->paths_state, &problem);

	if (!is_loaded)
		log_error("event=secret %s", buf_text(&problem));
	buf_finish(&problem);
	return is_loaded;
}

/* Asks of the libraries once what every handshake asks of them, before anybody waits. What they
 * load lazily is loaded then, and one that answers wrongly is noticed here. The example is RFC
 * 6455's, 1.3. */
static bool rehearse_handshake(const struct broker *broker)
{
	char accept[HANDSHAKE_ACCEPT_SIZE];
	struct user guest, again;
	struct buf cookie = { 0 };
	bool is_right;

	handshake_accept_key(STR_OF("dGhlIHNhbXBsZSBub25jZQ=="), accept);
	guest_create(&guest);
	guest_write_cookie(&guest, &broker->secret, false, &cookie);
	is_right = strcmp(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == 0 &&
		   guest_read(&again, &broker->secret, buf_str(&cookie), false) &&
		   strcmp(again.name, guest.name) == 0;
	buf_finish(&cookie);
	if (!is_right)
		log_error("event=rehearse_handshake hint=\"nettle or libsodium is broken\"");
	return is_right;
}

static bool start_askers(struct broker *broker)
{
	const char *url = broker->config->accounts_broker;

	if (config_is_edge(broker->config))
		broker->hub_asker = above_create_asker(broker);
	if (url[0] == '\0' || str_is(str_from(url), "hub"))
		return true;
	broker->control_asker = asker_create_control(&broker->reactor, url);
	return broker->control_asker != NULL;
}

/* The broker that all others ask asks nobody. */
static struct ticket_uses *start_ticket_uses(struct broker *broker)
{
	struct links *links = layer_redis_links(broker->layer);

	if (links != NULL)
		return ticket_uses_create_redis(links, &broker->reactor, &broker->stats);
	if (broker->hub_asker != NULL)
		return ticket_uses_create_asking(
			broker->hub_asker, &broker->reactor, &broker->stats);
	if (broker->control_asker != NULL && !config_is_hub(broker->config))
		return ticket_uses_create_asking(
			broker->control_asker, &broker->reactor, &broker->stats);
	return NULL;
}

bool broker_start(struct broker *broker, const struct config *config)
{
	init(broker, config);
	if (!reactor_init(&broker->reactor) || !watch_signals(broker)) {
		log_errno("event=start");
		return false;
	}
	if (!load_secret(broker) || !rehearse_handshake(broker) ||
		!raise_descriptor_limit(broker) || !start_shards(broker))
		return false;
	broker->rooms = rooms_create(
		broker, config->site_stamp_prefix ? STAMP_PREFIX : STAMP_FIELD);
	broker->away = away_create(broker);
	if (!broker_start_layer(broker) || !start_askers(broker))
		return false;
	broker->tickets = tickets_create(
		config->paths_state, config->tickets_audience, clock_wall_ms() / 1000);
	broker->ticket_uses = start_ticket_uses(broker);
	broker->bus = bus_create(broker);
	broker->listener = listener_create(broker);
	broker->order_outcomes = order_outcomes_create();
	broker->registrar = registrar_create(
		config, &broker->reactor, &broker->stats, order_settle, broker);
	if (broker->bus == NULL || broker->listener == NULL)
		return false;
	revoker_start(&broker->revoker); /* what is wrong with accounts.db is said at once */
	order_follower_start(&broker->order);
	broker->admission = admission_create(broker);
	broker->start_ms = broker->reactor.now_ms;
	broker->start_wall_ms = clock_wall_ms();
	stats_history_start(&broker->stats_history, broker);
	return broker->admission != NULL;
}

int broker_run(struct broker *broker)
{
	log_info("event=ready id=%s threads=%zu connections_max=%" PRId64 " durability=%s layer=%s",
		broker->id, broker->shard_count, broker->connections_max,
		broker->config->history_durability, broker->layer->ops->name);
	reactor_watch_turns(&broker->reactor, stats_note_turn, &broker->stats);
	reactor_run(&broker->reactor);
	log_info("event=stopped connections=%zu", broker->connections);
	return EXIT_SUCCESS;
}

/* Only this thread still runs. Handling the threads' last mails frees what they are about. */
static void handle_last_mails(struct broker *broker)
{
	bool has_any;

	do {
		has_any = mailbox_drain(&broker->reactor.mailbox);
		for (size_t i = 0; i < broker->shard_count; i++) {
			struct shard *shard = broker->shards[i];

			if (shard == NULL)
				continue;
			has_any |= shard_wind_up(shard);
			has_any |= mailbox_drain(&shard_reactor(shard)->mailbox);
		}
	} while (has_any);
}

static void stop_askers(struct broker *broker)
{
	asker_destroy(broker->hub_asker);
	asker_destroy(broker->control_asker);
	broker->hub_asker = broker->control_asker = NULL; /* the layer may still bring answers */
}

void broker_finish(struct broker *broker)
{
	admission_destroy(broker->admission);
	listener_destroy(broker->listener);
	for (size_t i = 0; i < broker->shard_count; i++)
		shard_stop(broker->shards[i]);
	handle_last_mails(broker);
	order_follower_stop_asking(&broker->order);
	revoker_stop_asking(&broker->revoker);
	stop_askers(broker);
	history_destroy(broker->history);
	handle_last_mails(broker); /* its last outcomes, which may be something for the registrar */
	registrar_stop(broker->registrar);
	handle_last_mails(broker); /* the registrar's last outcomes */
	bus_destroy(broker->bus); /* after publishing what these mails brought */
	broker->bus = NULL; /* the layer may still bring answers, for which nobody waits */
	away_destroy(broker->away);
	/* Before the shards: the layer may still tell something, in a turn of the reactor. */
	if (broker->layer != NULL)
		broker->layer->ops->destroy(broker->layer);
	for (size_t i = 0; i < broker->shard_count; i++)
		shard_destroy(broker->shards[i]);
	rooms_destroy(broker->rooms);
	slab_finish(&broker->conns);
	remote_sessions_destroy(broker->remote_sessions);
	logins_destroy(broker->logins);
	registrar_destroy(broker->registrar);
	order_outcomes_destroy(broker->order_outcomes);
	order_follower_finish(&broker->order);
	revoker_finish(&broker->revoker);
	pauses_destroy(broker->pauses);
	throttle_destroy(broker->speakers);
	throttle_destroy(broker->orderers);
	arrivals_finish(&broker->arrivals);
	ticket_uses_destroy(broker->ticket_uses);
	tickets_destroy(broker->tickets);
	reactor_finish(&broker->reactor);
	map_destroy(broker->quotas);
	mem_free(broker->shards);
	if (broker->signal_io.fd >= 0)
		close(broker->signal_io.fd);
}
