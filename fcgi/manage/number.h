/* SPDX-License-Identifier: MIT */
/* Numbers of the command line. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* An option's text, from 1 to max; NULL leaves *number_out as it is. False with the exit status,
 * after it was said. */
bool number_read(const char *option, const char *text, int64_t max, int64_t *number_out,
	int *status_out) __attribute__((warn_unused_result));
