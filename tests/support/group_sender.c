/* SPDX-License-Identifier: MIT */
/* A small program at the table: sends COUNT messages "NAME 1", "NAME 2", … to a group over the
 * control socket, each when the one before has been answered, and again while the broker is busy.
 * Exits 0 when all were taken. */
#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_BYTES 512
#define PATIENCE_MS 60000

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

static void check(int result, const char *what)
{
	if (result != 0)
		fail(what, nng_strerror(result));
}

/* The answer, NUL-terminated. */
static void ask(nng_socket socket, char *request, char answer[static ANSWER_BYTES])
{
	size_t len = ANSWER_BYTES - 1;

	check(nng_send(socket, request, strlen(request), 0), "send");
	check(nng_recv(socket, answer, &len, 0), "receive");
	answer[len] = '\0';
}

static void say(nng_socket socket, const char *group, const char *name, long number)
{
	char request[512], answer[ANSWER_BYTES];

	snprintf(request, sizeof(request),
		"{\"op\": \"group_send\", \"group\": \"%s\", \"event\": {\"type\": "
		"\"chat.message\", \"message\": \"%s %ld\"}}",
		group, name, number);
	do {
		ask(socket, request, answer);
	} while (strstr(answer, "\"busy\"") != NULL);
	if (strstr(answer, "\"ok\": true") == NULL)
		fail(request, answer);
}

int main(int argc, char **argv)
{
	nng_socket socket;
	long count;

	if (argc != 5)
		fail("usage", "group_sender URL GROUP NAME COUNT");
	count = strtol(argv[4], NULL, 10);
	check(nng_req0_open(&socket), "open");
	check(nng_socket_set_ms(socket, NNG_OPT_RECVTIMEO, PATIENCE_MS), "patience");
	check(nng_dial(socket, argv[1], NULL, 0), argv[1]);
	for (long number = 1; number <= count; number++)
		say(socket, argv[2], argv[3], number);
	nng_close(socket);
	return 0;
}
