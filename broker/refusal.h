/* SPDX-License-Identifier: MIT */
/* HTTP answers that are not an upgrade, as bytes. Pure. */
#pragma once

#include "broker/stats.h"
#include "common/base/buf.h"

/* Appends a whole response with a line of text for people; the connection closes behind it. An
 * unknown status is a 400; a cause without a sentence of its own gets the status's. allowed_origin:
 * whose scripts may read it, or "". */
void refusal_write(int status, enum stat_id cause, struct str allowed_origin, struct buf *out);
/* What a refusal with that status counts as when nothing more is known of its cause. */
enum stat_id refusal_stat(int status);
