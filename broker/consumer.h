/* SPDX-License-Identifier: MIT */
/* What a URL of the broker does, as consumers.py does in Django Channels: a const struct of
 * functions. admit runs on the main thread during the handshake, all others on the connection's
 * shard, where nothing may block. */
#pragma once

#include "broker/ws/message.h"
#include "common/base/buf.h"

struct conn;
struct scope;

enum consumer_id { CONSUMER_CHAT, CONSUMER_ECHO, CONSUMER_TICKER };

/* Which of the configured sizes bounds a consumer's messages. */
enum consumer_limit { CONSUMER_LIMIT_MESSAGE, CONSUMER_LIMIT_ECHO };

struct consumer {
	const char *name;
	enum consumer_id id;
	enum consumer_limit limit;
	/* The smallest window of RFC 7692 that it compresses for; 0: it never does. */
	uint8_t window_bits_min;
	/* Main thread, before the 101. Returns an HTTP status: 101 goes on, everything else is
	 * the refusal. May fill the scope's room. NULL admits everybody. */
	int (*admit)(struct scope *scope);
	/* The connection is open, and in its room when it has one. NULL where there is nothing to
	 * do. */
	void (*connect)(struct conn *conn);
	/* A whole text or binary message; text is valid UTF-8. Borrowed for the call. */
	void (*receive)(struct conn *conn, const struct message *message);
	/* A message was over the limit and has been skipped. */
	void (*too_long)(struct conn *conn);
	/* The last call; conn_send is refused by then. NULL where there is nothing to do. */
	void (*disconnect)(struct conn *conn);
};

extern const struct consumer consumer_chat;
extern const struct consumer consumer_echo;
extern const struct consumer consumer_ticker;
extern const struct consumer *const consumers[]; /* by id (routing.c) */
