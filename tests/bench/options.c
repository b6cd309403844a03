/* SPDX-License-Identifier: MIT */
/* One table says what there is, and its rows do the parsing and the help. What must fit together
 * is checked behind it, once everything is read. */
#include "tests/bench/options.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/failure.h"
#include "tests/bench/marker.h"

#define CONNECTIONS_MAX 100000
#define SIZE_MIN (MARKER_SIZE + 3)
#define SIZE_MAX_BYTES (8 << 20)
#define BURST_MAX_BYTES (64 << 20) /* of one speaker */
#define VERSION_1 "roomwire.v1"

enum option_kind { OPTION_TEXT, OPTION_COUNT, OPTION_NUMBER, OPTION_PID };

struct option_row {
	const char *name;
	enum option_kind kind;
	size_t offset; /* of the value in struct options; a pid has none, there may be several */
	double min;
	double max;
	const char *help;
};

#define TEXT(name, member, help)                                                \
	{                                                                       \
		name, OPTION_TEXT, offsetof(struct options, member), 0, 0, help \
	}
#define COUNT(name, member, min, max, help)                                          \
	{                                                                            \
		name, OPTION_COUNT, offsetof(struct options, member), min, max, help \
	}
#define NUMBER(name, member, min, max, help)                                          \
	{                                                                             \
		name, OPTION_NUMBER, offsetof(struct options, member), min, max, help \
	}

static const struct option_row rows[] = {
	TEXT("target", target, "HOST:PORT or unix:PATH; several, with commas: in turns"),
	TEXT("path", path, "of the request; %r is the room's name"),
	TEXT("subprotocol", subprotocol, "to ask for; messages then carry a type"),
	COUNT("rooms", rooms, 1, CONNECTIONS_MAX, "of fanout, rate, connect, idle and read"),
	COUNT("members", members, 1, CONNECTIONS_MAX, "connections of each room"),
	COUNT("speakers", speakers, 1, CONNECTIONS_MAX, "members of each room that speak"),
	COUNT("stalled", stalled, 0, CONNECTIONS_MAX, "members of each room that never read"),
	COUNT("in-flight", in_flight, 1, 100000, "messages of a burst, or of an echo"),
	COUNT("size", size, SIZE_MIN, SIZE_MAX_BYTES, "bytes of a text"),
	COUNT("refs", refs, 0, 1, "1: messages have refs; latencies are then of acks"),
	COUNT("connections", connections, 1, CONNECTIONS_MAX, "of echo, connect and idle"),
	COUNT("parallel", parallel, 0, CONNECTIONS_MAX, "handshakes at a time; 0: all"),
	COUNT("keep-open", keep_open, 0, CONNECTIONS_MAX, "idle connections before connect"),
	NUMBER("seconds", seconds, 0.01, 3600, "of the measurement"),
	NUMBER("warmup-seconds", warmup_seconds, 0, 3600, "before it"),
	COUNT("after-seconds", after_seconds, 0, 3600,
		"connect: that count as the server's time; idle: until memory is read once more"),
	NUMBER("rate", rate, 0.1, 1e7, "messages a second of all speakers"),
	NUMBER("away-seconds", away_seconds, 0.01, 3600, "of return: until all come back"),
	COUNT("missed", missed, 1, 1000000, "of return: messages that are said meanwhile"),
	COUNT("limit", limit, 1, 500, "of read: messages at once"),
	COUNT("seed", seed, 0, UINT32_MAX, "of masks and letters"),
	{ "server-pid", OPTION_PID, 0, 1, INT32_MAX, "counted with its children; repeatable" },
};

static const struct {
	const char *name;
	const char *path;
	const char *help;
	const char *subprotocol;
} modes[] = {
	[MODE_FANOUT] = { "fanout", "/ws/chat/%r/", "bursts, each when the last one has come",
		NULL },
	[MODE_RATE] = { "rate", "/ws/chat/%r/", "messages on a schedule", NULL },
	[MODE_ECHO] = { "echo", "/ws/echo/", "round trips", NULL },
	[MODE_CONNECT] = { "connect", "/ws/chat/%r/", "handshakes", NULL },
	[MODE_IDLE] = { "idle", "/ws/chat/%r/", "memory of connections that are silent", NULL },
	[MODE_RETURN] = { "return", "/ws/chat/%r/", "all of a room leave at once and come back",
		VERSION_1 },
	[MODE_READ] = { "read", "/ws/chat/%r/", "the last messages of rooms", VERSION_1 },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))
#define MODES (sizeof(modes) / sizeof(modes[0]))

const char *mode_name(enum mode mode)
{
	return modes[mode].name;
}

static noreturn void print_help(void)
{
	puts("Usage: bench-load MODE --target HOST:PORT|unix:PATH [--OPTION VALUE]...\n\nModes:");
	for (size_t i = 0; i < MODES; i++)
		printf("  %-16s %s\n", modes[i].name, modes[i].help);
	puts("\nOptions:");
	for (size_t i = 0; i < ROWS; i++)
		printf("  --%-14s %s\n", rows[i].name, rows[i].help);
	exit(EXIT_SUCCESS);
}

static enum mode mode_find(const char *name)
{
	for (size_t i = 0; i < MODES; i++) {
		if (strcmp(modes[i].name, name) == 0)
			return (enum mode)i;
	}
	failure("there is no mode %s (--help lists them)", name);
}

static const struct option_row *row_find(const char *argument)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (strncmp(argument, "--", 2) == 0 && strcmp(rows[i].name, argument + 2) == 0)
			return &rows[i];
	}
	failure("there is no option %s (--help lists them)", argument);
}

static double number_of(const struct option_row *row, const char *text)
{
	char *end;
	double number = strtod(text, &end);
	bool is_whole = row->kind == OPTION_NUMBER || strspn(text, "0123456789") == strlen(text);

	if (end == text || *end != '\0' || !is_whole || !(number >= row->min && number <= row->max))
		failure("--%s takes a number from %g to %.10g, not \"%s\"", row->name, row->min,
			row->max, text);
	return number;
}

static void option_set(struct options *options, const struct option_row *row, const char *text)
{
	void *value = (char *)options + row->offset;

	switch (row->kind) {
	case OPTION_TEXT:
		*(const char **)value = text;
		return;
	case OPTION_COUNT:
		*(uint32_t *)value = (uint32_t)number_of(row, text);
		return;
	case OPTION_NUMBER:
		*(double *)value = number_of(row, text);
		return;
	case OPTION_PID:
		if (options->server_pid_count == OPTIONS_PIDS_MAX)
			failure("--server-pid is given more than %d times", OPTIONS_PIDS_MAX);
		options->server_pids[options->server_pid_count++] = (pid_t)number_of(row, text);
		return;
	}
}

static void options_check(const struct options *options)
{
	if (options->target == NULL)
		failure("--target is missing");
	if (options->path[0] != '/')
		failure("--path begins with a slash");
	if ((uint64_t)options->in_flight * options->size > BURST_MAX_BYTES)
		failure("--in-flight times --size is more than %d bytes", BURST_MAX_BYTES);
	if (options->refs && options->subprotocol == NULL)
		failure("--refs need a --subprotocol");
	if (options->mode != MODE_FANOUT && options->mode != MODE_RATE) {
		if (options->stalled > 0)
			failure("--stalled is for fanout and rate");
		return;
	}
	if ((uint64_t)options->rooms * options->members > CONNECTIONS_MAX)
		failure("--rooms times --members is more than %d", CONNECTIONS_MAX);
	if ((uint64_t)options->speakers + options->stalled > options->members)
		failure("a room of %u --members can't hold its --speakers and --stalled ones",
			options->members);
}

void options_parse(struct options *options, int argc, char **argv)
{
	*options = (struct options){
		.rooms = 1,
		.members = 1,
		.speakers = 1,
		.in_flight = 1,
		.size = 64,
		.connections = 1,
		.parallel = 64,
		.seconds = 1,
		.warmup_seconds = 0.5,
		.rate = 100,
		.away_seconds = 1,
		.missed = 100,
		.limit = 50,
		.seed = 1,
	};
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0)
			print_help();
	}
	if (argc < 2)
		failure("no mode is given (--help lists them)");
	options->mode = mode_find(argv[1]);
	options->path = modes[options->mode].path;
	options->subprotocol = modes[options->mode].subprotocol;
	for (int i = 2; i < argc; i += 2) {
		const struct option_row *row = row_find(argv[i]);

		if (i + 1 == argc)
			failure("%s takes a value", argv[i]);
		option_set(options, row, argv[i + 1]);
	}
	options_check(options);
}
