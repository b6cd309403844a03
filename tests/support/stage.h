/* SPDX-License-Identifier: MIT */
/* A broker on the test's own thread without listeners and without a bus: its clients hold the other
 * ends of socket pairs, a turn runs and time passes when the test says so. Link roomwire_stage,
 * which puts a clock of its own in the place of the monotonic one. */
#pragma once

#include "broker/broker.h"
#include "broker/conn.h"
#include "broker/consumer.h"
#include "broker/feed.h"
#include "broker/shard.h"

struct stage {
	struct config config; /* the defaults; may be changed before clients enter */
	struct broker broker;
	struct shard *shard;
};

struct client {
	int fd;
	struct conn *conn; /* the broker's; good until the connection is forgotten */
	bool is_stream; /* what it hears is text and no frames */
	struct buf unread; /* what came of a frame that is incomplete */
	struct buf heard;
};

/* How far each look at the clock moves it; 0 when a stage starts. */
extern uint64_t stage_clock_step_ms;

void stage_start(struct stage *stage);
/* With [history] durability; anything but none needs a history to be linked with. */
void stage_start_with(struct stage *stage, const char *durability);
/* All clients have left. */
void stage_finish(struct stage *stage);
/* For cmocka: a stage for a test alone, in *state. */
int stage_set_up(void **state);
int stage_take_down(void **state);
/* One turn of the reactor. */
void stage_turn(struct stage *stage);
/* A turn after so many milliseconds and the tick that a timer may be late. */
void stage_pass_ms(struct stage *stage, uint64_t ms);
uint64_t stage_stat(const struct stage *stage, enum stat_id stat);
/* A text frame to all members of a room, whatever their dialect; nothing is numbered. */
void stage_say(struct stage *stage, const char *room, const char *text);

/* Opens a connection; room is NULL for consumers without one. Takes effect in the next turn. */
void client_enter(struct stage *stage, struct client *client, const struct consumer *consumer,
	const char *room, enum dialect dialect);
/* The same with the query of its address. */
void client_enter_with(struct stage *stage, struct client *client, const struct consumer *consumer,
	const char *room, enum dialect dialect, const char *query);
/* The same as somebody; and as far as its handshake, in which it may be open later. */
void client_enter_as(struct stage *stage, struct client *client, const struct consumer *consumer,
	const char *room, const struct identity *who);
struct scope *client_knock(struct stage *stage, const struct consumer *consumer, const char *room,
	const struct identity *who);
void client_open(struct stage *stage, struct client *client, struct scope *scope);
/* The same with bytes that came along with the handshake, and a descriptor of the caller's choice,
 * which the broker owns from now on. */
struct conn *stage_open(struct stage *stage, int fd, const struct consumer *consumer,
	const char *room, enum dialect dialect, struct str early_bytes);
/* Closes the client's end and gives its memory back; the broker notices in the next turn. */
void client_leave(struct client *client);
void client_send(struct client *client, enum frame_opcode opcode, struct str payload);
void client_send_bytes(struct client *client, struct str bytes);
/* What has come since the last call: "text hello|ping |close 1000|" and so on, a '|' behind each
 * frame, "compressed " before what was and is inflated; at the end "end" when the connection is
 * closed, "part end" when it was within a frame. Of a stream the bytes as they are, "end" behind
 * them. Borrowed until the next call. */
const char *client_hear(struct client *client);
