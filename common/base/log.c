/* SPDX-License-Identifier: MIT */
/* Lines on stderr, each with one write(2), so that those of several threads and programs do not
 * mix. Allocates nothing and takes no lock. Whatever its callers pass, a line stays one line:
 * control bytes that slipped past log_quote are replaced. */
#include "common/base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/utf8.h"

#define LOG_LINE_MAX 2048 /* with its prefix and newline */
#define LOG_ESCAPE_MAX 10 /* "\u{10ffff}" */
#define LOG_ELLIPSIS "..."
#define LOG_RATE_MS 1000

static const struct {
	const char *name;
	char priority; /* of syslog(3), as journald reads it */
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", '3' },
	[LOG_LEVEL_WARNING] = { "warning", '4' },
	[LOG_LEVEL_INFO] = { "info", '6' },
	[LOG_LEVEL_DEBUG] = { "debug", '7' },
};

static atomic_int level_max = LOG_LEVEL_INFO;
static pthread_once_t journal_once = PTHREAD_ONCE_INIT;
static bool has_journal;

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&level_max, (int)level, memory_order_relaxed);
}

bool log_writes(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&level_max, memory_order_relaxed);
}

bool log_level_find(struct str name, enum log_level *level_out)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (str_is(name, levels[i].name)) {
			*level_out = (enum log_level)i;
			return true;
		}
	}
	return false;
}

/* C0, DEL, C1, and what turns or breaks a line on a screen: the bidirectional controls and line
 * separators. */
static bool must_escape(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == '"' || c == '\\' || c == 0x61c ||
	       c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* The length of the code point that text begins with; 0 when it begins with none. */
static size_t code_point_len(struct str text)
{
	utf8_state state = UTF8_ACCEPT;

	for (size_t len = 1; len <= text.len && len <= 4; len++) {
		state = utf8_check(state, text.data + len - 1, 1);
		if (state == UTF8_ACCEPT)
			return len;
	}
	return 0;
}

/* Writes the first character of *rest to out as it may stand in a line and takes it off. */
static size_t quote_next(struct str *rest, char out[static LOG_ESCAPE_MAX + 1])
{
	size_t len = code_point_len(*rest);
	size_t position = 0;
	uint32_t code_point = 0;

	if (len == 0) {
		unsigned byte = (uint8_t)rest->data[0];

		*rest = str_skip(*rest, 1);
		return (size_t)snprintf(out, LOG_ESCAPE_MAX + 1, "\\x%02x", byte);
	}
	(void)utf8_next(str_range(rest->data, len), &position, &code_point);
	if (!must_escape(code_point))
		memcpy(out, rest->data, len);
	else if (code_point == '"' || code_point == '\\')
		len = (size_t)snprintf(out, LOG_ESCAPE_MAX + 1, "\\%c", (char)code_point);
	else
		len = (size_t)snprintf(out, LOG_ESCAPE_MAX + 1, "\\u{%x}", (unsigned)code_point);
	*rest = str_skip(*rest, position);
	return len;
}

const char *log_quote(struct log_quoted *quoted, struct str text)
{
	const size_t room = sizeof(quoted->text) - sizeof("\"" LOG_ELLIPSIS);
	size_t len = 0;
	char piece[LOG_ESCAPE_MAX + 1];

	quoted->text[len++] = '"';
	while (text.len > 0) {
		size_t piece_len = quote_next(&text, piece);

		if (len + piece_len > room) {
			memcpy(quoted->text + len, LOG_ELLIPSIS, strlen(LOG_ELLIPSIS));
			len += strlen(LOG_ELLIPSIS);
			break;
		}
		memcpy(quoted->text + len, piece, piece_len);
		len += piece_len;
	}
	quoted->text[len++] = '"';
	quoted->text[len] = '\0';
	return quoted->text;
}

static void journal_find(void)
{
	has_journal = getenv("JOURNAL_STREAM") != NULL; /* systemd.exec(5) */
}

/* Appends to line and returns the new length, which leaves a byte for the newline. */
static size_t line_add(char line[static LOG_LINE_MAX], size_t len, const char *format,
	va_list arguments) __attribute__((format(printf, 3, 0)));

static size_t line_add(
	char line[static LOG_LINE_MAX], size_t len, const char *format, va_list arguments)
{
	size_t room = LOG_LINE_MAX - len;
	int printed = vsnprintf(line + len, room, format, arguments);

	if (printed < 0)
		return len;
	if ((size_t)printed < room)
		return len + (size_t)printed;
	len = LOG_LINE_MAX - sizeof(LOG_ELLIPSIS);
	/* No half of a code point. */
	while (len > 0 && ((uint8_t)line[len] & 0xc0) == 0x80)
		len--;
	memcpy(line + len, LOG_ELLIPSIS, strlen(LOG_ELLIPSIS));
	return len + strlen(LOG_ELLIPSIS);
}

static size_t line_add_format(char line[static LOG_LINE_MAX], size_t len, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static size_t line_add_format(char line[static LOG_LINE_MAX], size_t len, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	len = line_add(line, len, format, arguments);
	va_end(arguments);
	return len;
}

static void line_write(char line[static LOG_LINE_MAX], size_t len)
{
	ssize_t written;

	for (size_t i = 0; i < len; i++) {
		if ((uint8_t)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	}
	line[len++] = '\n';
	do
		written = write(STDERR_FILENO, line, len);
	while (written < 0 && errno == EINTR);
}

/* errno_shown is 0 for a line without an error. errno comes out as it went in. */
static void log_line(enum log_level level, int errno_shown, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

static void log_line(enum log_level level, int errno_shown, const char *format, va_list arguments)
{
	int saved = errno;
	char line[LOG_LINE_MAX];
	char text[128];
	size_t len = 0;

	if (!log_writes(level))
		return;
	pthread_once(&journal_once, journal_find);
	if (has_journal)
		len = line_add_format(line, len, "<%c>", levels[level].priority);
	else
		len = line_add_format(line, len, "level=%s ", levels[level].name);
	len = line_add(line, len, format, arguments);
	if (errno_shown != 0)
		len = line_add_format(
			line, len, " error=\"%s\"", strerror_r(errno_shown, text, sizeof(text)));
	line_write(line, len);
	errno = saved;
}

bool log_rate_admits(struct log_rate *rate, uint64_t now_ms, uint64_t *suppressed_out)
{
	if (now_ms < rate->next_ms) {
		rate->suppressed++;
		return false;
	}
	*suppressed_out = rate->suppressed;
	*rate = (struct log_rate){ .next_ms = now_ms + LOG_RATE_MS };
	return true;
}

void log_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_line(LOG_LEVEL_ERROR, 0, format, arguments);
	va_end(arguments);
}

void log_errno(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_line(LOG_LEVEL_ERROR, errno, format, arguments);
	va_end(arguments);
}

void log_warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_line(LOG_LEVEL_WARNING, 0, format, arguments);
	va_end(arguments);
}

void log_info(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_line(LOG_LEVEL_INFO, 0, format, arguments);
	va_end(arguments);
}

void log_debug(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_line(LOG_LEVEL_DEBUG, 0, format, arguments);
	va_end(arguments);
}
