# SPDX-License-Identifier: MIT
"""Who says and hears something while the history has its troubles, and whether all that was promised is kept."""

import asyncio
import contextlib
import itertools
import json
import time

from stack import eventually, receive

PAUSE_SECONDS = 0.05  # of a sender who was refused
SENDERS = 4
TURN_SECONDS = 0.01  # between two messages of one
PAGE = 500


class Sender:
    """Says one message after the other, each until it is acked, and keeps what it was promised."""

    def __init__(self, connection, name, stop, message_bytes=200, pause_seconds=0):
        self.connection, self.name, self.stop = connection, name, stop
        self.message_bytes, self.pause_seconds = message_bytes, pause_seconds
        self.acked = {}  # seq: text
        self.refs = {}  # of what was acked: seq
        self.refused = []  # codes
        self.refused_after = []  # seconds
        self.slowest_ack = 0

    def text(self, ref):
        return f"{self.name} {ref} ".ljust(self.message_bytes, ".")

    async def answer_to(self, ref):
        """What comes of saying it."""
        await self.connection.send(json.dumps({"type": "message", "message": self.text(ref), "ref": ref}))
        while True:
            answer = await receive(self.connection)
            if answer.get("ref") == ref:
                return answer

    async def say(self, ref):
        begun = time.monotonic()
        answer = await self.answer_to(ref)
        took = time.monotonic() - begun
        if answer["type"] == "ack":
            self.acked[answer["seq"]] = self.text(ref)
            self.refs[ref] = answer["seq"]
            self.slowest_ack = max(self.slowest_ack, took)
            return True
        assert answer["type"] == "error"
        self.refused.append(answer["code"])
        self.refused_after.append(took)
        return False

    async def run(self):
        for number in itertools.count():
            while not self.stop.is_set() and not await self.say(str(number)):
                await asyncio.sleep(PAUSE_SECONDS)
            if self.stop.is_set():
                return
            await asyncio.sleep(self.pause_seconds)


class Reader:
    """Hears a room to its end."""

    def __init__(self, connection):
        self.connection = connection
        self.heard = []  # (seq, text)

    async def run(self):
        while True:
            event = await receive(self.connection, 60)
            if event["type"] == "message":
                self.heard.append((event["seq"], event["message"]))


class Talk:
    """Some who talk in a room, and one who reads, until the block ends."""

    def __init__(self, broker, room, count=SENDERS, message_bytes=200, pause_seconds=TURN_SECONDS):
        self.broker, self.room, self.count = broker, room, count
        self.message_bytes, self.pause_seconds = message_bytes, pause_seconds
        self.stop = asyncio.Event()
        self.stack = contextlib.AsyncExitStack()

    async def enter(self):
        return await self.stack.enter_async_context(
            self.broker.connect(f"/ws/chat/{self.room}/", version1=True, ping_interval=None))

    async def __aenter__(self):
        self.reader = Reader(await self.enter())
        self.senders = [Sender(await self.enter(), f"sender {i}", self.stop, self.message_bytes, self.pause_seconds)
                        for i in range(self.count)]
        self.tasks = [asyncio.create_task(one.run()) for one in [self.reader, *self.senders]]
        await self.more_acks(self.count)
        return self

    async def __aexit__(self, kind, *_):
        self.stop.set()
        reading, *talking = self.tasks
        try:
            if kind is None:
                await asyncio.gather(*talking)  # none was closed, none was left without an answer
                await eventually(lambda: len(self.reader.heard) >= self.acks(), "all that was acked is heard")
                assert not reading.done()
        finally:
            for task in self.tasks:
                task.cancel()
            await self.stack.aclose()

    def acked(self):
        return {seq: text for sender in self.senders for seq, text in sender.acked.items()}

    def acks(self):
        return sum(len(sender.acked) for sender in self.senders)

    def refusals(self):
        return [code for sender in self.senders for code in sender.refused]

    async def more_acks(self, count):
        wanted = self.acks() + count
        await eventually(lambda: self.acks() >= wanted, "sending works")

    async def refused_with(self, code):
        """Until everybody was refused, all for the same cause."""
        await eventually(lambda: all(sender.refused for sender in self.senders), f"all are told {code}")
        assert set(self.refusals()) == {code}

    def last_seq(self):
        """The newest that anybody knows of."""
        return max(self.reader.heard[-1][0], *(max(sender.acked) for sender in self.senders))

    async def nothing_is_promised(self, seconds):
        """A while in which nothing new is acked or heard, once what was under way has come."""
        await asyncio.sleep(0.2)
        before = self.last_seq()
        await asyncio.sleep(seconds)
        assert self.last_seq() == before


async def ask(broker, **request):
    return await asyncio.to_thread(broker.control, **request)


def messages_of(broker, room):
    """All that is kept, by control."""
    kept, more = [], True
    while more:
        page = broker.control(op="history", room=room, after=kept[-1]["seq"] if kept else 0, limit=PAGE)
        assert page["ok"], page
        kept += page["messages"]
        more = page["more"]
    return kept


def history(broker, room):
    return [(message["seq"], message["message"]) for message in messages_of(broker, room)]


def check_what_is_kept(kept, acked, heard):
    assert [seq for seq, _ in kept] == list(range(1, len(kept) + 1))
    assert heard == kept, "what is heard is what is kept, in its order"
    assert dict(kept) == acked, "what is kept is what was acked, once"
