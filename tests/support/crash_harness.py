# SPDX-License-Identifier: MIT
"""Kills a broker again and again while people talk, and then looks at what it has kept. All chances come from one
seed; when exactly a signal meets the broker does not."""

import asyncio
import contextlib
import random
import sqlite3
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from crash_checker import Change, Row, judge
from crash_clients import Follower, Pager, Speaker
from stack import BUILD, WRAPPER, Broker, eventually

SETTINGS = ("limits.messages_per_second=0", "limits.connections_per_address=0", "limits.resume_messages=1000000")
# As tests/bench/fill.c names them.
ROOMS = ("bench0", "bench1", "bench2")
EDITS, DELETES = 1, 2  # message.kind
SPEAKERS = 3  # of each room
FOLLOWERS = 2
# How a life ends: its share, and after how many seconds at most; what is killed early is not ready yet.
EARLY, STOPPED = 0.1, 0.15
EARLY_SECONDS = 0.1
LIFE_SECONDS = (0.02, 0.5)
END_SECONDS = 60
COMPLAINTS_SHOWN = 20


@dataclass
class Outcome:
    """What happened, and all that is wrong with it."""

    seed: int
    complaints: list = field(default_factory=list)
    start_seconds: list = field(default_factory=list)
    killed: int = 0
    killed_early: int = 0
    stopped: int = 0
    rows: int = 0
    acked: int = 0
    changed: int = 0
    repeated: int = 0
    refused: int = 0
    reconnections: int = 0
    heard: int = 0
    missed: int = 0

    def __str__(self):
        starts = self.start_seconds or [0]
        return (f"seed {self.seed}: {self.killed} times killed, {self.killed_early} times before it was ready, "
                f"{self.stopped} times stopped; ready after {statistics.median(starts):.2f} s (median), "
                f"{max(starts):.2f} s (longest), with {self.rows:,} messages at the end\n"
                f"{self.acked:,} messages acknowledged, {self.changed:,} of them changes of others, "
                f"{self.repeated:,} said again, {self.refused:,} refused; "
                f"{self.reconnections:,} reconnections, {self.heard:,} messages heard, {self.missed:,} of them missed "
                f"and made up for\n" + self.verdict())

    def verdict(self):
        if not self.complaints:
            return "nothing lost, nothing twice, all in order"
        more = len(self.complaints) - COMPLAINTS_SHOWN
        return "\n".join(self.complaints[:COMPLAINTS_SHOWN] + ([f"and {more} complaints more"] if more > 0 else []))


def fill(state, rooms, messages):
    """Gives a state directory a past."""
    subprocess.run([*WRAPPER, str(BUILD / "bin/bench-fill"), str(state), str(rooms), str(messages)], check=True)


def row_of(kind, target, seq, text, ref, sent):
    if kind == EDITS:
        text = Change(target, text)
    elif kind == DELETES:
        text = Change(target)
    return Row(seq, text, ref, sent)


class Story:
    """A broker in a state directory, those who talk, and so many lives."""

    def __init__(self, state, cycles, seed, durability="disk", tell=lambda text: None):
        self.state = Path(state)
        self.cycles = cycles
        self.chance = random.Random(seed)
        self.broker = Broker(*SETTINGS, f"history.durability={durability}", state=state)
        self.outcome = Outcome(seed)
        self.tell = tell
        self.speakers = [self.client(Speaker, room, number) for room in ROOMS for number in range(SPEAKERS)]
        self.followers = [self.client(Follower, room, number) for room in ROOMS for number in range(FOLLOWERS)]
        self.pagers = [self.client(Pager, room, 0) for room in ROOMS]

    def client(self, kind, room, number):
        chance = random.Random(self.chance.random())
        return kind(self.broker.port, chance, f"{kind.__name__}-{room}-{number}".lower(), room)

    @property
    def readers(self):
        return self.followers + self.pagers

    async def start(self):
        begun = time.monotonic()
        await asyncio.to_thread(self.broker.start)
        self.outcome.start_seconds.append(time.monotonic() - begun)

    async def end_life(self):
        """One of the ways to go. A log ends with each life, so it is read before."""
        way = self.chance.random()
        if way < EARLY:
            self.broker.spawn()
            await asyncio.sleep(self.chance.uniform(0, EARLY_SECONDS))
            self.outcome.killed_early += 1
        else:
            await self.start()
            await asyncio.sleep(self.chance.uniform(*LIFE_SECONDS))
        if way > 1 - STOPPED:
            self.outcome.stopped += 1
            status = await asyncio.to_thread(self.broker.stop)
            self.complain_if(status != 0, f"exit status {status}")
        else:
            self.outcome.killed += 1
            self.broker.kill()
        self.look_into_log()

    def complain_if(self, is_wrong, complaint):
        if is_wrong:
            self.outcome.complaints.append(complaint)

    def look_into_log(self):
        log = self.broker.log()
        self.complain_if("Sanitizer" in log or "runtime error" in log or "level=error" in log, log)

    async def come_to_an_end(self):
        """The last life: everybody gets what is still owed."""
        await self.start()
        for speaker in self.speakers:
            speaker.is_ending = True
        with contextlib.suppress(AssertionError):  # who still waits is found by the checker
            await eventually(lambda: not any(one.pending for one in self.speakers), "all is acked", END_SECONDS)
            heads = {room: rows[-1].seq for room, rows in self.rows_by_room().items() if rows}
            await eventually(lambda: all(one.log.position >= heads.get(one.log.room, 0) for one in self.readers),
                             "all is heard", END_SECONDS)

    @staticmethod
    async def dismiss(tasks):
        """Python 3.11's wait_for forgets a cancellation that meets the end of what it waits for, so some hear it
        twice."""
        while tasks:
            for task in tasks:
                task.cancel()
            _, tasks = await asyncio.wait(tasks, timeout=1)

    async def tell_it(self):
        tasks = [asyncio.create_task(one.live()) for one in self.speakers + self.readers]
        for cycle in range(self.cycles):
            await self.end_life()
            self.tell(f"cycle {cycle + 1} of {self.cycles}")
            for task in tasks:
                if task.done():
                    task.result()  # a mistake of ours
        await self.come_to_an_end()
        await self.dismiss(tasks)
        status = await asyncio.to_thread(self.broker.stop)
        self.complain_if(status != 0, f"exit status {status}")
        self.look_into_log()

    def open_database(self):
        return contextlib.closing(sqlite3.connect(f"file:{self.state}/history.db?mode=ro", uri=True))

    def rows_by_room(self):
        query = ("SELECT message.kind, message.target, message.seq, message.text, message.ref, message.time "
                 "FROM message JOIN room ON room.id = message.room WHERE room.name = ? ORDER BY message.id")
        with self.open_database() as database:
            return {room: [row_of(*row) for row in database.execute(query, (room,))] for room in ROOMS}

    def judge(self):
        outcome = self.outcome
        with self.open_database() as database:
            check = [row[0] for row in database.execute("PRAGMA integrity_check")]
            outcome.rows = database.execute("SELECT count(*) FROM message").fetchone()[0]
        self.complain_if(check != ["ok"], f"integrity_check: {check}")
        writers, readers = [one.log for one in self.speakers], [one.log for one in self.readers]
        outcome.complaints += judge(self.rows_by_room(), writers, readers)
        outcome.acked = sum(len({ref for ref, _ in writer.acks}) for writer in writers)
        outcome.changed = sum(isinstance(writer.said[ref], Change) for writer in writers
                              for ref in {ref for ref, _ in writer.acks})
        outcome.repeated = sum(one.repeats for one in self.speakers)
        outcome.refused = sum(one.refusals for one in self.speakers + self.pagers)
        outcome.reconnections = sum(max(one.connections - 1, 0) for one in self.speakers + self.readers)
        outcome.heard = sum(len(reader.heard) for reader in readers)
        outcome.missed = sum(one.missed for one in self.followers)


def run(state, cycles, seed, **options):
    """Tells the whole story in a state directory of its own, which stays, and returns what came of it."""
    story = Story(state, cycles, seed, **options)
    try:
        asyncio.run(story.tell_it())
    finally:
        if story.broker.process:
            story.broker.kill()
    story.judge()
    return story.outcome
