/* SPDX-License-Identifier: MIT */
/* One WebSocket connection of the load: handshake, frames in, bytes out. Knows epoll's events and
 * no more of the loop; what frames mean is its owner's affair, told through client_ops. A
 * connection that the server ends is an event, one that never opens ends the program. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "tests/bench/target.h"

enum client_state {
	CLIENT_NEW,
	CLIENT_CONNECTING,
	CLIENT_HANDSHAKING,
	CLIENT_OPEN,
	CLIENT_CLOSED,
};

struct client {
	int fd; /* owned from CLIENT_CONNECTING to CLIENT_OPEN */
	enum client_state state;
	uint32_t room;
	uint32_t member; /* of the room */
	bool is_stalled; /* falls asleep once it is open */
	bool is_asleep; /* does not read */
	bool is_blocked; /* the socket is full */
	uint64_t begun_ns;
	struct buf rest; /* of a frame or head that is incomplete */
	struct buf out; /* what the socket has not taken */
};

struct client_ops {
	void (*opened)(void *context, struct client *client, uint64_t now_ns);
	/* payload of a text, borrowed for the call; wire_len is the whole frame's. What is queued
	 * for client meanwhile is flushed once after all that one read brought. */
	void (*text)(void *context, struct client *client, struct str payload, size_t wire_len,
		uint64_t now_ns);
	/* By the server. */
	void (*closed)(void *context, struct client *client);
};

/* What the connections of one loop share. */
struct client_host {
	int epoll_fd;
	const struct target *targets; /* in turns */
	size_t target_count;
	size_t begun; /* connections */
	const struct client_ops *ops;
	void *context;
	struct buf scratch; /* owned: what is being read */
	uint64_t opened;
	uint64_t closed; /* by the server, without the stalled ones */
	uint64_t stalled_closed;
	uint64_t stalled_told; /* of these, with the code for who is too slow */
};

/* Connects one that is new or closed and sends the request, which is copied. False when the server
 * is too busy: try again. */
bool client_begin(struct client *client, struct client_host *host, struct str request)
	__attribute__((warn_unused_result));
void client_handle(struct client *client, struct client_host *host, uint32_t events);
/* Somebody asleep reads to the end, and hears nothing of it. */
void client_wake(struct client *client, struct client_host *host);
/* Sends what is in client->out as far as the socket takes it, which may show that the server has
 * closed. Not for a closed one. */
void client_flush(struct client *client, struct client_host *host);
/* From our side, without the close handshake. Any state. */
void client_close(struct client *client);
