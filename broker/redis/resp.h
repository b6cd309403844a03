/* SPDX-License-Identifier: MIT */
/* What goes over a connection to Redis (RESP 2): commands to bytes, bytes to replies. Pure. */
#pragma once

#include "broker/redis/link.h"
#include "common/base/buf.h"

/* What one reply may take in memory: a page of history with room to spare. Arrays are allocated for
 * what they claim to have before it is there. */
#define RESP_REPLY_BYTES_MAX (64 * 1024 * 1024)

struct resp_reader;

enum resp_result { RESP_REPLY, RESP_NEED_MORE, RESP_BROKEN };

/* Appends a command. */
void resp_write(struct buf *out, size_t count, const struct str *words);

struct resp_reader *resp_reader_create(void) __attribute__((warn_unused_result));
/* NULL is fine. */
void resp_reader_destroy(struct resp_reader *reader);
void resp_reader_feed(struct resp_reader *reader, const char *data, size_t len);
/* The next reply of what was fed, which is good until the next call. After RESP_BROKEN there is no
 * more; problem_out is a sentence's end then, borrowed from the reader. */
enum resp_result resp_reader_next(struct resp_reader *reader, const struct link_reply **reply_out,
	const char **problem_out) __attribute__((warn_unused_result));
