/* SPDX-License-Identifier: MIT */
/* Who gets in: waits for the whole head of each newcomer's request without reading it away, judges
 * the raw bytes, and hands what is good to the listener. Everything else is answered here and at
 * once. libmicrohttpd lets too much through (bare line feeds, folded and doubled headers, NUL
 * bytes) to be asked. Main thread. */
#pragma once

#include <stdbool.h>

struct admission;
struct broker;

/* Who comes in through a door: anybody, only this host, or a proxy, which sends a PROXY header
 * first. */
enum door_kind { DOOR_PUBLIC, DOOR_LOCAL, DOOR_PROXIED };

/* Opens the doors. NULL after it has logged why. */
struct admission *admission_create(struct broker *broker) __attribute__((warn_unused_result));
/* Closes the doors; whoever has come by then is still answered. */
void admission_close_doors(struct admission *admission);
/* Closes the doors, and all connections that are not admitted. NULL is fine. */
void admission_destroy(struct admission *admission);
/* Takes fd, of a connection that was just accepted. peer is "unix" or the address of its other
 * end, of less than 64 bytes. */
void admission_welcome(struct admission *admission, int fd, const char *peer, enum door_kind kind);
