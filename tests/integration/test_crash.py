# SPDX-License-Identifier: MIT
"""The broker is killed again and again while people talk, edit and delete: nothing that was acknowledged is lost or
twice, and all have heard the same. `scripts/bench crash` does it for longer."""

import os
import random
import statistics
import tempfile

from crash_harness import fill, run
from stack import BUILD

CYCLES = 25
# Of those who were there before, in as many rooms; the bench has a million.
PAST_MESSAGES = 20000
PAST_ROOMS = 20
# With a sanitizer; a machine that does other things too may be slower once.
START_SECONDS = 5


def test_nothing_that_was_acked_is_lost_or_twice_or_out_of_order():
    seed = int(os.environ.get("ROOMWIRE_SEED", random.randrange(1000000)))
    # Below the build: a temporary folder may lie in memory, where nothing is ever synced.
    with tempfile.TemporaryDirectory(prefix="crash-", dir=BUILD) as state:
        fill(state, PAST_ROOMS, PAST_MESSAGES)
        outcome = run(state, CYCLES, seed)
    assert not outcome.complaints, outcome
    assert outcome.killed + outcome.stopped == CYCLES
    # Else it has shown nothing.
    assert min(outcome.acked, outcome.repeated, outcome.reconnections, outcome.missed) > CYCLES, outcome
    assert outcome.changed > 0, outcome
    assert statistics.median(outcome.start_seconds) < START_SECONDS, outcome
