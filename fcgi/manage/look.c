/* SPDX-License-Identifier: MIT */
#include "fcgi/manage/look.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_SECONDS 3

/* As both sides of nng's connections say first (SP over IPC): 0 is a protocol that nobody speaks,
 * so that they are done with each other then. */
static const char hello[] = { 0, 'S', 'P', 0, 0, 0, 0, 0 };

bool look_at_file(const char *path, uid_t owner, mode_t forbidden, struct buf *problem)
{
	struct stat status;
	mode_t wrong;

	if (stat(path, &status) != 0) {
		if (errno != ENOENT)
			buf_append_format(problem, "%s: %s", path, strerrordesc_np(errno));
		return errno == ENOENT;
	}
	wrong = status.st_mode & forbidden;
	if (status.st_uid != owner)
		buf_append_format(problem,
			"%s belongs to user %u, and the state directory to user %u", path,
			(unsigned)status.st_uid, (unsigned)owner);
	else if (wrong != 0)
		buf_append_format(problem, "%s is open to others: chmod %04o %s", path,
			(unsigned)(status.st_mode & ~wrong & 07777), path);
	return problem->len == 0;
}

/* A connection, with patience for a queue that is full; -1 with errno. The caller owns it. */
static int dial(const char *path)
{
	static const struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, error;

	errno = ENAMETOOLONG;
	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0 &&
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
		connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

bool look_connects(const char *path)
{
	int fd = dial(path);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* What it answers, or its closing. */
static bool is_answered(int fd)
{
	char answer[sizeof(hello)];

	return send(fd, hello, sizeof(hello), MSG_NOSIGNAL) == (ssize_t)sizeof(hello) &&
	       recv(fd, answer, sizeof(answer), 0) >= 0;
}

bool look_greets(const char *path)
{
	int fd = dial(path), error;
	bool is_good;

	if (fd < 0)
		return false;
	is_good = is_answered(fd);
	error = errno == EAGAIN ? ETIMEDOUT : errno;
	close(fd);
	errno = error;
	return is_good;
}
