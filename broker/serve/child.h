/* SPDX-License-Identifier: MIT */
/* A program with a process group of its own, so that what it has started ends with it. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid; /* 0: none runs */
	int output; /* what it writes, non-blocking; -1: nothing more */
};

/* All signals of the caller's mask come through to the program, which gets input as its standard
 * input; the caller keeps it. Returns 0, or an errno when the program cannot be run. */
int child_start(struct child *child, char *const *command, int input)
	__attribute__((warn_unused_result));
/* To the whole group. */
void child_signal(const struct child *child, int number);
/* Whether it has ended, with its status as of waitpid(2). What it has left behind in its group is
 * killed; output stays open. */
bool child_reap(struct child *child, int *status_out);
/* "exit status 3" or "signal SIGKILL". */
const char *child_status_text(int status, char *text, size_t size);
