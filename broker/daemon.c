/* SPDX-License-Identifier: MIT */
/* One pipe: a byte means ready, its end without one means that the broker died on the way. */
#include "broker/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/mem.h"

static char *pid_path; /* owned */
static int ready_fd = -1;

static int wait_for_child(int fd)
{
	char byte;
	ssize_t len;

	do {
		len = read(fd, &byte, 1);
	} while (len < 0 && errno == EINTR);
	return len == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool go_to_background(void)
{
	int fds[2];
	pid_t child;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return false;
	child = fork();
	if (child < 0)
		return false;
	if (child > 0) {
		close(fds[1]);
		_exit(wait_for_child(fds[0]));
	}
	close(fds[0]);
	ready_fd = fds[1];
	return setsid() >= 0;
}

bool daemon_begin(const struct config *config, bool is_wanted, const char *pid_file)
{
	struct buf path = { 0 };

	if (pid_file != NULL)
		pid_path = mem_strdup(pid_file);
	else if (is_wanted)
		pid_path = mem_strdup(config_path(config, &path, "run/broker.pid"));
	buf_finish(&path);
	if (!is_wanted || go_to_background())
		return true;
	log_errno("event=daemon");
	return false;
}

static bool write_pid(void)
{
	FILE *file = fopen(pid_path, "we");
	bool is_written;

	if (file == NULL)
		return false;
	is_written = fprintf(file, "%ld\n", (long)getpid()) > 0;
	return fclose(file) == 0 && is_written;
}

/* The terminal's descriptors go when there is nothing left to say to it; a log file stays. */
static void leave_terminal(void)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= 2 && null_fd >= 0; fd++) {
		if (fd < 2 || isatty(fd))
			dup2(null_fd, fd);
	}
	if (null_fd > 2)
		close(null_fd);
}

bool daemon_ready(void)
{
	bool is_told;

	if (pid_path != NULL && !write_pid()) {
		log_errno("event=pid_file path=%s", pid_path);
		return false;
	}
	if (ready_fd < 0)
		return true;
	leave_terminal();
	is_told = write(ready_fd, "1", 1) == 1;
	close(ready_fd);
	return is_told;
}

void daemon_finish(void)
{
	if (pid_path != NULL)
		unlink(pid_path);
	mem_free(pid_path);
	pid_path = NULL;
}
