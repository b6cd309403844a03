/* SPDX-License-Identifier: MIT */
/* A small program at the table: adds a channel of its own to a group, says "ready", and prints
 * COUNT answers to "receive", one a line. Exits 0 when it has got them. */
#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* The answer, NUL-terminated; the caller frees it (free). */
static char *ask(nng_socket socket, char *request)
{
	char *data, *answer;
	size_t len;

	check(nng_send(socket, request, strlen(request), 0), "send");
	check(nng_recv(socket, &data, &len, NNG_FLAG_ALLOC), "receive");
	answer = strndup(data, len);
	nng_free(data, len);
	if (answer == NULL)
		abort();
	if (strstr(answer, "\"ok\": true") == NULL)
		fail(request, answer);
	return answer;
}

/* The name of a new channel; the caller frees it (free). */
static char *make_channel(nng_socket socket)
{
	static char request[] = "{\"op\": \"new_channel\", \"bound\": true}";
	char *answer = ask(socket, request);
	char *name = strstr(answer, "specific.");
	char *end = name == NULL ? NULL : strchr(name, '"');

	if (end == NULL)
		fail(request, answer);
	name = strndup(name, (size_t)(end - name));
	free(answer);
	return name;
}

int main(int argc, char **argv)
{
	nng_socket socket;
	char request[512];
	char *channel;

	if (argc != 4)
		fail("usage", "channel_reader URL GROUP COUNT");
	check(nng_req0_open(&socket), "open");
	check(nng_socket_set_ms(socket, NNG_OPT_RECVTIMEO, PATIENCE_MS), "patience");
	check(nng_dial(socket, argv[1], NULL, 0), argv[1]);
	channel = make_channel(socket);
	snprintf(request, sizeof(request),
		"{\"op\": \"group_add\", \"group\": \"%s\", \"channel\": \"%s\"}", argv[2],
		channel);
	free(ask(socket, request));
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready\n");
	snprintf(request, sizeof(request), "{\"op\": \"receive\", \"channel\": \"%s\"}", channel);
	for (long rest = strtol(argv[3], NULL, 10); rest > 0; rest--) {
		char *answer = ask(socket, request);

		printf("%s\n", answer);
		free(answer);
	}
	free(channel);
	nng_close(socket);
	return 0;
}
