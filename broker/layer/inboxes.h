/* SPDX-License-Identifier: MIT */
/* The channels that are no connection's: messages that wait for receivers, and receivers that wait
 * for messages, each in order. An inbox exists while anything waits in it; a bound one exists as
 * long as its owner. Pure: the caller passes the time, which never goes back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/layer/layer.h"
#include "common/base/buf.h"

/* All of them together. */
#define INBOXES_MAX 20000
#define INBOXES_MESSAGES_MAX 200000
#define INBOXES_BYTES_MAX (64 * 1024 * 1024)

struct inboxes;

/* A message that may wait in several inboxes. */
struct inbox_text {
	uint32_t references;
	size_t len;
	char data[];
};

/* Copies text. The caller owns the one reference. */
struct inbox_text *inbox_text_create(struct str text) __attribute__((warn_unused_result));
void inbox_text_unref(struct inbox_text *text);

/* capacity: the most messages of one inbox. */
struct inboxes *inboxes_create(size_t capacity, uint64_t expiry_ms)
	__attribute__((warn_unused_result));
/* Nobody waits to receive. NULL is fine. */
void inboxes_destroy(struct inboxes *inboxes);
/* Hands a message to the receiver that has waited longest, or adds it to the inbox, which takes its
 * own reference to text. LAYER_SENT, LAYER_FULL, or LAYER_CROWDED when all inboxes together hold as
 * much as they may. */
enum layer_result inboxes_put(struct inboxes *inboxes, struct str name, struct inbox_text *text,
	uint64_t now_ms) __attribute__((warn_unused_result));
/* Puts a message back that was taken for nobody: it comes before the others, however many there
 * are. */
enum layer_result inboxes_put_back(struct inboxes *inboxes, struct str name,
	struct inbox_text *text, uint64_t now_ms) __attribute__((warn_unused_result));
/* Appends the oldest message. False when there is none. */
bool inboxes_take(struct inboxes *inboxes, struct str name, struct buf *out)
	__attribute__((warn_unused_result));
/* Adds a receiver for the next message; the inbox must have none now. False when there are too many
 * inboxes. */
bool inboxes_wait(struct inboxes *inboxes, struct str name, struct layer_receiver *receiver)
	__attribute__((warn_unused_result));
/* Harmless for a receiver that does not wait. */
void inboxes_cancel(struct inboxes *inboxes, struct layer_receiver *receiver);
/* Makes an inbox that exists until its owner (not 0) ends. False when there are too many. */
bool inboxes_bind(struct inboxes *inboxes, struct str name, uint64_t owner)
	__attribute__((warn_unused_result));
bool inboxes_is_bound(const struct inboxes *inboxes, struct str name);
/* Ends an owner's inboxes: calls note for each, and then drops its messages. Its receivers go on
 * waiting, for nothing. */
void inboxes_end_owner(struct inboxes *inboxes, uint64_t owner,
	void (*note)(void *context, struct str name), void *context);
/* Drops all messages; bound inboxes and receivers stay. */
void inboxes_flush(struct inboxes *inboxes);
/* Drops the messages that are too old; returns how many. Call it before the others in a turn. */
size_t inboxes_expire(struct inboxes *inboxes, uint64_t now_ms);
/* When the oldest message becomes too old; UINT64_MAX without any. */
uint64_t inboxes_due_ms(const struct inboxes *inboxes);
size_t inboxes_count(const struct inboxes *inboxes);
size_t inboxes_messages(const struct inboxes *inboxes);
