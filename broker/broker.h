/* SPDX-License-Identifier: MIT */
/* The broker as a whole, on the main thread: what it is made of, and what happens to a connection
 * before and after its life on a shard. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "broker/arrivals.h"
#include "broker/channel.h"
#include "broker/layer/layer.h"
#include "broker/order/follow.h"
#include "broker/reactor/reactor.h"
#include "broker/revoker.h"
#include "broker/room.h"
#include "broker/scope.h"
#include "broker/stats.h"
#include "broker/stats_history.h"
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
struct message_change;
struct order_outcomes;
struct order_refusal;
struct page;
struct pauses;
struct registrar;
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
	struct stats_history stats_history;
	struct shard **shards;
	size_t shard_count;
	struct rooms *rooms;
	struct away *away;
	struct layer *layer;
	/* the layer that keeps the history: layer itself, or the one inside a hub; borrowed */
	struct layer *keeper;
	bool is_cut_off; /* the other brokers cannot be reached */
	struct asker *hub_asker; /* asks the hub; NULL unless this is an edge */
	/* asks the broker that has accounts.db; NULL unless configured by a URL */
	struct asker *control_asker;
	struct history *history; /* NULL when this broker writes no history itself */
	struct map *quotas; /* by client */
	struct throttle *speakers; /* senders without a connection, by user id */
	struct throttle *orderers; /* who orders something in a room, by user id */
	struct tickets *tickets;
	struct ticket_uses *ticket_uses; /* NULL: tickets are not shared with other brokers */
	struct listener *listener;
	struct admission *admission;
	struct list scopes; /* of admitted newcomers that have not joined yet */
	struct logins *logins;
	struct remote_sessions *remote_sessions;
	struct revoker revoker;
	struct order_follower order;
	struct registrar *registrar;
	struct order_outcomes *order_outcomes; /* of what edges have ordered */
	struct pauses *pauses; /* between the messages of somebody in a slow room */
	struct bus *bus;
	struct slab conns; /* struct conn: all of them, also closed ones that are not finished */
	size_t connections;
	size_t by_transport[TRANSPORT_LONG_POLL + 1]; /* open connections */
	_Atomic uint64_t replay_bytes; /* bytes of replayed frames that are still referenced */
	uint32_t last_serial;
	struct arrivals arrivals;
	size_t changes; /* connections that have come or gone since memory was last given back */
	/* when changes reached the number that makes giving memory back worthwhile */
	uint64_t crowd_began_ms;
	struct timer quiet_timer;
	int64_t connections_max; /* [limits] connections, or what the descriptors leave */
	uint64_t start_ms;
	int64_t start_wall_ms;
	int exit_status; /* for main, when the start has failed */
	bool is_stopping;
	/* the range of retry_after; 0 until goodbye is said to all */
	unsigned goodbye_spread_seconds;
	struct reactor_task stop_task;
	struct reactor_task goodbye_task;
	struct timer drain_timer; /* bounds the wait for the history's last commits */
	struct timer stop_timer;
	struct reactor_io signal_io;
};

/* Binds everything; false after it has logged why. config outlives the broker. */
bool broker_start(struct broker *broker, const struct config *config)
	__attribute__((warn_unused_result));
/* Runs the event loop until a signal stops it; returns the exit status. */
int broker_run(struct broker *broker);
/* Takes down what broker_start built, also after a failed start. */
void broker_finish(struct broker *broker);

/* Main thread. */

/* Judges a handshake: returns 101, the HTTP status of a refusal, or IDENTITY_LATER. On 101 it
 * counts the client's address. */
int broker_admit(struct broker *broker, struct scope *scope);
/* The last part of broker_admit: call it when every check has passed. */
void broker_count_in(struct broker *broker, struct scope *scope);
/* Call it when the 101 is sent. Takes scope and fd; early_bytes came with the handshake. */
struct channel *broker_open(
	struct broker *broker, struct scope *scope, int fd, struct str early_bytes);
/* Lets a joiner into its room, which is ready. Takes scope and past->replay. */
void broker_enter(struct broker *broker, struct conn *conn, struct scope *scope,
	const struct room_past *past, struct str early_bytes);
/* Closes a connection that has not joined, and so has heard and said nothing. Takes scope. */
void broker_turn_away(struct broker *broker, struct conn *conn, struct scope *scope,
	const struct closing *closing);
/* Call it when an admitted handshake has failed. Takes scope. */
void broker_abandon(struct broker *broker, struct scope *scope);
/* Sends an event of any origin to a room; the room's name is normalized. author is told what
 * becomes of a message; NULL means nobody. Any result but LAYER_SENT is a refusal, and author is
 * not told. */
enum layer_result broker_group_send(struct broker *broker, struct event *event,
	const struct author *author) __attribute__((warn_unused_result));
/* The same of an edit or a deletion. */
enum layer_result broker_change(struct broker *broker, struct event *event,
	const struct author *author) __attribute__((warn_unused_result));
/* Whether the connection's user may delete what others said in its room. */
bool broker_may_change_any(const struct channel *channel);
/* A code and a sentence for the sender of a refused event. */
const char *broker_refusal_code(enum layer_result result);
const char *broker_refusal_sentence(enum layer_result result);
/* Starts the layer that [layer] backend names, and the history if that layer keeps one. False after
 * it has logged why and set exit_status. */
bool broker_start_layer(struct broker *broker) __attribute__((warn_unused_result));
/* Sums the counters of all threads and reads the broker's gauges; the gauges of the process stay
 * 0. */
void broker_stats(const struct broker *broker, struct stats_reading *reading);
/* Adds the gauges of the process. */
void broker_process_stats(const struct broker *broker, struct stats_reading *reading);
/* A word for people and monitors: "ok", why the history does not work (common/store/problem.h), or
 * "none". */
const char *broker_history_state(const struct broker *broker);
/* The handler of quiet_timer, for when many connections have come or gone. */
void broker_give_memory_back(struct timer *quiet_timer);
/* NULL without a session. */
struct login *broker_login(const struct broker *broker, const struct channel *channel);
/* The id of the connection's user; NULL for a guest in no room, whom nobody hears. */
const uint8_t *broker_user(const struct broker *broker, const struct channel *channel);
/* The id that channel_write_name turns into the channel's name. */
uint64_t broker_channel_id(const struct broker *broker, const struct channel *channel);
/* NULL when there is no such channel, or no longer. */
struct channel *broker_find_channel(const struct broker *broker, uint64_t id);
struct channel *broker_find_channel_named(const struct broker *broker, struct str name);
/* The layer's sink for sockets. broker_deliver sends an event to its room, after the author's ack.
 * broker_settle tells the author alone what became of a message that is not delivered. */
void broker_deliver(struct broker *broker, const struct event *event, const struct author *author);
void broker_settle(
	struct broker *broker, const struct author *author, enum layer_result result, uint64_t seq);

/* The shards' reports; each comes in a turn of the main thread. */

void broker_conn_said(
	struct broker *broker, struct channel *channel, struct str message, struct str ref);
void broker_conn_changed(struct broker *broker, struct channel *channel,
	const struct message_change *change, struct str ref);
void broker_conn_asked_members(struct channel *channel, struct str after);
void broker_conn_asked_history(
	struct broker *broker, struct channel *channel, const struct page *page);
/* comes_again: the client will be back, as after a long poll. */
void broker_conn_left(struct broker *broker, struct channel *channel, bool comes_again);
/* Call it when nobody holds a pointer to the channel any more. */
void broker_conn_finished(struct broker *broker, struct channel *channel);
