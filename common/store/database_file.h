/* SPDX-License-Identifier: MIT */
/* Database files as files: which one a path names, and a new one that appears under its name
 * complete or not at all. Never opens a file that SQLite may have open: closing it would end the
 * locks of the whole process (fcntl(2)). */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "common/store/problem.h"

/* Of no file: all zero. */
struct file_identity {
	dev_t device;
	ino_t inode;
};

struct file_identity file_identify(const char *path);
bool file_identity_equals(struct file_identity a, struct file_identity b);
/* What a system call's error means for a database. */
enum store_problem file_problem(int system_error);

/* An empty file of mode 0600 beside path, under a name of its own; NULL with errno. The caller owns
 * the name (mem_free). */
char *file_stage(const char *path) __attribute__((warn_unused_result));
/* Syncs a staged file and gives it the name path, unless there is one of that name (EEXIST). 0, or
 * the error. The staged name goes either way. */
int file_publish(const char *staged, const char *path) __attribute__((warn_unused_result));
