/* SPDX-License-Identifier: MIT */
/* The one way out when something can't be done: half a measurement is none, so nobody above has a
 * choice to make. */
#pragma once

#include <stdnoreturn.h>

/* One sentence on stderr and exit status 1. */
noreturn void failure(const char *format, ...) __attribute__((format(printf, 1, 2)));
