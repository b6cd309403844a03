/* SPDX-License-Identifier: MIT */
/* Numbers that forms of the admin ask for. */
#pragma once

#include "fcgi/views/admin/desk.h"

#define ADMIN_DAYS_MAX 3650
#define ADMIN_DAY_MS (INT64_C(24) * 60 * 60 * 1000)

/* The number in a field of the form, default_value where it is empty. False when it is none between
 * 0 and max. */
bool admin_read_number(const struct admin_desk *desk, const char *name, int64_t default_value,
	int64_t max, int64_t *number_out) __attribute__((warn_unused_result));
