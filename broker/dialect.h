/* SPDX-License-Identifier: MIT */
/* The languages that clients of a room speak, and an event in each of them. Pure: an event in,
 * frames out, once per message and dialect however many members there are. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/event.h"

enum dialect {
	DIALECT_PLAIN, /* no subprotocol: what pages written for Django Channels' tutorial speak */
	DIALECT_V1, /* Sec-WebSocket-Protocol: roomwire.v1 */
	DIALECT_LANGUAGES,
	/* The same two, compressed for those who agreed to it: a room has logs of its own for them.
	 */
	DIALECT_PLAIN_DEFLATE = DIALECT_LANGUAGES,
	DIALECT_V1_DEFLATE,
	DIALECT_COUNT
};

#define DIALECT_V1_SUBPROTOCOL "roomwire.v1"

static inline bool dialect_is_v1(enum dialect dialect)
{
	return dialect == DIALECT_V1 || dialect == DIALECT_V1_DEFLATE;
}

/* Of one of the languages. */
static inline enum dialect dialect_compressed(enum dialect language)
{
	return language + DIALECT_LANGUAGES;
}

/* How the messages of plain clients are stamped ([site] stamp). */
enum stamp { STAMP_FIELD, STAMP_PREFIX };

/* Appends the frame of an event, which has no seq when it is for some connections alone; nothing
 * where the dialect is not told of it. */
void dialect_event(
	enum dialect dialect, const struct event *event, enum stamp stamp, struct buf *frames);
/* Appends a frame that tells one client of its mistake; ref is empty when the client gave none. */
void dialect_error(enum dialect dialect, const char *code, const char *sentence, struct str ref,
	struct buf *frames);
/* Appends an announcement to everybody. */
void dialect_notice(enum dialect dialect, struct str message, struct buf *frames);
/* roomwire.v1 only. */
void dialect_ack(struct str ref, uint64_t seq, struct buf *frames);
void dialect_bye(int code, unsigned retry_after_seconds, struct buf *frames);
