/* SPDX-License-Identifier: MIT */
/* What the broker itself spends on a delivery: its main thread with real reads and with send(2)
 * taken out (the linker puts ours in its place), so that nearly all that is left is our own code.
 * One thread's processor time over all deliveries, the reads of the speakers' sockets included. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "broker/away.h"
#include "broker/broker.h"
#include "broker/consumer.h"
#include "broker/layer/local.h"
#include "broker/logins.h"
#include "broker/shard.h"
#include "common/base/crypto.h"
#include "common/base/map.h"
#include "common/base/mem.h"
#include "common/guest.h"
#include "tests/bench/argument.h"
#include "tests/bench/failure.h"
#include "tests/bench/target.h"
#include "tests/support/client_frame.h"

#define TEXT "{\"message\": \"sixty-four bytes of what somebody has to say to all of the rest.\"}"
#define COUNT_MAX 1000000

struct path {
	struct config config;
	struct broker broker;
	struct shard *shard;
	struct reactor_task stop_task;
	int *speakers; /* the other ends, one a room */
	size_t rooms, members, in_flight, turns;
};

static const struct {
	const char *name;
	size_t offset; /* of a size_t in struct path */
} counts[] = {
	{ "--rooms", offsetof(struct path, rooms) },
	{ "--members", offsetof(struct path, members) },
	{ "--in-flight", offsetof(struct path, in_flight) },
	{ "--turns", offsetof(struct path, turns) },
};

static size_t sends;

ssize_t __wrap_send(int fd, const void *data, size_t len, int flags);

ssize_t __wrap_send(int fd, const void *data, size_t len, int flags)
{
	(void)fd;
	(void)data;
	(void)flags;
	sends++;
	return (ssize_t)len;
}

static void deliver(void *context, const struct event *event, const struct author *author)
{
	broker_deliver(context, event, author);
}

static void run_stop(struct reactor_task *task)
{
	list_entry(task, struct path, stop_task)->broker.reactor.is_stopping = true;
}

static void run_turn(struct path *path)
{
	reactor_schedule(&path->broker.reactor, &path->stop_task);
	reactor_run(&path->broker.reactor);
	path->broker.reactor.is_stopping = false;
}

static void start(struct path *path)
{
	struct broker *broker = &path->broker;
	const struct layer_setting setting = { .reactor = &broker->reactor,
		.stats = &broker->stats,
		.sink = { .deliver = deliver, .context = broker } };
	struct buf problem = { 0 };

	if (!crypto_init() || !reactor_init(&broker->reactor) ||
		!config_load(&path->config, &(struct config_arguments){ 0 }, &problem))
		exit(1);
	path->config.limits_messages_per_second = 0;
	broker->config = &path->config;
	slab_init(&broker->conns, sizeof(struct conn));
	broker->quotas = map_create();
	list_init(&broker->scopes);
	broker->logins = logins_create();
	revoker_init(&broker->revoker, broker);
	order_follower_init(&broker->order, broker);
	timer_init(&broker->quiet_timer, broker_give_memory_back);
	path->shard = shard_create(&path->config, broker, 0, &broker->reactor);
	broker->shards = &path->shard;
	broker->shard_count = 1;
	broker->rooms = rooms_create(broker, STAMP_FIELD);
	broker->away = away_create(broker);
	broker->layer = layer_create_local(&setting);
	reactor_task_init(&path->stop_task, run_stop);
}

static void open_member(struct path *path, size_t room, int fd)
{
	struct scope *scope = scope_create(STR_OF(""));

	scope->consumer = &consumer_chat;
	scope->client = STR_OF("unix");
	buf_append_format(&scope->room, "bench%zu", room);
	guest_create(&scope->who.user);
	broker_count_in(&path->broker, scope);
	broker_open(&path->broker, scope, fd, STR_OF(""));
}

/* One member of each room is spoken through; all share the descriptors of that socket otherwise. */
static void fill_rooms(struct path *path)
{
	path->speakers = mem_alloc_array(path->rooms, sizeof(int));
	for (size_t room = 0; room < path->rooms; room++) {
		int fds[2], silent[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0 ||
			socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, silent) != 0) {
			perror("socketpair");
			exit(1);
		}
		path->speakers[room] = fds[0];
		open_member(path, room, fds[1]);
		for (size_t i = 1; i < path->members; i++)
			open_member(path, room, dup(silent[1]));
	}
	run_turn(path);
	run_turn(path);
}

static double cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void speak(struct path *path, const struct buf *burst)
{
	for (size_t room = 0; room < path->rooms; room++) {
		if (write(path->speakers[room], burst->data, burst->len) != (ssize_t)burst->len) {
			perror("write");
			exit(1);
		}
	}
}

static void measure(struct path *path)
{
	struct buf burst = { 0 };
	double spent_ns = 0;
	double deliveries = (double)(path->turns * path->rooms * path->members * path->in_flight);
	size_t sends_before = sends;

	for (size_t i = 0; i < path->in_flight; i++)
		client_frame_append(&burst, 0x81, TEXT, strlen(TEXT));
	for (size_t i = 0; i < path->turns; i++) {
		double before_ns;

		speak(path, &burst);
		before_ns = cpu_ns();
		/* A turn more for what a turn's share of a large room leaves. */
		for (size_t member = 0; member < path->members; member += 500)
			run_turn(path);
		spent_ns += cpu_ns() - before_ns;
	}
	printf("{\"ns_per_delivery\": %.1f, \"sends\": %zu, \"members_times_turns\": %zu}\n",
		spent_ns / deliveries, sends - sends_before,
		path->turns * path->rooms * path->members);
	buf_finish(&burst);
}

static size_t *count_of(struct path *path, const char *name)
{
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		if (strcmp(name, counts[i].name) == 0)
			return (size_t *)(void *)((char *)path + counts[i].offset);
	}
	failure("[--rooms N] [--members N] [--in-flight N] [--turns N] is what there is, not %s",
		name);
}

int main(int argc, char **argv)
{
	static struct path path = { .rooms = 1, .members = 1000, .in_flight = 1, .turns = 2000 };

	for (int i = 1; i < argc; i += 2)
		*count_of(&path, argv[i]) = argument_number(
			argv[i], i + 1 < argc ? argv[i + 1] : "", 1, COUNT_MAX);
	target_raise_descriptor_limit();
	start(&path);
	fill_rooms(&path);
	measure(&path);
	return 0;
}
