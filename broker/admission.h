/* SPDX-License-Identifier: MIT */
/* Who gets in: accepts connections, waits for the whole request head without reading it away,
 * judges the raw bytes, and hands what is good to the listener. Everything else is answered here
 * and at once. libmicrohttpd lets too much through (bare line feeds, folded and doubled headers,
 * NUL bytes) to be asked. Main thread. */
#pragma once

#include <stdbool.h>

struct admission;
struct broker;

/* Binds all of [broker] listen. NULL after it has logged why. */
struct admission *admission_create(struct broker *broker) __attribute__((warn_unused_result));
/* Closes the listening sockets and all connections that are not admitted. NULL is fine. */
void admission_destroy(struct admission *admission);
