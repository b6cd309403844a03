# SPDX-License-Identifier: MIT
"""Programs whose wall clock is set by libfaketime; what they count in seconds goes on."""

import os
from pathlib import Path

LIBRARY = Path(f"/usr/lib/{os.uname().machine}-linux-gnu/faketime/libfaketimeMT.so.1")


class Clock:
    """A clock for several programs. It begins at the real time."""

    def __init__(self, folder):
        self.path = Path(folder) / "clock"
        self.set(0)

    def set(self, seconds):
        """From now on it is off by so much."""
        part = self.path.with_suffix(".part")
        part.write_text(f"{seconds:+d}\n")
        part.replace(self.path)

    def wrap(self, command):
        options = os.environ.get("ASAN_OPTIONS", "")
        return ["env", f"LD_PRELOAD={LIBRARY}", f"FAKETIME_TIMESTAMP_FILE={self.path}", "FAKETIME_NO_CACHE=1",
                "FAKETIME_DONT_FAKE_MONOTONIC=1", "NO_FAKE_STAT=1",
                f"ASAN_OPTIONS={options}:verify_asan_link_order=0", *command]


class Clocked:
    """Before Broker or Pages among the bases of a class; with a clock of None it is the real one."""

    clock = None

    def command(self):
        command = super().command()
        return self.clock.wrap(command) if self.clock else command
