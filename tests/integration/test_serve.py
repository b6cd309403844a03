# SPDX-License-Identifier: MIT
"""roomwire-serve between two pipes: programs of every kind that end at the worst moment, and what is left of them."""

import contextlib
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from stack import BUILD, DEADLINE_SECONDS, wait_for

SERVE = BUILD / "bin/roomwire-serve"
TOLD = "has ended (exit status 3) and is started again."

# Each says its ten lines and ends, with what its library has read besides.
TEN_LINES = {
    "sh": ["sh", "-c", 'for i in 1 2 3 4 5 6 7 8 9 10; do read -r line || exit 0; echo "got $line"; done; exit 3'],
    "python": [sys.executable, "-c", "import sys\nfor i, line in enumerate(sys.stdin, 1):\n"
               "    print('got', line, end='', flush=True)\n    if i == 10: sys.exit(3)"],
    "gawk": ["gawk", '{ print "got " $0; fflush() } NR == 10 { exit 3 }'],
    "mawk": ["mawk", "-W", "interactive", '{ print "got " $0; fflush() } NR == 10 { exit 3 }'],
    "perl": ["perl", "-ne", '$| = 1; print "got $_"; exit 3 if $. == 10'],
    "stdbuf": ["sh", "-c", "stdbuf -oL sed -n 's/^/got /p;10q'; exit 3"],
    "killed": ["sh", "-c", 'for i in 1 2 3 4 5 6 7 8 9 10; do read -r line || exit 0; echo "got $line"; done; kill -9 $$'],
}


class Serve:
    """A running roomwire-serve, written and read as by roomctl."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([str(SERVE), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def write(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def next_line(self):
        line = b""
        while not line.endswith(b"\n"):
            assert select.select([self.process.stdout], [], [], DEADLINE_SECONDS)[0], f"no line behind {line}"
            c = os.read(self.process.stdout.fileno(), 1)
            assert c, self.process.stderr.read().decode()
            line += c
        return line.decode().rstrip("\n")

    def end(self):
        """What it has still printed, and its log."""
        printed, log = self.process.communicate(timeout=DEADLINE_SECONDS)
        assert b"Sanitizer" not in log and b"runtime error" not in log, log
        return printed.decode(), log.decode()


def lives(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def serve(lines, *arguments):
    """What comes out when lines go in, to the end."""
    with Serve(*arguments) as process:
        printed, log = process.process.communicate("".join(f"{line}\n" for line in lines).encode(), DEADLINE_SECONDS)
        assert b"Sanitizer" not in log and b"runtime error" not in log, log
        return printed.decode().splitlines(), log.decode(), process.process.returncode


@pytest.mark.parametrize("program", TEN_LINES)
def test_each_line_is_read_once_by_a_program_that_ends_with_every_tenth(program):
    printed, log, status = serve(range(200), "--name", "bot", "--", *TEN_LINES[program])
    told = [line for line in printed if line.startswith("bot has ended")]
    assert [line for line in printed if line not in told] == [f"got {i}" for i in range(200)]
    assert len(told) == 1 and log.count("event=end") == 20 and status == 0


def test_a_line_that_was_read_in_part_goes_to_the_next(tmp_path):
    """dd takes one byte of the first line and is gone; who comes then reads it from its beginning."""
    flag = tmp_path / "flag"
    script = f"[ -e {flag} ] && exec cat; touch {flag}; dd bs=1 count=1 >/dev/null 2>&1; exit 3"
    printed, _, _ = serve(["first", "x" * 20000], "sh", "-c", script)
    assert printed == [f"sh {TOLD}", "first", "x" * 20000]


def test_the_end_of_input_is_the_programs_and_its_last_lines_come_through():
    printed, _, status = serve(["a"], "sh", "-c", "cat; echo over")
    assert (printed, status) == (["a", "over"], 0)


def test_a_last_line_without_an_end_is_dropped_and_told():
    printed, log, _ = serve(["a"], "sh", "-c", "cat; printf 'half a line'")
    assert printed == ["a"] and "which has no end" in log


def test_a_line_that_is_too_long_is_skipped_and_told():
    printed, log, _ = serve(["a"], "sh", "-c", "head -c 70000 /dev/zero | tr '\\0' x; echo; cat")
    assert printed == ["a"] and "event=skipped lines=1 longer_than=65536 from=program" in log


def test_a_program_that_never_reads_is_given_one_line_and_speaks_all_the_same():
    with Serve("yes", "tick") as process:
        os.set_blocking(process.process.stdin.fileno(), False)
        written = 0
        with contextlib.suppress(BlockingIOError):
            while written < 16 * 1024 * 1024:
                written += os.write(process.process.stdin.fileno(), b"line\n" * 100)
        assert written < 1024 * 1024  # what pipes and one piece hold
        for _ in range(3):
            assert process.next_line() == "tick"


def test_a_program_is_read_no_faster_than_its_lines_go_away():
    with Serve("yes") as process:
        for _ in range(1000):
            assert process.next_line() == "y"
        resident = int(Path(f"/proc/{process.process.pid}/statm").read_text().split()[1])
        for _ in range(20000):
            process.next_line()
        assert int(Path(f"/proc/{process.process.pid}/statm").read_text().split()[1]) - resident < 256


def test_a_program_that_cannot_be_run_is_a_mistake_of_the_caller():
    printed, log, status = serve([], "/nonexistent/program")
    assert (printed, status) == ([], 127) and "No such file" in log


@pytest.mark.parametrize("arguments", [[], ["--"], ["--dance"], ["--name", "x"], ["--name", "x", "--"]])
def test_a_wrong_command_line_is_status_2(arguments):
    result = subprocess.run([str(SERVE), *arguments], capture_output=True, timeout=DEADLINE_SECONDS, text=True)
    assert (result.returncode, result.stdout) == (2, "") and result.stderr.startswith("Usage:")


def test_who_gets_nowhere_is_tried_less_and_less_often():
    with Serve("sh", "-c", "exit 3") as process:
        assert process.next_line() == f"sh {TOLD}"
        pauses = []
        while len(pauses) < 4:
            line = process.process.stderr.readline().decode()
            pauses.append(int(line.split("next_start_ms=")[1]))
        assert pauses == [100, 200, 400, 800]
        process.process.terminate()
        assert process.end()[0] == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_program_and_what_it_has_started(number):
    with Serve("sh", "-c", "cat & echo $!; echo $$; wait") as process:
        pids = [int(process.next_line()), int(process.next_line())]
        process.process.send_signal(number)
        process.end()
        assert process.process.returncode == 128 + number
        wait_for(lambda: not any(map(lives, pids)), "all are gone")


def test_who_does_not_listen_to_sigterm_is_killed():
    with Serve("sh", "-c", "trap '' TERM; echo $$; sleep 1000") as process:
        pid = int(process.next_line())
        process.process.terminate()
        process.end()
        wait_for(lambda: not lives(pid), "it is gone")


def test_a_signal_ends_it_without_an_input_too():
    process = subprocess.Popen(["sh", "-c", 'exec "$0" "$@" <&-', str(SERVE), "sh", "-c", "echo ready; exec sleep 300"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert process.stdout.readline() == b"ready\n"
        process.terminate()
        assert process.wait(DEADLINE_SECONDS) in (0, 128 + signal.SIGTERM)
    finally:
        process.kill()
        process.stdout.close()


def test_the_program_does_not_outlive_a_serve_that_was_killed():
    with Serve("sh", "-c", "echo $$; exec sleep 1000") as process:
        pid = int(process.next_line())
        process.process.kill()
        wait_for(lambda: not lives(pid), "it is gone")


@pytest.mark.parametrize("program", [["yes"], ["sh", "-c", "echo one; exec sleep 1000"]])
def test_it_ends_when_nobody_reads_it(program):
    with Serve(*program) as process:
        process.next_line()
        process.process.stdout.close()
        assert process.process.wait(DEADLINE_SECONDS) == 128 + signal.SIGPIPE
