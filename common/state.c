/* SPDX-License-Identifier: MIT */
/* Modes are set on folders that we make and left alone on those that are there: an admin may have
 * had a reason. */
#include "common/state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *name;
	mode_t mode;
} folders[] = { { ".", 0750 }, { "run", 0711 }, { "log", 0750 } };

bool state_prepare(const struct config *config, struct buf *problem_out)
{
	struct buf path = { 0 };
	bool is_made = true;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && is_made; i++) {
		const char *name = i == 0 ? config->paths_state
					  : config_path(config, &path, folders[i].name);

		is_made = mkdir(name, folders[i].mode) == 0 ? chmod(name, folders[i].mode) == 0
							    : errno == EEXIST;
		if (!is_made)
			buf_append_format(problem_out, "%s: %s", name, strerror(errno));
	}
	buf_finish(&path);
	return is_made;
}

bool state_lock(const struct config *config, const char *name, struct buf *problem_out)
{
	struct buf file = { 0 }, path = { 0 };
	bool is_locked;
	int fd;

	buf_append_format(&file, "run/%s.lock", name);
	config_path(config, &path, buf_text(&file));
	/* Never closed: the lock goes with the process, however it ends. */
	fd = open(buf_text(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	is_locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
	if (!is_locked && fd >= 0 && errno == EWOULDBLOCK)
		buf_append_format(problem_out, "%s: another %s uses this state directory",
			config->paths_state, name);
	else if (!is_locked)
		buf_append_format(problem_out, "%s: %s", buf_text(&path), strerror(errno));
	if (!is_locked && fd >= 0)
		close(fd);
	buf_finish(&path);
	buf_finish(&file);
	return is_locked;
}
