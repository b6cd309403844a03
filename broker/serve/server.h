/* SPDX-License-Identifier: MIT */
/* Keeps a program running that gets lines and says lines. Reads its own standard input no faster
 * than the program reads, and the program no faster than its own standard output is read: nothing
 * piles up here. */
#pragma once

#include "broker/serve/child.h"
#include "broker/serve/handover.h"
#include "broker/serve/incident.h"
#include "broker/serve/lines.h"

/* In this order; each comes when the one before did not bring the end in time. */
enum server_phase { SERVER_RUNS, SERVER_CLOSES, SERVER_TERMINATES, SERVER_KILLS };

struct server {
	const char *name; /* what people know the program by */
	char *const *command;
	enum server_phase phase; /* private from here */
	int exit_status;
	int signals; /* of signalfd(2) */
	bool input_ended;
	bool has_started; /* at least once */
	bool has_read; /* the program that runs now, a line at least */
	uint64_t started_ms;
	uint64_t wake_ms; /* for the next start or the next phase; UINT64_MAX: never */
	struct lines input;
	struct lines output;
	struct buf outbox; /* lines that standard output has no room for yet */
	struct handover handover;
	struct child child;
	struct incident incident;
};

/* Until standard input ends and the program with it, or a signal ends both. Returns the exit status
 * of ours. */
int server_run(struct server *server, const char *name, char *const *command);
