/* SPDX-License-Identifier: MIT */
/* Modes are set on folders that we make and left alone on those that are there: an admin may have had a reason. */
#include "common/state.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
	const char *name;
	mode_t mode;
} folders[] = { { ".", 0750 }, { "run", 0711 }, { "log", 0750 } };

bool state_prepare(const struct config *config, struct buf *problem_out)
{
	struct buf path = { 0 };
	bool is_made = true;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && is_made; i++) {
		const char *name = i == 0 ? config->paths_state : config_path(config, &path, folders[i].name);

		is_made = mkdir(name, folders[i].mode) == 0 ? chmod(name, folders[i].mode) == 0 : errno == EEXIST;
		if (!is_made)
			buf_append_format(problem_out, "%s: %s", name, strerror(errno));
	}
	buf_finish(&path);
	return is_made;
}
