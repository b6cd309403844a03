# SPDX-License-Identifier: MIT
"""Who says and hears something while the history has its troubles, and whether all that was promised is kept."""

import asyncio
import itertools
import json
import time

from stack import receive

PAUSE_SECONDS = 0.05  # of a sender who was refused
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
