/* SPDX-License-Identifier: MIT */
/* Files that hold a key (0600). One that others can read is refused rather than repaired: who has
 * read it may sign as anybody, so a person has to decide. */
#pragma once

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/base/str.h"

#define KEY_FILE_BYTES_MAX 512

/* Replaces out's content with the file's. False with a sentence in problem_out, and with errno
 * (ENOENT: there is none; 0 when the system is not the cause). */
bool key_file_read(const char *path, struct buf *out, struct buf *problem_out)
	__attribute__((warn_unused_result));
/* Makes it, complete or not at all; one that is there stays. False with a sentence. */
bool key_file_make(const char *path, struct str content, struct buf *problem_out)
	__attribute__((warn_unused_result));
