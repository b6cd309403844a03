# SPDX-License-Identifier: MIT
"""Sees to it that what is measured is there: packages, our programs, and the modules of the Node.js peer."""

import subprocess
from pathlib import Path

from bench.peers import OWN, TOP
from bench.processes import ProgramError

PROGRAMS = ("roomwire-broker", "bench-fill", "bench-load", "bench-raw")
LAST_LINES = 20


def run(what, command, folder=TOP):
    """Silent where all is well."""
    done = subprocess.run(list(map(str, command)), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, text=True, errors="replace")
    if done.returncode != 0:
        raise ProgramError("\n".join([*done.stdout.splitlines()[-LAST_LINES:], f"{what} failed"]))


def build_release():
    """The folder of a build of the preset release, made or brought up to date."""
    folder = TOP / "build/release"
    if not (folder / "build.ninja").exists():
        run("cmake", ["cmake", "--preset", "release"])
    run("the build", ["cmake", "--build", folder])
    return folder


def prepare(peers, build, more_groups=()):
    """The folder with what is measured; with build given, nothing of ours is built."""
    groups = {peer.packages for peer in peers}.union(more_groups)
    run("installing packages", [TOP / "scripts/deps", *sorted(groups - {"build"} if build else groups | {"build"})])
    if any(peer.name == "ws" for peer in peers) and not (OWN / "node_modules/ws").is_dir():
        run("npm ci", ["npm", "ci", "--no-audit", "--no-fund"], OWN)
    folder = Path(build).resolve() if build else build_release()
    missing = [name for name in PROGRAMS if not (folder / "bin" / name).exists()]
    if missing:
        raise ProgramError(f"{folder} has no {', '.join(missing)}")
    return folder
