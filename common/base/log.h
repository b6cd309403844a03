/* SPDX-License-Identifier: MIT */
/* One line an event, key=value, on stderr: with the priority that journald reads (sd-daemon(3))
 * where it listens, else with the level's name. Values that come from outside go through log_quote,
 * so that nobody can forge a line; bodies of messages, cookies and tokens are never logged. Any
 * thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/str.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* What log_quote writes into; long texts are cut to fit. */
struct log_quoted {
	char text[256];
};

/* Lines above level are dropped. Starts with LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);
/* Whether lines of this level are written. */
bool log_writes(enum log_level level);
/* False for an unknown name: error, warning, info, debug. */
bool log_level_find(struct str name, enum log_level *level_out);
/* In double quotes; control bytes, quotes, backslashes, bidirectional controls and invalid UTF-8
 * come out as escapes. Returns quoted->text. */
const char *log_quote(struct log_quoted *quoted, struct str text);

/* At most one line a second about what others can cause without end. All zero at the start; one
 * thread. */
struct log_rate {
	uint64_t next_ms; /* private */
	uint64_t suppressed;
};

/* Whether a line may be written at this time (monotonic); then suppressed_out is how many were kept
 * back since the last one. */
bool log_rate_admits(struct log_rate *rate, uint64_t now_ms, uint64_t *suppressed_out)
	__attribute__((warn_unused_result));

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Appends error="…" from errno. */
void log_errno(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
