/* SPDX-License-Identifier: MIT */
/* Passwords are kept in memory of this file alone, which is wiped. */
#include "fcgi/manage/new_password.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/crypto.h"
#include "fcgi/manage/site.h"
#include "fcgi/manage/terminal.h"

#define LINE_SIZE (PASSWORD_BYTES_MAX + 3) /* one byte too long still shows, and "\r" */

bool new_password_is_exposed(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0)
			return false;
		if (strcmp(argv[i], "--password") != 0 &&
			!str_starts_with(str_from(argv[i]), STR_OF("--password=")))
			continue;
		site_complain(EX_USAGE, "--password: a command line is for everybody on this host "
					"to read, and the shell remembers it; give the password on "
					"standard input, or in a file with --password-file");
		return true;
	}
	return false;
}

bool new_password_open(struct new_password *source, const char *file, int *status_out)
{
	source->fd = STDIN_FILENO;
	if (file == NULL || strcmp(file, "-") == 0)
		return true;
	source->fd = open(file, O_RDONLY | O_CLOEXEC);
	if (source->fd >= 0)
		return true;
	*status_out = site_complain(EX_NOINPUT, "%s: %s", file, strerrordesc_np(errno));
	return false;
}

void new_password_close(struct new_password *source)
{
	if (source->fd != STDIN_FILENO)
		close(source->fd);
}

/* Its first line, or as much of it as line holds. NULL, or why there is none. */
static const char *read_first_line(int fd, char line[static LINE_SIZE])
{
	size_t len = 0, end;
	ssize_t got = 1;

	while (got > 0 && len < LINE_SIZE - 1 && memchr(line, '\n', len) == NULL) {
		got = read(fd, line + len, LINE_SIZE - 1 - len);
		len += got > 0 ? (size_t)got : 0;
	}
	if (got < 0 || len == 0)
		return "no password was given";
	end = str_find(str_range(line, len), '\n');
	if (end < len && end > 0 && line[end - 1] == '\r')
		end--;
	line[end] = '\0';
	return strlen(line) == end ? NULL : "this is no text that could be a password";
}

static bool ask_twice(char line[static LINE_SIZE], int *status_out)
{
	char again[LINE_SIZE] = "";
	bool is_typed = terminal_ask("Password: ", true, line, LINE_SIZE) &&
			terminal_ask("The same again: ", true, again, LINE_SIZE);

	if (!is_typed)
		*status_out = site_complain(EX_NOINPUT, "no password was given");
	else if (strcmp(line, again) != 0)
		*status_out = site_complain(EX_DATAERR, "these are two different passwords");
	is_typed = is_typed && strcmp(line, again) == 0;
	crypto_wipe(again, sizeof(again));
	return is_typed;
}

static bool read_line(
	const struct new_password *source, char line[static LINE_SIZE], int *status_out)
{
	const char *problem;

	if (source->fd == STDIN_FILENO && terminal_is_there())
		return ask_twice(line, status_out);
	problem = read_first_line(source->fd, line);
	if (problem != NULL)
		*status_out = site_complain(EX_NOINPUT, "%s", problem);
	return problem == NULL;
}

bool new_password_read(const struct new_password *source, const struct config *config,
	const char *username, char hash_out[static PASSWORD_HASH_SIZE], int *status_out)
{
	char line[LINE_SIZE] = "";
	const char *problem = NULL;
	bool is_good = read_line(source, line, status_out);

	if (is_good)
		problem = password_problem(str_from(line), str_from(username));
	if (problem != NULL)
		*status_out = site_complain(EX_DATAERR, "%s", problem);
	is_good = is_good && problem == NULL;
	if (is_good && !password_hash(str_from(line), config, hash_out)) {
		*status_out = site_complain(
			EX_OSERR, "there is not enough memory to hash a password");
		is_good = false;
	}
	crypto_wipe(line, sizeof(line));
	return is_good;
}
