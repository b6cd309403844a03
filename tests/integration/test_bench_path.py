# SPDX-License-Identifier: MIT
"""bench-path counts what the broker sends: one call for each member and turn, however many messages there are."""

import json
import subprocess

import pytest
from stack import BUILD, DEADLINE_SECONDS, WRAPPER


def run_path(*words):
    return subprocess.run([*WRAPPER, str(BUILD / "bin/bench-path"), *map(str, words)], capture_output=True, text=True,
                          timeout=DEADLINE_SECONDS)


@pytest.mark.parametrize("rooms, members, in_flight, turns", [
    (1, 1000, 1, 20), (1, 1000, 32, 5), (1, 50, 1, 50), (20, 10, 1, 20), (20, 10, 8, 20)])
def test_members_are_sent_all_of_a_turn_at_once(rooms, members, in_flight, turns):
    finished = run_path("--rooms", rooms, "--members", members, "--in-flight", in_flight, "--turns", turns)
    assert (finished.returncode, finished.stderr) == (0, "")
    figures = json.loads(finished.stdout)
    assert figures["members_times_turns"] == rooms * members * turns
    # A round that goes on into the next turn sends both at once; a busy machine has more of these.
    assert 0.9 * rooms * members * turns <= figures["sends"] <= rooms * members * turns
    assert figures["ns_per_delivery"] > 0


@pytest.mark.parametrize("words, sentence", [
    (["--help"], "[--rooms N] [--members N] [--in-flight N] [--turns N] is what there is, not --help"),
    (["--turns"], '--turns takes a number from 1 to 1000000, not ""'),
    (["--members", "0"], '--members takes a number from 1 to 1000000, not "0"'),
])
def test_mistake_is_told(words, sentence):
    finished = run_path(*words)
    assert (finished.returncode, finished.stdout, finished.stderr) == (1, "", f"bench-path: {sentence}\n")
