/* SPDX-License-Identifier: MIT */
/* The listening sockets of [broker] listen, and who comes in through them. Knows nothing of what
 * newcomers say: each goes to admission. Keeps one descriptor in reserve, so that when there is
 * no other left a newcomer gets a 503 instead of silence. Main thread. */
#pragma once

#include <stdbool.h>

struct admission;
struct broker;
struct doors;

/* Binds all names. NULL after it has logged why. Borrows both. */
struct doors *doors_open(struct broker *broker, struct admission *admission)
	__attribute__((warn_unused_result));
/* NULL is fine. */
void doors_close(struct doors *doors);
