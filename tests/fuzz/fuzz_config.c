/* SPDX-License-Identifier: MIT */
/* Properties: every file either loads, and then each path and list is there and each number in its
 * range, or is refused with one line that names it; nothing is leaked either way. The file is a
 * descriptor in memory. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void config_judge(const struct config *config)
{
	require(config->paths_state[0] != '\0');
	require(config->site_mount[0] == '/');
	for (size_t i = 0; i < config_option_count; i++) {
		const struct config_option *option = &config_options[i];
		const int64_t *number = (const void *)((const char *)config + option->offset);

		if (option->type == CONFIG_INTEGER)
			require(*number >= option->min && *number <= option->max);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("roomwire.conf", MFD_CLOEXEC);
	char name[32];
	struct config_arguments arguments = { .file = name };
	struct config config;
	struct buf problem = { 0 };

	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	if (config_load(&config, &arguments, &problem)) {
		config_judge(&config);
	} else {
		require(str_starts_with(buf_str(&problem), str_from(name)));
		require(str_find(buf_str(&problem), '\n') == problem.len);
	}
	config_finish(&config);
	buf_finish(&problem);
	close(fd);
	return 0;
}
