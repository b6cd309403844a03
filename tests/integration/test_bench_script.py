# SPDX-License-Identifier: MIT
"""scripts/bench on one small case, with what is built: it measures, prints, draws, and leaves nothing behind."""

import json
import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from stack import BUILD, wait_for

TOP = Path(__file__).parents[2]
SECONDS = 120
OURS = ("--peers", "roomwire,raw-send,raw-writev", "--build", str(BUILD))


@pytest.fixture
def folder():
    """For all that the script makes, its servers' own folders included."""
    with tempfile.TemporaryDirectory(prefix="roomwire-script-") as path:
        yield Path(path)


def start(folder, *arguments):
    return subprocess.Popen([str(TOP / "scripts/bench"), *arguments], stdin=subprocess.DEVNULL, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "TMPDIR": str(folder)})


def servers_of(folder):
    """Ids of the processes that know of a folder, in their arguments or their environment."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and any(str(folder).encode() in (process / name).read_bytes()
                                              for name in ("cmdline", "environ")):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def assert_nothing_is_left(folder):
    wait_for(lambda: not servers_of(folder), "all processes have ended")
    assert list(folder.glob("roomwire-bench-*")) == []


def test_small_case_is_measured_printed_and_drawn(folder):
    script = start(folder, "crowd", "--rounds", "1", "--seconds", "0.3", *OURS,
                   "--json", str(folder / "all.json"), "--svg", str(folder / "all.svg"))
    output, errors = script.communicate(timeout=SECONDS)
    assert script.returncode == 0, output + errors
    rows = {words[0]: words for words in map(str.split, output.splitlines()) if words}
    for lane in ("roomwire", "raw-send", "raw-writev"):
        assert rows[lane][-1] == "0/0/0"
    assert "open    CPU at most 1 × raw-writev" in output
    assert "too few rounds to decide: that takes 9" in output
    samples = json.loads((folder / "all.json").read_text())["samples"]
    assert {sample["lane"] for sample in samples} == {"roomwire", "raw-send", "raw-writev"}
    assert all(sample["figures"]["deliveries"] > 0 for sample in samples)
    lengths = {sample["lane"]: sample["figures"]["frame_bytes"] for sample in samples}
    # A byte or three of the message's number, which is longer the longer it is measured.
    assert lengths["raw-send"] == pytest.approx(lengths["roomwire"], abs=4)
    assert ElementTree.parse(folder / "all.svg").getroot().tag.endswith("svg")
    assert_nothing_is_left(folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_script_that_is_interrupted_leaves_nothing_behind(folder, number):
    script = start(folder, "crowd", "--rounds", "1", "--seconds", "60", *OURS)
    wait_for(lambda: any(folder.glob("roomwire-bench-*/run")), "a broker runs")
    script.send_signal(number)
    output, errors = script.communicate(timeout=SECONDS)
    assert script.returncode == 130, output + errors
    assert "Traceback" not in errors
    assert_nothing_is_left(folder)


def test_build_without_programs_is_told(folder):
    script = start(folder, "crowd", "--peers", "roomwire", "--build", str(folder))
    _, errors = script.communicate(timeout=SECONDS)
    assert script.returncode == 1
    assert errors == f"scripts/bench: {folder} has no roomwire-broker, bench-fill, bench-load, bench-raw\n"


def test_peer_that_does_not_start_fails_alone(folder):
    (folder / "bin").mkdir()
    for name in ("roomwire-broker", "bench-fill", "bench-load"):
        (folder / "bin" / name).symlink_to(BUILD / "bin" / name)
    (folder / "bin/bench-raw").symlink_to("/bin/false")
    script = start(folder, "echo", "--rounds", "1", "--seconds", "0.1", "--peers", "roomwire,raw-send",
                   "--build", str(folder))
    output, errors = script.communicate(timeout=SECONDS)
    assert script.returncode == 0, output + errors
    assert "failed  raw-send: bench-raw has ended" in output
    assert "not measured  CPU at most 1.05 × raw-send: no raw-send" in output
    assert "0/0/0" in output


def test_broker_with_a_past_is_killed_and_nothing_is_left_behind(folder):
    script = start(folder, "crash", "--cycles", "2", "--rows", "2000", "--build", str(BUILD))
    output, errors = script.communicate(timeout=SECONDS)
    assert script.returncode == 0, output + errors
    assert "nothing lost, nothing twice, all in order" in output
    assert re.search(r"s \(longest\), with [2-9],\d{3} messages", output), output
    assert (BUILD / "bench-past/2000-in-100/history.db").exists()
    assert list(BUILD.glob("roomwire-bench-*")) == []
    assert_nothing_is_left(folder)


def test_case_of_ours_that_cannot_be_measured_fails(folder):
    (folder / "bin").mkdir()
    for name in ("bench-raw", "bench-load", "bench-fill"):
        (folder / "bin" / name).symlink_to(BUILD / "bin" / name)
    (folder / "bin/roomwire-broker").symlink_to("/bin/false")
    script = start(folder, "idle", "--rounds", "1", "--seconds", "0.1", "--peers", "roomwire", "--build", str(folder))
    output, errors = script.communicate(timeout=SECONDS)
    assert script.returncode == 1, output + errors
    assert "failed  roomwire: roomwire-broker has ended" in output
    assert "not measured  memory of a connection at most 300 bytes: no roomwire" in output


def test_page_is_measured_behind_both_web_servers(folder):
    script = start(folder, "pages-50", "--rounds", "1", "--seconds", "0.2", *OURS)
    output, errors = script.communicate(timeout=SECONDS)
    assert script.returncode == 0, output + errors
    rows = {words[0]: words for words in map(str.split, output.splitlines()) if words}
    for lane in ("roomwire", "roomwire-nginx"):
        assert float(rows[lane][1].replace(",", "")) > 0
    assert_nothing_is_left(folder)
