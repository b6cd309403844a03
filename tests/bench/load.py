# SPDX-License-Identifier: MIT
"""Runs bench-load, or page_load.py, against a server and reads what it found."""

import contextlib
import json
import re
import subprocess
import sys
import urllib.request

from bench import machine, page_load
from bench.peers import TOP
from bench.processes import ProgramError, descriptors, wait_until

# For opening connections and for what comes late, besides the measured seconds.
GRACE_SECONDS = 120
# How long a load beside the measured one goes on longer than that: for opening connections and warming up.
BESIDE_SECONDS = 4


def generator_of(load, build):
    if load.mode in page_load.MODES:
        # By its path it would find our statistics where it looks for Python's.
        return ["env", f"PYTHONPATH={TOP / 'tests'}", sys.executable, "-B", "-m", "bench.page_load"]
    return [str(build / "bin/bench-load")]


def command_of(load, server, build, seconds):
    words = ["setpriv", "--pdeathsig", "TERM", "taskset", "-c", machine.cores()[1]]
    words += [*generator_of(load, build), *load.arguments(), "--target", server.target, "--seconds", str(seconds)]
    for pid in server.pids:
        words += ["--server-pid", str(pid)]
    return words


def read(process, seconds):
    """The figures that a bench-load prints."""
    try:
        output, errors = process.communicate(timeout=seconds + GRACE_SECONDS)
    except subprocess.TimeoutExpired as expired:
        raise ProgramError(f"the load does not end within {seconds + GRACE_SECONDS} s") from expired
    if process.returncode != 0:
        raise ProgramError(errors.strip() or f"the load: exit status {process.returncode}")
    return json.loads(output)


@contextlib.contextmanager
def started(command):
    """Ends it too when we are ended in the middle."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def history_reads(server):
    """How often the broker has read its history since it was started."""
    with urllib.request.urlopen(f"http://{server.target}/metrics", timeout=GRACE_SECONDS) as answer:
        return int(re.search(rb"^roomwire_history_reads_total (\d+)$", answer.read(), re.M).group(1))


def measure(load, server, build, seconds):
    """The figures of one run."""
    with started(command_of(load, server, build, seconds)) as process:
        return read(process, seconds)


def measure_beside(load, beside, server, build, seconds):
    """The same while another load is on, whose figures come along as "beside"."""
    longer = seconds + BESIDE_SECONDS
    with started(command_of(beside, server, build, longer)) as other:
        def has_ended():
            return other.poll() is not None

        wait_until(lambda: has_ended() or descriptors(server.pids) >= beside.connections(), "the other load is there")
        figures = measure(load, server, build, seconds)
        was_short = has_ended()
        figures["beside"] = read(other, longer)
    if was_short:
        raise ProgramError("the load beside it ended before it")
    return figures
