/* SPDX-License-Identifier: MIT */
/* Where passwords are hashed: one thread of its own at nice 19, so that a crowd at the login slows
 * down the login and not the chat. One hash at a time, which bounds the memory too. Callers are
 * blocked, half of the workers at most; whoever comes then is told so at once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/password.h"

enum hasher_result {
	HASHER_DONE,
	HASHER_BUSY, /* enough others wait; nothing was hashed, and it is counted */
	HASHER_FAILED, /* no memory for it, which is logged */
};

struct hasher;

/* config is borrowed. Until hasher_start callers hash by themselves. The caller owns it. */
struct hasher *hasher_create(const struct config *config) __attribute__((warn_unused_result));
/* Starts the thread; not under plain CGI. False after it has logged why. */
bool hasher_start(struct hasher *hasher) __attribute__((warn_unused_result));
/* Nobody waits any more. NULL is fine. */
void hasher_destroy(struct hasher *hasher);
/* Any thread. */
enum hasher_result hasher_hash(struct hasher *hasher, struct str password,
	char hash_out[static PASSWORD_HASH_SIZE]) __attribute__((warn_unused_result));
/* hash "" takes as long and never matches. Any thread. */
enum hasher_result hasher_matches(struct hasher *hasher, struct str password, const char *hash,
	bool *matches_out) __attribute__((warn_unused_result));

struct hasher_counts {
	uint64_t hashes; /* runs of argon2id */
	uint64_t refusals; /* HASHER_BUSY */
	size_t waiting; /* at present */
};

struct hasher_counts hasher_read_counts(struct hasher *hasher);
