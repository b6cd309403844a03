/* SPDX-License-Identifier: MIT */
/* What tickets are signed with (common/ticket.h): two files of the state directory with a line of
 * text each, ticket.key and, while a key is being changed, ticket.previous.key. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "common/base/buf.h"
#include "common/base/str.h"

#define TICKET_KEY_COUNT 2

struct ticket_key_file {
	struct buf text; /* empty without a (good) file */
	struct stat status; /* of what text was read from; all zero for none */
};

/* The present key and the previous one. All zero to begin with. */
struct ticket_keys {
	struct ticket_key_file files[TICKET_KEY_COUNT];
};

/* Reads what has changed since the last call; two system calls when nothing has. A file that is
 * missing is no problem, and signs nothing; one that is not right signs nothing either, with a
 * sentence in problem_out the first time. */
void ticket_keys_refresh(
	struct ticket_keys *keys, const char *state_directory, struct buf *problem_out);
/* Borrowed until the next refresh; empty without a file. */
struct str ticket_keys_text(const struct ticket_keys *keys, size_t index);
void ticket_keys_finish(struct ticket_keys *keys);
/* Makes a new key; the present one, if there is one, becomes the previous one and goes on being
 * good until the next change. False with a sentence. */
bool ticket_keys_rotate(const char *state_directory, struct buf *problem_out)
	__attribute__((warn_unused_result));
