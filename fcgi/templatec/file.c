/* SPDX-License-Identifier: MIT */
/* Reads one byte more than a file may have, to see that it has them all. */
#include "fcgi/templatec/file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)256 * 1024)

const char *file_read(const char *path, struct buf *text)
{
	FILE *file = fopen(path, "rbe");
	bool is_read;

	if (file == NULL)
		return strerror(errno);
	text->len += fread(buf_reserve(text, FILE_BYTES_MAX + 1), 1, FILE_BYTES_MAX + 1, file);
	is_read = ferror(file) == 0;
	(void)fclose(file);
	if (!is_read)
		return "cannot be read";
	return text->len > FILE_BYTES_MAX ? "is too large for a template" : NULL;
}

const char *file_write(const char *path, struct str text)
{
	FILE *file = fopen(path, "wbe");
	bool is_written;

	if (file == NULL)
		return strerror(errno);
	is_written = fwrite(text.data, 1, text.len, file) == text.len;
	return fclose(file) == 0 && is_written ? NULL : "cannot be written";
}
