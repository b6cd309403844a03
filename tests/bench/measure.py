# SPDX-License-Identifier: MIT
"""Measures a case: in each round every lane once, there and back again, so that what changes on the machine meanwhile
meets all of them alike."""

import sys
from dataclasses import asdict, dataclass

from bench import load, past
from bench.cases import Load
from bench.peers import PEERS, running
from bench.processes import ProgramError

PROBE_SECONDS = 0.2


@dataclass(frozen=True)
class Sample:
    """What bench-load found, or why it found nothing."""

    case: str
    point: str
    lane: str
    round: int
    figures: dict = None
    error: str = None

    def as_dict(self):
        return asdict(self)


class Bench:
    """What all measurements share: the build, their length, and the lengths of frames once they are known."""

    def __init__(self, build, seconds, warmup_seconds=None):
        self.build = build
        self.seconds = seconds
        self.own = {} if warmup_seconds is None else {"warmup_seconds": warmup_seconds}
        self.frame_bytes = {}

    def length_of_frames(self, wanted):
        """How long Roomwire's frames are under such a load, as the raw server has to send as many bytes."""
        mode, size = "echo" if wanted.mode == "echo" else "fanout", wanted.options.get("size")
        if size is None:
            return 0
        if (mode, size) not in self.frame_bytes:
            self.frame_bytes[mode, size] = self.probe(wanted, mode, size)
        return self.frame_bytes[mode, size]

    def probe(self, wanted, mode, size):
        few = {"connections": 2} if mode == "echo" else {"members": 2}
        probe = Load(mode, path=wanted.options["path"], size=size, warmup_seconds=0, **few)
        with running(PEERS["roomwire"], self.build) as server:
            return round(load.measure(probe, server, self.build, PROBE_SECONDS)["frame_bytes"])

    def measure(self, case, point, lane):
        """The figures of one lane, in a server that was started for it."""
        wanted = case.points[point].changed(**lane.options).or_else(**self.own)
        peer = PEERS[lane.peer]
        frame_bytes = self.length_of_frames(wanted) if peer.family.startswith("raw") else 0
        folder = past.folder_of(self.build, wanted.options["rooms"], case.past[point]) if case.past else None
        with running(peer, self.build, frame_bytes, folder) as server:
            seconds = max(self.seconds, case.least_seconds)
            beside = lane.beside or case.beside
            if beside:
                return load.measure_beside(wanted, beside, server, self.build, seconds)
            figures = load.measure(wanted, server, self.build, seconds)
            if "reads" in case.columns:
                figures["history_reads"] = load.history_reads(server)
            return figures

    def sample(self, case, point, lane, number):
        try:
            return Sample(case.name, point, lane.name, number, figures=self.measure(case, point, lane))
        except ProgramError as error:
            return Sample(case.name, point, lane.name, number, error=str(error))

    def run(self, case, lanes, rounds):
        """All samples of a case."""
        samples = []
        for number in range(rounds):
            for point in case.points:
                for lane in lanes if number % 2 == 0 else reversed(lanes):
                    tell(f"{case.name} {point} round {number + 1} of {rounds}: {lane.name}")
                    samples.append(self.sample(case, point, lane, number))
        tell("")
        return samples


def tell(text):
    """Where somebody watches: what is going on, in one line."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
