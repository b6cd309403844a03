# SPDX-License-Identifier: MIT
"""scripts/bench crash: the story of tests/integration/test_crash.py, for as long as one likes, told to a broker with a
long past."""

import argparse
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

from bench import build, machine, past
from bench.measure import tell
from bench.options import positive
from bench.peers import PEERS, TOP
from bench.processes import ProgramError

CYCLES = 25
ROWS = 1000000
ROOMS = 100
START_MAX_SECONDS = 1

ABOUT = f"""\
Kills the broker with SIGKILL at random moments, now and then before it is ready, or stops it with SIGTERM, while people
talk, leave, come back and read. Then looks whether each message that was acknowledged is in the history once and under
the number that its sender was told, whether numbers have gaps, and whether all have seen the same in the same order.
The broker is to be ready within {START_MAX_SECONDS} s.

Exit status: 1 when a promise was broken, which is told.
"""


def parse(arguments):
    made = argparse.ArgumentParser(prog="scripts/bench crash", description=ABOUT,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--cycles", type=positive(int), default=CYCLES, metavar="N", help=f"lives ({CYCLES})")
    made.add_argument("--seed", type=int, default=random.randrange(1000000), metavar="S", help="of all chances (random)")
    made.add_argument("--rows", type=positive(int), default=ROWS, metavar="N",
                      help=f"messages that are there before ({ROWS:,})")
    made.add_argument("--durability", choices=("disk", "process"), default="disk", help="of the history (disk)")
    made.add_argument("--build", metavar="DIR", help="what is built there; build and install nothing of ours")
    return made.parse_args(arguments)


def harness(folder):
    """The tests' own support, which wants to know what is tested."""
    os.environ["ROOMWIRE_BUILD"] = str(folder)
    sys.path.insert(0, str(TOP / "tests/support"))
    import crash_harness
    return crash_harness


def run(chosen):
    folder = build.prepare({PEERS["roomwire-disk"]}, chosen.build, ["bench"])
    tell("a past is made")
    before = past.folder_of(folder, ROOMS, chosen.rows)
    # Below the build: a temporary folder may lie in memory, where nothing is ever synced.
    with tempfile.TemporaryDirectory(prefix="roomwire-bench-", dir=folder) as state:
        shutil.copy(before / "history.db", Path(state) / "history.db")
        return harness(folder).run(state, chosen.cycles, chosen.seed, durability=chosen.durability, tell=tell)


def main(arguments):
    """The exit status."""
    chosen = parse(arguments)
    print(f"{machine.describe()}\n", flush=True)
    try:
        outcome = run(chosen)
    except ProgramError as error:
        return f"scripts/bench: {error}"
    tell("")
    print(outcome)
    word = "within" if max(outcome.start_seconds) <= START_MAX_SECONDS else "above"
    print(f"{word}  time until it is ready at most {START_MAX_SECONDS} s")
    return 1 if outcome.complaints else 0
