# SPDX-License-Identifier: MIT
"""Programs that are started, waited for and ended by their process ids. Each is a session of its own, so that Ctrl-C
reaches us alone, and does not live longer than we do."""

import contextlib
import os
import signal
import socket
import subprocess
import time

START_SECONDS = 30
STOP_SECONDS = 15
POLL_SECONDS = 0.05


class ProgramError(Exception):
    """A program did not start, or did not do what it is for; the text says which and why."""


def wait_until(condition, what, seconds=START_SECONDS):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise ProgramError(f"not within {seconds} s: {what}")
        time.sleep(POLL_SECONDS)


def accepts(address):
    """Whether somebody listens at (HOST, PORT) or at the path of a unix socket."""
    with socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET) as probe:
        probe.settimeout(1)
        return probe.connect_ex(address) == 0


def children(pid):
    """The ids of a process and of all that descend from it."""
    found = [pid]
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                for child in file.read().split():
                    found += children(int(child))
    return found


def descriptors(pids):
    """How many files the processes have open together."""
    count = 0
    for pid in {each for one in pids for each in children(one)}:
        with contextlib.suppress(OSError):
            count += len(os.listdir(f"/proc/{pid}/fd"))
    return count


class Program:
    """A running program. What it prints is kept in a file, and told when it fails."""

    def __init__(self, command, log, core=None, environment=None):
        pinned = ["taskset", "-c", core] if core else []
        self.name = os.path.basename(command[0])
        self.log = log
        with open(log, "ab") as file:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *pinned, *map(str, command)], stdin=subprocess.DEVNULL, stdout=file,
                stderr=file, start_new_session=True, env={**os.environ, **(environment or {})})

    @property
    def pid(self):
        return self.process.pid

    def wait_for(self, address):
        wait_until(lambda: self.is_gone() or accepts(address), f"{self.name} listens; it says: {self.last_words()}")
        if self.is_gone():
            raise ProgramError(f"{self.name} has ended: {self.last_words()}")

    def is_gone(self):
        return self.process.poll() is not None

    def last_words(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return " | ".join(file.read().splitlines()[-3:])

    def stop(self):
        """Asks, waits, and insists; then nothing of its session is left."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
