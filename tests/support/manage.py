# SPDX-License-Identifier: MIT
"""roomwire-manage, run on a state folder: as people at a terminal use it, and as scripts do."""

import json
import os
import pty
import select
import signal
import subprocess
import time

from stack import BUILD, DEADLINE_SECONDS, WRAPPER

MANAGE = BUILD / "bin/roomwire-manage"
PASSWORD = "correct horse battery staple"
# The cheapest hash that the configuration takes.
CHEAP = ("--set", "accounts.password_kibibytes=8192", "--set", "accounts.password_passes=1")


def command_of(state, *arguments):
    return [*WRAPPER, str(MANAGE), "--set", f"paths.state={state}", *CHEAP, *arguments]


def manage(state, *arguments, **options):
    """The finished process. input is text; without it stdin is empty."""
    if "input" not in options:
        options["stdin"] = subprocess.DEVNULL
    result = subprocess.run(command_of(state, *arguments), capture_output=True, timeout=DEADLINE_SECONDS, text=True,
                            **options)
    assert "Sanitizer" not in result.stderr and "runtime error" not in result.stderr, result.stderr
    return result


def output_of(state, *arguments, **options):
    result = manage(state, *arguments, **options)
    assert (result.returncode, result.stderr) == (0, ""), result
    return result.stdout


def objects_of(state, *arguments, **options):
    """What it prints with --json: an object a line."""
    return [json.loads(line) for line in output_of(state, *arguments, "--json", **options).splitlines()]


def add_account(state, name, password=PASSWORD):
    return output_of(state, "user", "add", "--", name, input=password + "\n")


# A shell of one job in the foreground. A job that stops waits for a line, and goes on.
SHELL = """
import os, signal, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
job = os.fork()
if job == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
_, status = os.waitpid(job, os.WUNTRACED)
if os.WIFSTOPPED(status):
    os.tcsetpgrp(0, os.getpgid(0))
    print("the job is stopped", flush=True)
    sys.stdin.readline()
    os.tcsetpgrp(0, job)
    os.kill(job, signal.SIGCONT)
    _, status = os.waitpid(job, 0)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def job_of(command):
    return ["/usr/bin/python3", "-B", "-c", SHELL, *command]


class Session:
    """A program at a terminal of its own, of which it is the foreground group."""

    def __init__(self, command):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execv(command[0], command)
        self.shown = b""
        self.status = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.terminal)

    def read(self, seconds):
        """More of what the terminal shows; False when nothing comes or nobody is left."""
        if not select.select([self.terminal], [], [], seconds)[0]:
            return False
        try:
            part = os.read(self.terminal, 65536)
        except OSError:
            return False
        self.shown += part
        return part != b""

    def wait_for_text(self, text):
        """Until the terminal has shown it; what came before it."""
        end = time.monotonic() + DEADLINE_SECONDS
        while text.encode() not in self.shown:
            assert time.monotonic() < end, self.shown
            self.read(0.1)
        before, _, self.shown = self.shown.partition(text.encode())
        return before.decode()

    def type(self, text):
        os.write(self.terminal, text.encode())

    def is_over(self):
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None

    def finish(self):
        """The exit status, or the negative number of the signal that has ended it."""
        end = time.monotonic() + DEADLINE_SECONDS
        while self.read(0.05) or not self.is_over():
            assert time.monotonic() < end, self.shown
        _, status = os.waitpid(self.pid, 0)
        self.status = os.waitstatus_to_exitcode(status)
        return self.status
