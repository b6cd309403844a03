/* SPDX-License-Identifier: MIT */
/* While the terminal is without echo, signals wait in a descriptor of their own: none can come
 * between a look and a wait, no handler is needed, and the terminal is in order before any of them
 * takes effect. */
#include "fcgi/manage/terminal.h"

#include <assert.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

/* Not those of the background: they come before the terminal is touched. */
static const int awaited_signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP };

enum typed { TYPED_LINE, TYPED_END, TYPED_SIGNAL };

bool terminal_is_there(void)
{
	return isatty(STDIN_FILENO) != 0;
}

/* The terminal is in its usual mode, which hands out a whole line at once. */
static enum typed read_line(char *line, size_t size)
{
	ssize_t len = read(STDIN_FILENO, line, size - 1);

	if (len <= 0)
		return TYPED_END;
	line[len] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return TYPED_LINE;
}

/* *signal_out is the one that came first. */
static enum typed wait_for_line(int signals, char *line, size_t size, int *signal_out)
{
	struct pollfd ready[] = { { .fd = signals, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN } };
	struct signalfd_siginfo came;

	if (poll(ready, 2, -1) <= 0)
		return TYPED_END;
	if (ready[0].revents == 0)
		return read_line(line, size);
	if (read(signals, &came, sizeof(came)) != (ssize_t)sizeof(came))
		return TYPED_END;
	*signal_out = (int)came.ssi_signo;
	return TYPED_SIGNAL;
}

static enum typed ask_hidden(
	const char *question, int signals, char *line, size_t size, int *signal_out)
{
	struct termios usual, silent;
	enum typed typed;

	if (tcgetattr(STDIN_FILENO, &usual) != 0)
		return TYPED_END;
	silent = usual;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
	silent.c_lflag |= ICANON | ECHONL;
	/* Silent before the question, and without what was typed before it. */
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) != 0)
		return TYPED_END;
	fputs(question, stderr);
	typed = wait_for_line(signals, line, size, signal_out);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &usual);
	if (typed != TYPED_LINE)
		fputs("\n", stderr);
	return typed;
}

static bool ask_shown(const char *question, char *line, size_t size)
{
	fputs(question, stderr);
	return read_line(line, size) == TYPED_LINE;
}

bool terminal_ask(const char *question, bool is_hidden, char *line, size_t size)
{
	enum typed typed = TYPED_SIGNAL;
	sigset_t awaited, before;
	int signals, came = 0;

	assert(size > 1);
	if (!is_hidden)
		return ask_shown(question, line, size);
	sigemptyset(&awaited);
	for (size_t i = 0; i < sizeof(awaited_signals) / sizeof(awaited_signals[0]); i++)
		sigaddset(&awaited, awaited_signals[i]);
	signals = signalfd(-1, &awaited, SFD_CLOEXEC);
	if (signals < 0)
		return false;
	/* A stop that is over asks again. */
	while (typed == TYPED_SIGNAL) {
		sigprocmask(SIG_BLOCK, &awaited, &before);
		typed = ask_hidden(question, signals, line, size, &came);
		sigprocmask(SIG_SETMASK, &before, NULL);
		if (typed == TYPED_SIGNAL)
			raise(came);
	}
	close(signals);
	return typed == TYPED_LINE;
}
