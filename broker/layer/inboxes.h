/* SPDX-License-Identifier: MIT */
/* The channels that are no connection's: messages that wait for who receives them, and receivers
 * that wait for messages, each in its order. An inbox is there while anything waits in it, one
 * that is bound as long as its owner. Pure: the time comes in, and does not go back. */
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

/* Copied; with one reference. */
struct inbox_text *inbox_text_create(struct str text) __attribute__((warn_unused_result));
void inbox_text_unref(struct inbox_text *text);

/* capacity is of each inbox. */
struct inboxes *inboxes_create(size_t capacity, uint64_t expiry_ms)
	__attribute__((warn_unused_result));
/* Nobody waits to receive. NULL is fine. */
void inboxes_destroy(struct inboxes *inboxes);
/* To whoever has waited longest, or to the others that wait in it. Takes a reference of its own to
 * text. LAYER_SENT, LAYER_FULL, or LAYER_CROWDED when all of them together hold as much as they
 * may. */
enum layer_result inboxes_put(struct inboxes *inboxes, struct str name, struct inbox_text *text,
	uint64_t now_ms) __attribute__((warn_unused_result));
/* What was taken for nobody: it comes before the others, however many they are. */
enum layer_result inboxes_put_back(struct inboxes *inboxes, struct str name,
	struct inbox_text *text, uint64_t now_ms) __attribute__((warn_unused_result));
/* Appends the oldest message. False when there is none. */
bool inboxes_take(struct inboxes *inboxes, struct str name, struct buf *out)
	__attribute__((warn_unused_result));
/* There is no message in it now: receiver waits for the next. False when there are too many
 * inboxes. */
bool inboxes_wait(struct inboxes *inboxes, struct str name, struct layer_receiver *receiver)
	__attribute__((warn_unused_result));
/* Harmless for one that does not wait. */
void inboxes_cancel(struct inboxes *inboxes, struct layer_receiver *receiver);
/* An inbox that is there until its owner (not 0) goes. False when there are too many. */
bool inboxes_bind(struct inboxes *inboxes, struct str name, uint64_t owner)
	__attribute__((warn_unused_result));
bool inboxes_is_bound(const struct inboxes *inboxes, struct str name);
/* The owner is gone: note hears of each of its inboxes, then its messages are gone too. Who waits
 * to receive goes on waiting, for nothing. */
void inboxes_end_owner(struct inboxes *inboxes, uint64_t owner,
	void (*note)(void *context, struct str name), void *context);
/* All messages are gone; who is bound or waits stays. */
void inboxes_flush(struct inboxes *inboxes);
/* What is too old is gone; returns how much that is. Comes before the others of a turn. */
size_t inboxes_expire(struct inboxes *inboxes, uint64_t now_ms);
/* When the oldest message becomes too old; UINT64_MAX without any. */
uint64_t inboxes_due_ms(const struct inboxes *inboxes);
size_t inboxes_count(const struct inboxes *inboxes);
size_t inboxes_messages(const struct inboxes *inboxes);
