/* SPDX-License-Identifier: MIT */
#include "fcgi/manage/look.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

bool look_at_file(const char *path, uid_t owner, mode_t forbidden, struct buf *problem)
{
	struct stat status;
	mode_t wrong;

	if (lstat(path, &status) != 0) {
		if (errno != ENOENT)
			buf_append_format(problem, "%s: %s", path, strerrordesc_np(errno));
		return errno == ENOENT;
	}
	wrong = status.st_mode & forbidden;
	if (S_ISLNK(status.st_mode))
		buf_append_format(problem, "%s is a symbolic link", path);
	else if (status.st_uid != owner)
		buf_append_format(problem,
			"%s belongs to user %u, and the state directory to user %u", path,
			(unsigned)status.st_uid, (unsigned)owner);
	else if (wrong != 0)
		buf_append_format(problem, "%s is open to others: chmod %04o %s", path,
			(unsigned)(status.st_mode & ~wrong & 07777), path);
	return problem->len == 0;
}

bool look_connects(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, error;

	errno = ENAMETOOLONG;
	if (strlen(path) >= sizeof(address.sun_path))
		return false;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	/* EAGAIN: its queue is full, so there is somebody. */
	error = connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ? 0 : errno;
	close(fd);
	errno = error;
	return error == 0 || error == EAGAIN;
}
