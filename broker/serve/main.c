/* SPDX-License-Identifier: MIT */
/* roomwire-serve: a part of "roomctl serve", which tells it what a room says and says what it
 * prints. Knows nothing of rooms: lines come in, lines go out. */
#include <libgen.h>
#include <stdio.h>
#include <string.h>

#include "broker/serve/server.h"

#define USAGE_STATUS 2

static const char usage[] =
	"Usage: roomwire-serve [--name NAME] [--] PROGRAM [ARGUMENT ...]\n"
	"Hands lines of standard input to PROGRAM one at a time, prints its lines,\n"
	"and starts it again when it ends. A part of roomctl(1) serve.\n";

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
	return server_run(&server, name != NULL ? name : basename(argv[next]), argv + next);
}
