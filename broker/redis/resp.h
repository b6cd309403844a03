/* SPDX-License-Identifier: MIT */
/* Redis' protocol (RESP 2): writes commands as bytes, reads replies from bytes. Pure. */
#pragma once

#include "broker/redis/link.h"
#include "common/base/buf.h"

/* A reply may take this much memory: a page of history, with room to spare. Claimed lengths count,
 * because an array is allocated before its elements arrive. */
#define RESP_REPLY_BYTES_MAX (64 * 1024 * 1024)

struct resp_reader;

enum resp_result { RESP_REPLY, RESP_NEED_MORE, RESP_BROKEN };

/* Appends a command. */
void resp_write(struct buf *out, size_t count, const struct str *words);

struct resp_reader *resp_reader_create(void) __attribute__((warn_unused_result));
/* NULL is fine. */
void resp_reader_destroy(struct resp_reader *reader);
void resp_reader_feed(struct resp_reader *reader, const char *data, size_t len);
/* Reads the next reply of the bytes fed so far; it is valid until the next call. After RESP_BROKEN
 * the reader is useless; problem_out then completes a sentence, borrowed from the reader. */
enum resp_result resp_reader_next(struct resp_reader *reader, const struct link_reply **reply_out,
	const char **problem_out) __attribute__((warn_unused_result));
