/* SPDX-License-Identifier: MIT */
/* The colours of the pages: as the reader's system has them, unless they have chosen. Pure. */
#pragma once

#include <stdbool.h>

#include "common/base/str.h"

/* Keeps the name of the theme that a reader has chosen. */
#define THEME_COOKIE "roomwire_theme"

enum theme { THEME_SYSTEM, THEME_LIGHT, THEME_DARK };

/* "system", "light" or "dark". */
const char *theme_name(enum theme theme);
/* False when there is none of that name. */
bool theme_find(struct str name, enum theme *theme_out) __attribute__((warn_unused_result));
/* Of a Cookie header. */
enum theme theme_chosen(struct str cookies, bool is_https);
