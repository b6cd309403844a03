# SPDX-License-Identifier: MIT
"""scripts/roomctl, run against a broker, a state folder, or nothing."""

import contextlib
import os
import select
import shutil
import subprocess
from pathlib import Path

import pytest
from stack import DEADLINE_SECONDS, TOP, wait_for

ROOMCTL = TOP / "scripts/roomctl"
REFUSED, USAGE, UNAVAILABLE = 1, 2, 69


@pytest.fixture(autouse=True)
def awk(request, tmp_path, monkeypatch):
    """For the tests of a file that imports it: Debian's own, or both. The folder that comes first in PATH."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "awk").symlink_to(shutil.which(getattr(request, "param", "mawk")))
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    return programs


# For tests of what a program of awk reads and prints; what surrounds it is the same with both.
with_both_awks = pytest.mark.parametrize("awk", ["mawk", "gawk"], indirect=True)


def environment_of(state, **more):
    return {**os.environ, "ROOMWIRE_STATE": str(state), **more}


def roomctl(broker, *arguments, **options):
    """The finished process; of a broker, a state folder, or None for none said."""
    environment = environment_of(getattr(broker, "state", broker or ""))
    options = {"env": environment, "stdin": subprocess.DEVNULL} | options
    if "input" in options:
        del options["stdin"]
    return subprocess.run([str(ROOMCTL), *arguments], capture_output=True, timeout=DEADLINE_SECONDS, text=True, **options)


def output_of(broker, *arguments, **options):
    result = roomctl(broker, *arguments, **options)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


class Tail:
    """A running "roomctl tail", and its lines."""

    def __init__(self, broker, room, *options, state=None):
        self.broker, self.room = broker, room
        self.process = subprocess.Popen(
            [str(ROOMCTL), "tail", *options, room], env=environment_of(state or broker.state), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def say(self, message, **fields):
        event = {"type": "chat.message", "message": message, **fields}
        assert self.broker.control(op="group_send", room=self.room, event=event)["ok"]

    def next_line(self, seconds=DEADLINE_SECONDS):
        """None when none has come in time."""
        while b"\n" not in self.pending:
            if not select.select([self.process.stdout], [], [], seconds)[0]:
                return None
            part = os.read(self.process.stdout.fileno(), 65536)
            assert part, self.process.stderr.read()
            self.pending += part
        line, self.pending = self.pending.split(b"\n", 1)
        return line.decode()

    def next_lines(self, count):
        return [self.next_line() for _ in range(count)]

    def wait_until_it_follows(self):
        """Nothing tells when a subscription stands, so something is said until it is heard."""
        wait_for(lambda: self.say("probe") or self.next_line(0.1), "tail prints")
        self.say("the last probe")
        while "the last probe" not in self.next_line():
            pass

    def children(self):
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def end(self):
        """What it has written to standard error; what it has printed besides is pending."""
        self.process.terminate()
        printed, errors = self.process.communicate(timeout=DEADLINE_SECONDS)
        self.pending += printed
        return errors.decode()


@contextlib.contextmanager
def tail_of(broker, room, *options):
    with Tail(broker, room, *options) as tail:
        tail.wait_until_it_follows()
        yield tail


def is_any_alive(pids):
    return any(Path(f"/proc/{pid}").exists() for pid in pids)
