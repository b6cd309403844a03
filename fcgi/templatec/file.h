/* SPDX-License-Identifier: MIT */
/* Whole files, of a size that a template has. */
#pragma once

#include "common/base/buf.h"

/* Both return NULL, or what went wrong. */
const char *file_read(const char *path, struct buf *text) __attribute__((warn_unused_result));
const char *file_write(const char *path, struct str text) __attribute__((warn_unused_result));
