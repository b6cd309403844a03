/* SPDX-License-Identifier: MIT */
/* Listening sockets from their names in the configuration. */
#pragma once

#include <stdbool.h>

#include "common/base/buf.h"

/* Behind "proxy:", which a name begins with when a PROXY header comes before each request. Borrowed
 * from name. */
const char *listen_address(const char *name, bool *is_proxied_out);
/* "unix:PATH", "HOST:PORT" or "[HOST]:PORT" (numeric). Returns a bound, listening, non-blocking
 * descriptor that the caller owns, or -1 with a sentence in problem. A unix socket that nobody
 * answers on is replaced; its mode is 0660. */
int listen_open(const char *address, struct buf *problem);
/* Whether only this host can reach a listening descriptor: it is a unix socket, or bound to a
 * loopback address. */
bool listen_is_local(int fd);
/* Removes the file of a unix socket, "proxy:" before it or not; harmless for others. */
void listen_unlink(const char *name);
