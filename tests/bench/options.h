/* SPDX-License-Identifier: MIT */
/* The command line of bench-load: what is measured, against what, and how much of it. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define OPTIONS_PIDS_MAX 64

enum mode { MODE_FANOUT, MODE_RATE, MODE_ECHO, MODE_CONNECT, MODE_IDLE, MODE_RETURN, MODE_READ };

/* Counts are within their limits and fit each other. Texts are borrowed from argv. */
struct options {
	enum mode mode;
	const char *target;
	const char *path; /* %r stands for the room */
	const char *subprotocol; /* or NULL */
	uint32_t rooms;
	uint32_t members; /* of a room */
	uint32_t speakers; /* of a room's members, the first ones */
	uint32_t stalled; /* of a room's members, the last ones: they never read */
	uint32_t in_flight; /* messages of a speaker's burst, or of an echoing connection */
	uint32_t size; /* bytes of a text */
	uint32_t refs; /* 1: messages have refs, and latencies are those of their acks */
	uint32_t connections;
	uint32_t parallel; /* handshakes at a time; 0: all */
	uint32_t keep_open;
	double seconds;
	double warmup_seconds;
	uint32_t after_seconds; /* of connect and idle, behind what is measured */
	double rate; /* messages a second, of all speakers together */
	double away_seconds; /* of return: before they come back */
	uint32_t missed; /* of return: messages that are said meanwhile */
	uint32_t limit; /* of read: messages at once */
	uint32_t seed;
	pid_t server_pids[OPTIONS_PIDS_MAX];
	size_t server_pid_count;
};

/* Ends the program after --help and after a mistake. */
void options_parse(struct options *options, int argc, char **argv);
const char *mode_name(enum mode mode);
