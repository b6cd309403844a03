/* SPDX-License-Identifier: MIT */
/* The only door to libmicrohttpd: it reads the requests that admission has judged, and answers the
 * upgrades. Its connection is left at once and the socket lives on in a duplicate, so that an open
 * connection costs nothing of it. Main thread. */
#pragma once

#include <stdbool.h>

#include "common/base/str.h"

struct broker;
struct listener;
struct report;
struct scope;

/* NULL after it has logged why. */
struct listener *listener_create(struct broker *broker) __attribute__((warn_unused_result));
void listener_destroy(struct listener *listener);
/* Takes an admitted scope and two descriptors of one socket, whose head has not been read (only
 * peeked at): the request is answered on answer_fd, and the connection is opened on fd when the 101
 * is out, at the latest at the end of this turn; a stream, whose head is its own, likewise. */
void listener_take(struct listener *listener, int answer_fd, int fd, struct scope *scope);
/* Takes fd likewise, and answers with the report. */
void listener_report(struct listener *listener, int fd, const struct report *report);
