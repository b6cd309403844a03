# SPDX-License-Identifier: MIT
"""The load of pages, as bench-load is that of sockets: python3 -m bench.page_load MODE --target HOST:PORT … prints
figures as JSON. Runs on one core and is in no hurry: what counts is what the servers spend."""

import argparse
import concurrent.futures
import json
import os
import statistics
import sys
import time

from bench.processes import children
from bench.reader import FormError, Reader, timed

USER, PASSWORD = "ann", "a horse that stays"
LOGIN = "/accounts/login/"
WARMUP_SECONDS = 0.5
# Until every thread has answered and every cache is full.
WARMUP_PAGES = 2000


def cpu_ns(pids):
    """Of the processes and of all that descend from them, by their processor clocks: finer than the ticks of stat."""
    return sum(time.clock_gettime_ns(~pid << 3 | 2) for one in pids for pid in children(one))


def name_of(pid):
    with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
        return file.read().strip()


def pss_bytes(pids):
    """Without what files are mapped: of a library, that depends on who else has it open."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            total += sum(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss_Anon:"))
    return total


def peak_bytes(pids):
    """The most that they ever had in memory."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            total += sum(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))
    return total


def percentiles_us(seconds):
    ordered = sorted(seconds)
    return {"count": len(ordered), **{f"p{part}": 1e6 * ordered[len(ordered) * part // 100] for part in (50, 99)}}


def read_for(reader, path, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield timed(reader.page, path)[1]


def reader_of(chosen):
    """Somebody who has logged in, where that is asked for, and has seen the page."""
    reader = Reader(chosen.target)
    if chosen.enter:
        reader.enter(chosen.enter, USER, PASSWORD)
    reader.page(chosen.path)
    return reader


def read_pages(chosen):
    """What a page costs: processor time of all processes of the server."""
    reader = reader_of(chosen)
    for _ in read_for(reader, chosen.path, chosen.warmup_seconds):
        pass
    before = cpu_ns(chosen.server_pid)
    took = list(read_for(reader, chosen.path, chosen.seconds))
    return {"pages": len(took), "page_bytes": len(reader.page(chosen.path)), "latency_us": percentiles_us(took),
            "server_cpu_us_per_page": (cpu_ns(chosen.server_pid) - before) / 1000 / len(took)}


def read_many(chosen):
    """What so many pages leave behind in the memory of a program, when it is warm."""
    pids = [pid for one in chosen.server_pid for pid in children(one) if name_of(pid) == chosen.program]
    reader = reader_of(chosen)
    for _ in range(WARMUP_PAGES):
        reader.page(chosen.path)
    before = pss_bytes(pids)
    took = [timed(reader.page, chosen.path)[1] for _ in range(chosen.pages)]
    return {"pages": len(took), "latency_us": percentiles_us(took), "pss_before_bytes": before,
            "pss_closed_bytes": pss_bytes(pids)}


def login_form(target):
    """Somebody new, and the form that was got."""
    reader = Reader(target)
    return reader, reader.fields(LOGIN)


def log_in(reader, fields, user, password):
    """The status; the reader is as new as before."""
    cookies = dict(reader.cookies)
    status, _ = reader.send(LOGIN, {**fields, "username": user, "password": password})
    reader.cookies = cookies
    return status


def register(target):
    Reader(target).enter("/accounts/register/", USER, PASSWORD)


def compare_logins(chosen):
    """How long a wrong password takes, of somebody there is and of nobody, in turns."""
    register(chosen.target)
    reader, fields = login_form(chosen.target)
    took = {USER: [], "nob": []}
    for number in range(2 * chosen.logins):
        # There and back again: neither is always behind the other.
        user = (USER, "nob")[(number + number // 2) % 2]
        status, seconds = timed(log_in, reader, fields, user, "a horse that goes")
        if status in (200, 303, 429, 503):
            raise FormError(f"a wrong login is answered with {status}")
        took[user].append(seconds)
    known, unknown = (statistics.median(took[user]) for user in (USER, "nob"))
    return {"logins": chosen.logins, "latency_us": percentiles_us(took[USER]), "unknown_by_known": unknown / known}


def rush(readers, pool):
    """All at once; how many came in."""
    statuses = list(pool.map(lambda one: log_in(*one, USER, PASSWORD), readers))
    if set(statuses) - {303, 503}:
        raise FormError(f"logins are answered with {sorted(set(statuses))}")
    return statuses.count(303)


def log_in_at_once(chosen):
    """So many again and again; behind all others on this core, who measure something."""
    os.nice(19)
    pids = [pid for one in chosen.server_pid for pid in children(one) if name_of(pid) == chosen.program]
    register(chosen.target)
    readers = [login_form(chosen.target) for _ in range(chosen.logins)]
    end, came_in, rushes, before = time.monotonic() + chosen.seconds, 0, 0, peak_bytes(pids)
    with concurrent.futures.ThreadPoolExecutor(chosen.logins) as pool:
        while time.monotonic() < end:
            came_in, rushes = came_in + rush(readers, pool), rushes + 1
    return {"rushes": rushes, "came_in": came_in, "peak_growth_bytes": peak_bytes(pids) - before}


MODES = {"page": read_pages, "page-memory": read_many, "login-times": compare_logins, "login-rush": log_in_at_once}


def parse(arguments):
    made = argparse.ArgumentParser(prog="page_load.py")
    made.add_argument("mode", choices=MODES)
    made.add_argument("--target", required=True)
    made.add_argument("--path", help="of the page")
    made.add_argument("--logins", type=int, default=500)
    made.add_argument("--enter", help="the path of a form to log in with before")
    made.add_argument("--seconds", type=float, default=2)
    made.add_argument("--warmup-seconds", type=float, default=WARMUP_SECONDS)
    made.add_argument("--rooms", help="of the history that is there before")
    made.add_argument("--pages", type=int, default=10000)
    made.add_argument("--program", help="whose memory counts")
    made.add_argument("--server-pid", type=int, action="append", default=[])
    return made.parse_args(arguments)


def main():
    chosen = parse(sys.argv[1:])
    try:
        print(json.dumps(MODES[chosen.mode](chosen)))
    except FormError as error:
        sys.exit(f"page_load.py: {error}")


if __name__ == "__main__":
    main()
