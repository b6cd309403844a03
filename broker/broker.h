/* SPDX-License-Identifier: MIT */
/* The broker as a whole, on the main thread: what it is made of, and what happens to a connection
 * before and after its life on a shard. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "broker/channel.h"
#include "broker/layer/layer.h"
#include "broker/reactor/reactor.h"
#include "broker/revoker.h"
#include "broker/room.h"
#include "broker/scope.h"
#include "broker/stats.h"
#include "common/base/slab.h"
#include "common/config.h"

struct admission;
struct asker;
struct away;
struct closing;
struct conn;
struct replay;
struct bus;
struct history;
struct listener;
struct login;
struct logins;
struct page;
struct remote_sessions;
struct throttle;
struct ticket_uses;
struct tickets;

struct broker {
	const struct config *config; /* borrowed */
	struct secret secret;
	char id[CHANNEL_BROKER_ID_SIZE];
	struct reactor reactor;
	struct stats stats; /* of the main thread */
	struct shard **shards;
	size_t shard_count;
	struct rooms *rooms;
	struct away *away;
	struct layer *layer;
	struct layer *keeper; /* of the history: layer, or what a hub is made around; borrowed */
	bool is_cut_off; /* the other brokers cannot be reached */
	struct asker *hub_asker; /* asks the hub; NULL unless this is an edge */
	struct asker *control_asker; /* asks who has accounts.db; NULL unless that has a url */
	struct history *history; /* NULL where this broker writes none itself */
	struct map *quotas; /* by client */
	struct throttle *speakers; /* who says something without a connection, by user id */
	struct tickets *tickets;
	struct ticket_uses *ticket_uses; /* NULL: tickets says which were used */
	struct listener *listener;
	struct admission *admission;
	struct list scopes; /* of handshakes that are admitted and not in yet */
	struct logins *logins;
	struct remote_sessions *remote_sessions;
	struct revoker revoker;
	struct bus *bus;
	struct slab conns; /* of struct conn: all, also closed ones that are not finished */
	size_t connections;
	size_t by_transport[TRANSPORT_LONG_POLL + 1]; /* of these those that are open */
	_Atomic uint64_t replay_bytes; /* frames for who comes back, while anybody holds them */
	uint32_t last_serial;
	size_t changes; /* connections that have come or gone since memory was last given back */
	uint64_t crowd_began_ms; /* when these became so many that it is worth it */
	struct timer quiet_timer;
	int64_t connections_max; /* [limits] connections, or what the descriptors leave */
	uint64_t start_ms;
	int64_t start_wall_ms;
	int exit_status; /* for main, when the start has failed */
	bool is_stopping;
	unsigned goodbye_spread_seconds; /* of retry_after; 0 until goodbye has been said to all */
	struct reactor_task stop_task;
	struct reactor_task goodbye_task;
	struct timer drain_timer; /* so long the history may take for what was said */
	struct timer stop_timer;
	struct reactor_io signal_io;
};

/* Binds everything; false after it has logged why. config outlives the broker. */
bool broker_start(struct broker *broker, const struct config *config)
	__attribute__((warn_unused_result));
/* Turns until a signal has stopped it in order; returns the exit status. */
int broker_run(struct broker *broker);
/* Takes down what start built, half-built too. */
void broker_finish(struct broker *broker);

/* Main thread. */

/* Judges a handshake: 101, or the HTTP status of its refusal, or IDENTITY_LATER. Counts the address
 * on 101. */
int broker_admit(struct broker *broker, struct scope *scope);
/* The part of it that is done once nothing speaks against it any more. */
void broker_count_in(struct broker *broker, struct scope *scope);
/* The 101 is out: takes scope and the descriptor; early_bytes came with the handshake. */
struct channel *broker_open(
	struct broker *broker, struct scope *scope, int fd, struct str early_bytes);
/* A joiner's room is ready: takes scope and the past's replay. */
void broker_enter(struct broker *broker, struct conn *conn, struct scope *scope,
	const struct room_past *past, struct str early_bytes);
/* It is not let in: closed before it has heard or said anything. Takes scope. */
void broker_turn_away(struct broker *broker, struct conn *conn, struct scope *scope,
	const struct closing *closing);
/* An admitted handshake came to nothing: takes scope. */
void broker_abandon(struct broker *broker, struct scope *scope);
/* An event of whatever origin into a room; room is normalized. author is told what becomes of a
 * message; NULL is nobody. Anything but LAYER_SENT: refused at once, and nobody is told. */
enum layer_result broker_group_send(struct broker *broker, struct event *event,
	const struct author *author) __attribute__((warn_unused_result));
/* A word and a sentence for who sent what was not taken. */
const char *broker_refusal_code(enum layer_result result);
const char *broker_refusal_sentence(enum layer_result result);
/* Starts the layer that [layer] backend asks for, and the history where it keeps one. False after
 * it has logged why, with exit_status set. */
bool broker_start_layer(struct broker *broker) __attribute__((warn_unused_result));
/* The sums of all threads, and the broker's gauges; those of the process are 0. */
void broker_stats(const struct broker *broker, struct stats_reading *reading);
/* Puts the gauges of the process in. */
void broker_process_stats(const struct broker *broker, struct stats_reading *reading);
/* A word for people and monitors: "ok", why the history does not work (common/store/problem.h), or
 * "none". */
const char *broker_history_state(const struct broker *broker);
/* quiet_timer: after a crowd has come or gone. */
void broker_give_memory_back(struct timer *quiet_timer);
/* NULL without a session. */
struct login *broker_login(const struct broker *broker, const struct channel *channel);
/* Whose connection it is; NULL of a guest in no room, whom nobody hears. */
const uint8_t *broker_user(const struct broker *broker, const struct channel *channel);
/* What channel_write_name makes the channel's name of. */
uint64_t broker_channel_id(const struct broker *broker, const struct channel *channel);
/* NULL when there is no such channel, or none any more. */
struct channel *broker_find_channel(const struct broker *broker, uint64_t id);
struct channel *broker_find_channel_named(const struct broker *broker, struct str name);
/* The layer's sink, as far as sockets go: an event for its room, its author's ack first; or what
 * has become of a message that is not delivered, for its author alone. */
void broker_deliver(struct broker *broker, const struct event *event, const struct author *author);
void broker_settle(
	struct broker *broker, const struct author *author, enum layer_result result, uint64_t seq);

/* What the shards report, each in the main thread's turn. */

void broker_conn_said(
	struct broker *broker, struct channel *channel, struct str message, struct str ref);
void broker_conn_asked_members(struct channel *channel, struct str after);
void broker_conn_asked_history(
	struct broker *broker, struct channel *channel, const struct page *page);
/* comes_again: as a long poll does. */
void broker_conn_left(struct broker *broker, struct channel *channel, bool comes_again);
/* Nobody holds a pointer to it any more. */
void broker_conn_finished(struct broker *broker, struct channel *channel);
