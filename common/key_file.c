/* SPDX-License-Identifier: MIT */
/* Programs that start at once each write a file of their own, and link(2) lets exactly one of them
 * have the name. */
#include "common/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool problem_errno(struct buf *problem, const char *verb, const char *path)
{
	const char *reason = strerrordesc_np(errno);

	buf_append_format(
		problem, "cannot %s %s: %s", verb, path, reason == NULL ? "unknown error" : reason);
	return false;
}

static bool refuse(struct buf *problem, const char *path, const char *text)
{
	errno = 0;
	buf_append_format(problem, "%s %s", path, text);
	return false;
}

static bool read_open(int fd, const char *path, struct buf *out, struct buf *problem)
{
	struct stat status;
	ssize_t len;

	if (fstat(fd, &status) != 0)
		return problem_errno(problem, "read", path);
	if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return refuse(problem, path,
			"is open to others than its owner; chmod 600 it, or remove it if they may "
			"have read it");
	if (status.st_size > KEY_FILE_BYTES_MAX)
		return refuse(problem, path, "is too large for a key");
	len = read(fd, buf_reserve(out, KEY_FILE_BYTES_MAX), KEY_FILE_BYTES_MAX);
	if (len < 0)
		return problem_errno(problem, "read", path);
	out->len += (size_t)len;
	return true;
}

bool key_file_read(const char *path, struct buf *out, struct buf *problem_out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int system_error;
	bool is_read;

	buf_clear(out);
	if (fd < 0)
		return problem_errno(problem_out, "read", path);
	is_read = read_open(fd, path, out, problem_out);
	system_error = errno;
	close(fd);
	errno = system_error;
	return is_read;
}

static bool write_all(int fd, struct str content)
{
	return write(fd, content.data, content.len) == (ssize_t)content.len && fsync(fd) == 0;
}

bool key_file_make(const char *path, struct str content, struct buf *problem_out)
{
	struct buf temporary = { 0 };
	int fd;
	bool is_made;

	buf_append_format(&temporary, "%s.XXXXXX", path);
	buf_text(&temporary);
	fd = mkostemp(temporary.data, O_CLOEXEC); /* mode 0600 */
	if (fd < 0) {
		buf_finish(&temporary);
		return problem_errno(problem_out, "make", path);
	}
	is_made = write_all(fd, content) && (link(temporary.data, path) == 0 || errno == EEXIST);
	if (!is_made)
		problem_errno(problem_out, "make", path);
	unlink(temporary.data);
	close(fd);
	buf_finish(&temporary);
	return is_made;
}
