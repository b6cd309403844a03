/* SPDX-License-Identifier: MIT */
/* A new password: typed twice on a terminal, else the first line of a file or of stdin. Never of
 * the command line, which everybody on the host can read. Only its hash gets out of here. */
#pragma once

#include "common/password.h"
#include "common/user.h"

/* private */
struct new_password {
	int fd; /* owned, but for STDIN_FILENO */
};

/* Whether argv has a password in it, which is refused with a sentence on stderr. */
bool new_password_is_exposed(int argc, char **argv);
/* file NULL or "-": stdin. Opened at once, as whoever the program still is. False with the exit
 * status. */
bool new_password_open(struct new_password *source, const char *file, int *status_out)
	__attribute__((warn_unused_result));
void new_password_close(struct new_password *source);
/* Reads one for username, judges and hashes it. False with the exit status. */
bool new_password_read(const struct new_password *source, const struct config *config,
	const char *username, char hash_out[static PASSWORD_HASH_SIZE], int *status_out)
	__attribute__((warn_unused_result));
