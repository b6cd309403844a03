/* SPDX-License-Identifier: MIT */
/* The languages that clients of a room speak, and an event in each of them. Pure: an event in,
 * frames out, once per message and dialect however many members there are. What is called a frame
 * here is whatever a dialect wraps an event into: a WebSocket frame, an event of an event stream,
 * or a line. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "broker/ws/close.h"
#include "common/base/buf.h"
#include "common/event.h"

enum dialect {
	DIALECT_PLAIN, /* no subprotocol: what pages written for Django Channels' tutorial speak */
	DIALECT_V1, /* Sec-WebSocket-Protocol: roomwire.v1 */
	DIALECT_EVENT_STREAM, /* the objects of roomwire.v1 as text/event-stream (HTML, 9.2) */
	DIALECT_LINES, /* the same, one a line */
	DIALECT_LANGUAGES,
	/* The first two, compressed for those who agreed to it: a room has logs of its own for
	 * them.
	 */
	DIALECT_PLAIN_DEFLATE = DIALECT_LANGUAGES,
	DIALECT_V1_DEFLATE,
	DIALECT_COUNT
};

#define DIALECT_V1_SUBPROTOCOL "roomwire.v1"

/* On what a dialect travels. */
enum transport {
	TRANSPORT_WEBSOCKET,
	TRANSPORT_EVENT_STREAM, /* an HTTP answer that goes on */
	TRANSPORT_LONG_POLL, /* one that ends with the first event */
};

static inline enum dialect dialect_language(enum dialect dialect)
{
	return dialect % DIALECT_LANGUAGES;
}

/* Of one of the first two languages. */
static inline enum dialect dialect_compressed(enum dialect language)
{
	return language + DIALECT_LANGUAGES;
}

/* Whether its events are the objects of roomwire.v1. */
static inline bool dialect_is_v1(enum dialect dialect)
{
	return dialect_language(dialect) != DIALECT_PLAIN;
}

static inline enum transport dialect_transport(enum dialect dialect)
{
	return dialect == DIALECT_EVENT_STREAM ? TRANSPORT_EVENT_STREAM
	       : dialect == DIALECT_LINES      ? TRANSPORT_LONG_POLL
					       : TRANSPORT_WEBSOCKET;
}

static inline bool dialect_is_stream(enum dialect dialect)
{
	return dialect_transport(dialect) != TRANSPORT_WEBSOCKET;
}

/* How the messages of plain clients are stamped ([site] stamp). */
enum stamp { STAMP_FIELD, STAMP_PREFIX };

/* A frame whose JSON is written straight behind what frames has: the place that begin returns is
 * end's. */
size_t dialect_begin(enum dialect dialect, struct buf *frames) __attribute__((warn_unused_result));
void dialect_end(enum dialect dialect, struct buf *frames, size_t start);
/* Before begin: whoever comes back and has got this frame has all up to that message. Nothing where
 * the dialect has no word for it. */
void dialect_position(enum dialect dialect, const char *epoch, uint64_t seq, struct buf *frames);
/* The length of the first of some whole frames. */
size_t dialect_frame_len(enum dialect dialect, struct str frames);

/* Whether its clients are told of what is numbered and of that kind: plain ones know no changes,
 * and nothing of what was deleted before they came. */
bool dialect_tells(enum dialect dialect, enum message_kind kind);
/* Appends the frame of an event, which has no seq when it is for some connections alone; nothing
 * where the dialect is not told of it. */
void dialect_event(
	enum dialect dialect, const struct event *event, enum stamp stamp, struct buf *frames);
/* Appends a frame that tells one client of its mistake; ref is empty when the client gave none. */
void dialect_error(enum dialect dialect, const char *code, const char *sentence, struct str ref,
	struct buf *frames);
/* The same for a mistake that is none after so many milliseconds. */
void dialect_error_for_now(enum dialect dialect, const char *code, const char *sentence,
	struct str ref, int64_t retry_after_ms, struct buf *frames);
/* Appends an announcement to everybody. */
void dialect_notice(enum dialect dialect, struct str message, struct buf *frames);
/* For an author: roomwire.v1 on a WebSocket. */
void dialect_ack(struct str ref, uint64_t seq, struct buf *frames);
/* For who ordered something: roomwire.v1 on a WebSocket. */
void dialect_done(struct str ref, struct buf *frames);
/* Appends what says that the connection is about to be closed; nothing in the plain dialect. */
void dialect_bye(enum dialect dialect, enum close_code code, unsigned retry_after_seconds,
	struct buf *frames);
/* Appends the last frame of all. */
void dialect_close(
	enum dialect dialect, enum close_code code, const char *reason, struct buf *frames);
