/* SPDX-License-Identifier: MIT */
/* Who is connected to the two sockets of a hub. Anybody can connect to a port, and nng reads what
 * comes before the key on it is checked: so those who have not shown the key are few, and who has
 * been one for longest goes when there are more. That is what keeps the door open for edges, who
 * show it with their first word. Pure: connections are numbers, and the time comes in. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Of each socket. Those of all edges, again while they dial anew, and strangers. */
#define CALLERS_MAX 256
#define CALLERS_STRANGERS_MAX 64
/* Edges speak each second; who says nothing for so long is a stranger, or is gone. */
#define CALLERS_SILENCE_MS 10000

enum caller_road {
	CALLER_ASKS,
	/* Subscribers say nothing: of each address as many are known as known ones ask from there,
	 * those who came first. */
	CALLER_STREAM,
};

/* As the kernel writes it; all zero where there is none. */
struct caller_address {
	uint8_t host[16];
	uint16_t port;
};

struct callers;

/* hang_up closes a connection, sooner or later: it is told of until callers_remove. stranger says
 * why, in a word for logs, and is NULL of one that was known. It is called within callers_add,
 * callers_expose and callers_check and calls nothing here. */
typedef void callers_hang_up_fn(
	void *context, const struct caller_address *address, const char *stranger);
struct callers *callers_create(callers_hang_up_fn *hang_up, void *context)
	__attribute__((warn_unused_result));
/* NULL is fine. */
void callers_destroy(struct callers *callers);
void callers_add(struct callers *callers, enum caller_road road, uint32_t pipe,
	const struct caller_address *address, uint64_t now_ms);
/* Harmless of one that is not there, like the next. */
void callers_remove(struct callers *callers, uint32_t pipe);
/* It has said something with the key. */
void callers_know(struct callers *callers, uint32_t pipe, uint64_t now_ms);
/* It has said something without, for which problem is the word, maybe before it was added: it goes.
 */
void callers_expose(struct callers *callers, uint32_t pipe, const struct caller_address *address,
	const char *problem);
/* Who asks and has been silent goes. */
void callers_check(struct callers *callers, uint64_t now_ms);
