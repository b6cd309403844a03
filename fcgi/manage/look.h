/* SPDX-License-Identifier: MIT */
/* Looks at files and sockets of the state directory, without changing any. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "common/base/buf.h"

/* Whether a file may stay as it is: of that owner, and with none of these permissions. A missing
 * one may, too. False with a sentence about what is wrong. */
bool look_at_file(const char *path, uid_t owner, mode_t forbidden, struct buf *problem)
	__attribute__((warn_unused_result));
/* Whether somebody takes connections on a unix socket; else errno says why not. Not for nng's: one
 * that is closed before both sides have said hello may be the last that they take. */
bool look_connects(const char *path) __attribute__((warn_unused_result));
/* Whether somebody speaks nng on one; else errno says why not. Takes its time where nobody answers.
 */
bool look_greets(const char *path) __attribute__((warn_unused_result));
