/* SPDX-License-Identifier: MIT */
/* Ends connections of an nng socket from outside, as if the other side had gone. nng_pipe_close is
 * not safe on a socket that receives: nng 1.5.2 blocks for ever, and with it every other close, if
 * the close comes between the head of a message and its body. A stranger can cause that. */
#pragma once

#include <stddef.h>

#include "broker/layer/nng/callers.h"

/* Shuts down the TCP connections with these peers. It reads the list of all descriptors of the
 * process once: sever many connections with one call. */
void wire_sever(const struct caller_address *peers, size_t count);
