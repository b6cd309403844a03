# SPDX-License-Identifier: MIT
"""Folders with a history of a given size, filled once and kept with the build."""

import shutil
import subprocess

from bench.processes import ProgramError


def folder_of(build, rooms, messages):
    """The state directory whose history has so many messages, in the rooms bench0, bench1, …"""
    folder = build / f"bench-past/{messages}-in-{rooms}"
    complete = folder / "complete"
    if not complete.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        done = subprocess.run([build / "bin/bench-fill", folder, str(rooms), str(messages)], capture_output=True,
                              text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise ProgramError(done.stderr.strip() or f"bench-fill: exit status {done.returncode}")
        complete.touch()
    return folder
