/* SPDX-License-Identifier: MIT */
/* link(2) rather than rename(2): of programs that start at once exactly one has the name, and
 * nothing is ever overwritten. */
#include "common/store/database_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/mem.h"

static const struct {
	int system_error;
	enum store_problem problem;
} problems[] = {
	{ 0, STORE_OK },
	{ ENOSPC, STORE_FULL },
	{ EDQUOT, STORE_FULL },
	{ EFBIG, STORE_FULL },
	{ EROFS, STORE_READ_ONLY },
	{ EACCES, STORE_DENIED },
	{ EPERM, STORE_DENIED },
	{ ENOENT, STORE_DENIED },
	{ ENOTDIR, STORE_DENIED },
	{ EISDIR, STORE_DENIED },
	{ ELOOP, STORE_DENIED },
	{ ENAMETOOLONG, STORE_DENIED },
	{ EEXIST, STORE_DENIED },
	{ EMFILE, STORE_BUSY },
	{ ENFILE, STORE_BUSY },
};

enum store_problem file_problem(int system_error)
{
	for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++)
		if (problems[i].system_error == system_error)
			return problems[i].problem;
	return STORE_IO;
}

struct file_identity file_identify(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return (struct file_identity){ 0 };
	return (struct file_identity){ status.st_dev, status.st_ino };
}

bool file_identity_equals(struct file_identity a, struct file_identity b)
{
	return a.device == b.device && a.inode == b.inode;
}

char *file_stage(const char *path)
{
	struct buf name = { 0 };
	int fd;

	buf_append_format(&name, "%s.XXXXXX", path);
	buf_text(&name);
	fd = mkostemp(name.data, O_CLOEXEC);
	if (fd < 0) {
		buf_finish(&name);
		return NULL;
	}
	close(fd);
	return buf_take(&name);
}

/* 0, or the error. */
static int path_sync(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);
	int error;

	if (fd < 0)
		return errno;
	error = fsync(fd) == 0 ? 0 : errno;
	close(fd);
	return error;
}

static int folder_sync(const char *path)
{
	char *copy = mem_strdup(path);
	int error = path_sync(dirname(copy), O_RDONLY | O_DIRECTORY);

	mem_free(copy);
	return error;
}

int file_publish(const char *staged, const char *path)
{
	int error = path_sync(staged, O_RDWR);

	if (error == 0 && link(staged, path) != 0)
		error = errno;
	unlink(staged);
	return error == 0 ? folder_sync(path) : error;
}
