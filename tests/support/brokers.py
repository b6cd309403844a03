# SPDX-License-Identifier: MIT
"""Several brokers of one site, and clients that talk in its rooms while things happen to the brokers. A client may
change its broker. The clients record what they have said and heard; the checker judges it."""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections import Counter

from checker import Chapters, Kept, Writer, judge, rows_of
from crash_clients import GONE, Follower, Speaker
from crash_harness import SETTINGS, Story
from stack import Broker, eventually, wait_for
from talk import PAGE

ROOMS = ("north", "南")
SPEAKERS = 2  # of each room, for each broker
FOLLOWERS = 2
STAYING = 0.7  # the chance that a wanderer reconnects to the same broker
TURN_SECONDS = 0.01  # the mean time between two messages of one talker
END_SECONDS = 60
AGAIN_SECONDS = 2
SECRET_BYTES = 32
COMPLAINTS_SHOWN = 20


class SiteBroker(Broker):
    """One of several brokers, which accept each other's guests. With a network, it runs on the host of its name."""

    def __init__(self, name, secret, *settings, network=None):
        super().__init__(*SETTINGS, *settings)
        self.name = name
        self.network = network
        key = self.state / "secret.key"
        key.write_bytes(secret)
        key.chmod(0o600)

    def spawn(self):
        with self.network.inside(self.name) if self.network else contextlib.nullcontext():
            super().spawn()

    def kill(self):
        self.look_into_log()  # a new start begins a new log
        super().kill()

    def look_into_log(self):
        log = self.log()
        assert "Sanitizer" not in log and "runtime error" not in log, log

    def stop(self):
        if self.process:
            self.resume()  # a paused process does not react
        return super().stop()

    def pause(self):
        os.kill(self.process.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def kept(self, room):
        """Waits: a broker may not know the history at once."""
        answer = wait_for(lambda: self.page(room, 0), f"{self.name} knows the history of {room}")
        messages = answer["messages"]
        while answer["more"]:
            answer = wait_for(lambda: self.page(room, messages[-1]["seq"]), "its next page")
            messages += answer["messages"]
        return Kept(answer["epoch"], rows_of(messages))

    def page(self, room, after):
        answer = self.control(op="history", room=room, after=after, limit=PAGE)
        return answer if answer["ok"] else None


class Visitor:
    """A client of crash_clients. The first ones stay with a broker each, the rest wander between brokers."""

    def __init__(self, brokers, chance, number, room):
        super().__init__(None, chance, f"{type(self).__name__}-{room}-{number}".lower(), room)
        self.brokers = brokers
        self.broker = brokers[number % len(brokers)]
        self.wanders = number >= len(brokers)

    def way(self):
        if self.wanders and self.chance.random() > STAYING:
            self.broker = self.chance.choice(self.brokers)
        return "ws://localhost", {"unix": True, "path": str(self.broker.state / "run/broker.sock")}


class Talker(Visitor, Speaker):
    """Records each ack with the epoch that it belongs to. Changes nothing: the brokers may be on Redis."""

    changing = 0

    def __init__(self, brokers, chance, number, room):
        super().__init__(brokers, chance, number, room)
        self.log = Writer(self.log.name, room)
        self.epoch = None
        self.codes = Counter()  # (broker, error code or "ack")

    async def visit(self):
        try:
            await super().visit()
        finally:
            self.log.left.append((self.broker.name, round(time.monotonic()), tuple(self.pending)))

    async def say_something(self):
        await asyncio.sleep(self.chance.uniform(0, 2) * TURN_SECONDS)
        await super().say_something()

    async def take(self, message):
        if message["type"] in ("welcome", "epoch"):
            self.epoch = message["epoch"]
        elif message["type"] == "error":
            self.log.errors.add((self.broker.name, round(time.monotonic())))
            self.codes[self.broker.name, message["code"]] += 1
        await super().take(message)

    async def take_ack(self, ref, seq):
        self.log.epochs.append(self.epoch)
        self.codes[self.broker.name, "ack"] += 1
        await super().take_ack(ref, seq)


class Listener(Visitor, Follower):
    """Goes on in the next epoch when one ends."""

    def __init__(self, brokers, chance, number, room):
        super().__init__(brokers, chance, number, room)
        self.log = Chapters(self.log.name, room)

    def query(self):
        return f"?epoch={self.log.epoch}&after={self.log.position}" if self.log.epoch else ""

    async def talk(self):
        self.take_welcome(await self.receive())
        while True:
            self.take(await self.receive())

    def take_welcome(self, welcome):
        if welcome["type"] != "welcome":
            self.log.complaints.append(f"was greeted with {welcome}")
        elif not self.log.epoch:
            self.log.begin(welcome["epoch"], welcome["seq"])
        elif welcome["epoch"] != self.log.epoch:
            self.log.begin(welcome["epoch"], None)  # its last messages follow
        elif welcome["recovered"]:
            self.missed += welcome["seq"] - self.log.position
        else:
            self.log.complaints.append(f"was not recovered at {self.log.position}: {welcome}")

    def take(self, message):
        if message["type"] == "epoch":
            self.log.begin(message["epoch"], message["seq"])
        elif message["type"] == "message":
            chapter = self.log.last
            if chapter.start is None:
                chapter.start = message["seq"] - 1
            chapter.heard.append((message["seq"], message["message"]))
            self.leave_sometimes()


class Crowd:
    """async with Crowd(brokers, seed) as crowd: let things happen; afterwards crowd.complaints is the judgement."""

    def __init__(self, brokers, seed, renewals=0, may_lose_the_last=False):
        """may_lose_the_last: only a next message shows that the last one was lost, so say more at the end."""
        self.brokers = brokers
        self.renewals = renewals
        self.may_lose_the_last = may_lose_the_last
        self.seed = seed
        self.chance = random.Random(seed)
        self.talkers = [self.client(Talker, room, i) for room in ROOMS for i in range(SPEAKERS * len(brokers))]
        self.listeners = [self.client(Listener, room, i) for room in ROOMS for i in range(FOLLOWERS * len(brokers))]
        self.tasks = []
        self.complaints = None

    def client(self, kind, room, number):
        return kind(self.brokers, random.Random(self.chance.random()), number, room)

    async def __aenter__(self):
        self.tasks = [asyncio.create_task(one.live()) for one in self.talkers + self.listeners]
        return self

    async def __aexit__(self, kind, *_):
        try:
            if kind is None:
                await self.come_to_an_end()
        finally:
            await Story.dismiss(self.tasks)
        if kind is None:
            await asyncio.to_thread(self.judge)

    def acks(self):
        return sum(len(one.log.acks) for one in self.talkers)

    def heard(self):
        return sum(len(one.log.read and one.log.last.heard) for one in self.listeners)

    def count(self, broker, code):
        return sum(one.codes[broker.name, code] for one in self.talkers)

    def check_tasks(self):
        for task in self.tasks:
            if task.done():
                task.result()  # raises the exception of a client
        return True

    async def more(self, acks):
        """Waits until so many more messages are acknowledged."""
        wanted = self.acks() + acks
        await eventually(lambda: self.check_tasks() and self.acks() >= wanted, f"{acks} more acks")

    async def refused(self, *brokers):
        """Waits until each of these brokers answers that it cannot reach the others."""
        await self.told("unavailable", brokers)

    async def healed(self):
        """Waits until each broker acknowledges a message."""
        await self.told("ack", self.brokers)

    async def told(self, code, brokers):
        before = {broker: self.count(broker, code) for broker in brokers}
        await eventually(lambda: self.check_tasks() and all(self.count(each, code) > before[each] for each in brokers),
                         f"{code} is told")

    def head(self, room):
        """The newest head that any broker tells. Listeners keep the room open at every broker."""
        answers = [broker.control(op="history", room=room, limit=1) for broker in self.brokers]
        return max(((answer["epoch"], answer["seq"]) for answer in answers if answer["ok"]), key=lambda head: head[1])

    async def come_to_an_end(self):
        """Call it when all brokers run again: waits until everything is acknowledged and heard."""
        for talker in self.talkers:
            talker.is_ending = True
        with contextlib.suppress(AssertionError):  # the checker finds what is still missing
            end = time.monotonic() + END_SECONDS
            while self.may_lose_the_last and time.monotonic() < end:
                with contextlib.suppress(AssertionError):
                    return await self.come_level(AGAIN_SECONDS)
                await self.say_one_more()
            await self.come_level(END_SECONDS)

    async def come_level(self, seconds):
        """Waits until everything is acknowledged and every listener has heard everything that is kept."""
        await eventually(lambda: self.check_tasks() and not any(one.pending for one in self.talkers),
                         "all is acked", END_SECONDS)
        ends = {room: await asyncio.to_thread(self.head, room) for room in ROOMS}
        await eventually(lambda: self.check_tasks() and all(
            (one.log.epoch, one.log.position) == ends[one.log.room] for one in self.listeners), "all is heard", seconds)

    async def say_one_more(self):
        for talker in self.talkers:
            with contextlib.suppress(*GONE):
                await talker.say_something()

    def judge(self):
        kept = {broker.name: {room: broker.kept(room) for room in ROOMS} for broker in self.brokers}
        self.complaints = judge(kept, [one.log for one in self.talkers], [one.log for one in self.listeners],
                                self.renewals)

    def check(self):
        """Asserts that there are no complaints, and that enough has happened to judge."""
        assert not self.complaints, "\n".join([f"seed {self.seed}: {self}", *self.complaints[:COMPLAINTS_SHOWN]])
        assert min(self.acks(), self.heard(), self.repeats, self.reconnections) > 0, self

    @property
    def repeats(self):
        return sum(one.repeats for one in self.talkers)

    @property
    def reconnections(self):
        return sum(max(one.connections - 1, 0) for one in self.talkers + self.listeners)

    def __str__(self):
        refused, missed = sum(one.refusals for one in self.talkers), sum(one.missed for one in self.listeners)
        return (f"{self.acks():,} acknowledged, {self.repeats:,} said again, {refused:,} refused; "
                f"{self.reconnections:,} reconnections, {self.heard():,} heard, {missed:,} of them made up for; "
                f"{len(self.complaints or ())} complaints")


def make_brokers(names, *settings, network=None):
    secret = random.randbytes(SECRET_BYTES)
    return [SiteBroker(name, secret, *settings, network=network) for name in names]


@contextlib.contextmanager
def running(brokers):
    with contextlib.ExitStack() as stack:
        for broker in brokers:
            stack.enter_context(broker)
        yield brokers
