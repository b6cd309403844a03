/* SPDX-License-Identifier: MIT */
/* roomwire-serve: a part of "roomctl serve", which tells it what a room says and says what it
 * prints. Knows nothing of rooms: lines come in, lines go out. */
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/serve/server.h"

#define USAGE_STATUS 2

static const char usage[] =
	"Usage: roomwire-serve [--name NAME] [--] PROGRAM [ARGUMENT ...]\n"
	"Hands lines of standard input to PROGRAM one at a time, prints its lines,\n"
	"and starts it again when it ends. A part of roomctl(1) serve.\n";

/* What is opened later must not be taken for one of them. */
static bool fill_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	return fd >= 0 && close(fd) == 0;
}

int main(int argc, char **argv)
{
	struct server server;
	const char *name = NULL;
	int next = 1;

	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		return fputs(usage, stdout) < 0;
	if (argc > 2 && strcmp(argv[1], "--name") == 0) {
		name = argv[2];
		next = 3;
	}
	if (next < argc && strcmp(argv[next], "--") == 0)
		next++;
	if (next >= argc || argv[next][0] == '-') {
		fputs(usage, stderr);
		return USAGE_STATUS;
	}
	if (!fill_standard_descriptors())
		return EXIT_FAILURE;
	return server_run(&server, name != NULL ? name : basename(argv[next]), argv + next);
}
