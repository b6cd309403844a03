/* SPDX-License-Identifier: MIT */
/* fork and exec by hand: posix_spawn knows nothing of the parent's death. */
#include "broker/serve/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct outfit {
	int input;
	int output;
	int problem; /* closed by exec, else it brings errno */
	pid_t parent;
};

/* Between fork and exec, where only async-signal-safe functions may be called. */
static void become(char *const *command, const struct outfit *outfit)
{
	sigset_t none;
	int problem;

	sigemptyset(&none);
	if (setpgid(0, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 &&
		getppid() == outfit->parent && dup2(outfit->input, STDIN_FILENO) >= 0 &&
		dup2(outfit->output, STDOUT_FILENO) >= 0 && signal(SIGPIPE, SIG_DFL) != SIG_ERR &&
		sigprocmask(SIG_SETMASK, &none, NULL) == 0)
		execvp(command[0], command);
	problem = errno;
	(void)!write(outfit->problem, &problem, sizeof(problem));
	_exit(127);
}

static int read_problem(int fd)
{
	int problem = 0;
	ssize_t len;

	do {
		len = read(fd, &problem, sizeof(problem));
	} while (len < 0 && errno == EINTR);
	return len == (ssize_t)sizeof(problem) ? problem : 0;
}

static int run(struct child *child, char *const *command, const struct outfit *outfit)
{
	pid_t pid = fork();

	if (pid < 0)
		return errno;
	if (pid == 0)
		become(command, outfit);
	(void)setpgid(pid, pid); /* here too: whoever of the two comes first */
	child->pid = pid;
	return 0;
}

static void close_pair(const int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

int child_start(struct child *child, char *const *command, int input)
{
	int output[2];
	int problems[2];
	int problem;

	if (pipe2(output, O_CLOEXEC) != 0)
		return errno;
	if (pipe2(problems, O_CLOEXEC) != 0) {
		problem = errno;
		close_pair(output);
		return problem;
	}
	problem = run(child, command, &(struct outfit){ input, output[1], problems[1], getpid() });
	close(output[1]);
	close(problems[1]);
	if (problem == 0)
		problem = read_problem(problems[0]);
	close(problems[0]);
	if (problem != 0 || fcntl(output[0], F_SETFL, O_NONBLOCK) != 0) {
		close(output[0]);
		if (child->pid > 0)
			(void)waitpid(child->pid, NULL, 0);
		child->pid = 0;
		return problem;
	}
	child->output = output[0];
	return 0;
}

void child_signal(const struct child *child, int number)
{
	if (child->pid > 0)
		(void)kill(-child->pid, number);
}

bool child_reap(struct child *child, int *status_out)
{
	siginfo_t info = { 0 };

	if (child->pid <= 0 ||
		waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
		info.si_pid != child->pid)
		return false;
	/* Before it is reaped: only until then the group's number is surely its own. */
	child_signal(child, SIGKILL);
	if (waitpid(child->pid, status_out, 0) != child->pid)
		return false;
	child->pid = 0;
	return true;
}

const char *child_status_text(int status, char *text, size_t size)
{
	const char *name = WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;

	if (!WIFSIGNALED(status))
		snprintf(text, size, "exit status %d", WEXITSTATUS(status));
	else if (name != NULL)
		snprintf(text, size, "signal SIG%s", name);
	else
		snprintf(text, size, "signal %d", WTERMSIG(status));
	return text;
}
