/* SPDX-License-Identifier: MIT */
/* Numbers on the command lines of the small programs here; bench-load has a table of its own. */
#pragma once

#include <stdint.h>

/* Ends the program when text is no whole number from min to max. */
uint64_t argument_number(const char *name, const char *text, uint64_t min, uint64_t max);
