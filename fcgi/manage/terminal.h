/* SPDX-License-Identifier: MIT */
/* Asking whoever sits at the terminal that is stdin. Questions go to stderr, so that what a command
 * prints stays clean. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

bool terminal_is_there(void);
/* A line that is typed, without its end, cut at size - 1 bytes; with is_hidden it is not shown.
 * Signals end or stop the program as ever, with the terminal as it was before. False at the end of
 * the input. */
bool terminal_ask(const char *question, bool is_hidden, char *line, size_t size)
	__attribute__((warn_unused_result));
