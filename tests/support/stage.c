/* SPDX-License-Identifier: MIT */
/* The stage's broker is put together as broker_start does it, less what needs names in a file
 * system. A turn is a run of the reactor that ends with a task of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/away.h"
#include "broker/history/history.h"
#include "broker/logins.h"
#include "broker/order/edges.h"
#include "broker/order/pause.h"
#include "broker/order/settle.h"
#include "broker/remote_sessions.h"
#include "broker/ws/deflate.h"
#include "common/base/map.h"
#include "common/base/mem.h"
#include "common/guest.h"
#include "common/throttle.h"
#include "tests/support/client_frame.h"
#include "tests/support/stage.h"

uint64_t stage_clock_step_ms;
static uint64_t clock_ms = 1000003;

uint64_t __wrap_clock_monotonic_ms(void);
uint64_t __wrap_clock_monotonic_us(void);

uint64_t __wrap_clock_monotonic_ms(void)
{
	clock_ms += stage_clock_step_ms;
	return clock_ms;
}

uint64_t __wrap_clock_monotonic_us(void)
{
	return __wrap_clock_monotonic_ms() * 1000;
}

void stage_start(struct stage *stage)
{
	stage_start_with(stage, "none");
}

void stage_start_with(struct stage *stage, const char *durability)
{
	struct broker *broker = &stage->broker;
	struct buf problem = { 0 };

	*stage = (struct stage){ 0 };
	stage_clock_step_ms = 0;
	assert_true(config_load(&stage->config, &(struct config_arguments){ 0 }, &problem));
	buf_finish(&problem);
	mem_free(stage->config.history_durability);
	stage->config.history_durability = mem_strdup(durability);
	broker->config = &stage->config;
	snprintf(broker->id, sizeof(broker->id), "0123456789ab");
	assert_true(reactor_init(&broker->reactor));
	slab_init(&broker->conns, sizeof(struct conn));
	broker->quotas = map_create();
	list_init(&broker->scopes);
	broker->logins = logins_create();
	broker->remote_sessions = remote_sessions_create(1000);
	broker->speakers = throttle_create(1000, 1000, 1000);
	broker->orderers = throttle_create(1, 30, 1000);
	broker->pauses = pauses_create();
	revoker_init(&broker->revoker, broker);
	order_follower_init(&broker->order, broker);
	broker->order_outcomes = order_outcomes_create();
	broker->registrar = registrar_create(
		&stage->config, &broker->reactor, &broker->stats, order_settle, broker);
	timer_init(&broker->quiet_timer, broker_give_memory_back);
	stage->shard = shard_create(&stage->config, broker, 0, &broker->reactor);
	broker->shards = &stage->shard;
	broker->shard_count = 1;
	broker->rooms = rooms_create(broker, STAMP_FIELD);
	broker->away = away_create(broker);
	assert_true(broker_start_layer(broker));
}

/* Every connection has closed for one cause, and nothing is held for those who are gone. */
static void check_stats(const struct stage *stage)
{
	uint64_t causes = 0;

	for (size_t i = STAT_CLOSED_BY_CLIENT; i <= STAT_CLOSED_OTHERWISE; i++)
		causes += stage_stat(stage, (enum stat_id)i);
	assert_int_equal(causes, stage_stat(stage, STAT_CONNECTIONS_CLOSED));
	assert_int_equal(stage_stat(stage, STAT_LOG_BYTES), 0);
	assert_int_equal(stage_stat(stage, STAT_REPLY_BYTES), 0);
}

void stage_finish(struct stage *stage)
{
	struct broker *broker = &stage->broker;

	stage_clock_step_ms = 0;
	registrar_stop(broker->registrar);
	stage_turn(stage);
	assert_int_equal(broker->connections, 0);
	check_stats(stage);
	history_destroy(broker->history);
	shard_destroy(stage->shard);
	away_destroy(broker->away);
	broker->layer->ops->destroy(broker->layer);
	rooms_destroy(broker->rooms);
	map_destroy(broker->quotas);
	arrivals_finish(&broker->arrivals);
	slab_finish(&broker->conns);
	remote_sessions_destroy(broker->remote_sessions);
	logins_destroy(broker->logins);
	throttle_destroy(broker->speakers);
	throttle_destroy(broker->orderers);
	registrar_destroy(broker->registrar);
	order_outcomes_destroy(broker->order_outcomes);
	order_follower_finish(&broker->order);
	revoker_finish(&broker->revoker);
	pauses_destroy(broker->pauses);
	reactor_disarm(&broker->reactor, &broker->quiet_timer);
	assert_int_equal(broker->reactor.timers.armed, 0); /* what it belongs to is gone */
	reactor_finish(&broker->reactor);
	config_finish(&stage->config);
}

int stage_set_up(void **state)
{
	static struct stage stage;

	stage_start(&stage);
	*state = &stage;
	return 0;
}

int stage_take_down(void **state)
{
	stage_finish(*state);
	return 0;
}

struct stop_task {
	struct reactor_task task;
	struct reactor *reactor;
};

static void run_stop(struct reactor_task *task)
{
	list_entry(task, struct stop_task, task)->reactor->is_stopping = true;
}

void stage_turn(struct stage *stage)
{
	struct reactor *reactor = &stage->broker.reactor;
	struct stop_task stop = { .reactor = reactor };

	reactor_task_init(&stop.task, run_stop);
	reactor_schedule(reactor, &stop.task);
	reactor_run(reactor);
	reactor->is_stopping = false;
}

void stage_pass_ms(struct stage *stage, uint64_t ms)
{
	clock_ms += ms + TIMER_TICK_MS;
	stage_turn(stage);
}

uint64_t stage_stat(const struct stage *stage, enum stat_id stat)
{
	struct stats_reading reading;

	broker_stats(&stage->broker, &reading);
	return reading.values[stat];
}

static void append_text(enum dialect dialect, const char *text, struct buf *frames)
{
	size_t start = dialect_begin(dialect, frames);

	buf_append_text(frames, text);
	dialect_end(dialect, frames, start);
}

void stage_say(struct stage *stage, const char *room_name, const char *text)
{
	struct room *room = rooms_find(stage->broker.rooms, str_from(room_name));
	struct buf frames[DIALECT_COUNT] = { 0 };

	assert_non_null(room);
	for (size_t i = 0; i < DIALECT_COUNT; i++)
		append_text((enum dialect)i, text, &frames[i]);
	room_send(room, frames);
	for (size_t i = 0; i < DIALECT_COUNT; i++)
		buf_finish(&frames[i]);
}

/* who: NULL is a new guest. */
static struct scope *knock(struct stage *stage, const struct consumer *consumer, const char *room,
	enum dialect dialect, const char *query, const struct identity *who)
{
	struct scope *scope = scope_create(str_from(query));

	scope->consumer = consumer;
	scope->dialect = dialect;
	scope->client = STR_OF("unix");
	scope->handshake.query = buf_str(&scope->head);
	if (room != NULL)
		buf_append_text(&scope->room, room);
	if (who == NULL)
		guest_create(&scope->who.user);
	else
		scope->who = *who;
	broker_count_in(&stage->broker, scope);
	return scope;
}

struct conn *stage_open(struct stage *stage, int fd, const struct consumer *consumer,
	const char *room, enum dialect dialect, struct str early_bytes)
{
	struct scope *scope = knock(stage, consumer, room, dialect, "", NULL);

	return conn_of(broker_open(&stage->broker, scope, fd, early_bytes));
}

void client_enter(struct stage *stage, struct client *client, const struct consumer *consumer,
	const char *room, enum dialect dialect)
{
	client_enter_with(stage, client, consumer, room, dialect, "");
}

void client_enter_with(struct stage *stage, struct client *client, const struct consumer *consumer,
	const char *room, enum dialect dialect, const char *query)
{
	client_open(stage, client, knock(stage, consumer, room, dialect, query, NULL));
}

void client_enter_as(struct stage *stage, struct client *client, const struct consumer *consumer,
	const char *room, const struct identity *who)
{
	client_open(stage, client, client_knock(stage, consumer, room, who));
}

struct scope *client_knock(struct stage *stage, const struct consumer *consumer, const char *room,
	const struct identity *who)
{
	return knock(stage, consumer, room, DIALECT_PLAIN, "", who);
}

void client_open(struct stage *stage, struct client *client, struct scope *scope)
{
	int fds[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
	*client = (struct client){ .fd = fds[0], .is_stream = dialect_is_stream(scope->dialect) };
	client->conn = conn_of(broker_open(&stage->broker, scope, fds[1], STR_OF("")));
}

void client_leave(struct client *client)
{
	close(client->fd);
	client->fd = -1;
	buf_finish(&client->unread);
	buf_finish(&client->heard);
}

void client_send(struct client *client, enum frame_opcode opcode, struct str payload)
{
	struct buf frame = { 0 };

	client_frame_append(&frame, (uint8_t)(0x80 | opcode), payload.data, payload.len);
	client_send_bytes(client, buf_str(&frame));
	buf_finish(&frame);
}

void client_send_bytes(struct client *client, struct str bytes)
{
	assert_int_equal(send(client->fd, bytes.data, bytes.len, MSG_NOSIGNAL), bytes.len);
}

/* True when the connection has ended. */
static bool read_all(struct client *client)
{
	for (;;) {
		char *end = buf_reserve(&client->unread, 65536);
		ssize_t len = recv(client->fd, end, 65536, 0);

		if (len <= 0)
			return len == 0 || errno != EAGAIN;
		client->unread.len += (size_t)len;
	}
}

static void append_heard(struct buf *heard, unsigned opcode, struct str payload)
{
	static const char *const names[16] = { [FRAME_TEXT] = "text",
		[FRAME_BINARY] = "binary",
		[FRAME_CLOSE] = "close",
		[FRAME_PING] = "ping",
		[FRAME_PONG] = "pong" };

	assert_non_null(names[opcode]);
	buf_append_format(heard, "%s ", names[opcode]);
	if (opcode == FRAME_CLOSE && payload.len >= 2)
		buf_append_format(
			heard, "%d", (uint8_t)payload.data[0] << 8 | (uint8_t)payload.data[1]);
	else
		buf_append_str(heard, payload);
	buf_append_char(heard, '|');
}

static void append_inflated(struct buf *heard, unsigned opcode, struct str payload)
{
	struct deflate *codec = deflate_create();
	struct buf inflated = { 0 };

	assert_int_equal(inflate_message(codec, payload, 1 << 20, &inflated), INFLATE_OK);
	buf_append_text(heard, "compressed ");
	append_heard(heard, opcode, buf_str(&inflated));
	buf_finish(&inflated);
	deflate_destroy(codec);
}

/* Takes a whole frame off unread; false when there is none. */
static bool next_frame(struct client *client)
{
	const uint8_t *data = (const uint8_t *)client->unread.data;
	size_t header_len = 2, payload_len;

	if (client->unread.len < 2)
		return false;
	payload_len = data[1];
	assert_true(payload_len <= 127); /* no mask */
	if (payload_len > 125)
		header_len = payload_len == 126 ? 4 : 10;
	if (client->unread.len < header_len)
		return false;
	if (header_len > 2)
		payload_len = 0;
	for (size_t i = 2; i < header_len; i++)
		payload_len = payload_len << 8 | data[i];
	if (client->unread.len - header_len < payload_len)
		return false;
	(data[0] & 0x40 ? append_inflated : append_heard)(&client->heard, data[0] & 0xf,
		str_range(client->unread.data + header_len, payload_len));
	buf_drop(&client->unread, header_len + payload_len);
	return true;
}

const char *client_hear(struct client *client)
{
	bool has_ended = read_all(client);

	buf_clear(&client->heard);
	if (client->is_stream) {
		buf_append_str(&client->heard, buf_str(&client->unread));
		buf_clear(&client->unread);
	}
	while (next_frame(client))
		continue;
	if (has_ended)
		buf_append_text(&client->heard, client->unread.len > 0 ? "part end" : "end");
	return buf_text(&client->heard);
}
