/* SPDX-License-Identifier: MIT */
/* What accounts.db needs now and then: sessions that have sockets are kept awake, because the
 * broker that has the sockets only reads, and those that are over go, as do keys of programs. */
#pragma once

#include "fcgi/app.h"

struct housekeeping;

/* Starts a thread. NULL after it has logged why. app is borrowed; the caller owns it. */
struct housekeeping *housekeeping_start(struct app *app) __attribute__((warn_unused_result));
/* Ends at once, but for what is under way. NULL is fine. */
void housekeeping_stop(struct housekeeping *housekeeping);
/* What it does, for now_ms of the wall clock. A page of the broker's answer to "sessions"; sessions
 * and keys that are too old. */
void housekeeping_touch(struct app *app, const struct json *answer, int64_t now_ms);
void housekeeping_purge(struct app *app, int64_t now_ms);
