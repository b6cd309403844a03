/* SPDX-License-Identifier: MIT */
#include "broker/serve/server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"

#define INPUT_LINE_MAX 1048576 /* several times what an event can be */
#define OUTPUT_LINE_MAX 65536 /* several times what a room takes */
#define PIECE_SIZE                                                                    \
	4096 /* PIPE_BUF: when poll says so, that much can be written without waiting \
	      */
#define DRAIN_PIECES 32 /* what a pipe can hold of what a program wrote before its end */
#define GRACE_MS 2000 /* for each step of a program's end */
#define STATUS_TEXT_SIZE 40
#define CANNOT_RUN 127 /* as shells have it */

enum source { FROM_SIGNALS, FROM_INPUT, FROM_CHILD, TO_CHILD, TO_OUTPUT, SOURCE_COUNT };

static void enter(struct server *server, enum server_phase phase)
{
	server->phase = phase;
	server->wake_ms = clock_monotonic_ms() + GRACE_MS;
}

static void tell_room(struct server *server, const char *status)
{
	buf_append_format(
		&server->outbox, "%s has ended (%s) and is started again.\n", server->name, status);
}

static void tell_skipped(struct lines *lines, const char *whose)
{
	if (lines->skipped > 0)
		log_warning("event=skipped lines=%llu longer_than=%zu from=%s",
			(unsigned long long)lines->skipped, lines->len_max, whose);
	lines->skipped = 0;
}

static void start(struct server *server)
{
	int input = handover_open(&server->handover);
	int problem = input < 0 ? errno : child_start(&server->child, server->command, input);

	if (input >= 0)
		close(input);
	server->started_ms = clock_monotonic_ms();
	server->has_read = false;
	server->wake_ms = UINT64_MAX;
	if (problem == 0) {
		server->has_started = true;
		return;
	}
	handover_close(&server->handover);
	log_error("event=start problem=\"%s\"", strerror(problem));
	server->wake_ms = server->started_ms + INCIDENT_PAUSE_MAX_MS;
	if (!server->has_started) { /* a mistake of whoever has named it */
		server->phase = SERVER_KILLS;
		server->exit_status = CANNOT_RUN;
	}
}

static void pass_lines_on(struct server *server)
{
	struct str line;

	while (lines_next(&server->output, &line)) {
		buf_append_str(&server->outbox, line);
		buf_append_char(&server->outbox, '\n');
	}
	tell_skipped(&server->output, "program");
}

/* False when there is nothing more at the moment. */
static bool read_child(struct server *server)
{
	char piece[PIECE_SIZE];
	ssize_t len = read(server->child.output, piece, sizeof(piece));

	if (len > 0) {
		lines_feed(&server->output, piece, (size_t)len);
		pass_lines_on(server);
	} else if (len == 0) {
		close(server->child.output);
		server->child.output = -1;
	}
	return len > 0;
}

static void take_leave(struct server *server)
{
	for (int i = 0; i < DRAIN_PIECES && server->child.output >= 0; i++) {
		if (!read_child(server))
			break;
	}
	if (server->child.output >= 0)
		close(server->child.output);
	server->child.output = -1;
	if (lines_drop_rest(&server->output))
		log_warning("event=dropped what=\"the last line, which has no end\"");
	if (handover_close(&server->handover))
		server->has_read = true;
}

static void handle_end(struct server *server, int status)
{
	char text[STATUS_TEXT_SIZE];
	uint64_t now_ms = clock_monotonic_ms();
	uint64_t pause_ms;
	bool is_new;

	take_leave(server);
	child_status_text(status, text, sizeof(text));
	if (server->phase != SERVER_RUNS) {
		log_info("event=end how=\"%s\"", text);
		return;
	}
	pause_ms = incident_add(
		&server->incident, server->started_ms, now_ms, server->has_read, &is_new);
	server->wake_ms = now_ms + pause_ms;
	log_warning("event=end how=\"%s\" next_start_ms=%llu", text, (unsigned long long)pause_ms);
	if (is_new)
		tell_room(server, text);
}

static void begin_end(struct server *server, int number)
{
	server->exit_status = 128 + number;
	handover_close(&server->handover);
	child_signal(&server->child, SIGTERM);
	enter(server, SERVER_TERMINATES);
}

static void handle_signal(struct server *server)
{
	struct signalfd_siginfo info;
	int status;

	if (read(server->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo != SIGCHLD)
		begin_end(server, (int)info.ssi_signo);
	else if (child_reap(&server->child, &status))
		handle_end(server, status);
}

static void read_input(struct server *server)
{
	char piece[PIECE_SIZE];
	ssize_t len = read(STDIN_FILENO, piece, sizeof(piece));

	if (len > 0)
		lines_feed(&server->input, piece, (size_t)len);
	else if (len == 0 || (errno != EINTR && errno != EAGAIN))
		server->input_ended = true;
}

/* A program that nobody hears has no reason to go on. */
static void lose_output(struct server *server)
{
	buf_clear(&server->outbox);
	if (server->phase < SERVER_TERMINATES)
		begin_end(server, SIGPIPE);
}

static void write_output(struct server *server)
{
	size_t len = server->outbox.len < PIECE_SIZE ? server->outbox.len : PIECE_SIZE;
	ssize_t written = write(STDOUT_FILENO, server->outbox.data, len);

	if (written > 0)
		buf_drop(&server->outbox, (size_t)written);
	else if (errno != EINTR && errno != EAGAIN)
		lose_output(server);
}

/* The next line to hand over, or the end of all. */
static void take_line(struct server *server)
{
	struct str line;

	if (server->phase != SERVER_RUNS || !handover_is_free(&server->handover))
		return;
	if (lines_next(&server->input, &line)) {
		handover_take(&server->handover, line);
	} else if (server->input_ended) {
		handover_close(&server->handover);
		enter(server, SERVER_CLOSES);
	}
	tell_skipped(&server->input, "input");
}

static void wake(struct server *server)
{
	switch (server->phase) {
	case SERVER_RUNS:
		start(server);
		break;
	case SERVER_CLOSES:
		child_signal(&server->child, SIGTERM);
		enter(server, SERVER_TERMINATES);
		if (server->child.pid == 0)
			server->wake_ms = UINT64_MAX; /* whoever reads us may take his time */
		break;
	case SERVER_TERMINATES:
		child_signal(&server->child, SIGKILL);
		enter(server, SERVER_KILLS);
		break;
	case SERVER_KILLS:
		buf_clear(&server->outbox); /* which nobody reads */
		server->wake_ms = UINT64_MAX;
		break;
	}
}

static bool wants_input(const struct server *server)
{
	return server->phase == SERVER_RUNS && !server->input_ended &&
	       handover_is_free(&server->handover);
}

static void prepare(const struct server *server, struct pollfd polled[static SOURCE_COUNT])
{
	bool is_full = server->outbox.len > 0;

	polled[FROM_SIGNALS] = (struct pollfd){ server->signals, POLLIN, 0 };
	polled[FROM_INPUT] = (struct pollfd){ wants_input(server) ? STDIN_FILENO : -1, POLLIN, 0 };
	polled[FROM_CHILD] = (struct pollfd){ is_full ? -1 : server->child.output, POLLIN, 0 };
	polled[TO_CHILD] = (struct pollfd){
		handover_waits(&server->handover) ? server->handover.fd : -1, POLLOUT, 0
	};
	polled[TO_OUTPUT] = (struct pollfd){
		is_full || server->phase < SERVER_TERMINATES ? STDOUT_FILENO : -1,
		is_full ? POLLOUT : 0, 0
	};
}

static int patience_ms(const struct server *server)
{
	uint64_t now_ms = clock_monotonic_ms();

	if (server->wake_ms == UINT64_MAX)
		return -1;
	return server->wake_ms > now_ms ? (int)(server->wake_ms - now_ms) : 0;
}

/* What the program says comes before its end, which a signal tells. */
static void turn(struct server *server)
{
	struct pollfd polled[SOURCE_COUNT];

	prepare(server, polled);
	if (poll(polled, SOURCE_COUNT, patience_ms(server)) < 0)
		return;
	if (polled[TO_OUTPUT].revents & (POLLERR | POLLNVAL))
		lose_output(server);
	else if (polled[TO_OUTPUT].revents)
		write_output(server);
	if (polled[FROM_CHILD].revents)
		(void)read_child(server);
	if (polled[TO_CHILD].revents && handover_proceed(&server->handover))
		server->has_read = true;
	if (polled[FROM_INPUT].revents)
		read_input(server);
	if (polled[FROM_SIGNALS].revents)
		handle_signal(server);
	if (patience_ms(server) == 0)
		wake(server);
}

static bool is_over(const struct server *server)
{
	return server->phase != SERVER_RUNS && server->child.pid == 0 && server->outbox.len == 0;
}

static bool watch_signals(struct server *server)
{
	sigset_t watched;

	sigemptyset(&watched);
	sigaddset(&watched, SIGCHLD);
	sigaddset(&watched, SIGHUP);
	sigaddset(&watched, SIGINT);
	sigaddset(&watched, SIGTERM);
	server->signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
	return server->signals >= 0 && signal(SIGPIPE, SIG_IGN) != SIG_ERR &&
	       sigprocmask(SIG_BLOCK, &watched, NULL) == 0;
}

static void finish(struct server *server)
{
	if (server->signals >= 0)
		close(server->signals);
	handover_finish(&server->handover);
	lines_finish(&server->input);
	lines_finish(&server->output);
	buf_finish(&server->outbox);
}

int server_run(struct server *server, const char *name, char *const *command)
{
	*server = (struct server){
		.name = name,
		.command = command,
		.input.len_max = INPUT_LINE_MAX,
		.output.len_max = OUTPUT_LINE_MAX,
		.child.output = -1,
	};
	handover_init(&server->handover);
	if (watch_signals(server)) {
		start(server);
		while (!is_over(server)) {
			turn(server);
			take_line(server);
		}
	} else {
		log_errno("event=start");
		server->exit_status = EXIT_FAILURE;
	}
	finish(server);
	return server->exit_status;
}
