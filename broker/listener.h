/* SPDX-License-Identifier: MIT */
/* The only door to libmicrohttpd: it answers the handshakes that admission has judged. Its
 * connection is left at once: the socket is duplicated and the upgrade closed, so that an open
 * WebSocket costs nothing of it. Main thread. */
#pragma once

#include <stdbool.h>

#include "common/base/str.h"

struct broker;
struct listener;
struct scope;

/* NULL after it has logged why. */
struct listener *listener_create(struct broker *broker) __attribute__((warn_unused_result));
void listener_destroy(struct listener *listener);
/* Takes fd, whose head has not been read (only peeked at), and an admitted scope: the connection
 * is opened when the 101 is out. With scope NULL the request is for /healthz and answered there. */
void listener_take(struct listener *listener, int fd, struct scope *scope);
/* Version of the library. */
const char *listener_library_version(void);
